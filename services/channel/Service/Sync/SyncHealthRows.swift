internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// Reads and writes how connections fare, and what is left of their platforms' limits, for who has them next.
enum SyncHealthRows {
    /// How a connection fared when somebody last worked for it.
    static func read(
        _ key: ConnectionKey, from pool: PostgresPool
    ) async throws(PostgresError) -> (breaker: CircuitBreaker, quotas: [QuotaBucket]) {
        var breaker = CircuitBreaker()
        if let row = try await pool.query(Self.circuit, key.brand, key.id).first {
            let (state, until) = try row.decode(Int16.self, PostgresTimestamp?.self)
            if state != 1, let until { breaker = CircuitBreaker(openUntil: until.microseconds) }
        }
        return (breaker, try await Self.quotas(key, from: pool))
    }

    /// What is left of a connection's limits, as it was written down last.
    static func quotas(_ key: ConnectionKey, from pool: PostgresPool) async throws(PostgresError) -> [QuotaBucket] {
        try await pool.query(Self.quotaSelection, key.brand, key.id).map { row throws(PostgresError) in
            let (name, available, rate, burst, observed, blocked) = try row.decode(
                String.self, Double.self, Double.self, Double.self, PostgresTimestamp.self, PostgresTimestamp?.self)
            return QuotaBucket(
                name: name, available: available, ratePerSecond: rate, burst: burst, observedAt: observed.microseconds,
                blockedUntil: blocked?.microseconds)
        }
    }

    /// The command that notes how calls ended.
    ///
    /// - Parameters:
    ///   - error: Of the last call that failed; nil: none did.
    ///   - hasSucceeded: Whether one was answered.
    static func noting(
        _ key: ConnectionKey, _ state: CircuitBreaker.State, error: String?, hasSucceeded: Bool
    ) -> PostgresCommand {
        let (number, until): (Int16, PostgresTimestamp?) =
            switch state {
            case .closed: (1, nil)
            case .open(let until): (2, PostgresTimestamp(microseconds: until))
            case .halfOpen: (3, nil)
            }
        return PostgresCommand(Self.note, key.brand, key.id, number, until, error, hasSucceeded)
    }

    /// The command that writes down what is left.
    static func writing(_ quotas: [QuotaBucket], of key: ConnectionKey) -> PostgresCommand {
        PostgresCommand(
            Self.quotaUpsert, key.brand, key.id, quotas.map(\.name), quotas.map(\.available),
            quotas.map(\.ratePerSecond), quotas.map(\.burst),
            quotas.map { PostgresTimestamp(microseconds: $0.observedAt) },
            quotas.map { $0.blockedUntil.map { PostgresTimestamp(microseconds: $0) } })
    }

    private static let circuit = PostgresStatement(
        "select circuit, circuit_until from connection_health where brand_id = $1 and connection_id = $2",
        readOnly: true)

    private static let quotaSelection = PostgresStatement(
        """
        select operation, available, rate_per_second, burst, observed_at, blocked_until from quota
        where brand_id = $1 and connection_id = $2 order by operation
        """,
        readOnly: true)

    private static let note = PostgresStatement(
        """
        insert into connection_health as h (
            brand_id, connection_id, circuit, circuit_until, failed_at, error, succeeded_at)
        select c.brand_id, c.connection_id, $3, $4, case when $5::text is not null then now() end, coalesce($5, ''),
            case when $6 then now() end
        from connection c where c.brand_id = $1 and c.connection_id = $2
        on conflict (brand_id, connection_id) do update
            set circuit = $3, circuit_until = $4,
                failed_at = case when $5::text is not null then now() else h.failed_at end,
                error = coalesce($5, h.error), succeeded_at = case when $6 then now() else h.succeeded_at end
        """)

    private static let quotaUpsert = PostgresStatement(
        """
        insert into quota (
            brand_id, connection_id, operation, available, rate_per_second, burst, observed_at, blocked_until)
        select $1, $2, k.* from unnest($3::text[], $4::double precision[], $5::double precision[],
            $6::double precision[], $7::timestamptz[], $8::timestamptz[])
            as k (operation, available, rate, burst, observed_at, blocked_until)
        where exists (select from connection where brand_id = $1 and connection_id = $2)
        on conflict (brand_id, connection_id, operation) do update
            set available = excluded.available, rate_per_second = excluded.rate_per_second, burst = excluded.burst,
                observed_at = excluded.observed_at, blocked_until = excluded.blocked_until
        """)
}
