internal import Postgres

/// Writes how connections fare.
enum ConnectionHealthRows {
    /// The characters of an error.
    static let maximumErrorCharacters = 500

    /// The command that makes the row of a new connection.
    static func creation(of key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.create, key.brand, key.id) }

    /// The command that says that a call was answered well.
    static func succeeded(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.success, key.brand, key.id) }

    /// The command that says that a call failed, and why; no secret in it.
    static func failed(_ key: ConnectionKey, _ error: String) -> PostgresCommand {
        PostgresCommand(Self.failure, key.brand, key.id, String(error.prefix(Self.maximumErrorCharacters)))
    }

    private static let create = PostgresStatement(
        "insert into connection_health (brand_id, connection_id) values ($1, $2) on conflict do nothing")

    private static let success = PostgresStatement(
        "update connection_health set succeeded_at = now() where brand_id = $1 and connection_id = $2")

    private static let failure = PostgresStatement(
        "update connection_health set failed_at = now(), error = $3 where brand_id = $1 and connection_id = $2")
}
