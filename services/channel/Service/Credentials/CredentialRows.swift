internal import Postgres

/// A credential's row.
struct CredentialRow: Sendable {
    let connection: ConnectionKey
    let name: String
    let sealed: SealedCredential
}

/// Reads and writes sealed credentials.
enum CredentialRows {
    /// Rows of one statement.
    static let portion = 200

    /// The command that reads those of a connection.
    static func all(of connection: ConnectionKey) -> PostgresCommand {
        PostgresCommand(Self.ofConnection, connection.brand, connection.id)
    }

    /// The command that reads one credential for each key that any is sealed with.
    static func onePerKey() -> PostgresCommand { PostgresCommand(Self.examples) }

    /// The command that reads credentials that are sealed with another key.
    static func others(than keyID: String) -> PostgresCommand {
        PostgresCommand(Self.stale, keyID, Int64(Self.portion))
    }

    /// The credentials of rows of these commands.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [CredentialRow] {
        try rows.map { (row) throws(PostgresError) in
            let (brand, id, name, keyID, bytes) = try row.decode(
                PostgresUUID.self, String.self, String.self, String.self, [UInt8].self)
            return CredentialRow(
                connection: ConnectionKey(brand: brand, id: id), name: name,
                sealed: SealedCredential(keyID: keyID, bytes: bytes))
        }
    }

    /// The command that keeps a credential, whether or not there was one of its name.
    static func put(_ row: CredentialRow) -> PostgresCommand {
        PostgresCommand(
            Self.upsert, row.connection.brand, row.connection.id, row.name, row.sealed.keyID, row.sealed.bytes)
    }

    /// The command that forgets one.
    static func removal(_ name: String, of connection: ConnectionKey) -> PostgresCommand {
        PostgresCommand(Self.deletion, connection.brand, connection.id, name)
    }

    /// The command that puts another sealing of the same credential in the place of one; nothing, where it was changed
    /// meanwhile.
    static func replacement(of row: CredentialRow, by sealed: SealedCredential) -> PostgresCommand {
        PostgresCommand(
            Self.replace, row.connection.brand, row.connection.id, row.name, sealed.keyID, sealed.bytes,
            row.sealed.bytes)
    }

    private static let ofConnection = PostgresStatement(
        """
        select brand_id, connection_id, name, key_id, sealed from connection_secret
        where brand_id = $1 and connection_id = $2 order by name
        """,
        readOnly: true)

    private static let examples = PostgresStatement(
        """
        select distinct on (key_id) brand_id, connection_id, name, key_id, sealed from connection_secret order by key_id
        """,
        readOnly: true)

    private static let stale = PostgresStatement(
        """
        select brand_id, connection_id, name, key_id, sealed from connection_secret where key_id <> $1
        order by brand_id, connection_id, name limit $2
        """,
        readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into connection_secret (brand_id, connection_id, name, key_id, sealed) values ($1, $2, $3, $4, $5)
        on conflict (brand_id, connection_id, name) do update set key_id = excluded.key_id, sealed = excluded.sealed,
            updated_at = now()
        """)

    private static let deletion = PostgresStatement(
        "delete from connection_secret where brand_id = $1 and connection_id = $2 and name = $3")

    private static let replace = PostgresStatement(
        """
        update connection_secret set key_id = $4, sealed = $5
        where brand_id = $1 and connection_id = $2 and name = $3 and sealed = $6
        """)
}
