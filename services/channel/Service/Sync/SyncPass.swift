internal import ChannelMessages
internal import Postgres

/// Walks over all listings of a connection whose wanted values may have changed, in pieces: requested in the transaction of
/// the change, carried out by the connection's worker.
struct SyncPass: Hashable, Sendable {
    /// Listings of one transaction.
    static let portion: Int64 = 500

    /// What is looked at anew.
    let kind: SyncKind
    /// The last SKU that was dealt with.
    let position: String
    /// Whether what the platform is thought to have is sent, too.
    let isForced: Bool
    /// Counts the reasons.
    let revision: Int64

    /// Has all listings of a connection looked at anew.
    ///
    /// - Parameter isForced: Also what the platform is thought to have is sent.
    static func request(
        _ key: ConnectionKey, kinds: [SyncKind], isForced: Bool = false, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        let numbers = kinds.map { Int16(truncatingIfNeeded: $0.rawValue) }.sorted()
        _ = try await transaction.query(Self.requesting, key.brand, [key.id], numbers, isForced)
    }

    /// The same for all connections of a brand.
    ///
    /// - Returns: The connections.
    static func requestAll(
        of brand: PostgresUUID, kinds: [SyncKind], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> [ConnectionKey] {
        let ids = try await transaction.query(Self.connections, brand).map { row throws(PostgresError) in
            try row.decode(String.self)
        }
        let numbers = kinds.map { Int16(truncatingIfNeeded: $0.rawValue) }.sorted()
        _ = try await transaction.query(Self.requesting, brand, ids, numbers, false)
        return ids.map { ConnectionKey(brand: brand, id: $0) }
    }

    /// Those of a connection.
    static func open(of key: ConnectionKey, in pool: PostgresPool) async throws(PostgresError) -> [SyncPass] {
        try await pool.query(Self.selection, key.brand, key.id).map { row throws(PostgresError) in
            let (kind, position, isForced, revision) = try row.decode(
                Int16.self, String.self, Bool.self, Int64.self)
            return SyncPass(
                kind: SyncKind(rawValue: Int32(kind)), position: position, isForced: isForced, revision: revision)
        }
    }

    /// The next SKUs.
    func next(of key: ConnectionKey, in transaction: PostgresTransaction) async throws(PostgresError) -> [String] {
        try await transaction.query(Self.piece, key.brand, key.id, self.position, Self.portion)
            .map { row throws(PostgresError) in try row.decode(String.self) }
    }

    /// The command that notes that a piece is done; ends the walk behind the last one, unless there is a new reason.
    func advance(past skus: [String], of key: ConnectionKey) -> PostgresCommand {
        let kind = Int16(truncatingIfNeeded: self.kind.rawValue)
        guard let last = skus.last, skus.count >= Int(Self.portion) else {
            return PostgresCommand(Self.ending, key.brand, key.id, kind, self.revision)
        }
        return PostgresCommand(Self.advancing, key.brand, key.id, kind, self.revision, last)
    }

    private static let requesting = PostgresStatement(
        """
        insert into sync_pass as p (brand_id, connection_id, kind, is_forced)
        select $1, c.id, k.kind, $4 from unnest($2::text[]) as c (id) cross join unnest($3::smallint[]) as k (kind)
        order by c.id, k.kind
        on conflict (brand_id, connection_id, kind) do update
            set position = '', is_forced = p.is_forced or excluded.is_forced, revision = p.revision + 1
        """)

    private static let connections = PostgresStatement(
        "select connection_id from connection where brand_id = $1 order by connection_id")

    private static let selection = PostgresStatement(
        """
        select kind, position, is_forced, revision from sync_pass where brand_id = $1 and connection_id = $2 order by kind
        """,
        readOnly: true)

    private static let piece = PostgresStatement(
        """
        select sku from listing where brand_id = $1 and connection_id = $2 and sku > $3 order by sku limit $4
        """)

    private static let advancing = PostgresStatement(
        """
        update sync_pass set position = $5
        where brand_id = $1 and connection_id = $2 and kind = $3 and revision = $4
        """)

    private static let ending = PostgresStatement(
        "delete from sync_pass where brand_id = $1 and connection_id = $2 and kind = $3 and revision = $4")
}
