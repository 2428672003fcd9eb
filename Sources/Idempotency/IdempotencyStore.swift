public import Partitioning
public import Postgres

/// The answers that were given under idempotency keys, kept in the transaction of what they answered.
///
/// Key and effect are committed together: both exist or neither. Partitioned by the day, in UTC, of the database's clock;
/// a key is looked for in the present day and the one before, and so kept for 24 to 48 hours.
///
/// **Midnight.** A unique index ends at its partition, so two requests on both sides of midnight could each find nothing.
/// In the first hour of a day a claim therefore also takes the key's place in the partition of the day before, with a
/// *guard*: an insert there waits for a claim of the day before that is not committed yet, and then finds it. A
/// transaction that claims must end within that hour.
public enum IdempotencyStore {
    /// How long a claim waits for another one that is not committed, in milliseconds.
    public static let claimWaitMilliseconds = 200
    /// For how long after midnight a claim guards its place in the day before, in minutes.
    public static let guardMinutes = 60

    /// The table, for a service's migrations. Never changed once released.
    public static let schema = """
        create table idempotency_key (
            claimed_at timestamptz not null,
            day date not null,
            brand_id uuid not null,
            principal text not null,
            method text not null,
            key text not null,
            is_guard boolean not null,
            fingerprint bytea not null,
            status integer,
            response bytea,
            primary key (brand_id, principal, method, key, day)
        ) partition by range (day);
        """

    /// The table's partitions: one a day.
    public static let partitions = Partitions(table: "idempotency_key", period: .day, retained: 2)

    /// What a claim found.
    public enum Claim: Hashable, Sendable {
        /// The key is new: go on, and ``complete(_:status:response:in:)`` in the same transaction.
        case new
        /// The request was answered before: give this again.
        case answered(status: Int32, response: [UInt8])
        /// The key stands for another request: nothing may run.
        case otherRequest
        /// Another transaction holds the key and did not end within ``claimWaitMilliseconds``: the caller may try again.
        case inFlight
    }

    /// Claims a key, as the first thing that a transaction does.
    ///
    /// After anything but ``Claim/new`` the transaction must be rolled back.
    ///
    /// - Parameters:
    ///   - key: Whose request it is.
    ///   - fingerprint: The SHA-256 of what the request asks for.
    public static func claim(
        _ key: IdempotencyKey, fingerprint: [UInt8], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Claim {
        do throws(PostgresError) {
            let answers = try await transaction.execute([
                PostgresCommand(Self.limitWait, "\(Self.claimWaitMilliseconds)ms"),
                PostgresCommand(Self.guardDayBefore, key.brand, key.principal, key.method, key.key, fingerprint),
                PostgresCommand(Self.insertion, key.brand, key.principal, key.method, key.key, fingerprint),
                PostgresCommand(Self.selection, key.brand, key.principal, key.method, key.key),
            ])
            return try Self.claim(inserted: answers[2].count == 1, found: answers[3], fingerprint: fingerprint)
        } catch  where error.sqlState == .lockNotAvailable {
            return .inFlight
        }
    }

    /// Stores the answer of a new key, in the transaction that claimed it.
    public static func complete(
        _ key: IdempotencyKey, status: Int32, response: [UInt8], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        _ = try await transaction.query(
            Self.completion, key.brand, key.principal, key.method, key.key, status, response)
    }

    private static func claim(
        inserted: Bool, found: PostgresRows, fingerprint: [UInt8]
    ) throws(PostgresError) -> Claim {
        for row in found {
            let (isOwn, stored, status, response) = try row.decode(
                Bool.self, [UInt8].self, Int32?.self, [UInt8]?.self)
            if inserted && isOwn { continue }
            guard stored == fingerprint else { return .otherRequest }
            // A claim and its answer are committed together, so a committed row without answer cannot be.
            guard let status, let response else { return .inFlight }
            return .answered(status: status, response: response)
        }
        return .new
    }

    private static let limitWait = PostgresStatement("select set_config('lock_timeout', $1, true)")

    private static let guardDayBefore = PostgresStatement(
        """
        insert into idempotency_key (claimed_at, day, brand_id, principal, method, key, is_guard, fingerprint)
        select now(), (now() at time zone 'utc')::date - 1, $1, $2, $3, $4, true, $5
        where (now() at time zone 'utc')::time < time '01:00'
        on conflict do nothing
        """)

    private static let insertion = PostgresStatement(
        """
        insert into idempotency_key (claimed_at, day, brand_id, principal, method, key, is_guard, fingerprint)
        values (now(), (now() at time zone 'utc')::date, $1, $2, $3, $4, false, $5)
        on conflict do nothing returning day
        """)

    /// Guards are no claims: whoever made one has its claim in its own day.
    private static let selection = PostgresStatement(
        """
        select day = (now() at time zone 'utc')::date, fingerprint, status, response from idempotency_key
        where brand_id = $1 and principal = $2 and method = $3 and key = $4 and not is_guard
            and day >= (now() at time zone 'utc')::date - 1
        order by day
        """)

    private static let completion = PostgresStatement(
        """
        update idempotency_key set status = $5, response = $6
        where brand_id = $1 and principal = $2 and method = $3 and key = $4 and not is_guard and status is null
        """)
}
