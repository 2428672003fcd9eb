internal import ChannelMessages
internal import Postgres
internal import WellKnownMessages

extension FulfilledPollRows {
    /// How far a connection's platform is read, without where to; empty before its first turn.
    static func state(_ key: ConnectionKey, from pool: PostgresPool) async throws -> FulfilledStockState {
        guard let row = try await pool.query(Self.state, key.brand, key.id).first else { return FulfilledStockState() }
        let (readAt, dueAt, skipped, refused, pending, tries, code, error) = try row.decode(
            PostgresTimestamp?.self, PostgresTimestamp.self, Int64.self, Int64.self, Int64.self, Int32.self,
            String.self,
            String.self)
        return FulfilledStockState(
            readAt: readAt?.protobuf, nextTryAt: dueAt.protobuf, skipped: UInt64(clamping: skipped),
            refused: UInt64(clamping: refused), pending: UInt64(clamping: pending), tries: UInt32(clamping: tries),
            errorCode: code, error: error)
    }

    private static let state = PostgresStatement(
        """
        select p.read_at, p.due_at, p.skipped, p.refused, (
                select count(*) from fulfilled_stock s
                where s.brand_id = p.brand_id and s.connection_id = p.connection_id and s.is_pending),
            p.tries, p.error_code, p.error
        from fulfilled_poll p where p.brand_id = $1 and p.connection_id = $2
        """,
        readOnly: true)
}
