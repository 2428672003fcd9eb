internal import Events
internal import Idempotency
internal import Jobs
internal import Leasing
public import Migrations
public import Partitioning

/// The service's tables.
public enum PricingSchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12

    /// How long imports can be undone, in whole months beside the present one: no longer than their jobs are known.
    public static let undoMonthsRetained = 1

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_price.sql", PackageResources._001_price_sql),
        .component(2, "event-log", EventLog.schema),
        .file("0003_rule.sql", PackageResources._003_rule_sql),
        .component(4, "jobs", Jobs.schema),
        .component(5, "idempotency", IdempotencyStore.schema),
        .component(6, "leases", Leases.schema),
        .file("0007_import.sql", PackageResources._007_import_sql),
        .component(8, "event-runs", EventLog.runSchema),
    ]

    /// The tables that are partitioned by time.
    public static let partitions =
        [
            EventLog.partitions(monthsRetained: eventMonthsRetained), IdempotencyStore.partitions,
            Partitions(table: "undo_price", period: .month, retained: undoMonthsRetained),
        ] + Jobs.partitions
}
