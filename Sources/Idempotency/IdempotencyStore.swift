public import Partitioning
public import Postgres

/// The answers that were given under idempotency keys, kept in the transaction of what they answered.
///
/// Key and effect are committed together: both exist or neither. Partitioned by the day, in UTC, of the database's clock;
/// a key is looked for in the present day and the one before, and so kept for 24 to 48 hours.
///
/// **A claim is a lock.** It inserts the key's row without an answer; whoever comes with the same key waits there until
/// the transaction ends. A row that is committed without an answer means nothing: its request failed, and the next one
/// claims it anew.
///
/// **Midnight.** A unique index ends at its partition, so two requests on both sides of midnight could each find nothing.
/// In the first hour of a day a claim therefore locks the key's row in the partition of the day before, too, and that
/// first. A transaction that claims must end within that hour.
///
/// **Order of locks.** The day before, then the present day; within a day by ``IdempotencyKey``. A transaction claims
/// once, before it locks anything else.
public enum IdempotencyStore {
    /// How long a claim waits for another one that is not committed, in milliseconds.
    public static let claimWaitMilliseconds = 200
    /// After how long a caller whose key is in flight may try again, in milliseconds.
    public static let retryAfterMilliseconds = 1_000
    /// The most keys of one transaction.
    public static let maximumBatch = 512

    /// The table, for a service's migrations. Never changed once released.
    public static let schema = """
        create table idempotency_key (
            bucket smallint not null,
            brand_id uuid not null,
            principal text not null,
            method text not null,
            key text not null,
            day date not null,
            claimed_at timestamptz not null,
            fingerprint bytea not null,
            status integer,
            response bytea,
            primary key (bucket, brand_id, principal, method, key, day),
            constraint idempotency_key_bucket check (bucket between 0 and 63),
            constraint idempotency_key_key check (key ~ '^[!-~]{1,255}$'),
            constraint idempotency_key_fingerprint check (octet_length(fingerprint) = 32),
            constraint idempotency_key_answer check ((status is null) = (response is null)),
            constraint idempotency_key_response check (octet_length(response) <= 1048576)
        ) partition by range (day);
        """

    /// The table's partitions: one a day.
    public static let partitions = Partitions(table: "idempotency_key", period: .day, retained: 2)

    /// Claims a key, as the first thing that a transaction does.
    ///
    /// After anything but ``IdempotencyClaim/new`` the transaction must be rolled back. One round trip.
    public static func claim(
        _ request: IdempotencyRequest, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> IdempotencyClaim {
        try await self.claim(request, now: nil, in: transaction)
    }

    /// Claims at a moment of the test's instead of the database's.
    package static func claim(
        _ request: IdempotencyRequest, now: PostgresTimestamp?, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> IdempotencyClaim {
        do throws(PostgresError) {
            return try await self.claim([request], now: now, in: transaction).first ?? .new
        } catch  where error.sqlState == .lockNotAvailable {
            return .inFlight
        }
    }

    /// Claims many keys in one round trip, as the first thing that a transaction does.
    ///
    /// The transaction goes on with those that are ``IdempotencyClaim/new``; claims that get no answer are free again
    /// once it is committed.
    ///
    /// - Parameters:
    ///   - requests: At most ``maximumBatch``, in any order.
    ///   - waitMilliseconds: How long to wait for each key that another transaction holds.
    /// - Returns: What was found for each request, at its position; never ``IdempotencyClaim/inFlight``.
    /// - Throws: ``PostgresError`` with ``SQLState/lockNotAvailable`` when one of the keys is in flight: the transaction
    ///   must be rolled back. ``GroupCommit`` of `Events` splits such a batch until that key is alone.
    public static func claim(
        _ requests: [IdempotencyRequest], waitMilliseconds: Int = claimWaitMilliseconds,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> [IdempotencyClaim] {
        try await self.claim(requests, waitMilliseconds: waitMilliseconds, now: nil, in: transaction)
    }

    package static func claim(
        _ requests: [IdempotencyRequest], waitMilliseconds: Int = claimWaitMilliseconds, now: PostgresTimestamp?,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> [IdempotencyClaim] {
        guard !requests.isEmpty else { return [] }
        var batch = IdempotencyBatch(requests)
        try Self.checkCount(requests.count)
        let rows = try await transaction.execute(
            IdempotencyStatements.claim(batch.distinct, waitMilliseconds: waitMilliseconds, now: now))
        for row in rows[IdempotencyStatements.selectionPosition] {
            let (position, fingerprint, status, response) = try row.decode(
                Int64.self, [UInt8].self, Int32.self, [UInt8].self)
            batch.found(
                at: Int(position) - 1, fingerprint: fingerprint,
                answer: IdempotencyAnswer(status: status, response: response))
        }
        return batch.claims
    }

    /// Stores the answer of a new key, in the transaction that claimed it.
    public static func complete(
        _ key: IdempotencyKey, with answer: IdempotencyAnswer, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await self.complete([(key, answer)], in: transaction)
    }

    /// Stores the answers of new keys, in the transaction that claimed them. One round trip.
    ///
    /// - Throws: ``PostgresError``, also when this transaction has not claimed one of the keys: it must be rolled back.
    public static func complete(
        _ answers: [(key: IdempotencyKey, answer: IdempotencyAnswer)], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await self.complete(answers, now: nil, in: transaction)
    }

    package static func complete(
        _ answers: [(key: IdempotencyKey, answer: IdempotencyAnswer)], now: PostgresTimestamp?,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        guard !answers.isEmpty else { return }
        try Self.checkCount(answers.count)
        let rows = try await transaction.execute([IdempotencyStatements.complete(answers, now: now)])
        guard rows.first?.affected == answers.count else {
            throw PostgresError(.invalidParameter, "an answer for an idempotency key that was not claimed before")
        }
    }

    private static func checkCount(_ count: Int) throws(PostgresError) {
        guard count <= Self.maximumBatch else {
            throw PostgresError(
                .invalidParameter, "\(count) idempotency keys in one transaction; at most \(Self.maximumBatch) may be")
        }
    }
}
