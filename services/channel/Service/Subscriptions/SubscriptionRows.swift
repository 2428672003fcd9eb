internal import ChannelDomain
internal import Leasing
internal import Postgres

/// Reads and writes how far platforms were asked for notifications.
enum SubscriptionRows {
    /// The characters of an error.
    private static let maximumErrorCharacters = ConnectionHealthRows.maximumErrorCharacters

    /// How far a connection's platform was asked.
    static func read(_ key: ConnectionKey, from pool: PostgresPool) async throws(PostgresError) -> SubscriptionState {
        guard let row = try await pool.query(Self.selection, key.brand, key.id).first else {
            return SubscriptionState()
        }
        return try Self.state(row)
    }

    /// Writes it down, as who has the connection's lease.
    ///
    /// - Throws: `LeaseError` where somebody else has it.
    static func write(
        _ state: SubscriptionState, of key: ConnectionKey, under lease: Lease, to pool: PostgresPool
    ) async throws {
        try await pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            _ = try await transaction.commit(with: [
                PostgresCommand(
                    Self.upsert, key.brand, key.id, state.address, state.version, state.topics,
                    state.subscribedAt.map { PostgresTimestamp(microseconds: $0) },
                    PostgresTimestamp(microseconds: state.dueAt), state.tries,
                    String(state.error.prefix(Self.maximumErrorCharacters)))
            ])
        }
    }

    /// What a row says that has the columns of ``selection``, which may all be null.
    static func state(_ row: PostgresRow) throws(PostgresError) -> SubscriptionState {
        guard let address = try row.decode(String?.self, column: "notification_address") else {
            return SubscriptionState()
        }
        return SubscriptionState(
            address: address, version: try row.decode(column: "notification_version"),
            topics: try row.decode(column: "topics"),
            subscribedAt: try row.decode(PostgresTimestamp?.self, column: "subscribed_at")?.microseconds,
            dueAt: try row.decode(PostgresTimestamp.self, column: "notification_due_at").microseconds,
            tries: try row.decode(column: "notification_tries"), error: try row.decode(column: "notification_error"))
    }

    private static let selection = PostgresStatement(
        """
        select address as notification_address, connection_version as notification_version, topics, subscribed_at,
            due_at as notification_due_at, tries as notification_tries, error as notification_error
        from subscription where brand_id = $1 and connection_id = $2
        """,
        readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into subscription (
            brand_id, connection_id, address, connection_version, topics, subscribed_at, due_at, tries, error)
        select c.brand_id, c.connection_id, $3, $4, $5, $6, $7, $8, $9 from connection c
        where c.brand_id = $1 and c.connection_id = $2
        on conflict (brand_id, connection_id) do update
            set address = excluded.address, connection_version = excluded.connection_version, topics = excluded.topics,
                subscribed_at = excluded.subscribed_at, due_at = excluded.due_at, tries = excluded.tries,
                error = excluded.error
        """)
}
