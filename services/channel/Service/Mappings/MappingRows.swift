internal import ChannelMessages
internal import Postgres
internal import ProtobufC

/// A mapping as its row has it.
struct StoredMapping: Sendable {
    /// nil: the adapter's own counts.
    var rules: [MappingRule]?
    var version: Int64
    var updatedAt: PostgresTimestamp

    var stamp: RowStamp { RowStamp(version: self.version, changedAt: self.updatedAt) }
}

/// Reads and writes mappings.
enum MappingRows {
    /// The command that reads the mapping of a connection: a row wherever there is a connection.
    static func one(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.single, key.brand, key.id) }

    /// The mapping of a row of that command; nil: there is no connection.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> StoredMapping? {
        guard let row = rows.first else { return nil }
        let (document, version, updatedAt) = try row.decode([UInt8]?.self, Int64.self, PostgresTimestamp.self)
        guard let document else { return StoredMapping(version: version, updatedAt: updatedAt) }
        let memory = ArenaMemory()
        return StoredMapping(
            rules: try Mapping(stored: document, column: "document", in: memory.arena).rules, version: version,
            updatedAt: updatedAt)
    }

    /// The command that asks for a mapping's stamp: a row wherever there is a connection.
    static func stamp(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.stamp, key.brand, key.id) }

    /// The command that keeps a mapping.
    static func put(_ mapping: StoredMapping, of key: ConnectionKey) throws(EncodingError) -> PostgresCommand {
        let document = try mapping.rules.map { (rules) throws(EncodingError) in
            try Mapping(rules: rules).encodedBytes()
        }
        return PostgresCommand(Self.upsert, key.brand, key.id, document, mapping.version, mapping.updatedAt)
    }

    private static let single = PostgresStatement(
        """
        select m.document, coalesce(m.version, 0), coalesce(m.updated_at, c.created_at)
        from connection c left join mapping m using (brand_id, connection_id)
        where c.brand_id = $1 and c.connection_id = $2
        """,
        readOnly: true)

    private static let stamp = PostgresStatement(
        """
        select coalesce(m.version, 0), coalesce(m.updated_at, c.created_at)
        from connection c left join mapping m using (brand_id, connection_id)
        where c.brand_id = $1 and c.connection_id = $2
        """,
        readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into mapping (brand_id, connection_id, document, version, updated_at) values ($1, $2, $3, $4, $5)
        on conflict (brand_id, connection_id) do update set document = excluded.document, version = excluded.version,
            updated_at = excluded.updated_at
        """)
}
