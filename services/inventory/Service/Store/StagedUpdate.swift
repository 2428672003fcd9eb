internal import Postgres

/// Rows that change, for who has many: they are copied to a staging table of the session, from which one statement takes all
/// of them to their places.
///
/// What is staged is gone with the transaction. The rows to be changed must be locked.
struct StagedUpdate {
    /// The rows, on their way to the staging table.
    let copy: PostgresBinaryCopy
    /// Takes them from there, and fails the transaction where a row is not at its place, as ``PlacedUpdate`` does.
    let command: PostgresCommand

    /// The commands that make the staging tables where the session has none, before anything is staged.
    static let tables: [PostgresCommand] = [Self.itemTable, Self.levelTable].map { PostgresCommand($0) }

    /// A statement that updates rows by what is staged, within another that fails with ``SQLState/divisionByZero`` where it
    /// finds fewer than that.
    ///
    /// - Parameter update: An UPDATE whose rows come from the staging table, and whose RETURNING tells one column.
    static func statement(_ update: StaticString, from table: StaticString) -> PostgresStatement {
        PostgresStatement(joining: [
            "with written as (", update, ") select 1 / (count(*) = (select count(*) from ", table,
            "))::integer from written",
        ])
    }

    private static let itemTable = PostgresStatement(
        """
        create temporary table if not exists staged_item (
            place tid, bucket smallint, brand_id uuid, sku text collate "C", version bigint, total_available bigint,
            is_in_stock boolean, changed_at timestamptz, version_before bigint, changed_before timestamptz
        ) on commit delete rows
        """)

    private static let levelTable = PostgresStatement(
        """
        create temporary table if not exists staged_level (
            place tid, bucket smallint, brand_id uuid, sku text collate "C", location_id text collate "C",
            available bigint, reserved bigint, quarantined bigint, in_transit bigint, incoming bigint, version bigint,
            written_source smallint, written_at timestamptz
        ) on commit delete rows
        """)
}
