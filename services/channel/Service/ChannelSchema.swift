internal import Events
internal import Idempotency
internal import Leasing
public import Migrations
public import Partitioning

/// The service's tables.
public enum ChannelSchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_connection.sql", PackageResources._001_connection_sql),
        .component(2, "event-log", EventLog.schema),
        .component(3, "leases", Leases.schema),
        .component(4, "idempotency", IdempotencyStore.schema),
        .file("0005_listing.sql", PackageResources._005_listing_sql),
        .file("0006_inbound.sql", PackageResources._006_inbound_sql),
        .component(7, "event-letters", EventDeadLetters.schema),
        .file("0008_subscription.sql", PackageResources._008_subscription_sql),
        .file("0009_bulk.sql", PackageResources._009_bulk_sql),
        .file("0010_fulfilled_stock.sql", PackageResources._010_fulfilled_stock_sql),
        .component(11, "event-runs", EventLog.runSchema),
        .file("0012_brand_copy.sql", PackageResources._012_brand_copy_sql),
        .file("0013_brand_copy_age.sql", PackageResources._013_brand_copy_age_sql),
    ]

    /// The tables that are partitioned by time.
    public static let partitions = [
        EventLog.partitions(monthsRetained: eventMonthsRetained), IdempotencyStore.partitions,
    ]
}
