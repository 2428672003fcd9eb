internal import Events
internal import Idempotency
internal import Jobs
internal import Leasing
public import Migrations
public import Partitioning

/// The service's tables.
public enum CatalogSchema {
    /// How long events are kept, in whole months beside the present one.
    public static let eventMonthsRetained = 12

    /// How long imports can be undone, in whole months beside the present one: no longer than their jobs are known.
    public static let undoMonthsRetained = 1

    /// The migrations of the service's database.
    public static let migrations: [Migration] = [
        .file("0001_product.sql", PackageResources._001_product_sql),
        .component(2, "event-log", EventLog.schema),
        .file("0003_fitment.sql", PackageResources._003_fitment_sql),
        .component(4, "jobs", Jobs.schema),
        .component(5, "idempotency", IdempotencyStore.schema),
        .component(6, "leases", Leases.schema),
        .file("0007_search.sql", PackageResources._007_search_sql),
        .file("0008_import.sql", PackageResources._008_import_sql),
        .file("0009_search_word_stem.sql", PackageResources._009_search_word_stem_sql),
        .file("0010_import_staging.sql", PackageResources._010_import_staging_sql),
        .component(11, "event-runs", EventLog.runSchema),
    ]

    /// The tables that are partitioned by time.
    public static let partitions =
        [
            EventLog.partitions(monthsRetained: eventMonthsRetained), IdempotencyStore.partitions,
            Partitions(table: "undo_product", period: .month, retained: undoMonthsRetained),
            Partitions(table: "undo_fitment", period: .month, retained: undoMonthsRetained),
        ] + Jobs.partitions
}
