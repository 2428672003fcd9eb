internal import Events
internal import Idempotency
internal import Jobs
internal import Leasing
public import Migrations
public import Partitioning

/// The service's tables.
public enum InventorySchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12
    /// How long writes that lost are shown, in whole months beside the present one.
    public static let conflictMonthsRetained = 12
    /// How long movements are kept, in whole months: a century, since every level is the sum of all of its movements.
    public static let movementMonthsRetained = 1_200

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_stock.sql", PackageResources._001_stock_sql),
        .component(2, "event-log", EventLog.schema),
        .file("0003_stock_cache_cursor.sql", PackageResources._003_stock_cache_cursor_sql),
        .component(4, "jobs", Jobs.schema),
        .component(5, "idempotency", IdempotencyStore.schema),
        .file("0006_reservation_portion.sql", PackageResources._006_reservation_portion_sql),
        .component(7, "leases", Leases.schema),
        .file("0008_feed.sql", PackageResources._008_feed_sql),
        .file("0009_lot.sql", PackageResources._009_lot_sql),
        .file("0010_conflict.sql", PackageResources._010_conflict_sql),
        .file("0011_kit.sql", PackageResources._011_kit_sql),
        .file("0012_hold_caps.sql", PackageResources._012_hold_caps_sql),
        .file("0013_pace.sql", PackageResources._013_pace_sql),
        .file("0014_key_lookups.sql", PackageResources._014_key_lookups_sql),
        .file("0015_room_for_versions.sql", PackageResources._015_room_for_versions_sql),
        .file("0016_coarse_statistics.sql", PackageResources._016_coarse_statistics_sql),
        .component(17, "event-runs", EventLog.runSchema),
        .file("0018_fewer_checks.sql", PackageResources._018_fewer_checks_sql),
        .component(19, "event-letters", EventDeadLetters.schema),
        .file("0020_catalog_kit.sql", PackageResources._020_catalog_kit_sql),
        .file("0021_setup_events.sql", PackageResources._021_setup_events_sql),
        .file("0022_import_draft.sql", PackageResources._022_import_draft_sql),
    ]

    /// The tables that are partitioned by time.
    public static let partitions =
        [
            EventLog.partitions(monthsRetained: eventMonthsRetained),
            Partitions(
                table: "movement", period: .month, retained: movementMonthsRetained, upkeep: .coarseStatistics),
            Partitions(table: "conflict", period: .month, retained: conflictMonthsRetained),
            Partitions(table: "command_record", period: .day, retained: 2, upkeep: .none),
            IdempotencyStore.partitions,
        ] + Jobs.partitions
}
