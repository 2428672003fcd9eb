internal import InventoryDomain
internal import Postgres

/// Where the rows of an item were when it was read, so that they are written without being looked for.
///
/// Good as long as the item keeps its version: who writes by it compares keys and version, and counts the rows.
struct ItemPlace: Hashable, Sendable {
    /// The item's version when it was read; 0: there is none, though levels may have been left behind.
    let version: Int64
    /// When it became so. It tells two items of one version apart: one that was lost with a server whose successor did not
    /// know it yet, and one that was written instead.
    let changedAt: PostgresTimestamp
    /// Its own row; nil: there is none.
    let item: PostgresTupleID?
    /// Those of its levels, in the order in which the item has them.
    var levels: [PostgresTupleID]
    /// Whether it was recalled, and not read.
    var isRecalled = false
}

/// An item as its rows hold it, with where these are.
struct PlacedItem: Sendable {
    /// The item with its levels.
    var item: StockItem
    /// Where their rows are.
    var place: ItemPlace
}

/// A statement that updates rows by their places, within another that tells the new ones.
///
/// Others may have moved a row meanwhile. Then fewer are found than were sought, and the division by zero fails the
/// transaction with ``SQLState/divisionByZero``: it is sent together with its COMMIT, so that nobody could ask first.
enum PlacedUpdate {
    /// - Parameter update: An UPDATE whose rows come from `c`, with the columns `place` and `position`, and whose
    ///   RETURNING is `c.position, ctid as place`. The places are its first parameter.
    static func statement(_ update: StaticString) -> PostgresStatement {
        PostgresStatement(joining: [
            "with written as (", update,
            """
            ) select array_agg(position), array_agg(place), 1 / (count(*) = cardinality($1))::integer from written
            """,
        ])
    }

    /// The new places, in the order of the old ones.
    static func places(_ rows: PostgresRows) throws(PostgresError) -> [PostgresTupleID] {
        guard let row = rows.first else { throw PostgresError(.server, "an update told no places") }
        let (positions, places, _) = try row.decode([Int32].self, [PostgresTupleID].self, Int32.self)
        var ordered = places
        for (position, place) in zip(positions, places) {
            guard ordered.indices.contains(Int(position) - 1) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            ordered[Int(position) - 1] = place
        }
        return ordered
    }
}
