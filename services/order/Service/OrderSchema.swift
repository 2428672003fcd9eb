internal import Events
internal import Idempotency
internal import Jobs
internal import Leasing
public import Migrations
public import Partitioning

/// The service's tables.
public enum OrderSchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_order.sql", PackageResources._001_order_sql),
        .component(2, "event-log", EventLog.schema),
        .component(3, "jobs", Jobs.schema),
        .component(4, "leases", Leases.schema),
        .file("0005_aftersale.sql", PackageResources._005_aftersale_sql),
        .file("0006_settlement.sql", PackageResources._006_settlement_sql),
        .file("0007_import.sql", PackageResources._007_import_sql),
        .component(8, "idempotency", IdempotencyStore.schema),
        .component(9, "event-runs", EventLog.runSchema),
    ]

    /// The tables that are partitioned by time.
    public static let partitions =
        [EventLog.partitions(monthsRetained: eventMonthsRetained), IdempotencyStore.partitions] + Jobs.partitions
}
