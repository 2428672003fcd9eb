internal import ChannelMessages
internal import Postgres

/// Has listings looked at anew when their connection changes, or when a platform says that something of it has.
struct ListingHints: ListingsConcern, ShelfHints {
    let news: SyncNews

    func policyChanged(
        _ kinds: Set<SyncKind>, of connection: ConnectionKey, in transaction: PostgresTransaction
    ) async throws {
        try await SyncPass.request(
            connection, kinds: kinds.sorted { $0.rawValue < $1.rawValue }, in: transaction)
        self.news.mark([connection])
    }

    func forgotten(_ connection: ConnectionKey, in transaction: PostgresTransaction) async throws {
        // Listings, and what is to be sent of them, go with the connection's own row.
        _ = try await transaction.query(Self.forgetting, connection.brand, connection.id)
    }

    func changed(_ connection: ConnectionKey) { self.news.wake([connection]) }

    func readBack(_ hint: ShelfHint, in transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(Self.reading, hint.key.brand, hint.key.id, hint.subject, SyncLimits.echoSeconds)
        self.news.mark([hint.key])
    }

    private static let forgetting = PostgresStatement(
        "delete from drift where bucket between 0 and 63 and brand_id = $1 and connection_id = $2")

    // What we have just pushed ourselves comes back soon after: a burst of that is read once.
    private static let reading = PostgresStatement(
        """
        update listing l
        set read_due_at = least(l.read_due_at, case when l.stock_pushed_at > now() - $4 * interval '1 second'
            then now() + $4 * interval '1 second' else now() end)
        where l.brand_id = $1 and l.connection_id = $2
            and jsonb_path_query_array(l.platform_ids, '$.*') @> to_jsonb($3::text)
        """)
}
