internal import ChannelDomain
internal import Leasing
internal import Postgres

/// What is written down of bulks beside their rows: how long they take, and which ones a process has left behind.
enum BulkRows {
    /// How long bulks take, by operation: as the last one went.
    static func paces(
        _ key: ConnectionKey, from pool: PostgresPool
    ) async throws(PostgresError) -> [String: BulkPace] {
        var paces: [String: BulkPace] = [:]
        for row in try await pool.query(Self.paceSelection, key.brand, key.id) {
            let (operation, seconds, perRow) = try row.decode(String.self, Double.self, Double.self)
            paces[operation] = BulkPace(seconds: seconds, secondsPerRow: perRow)
        }
        return paces
    }

    /// The command that notes how the last one went.
    static func noting(_ pace: BulkPace, of operation: String, of key: ConnectionKey) -> PostgresCommand {
        PostgresCommand(Self.note, key.brand, key.id, operation, pace.seconds, pace.secondsPerRow)
    }

    /// Whether rows are in bulks that have not ended.
    static func hasOpen(_ key: ConnectionKey, in pool: PostgresPool) async throws(PostgresError) -> Bool {
        try await pool.query(Self.open, key.brand, key.id).first?.decode(Bool.self) ?? false
    }

    /// Takes all rows out of bulks that have not ended: those that only the bulk has sent are sent again under its key, and
    /// the others by calls of their own.
    static func endOpen(_ key: ConnectionKey, in pool: PostgresPool, under lease: Lease) async throws {
        try await pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            _ = try await transaction.commit(with: [PostgresCommand(Self.ending, key.brand, key.id)])
        }
    }

    private static let paceSelection = PostgresStatement(
        "select operation, seconds, seconds_per_row from bulk_pace where brand_id = $1 and connection_id = $2",
        readOnly: true)

    private static let note = PostgresStatement(
        """
        insert into bulk_pace (brand_id, connection_id, operation, seconds, seconds_per_row)
        select c.brand_id, c.connection_id, $3, $4, $5 from connection c
        where c.brand_id = $1 and c.connection_id = $2
        on conflict (brand_id, connection_id, operation) do update
            set seconds = excluded.seconds, seconds_per_row = excluded.seconds_per_row
        """)

    private static let open = PostgresStatement(
        """
        select exists (
            select from sync_work where brand_id = $1 and connection_id = $2 and bulk_key not in ('', 'ended'))
        """,
        readOnly: true)

    private static let ending = PostgresStatement(
        """
        update sync_work w
        set bulk_key = case when w.attempt_key = w.bulk_key then '' else 'ended' end, due_at = least(w.due_at, now())
        where w.brand_id = $1 and w.connection_id = $2 and w.bulk_key not in ('', 'ended')
        """)
}
