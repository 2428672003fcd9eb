internal import InventoryDomain
internal import Postgres

/// Reads what clients hold without having confirmed it.
enum HoldRows {
    /// The command that adds up what clients of a brand hold.
    static func adding(up clients: [String], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, clients)
    }

    /// What each client holds; one that holds nothing is missing.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [String: ClientHolds] {
        var holds: [String: ClientHolds] = [:]
        for row in rows {
            let (client, reservations, units) = try row.decode(String.self, Int64.self, Int64.self)
            holds[client] = ClientHolds(reservations: reservations, units: units)
        }
        return holds
    }

    private static let selection = PostgresStatement(
        """
        select holder, count(*), least(coalesce(sum(units), 0), 9007199254740991)::bigint from reservation
        where brand_id = $1 and holder = any($2) and state = 1 and expires_at > clock_timestamp() group by holder
        """,
        readOnly: true)
}
