internal import Events
internal import Idempotency
public import Migrations
public import Partitioning

/// The service's tables.
public enum IdentitySchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_brands_and_credentials.sql", PackageResources._001_brands_and_credentials_sql),
        .component(2, "event-log", EventLog.schema),
        .component(3, "idempotency", IdempotencyStore.schema),
        .component(4, "event-runs", EventLog.runSchema),
    ]

    /// The tables that are partitioned by time.
    public static let partitions = [
        EventLog.partitions(monthsRetained: eventMonthsRetained), IdempotencyStore.partitions,
    ]
}
