internal import Events
internal import Logging
internal import Postgres
public import PricingAPI
internal import PricingDomain
internal import PricingMessages
internal import RPC

/// Counts uses of rules and coupons, and takes them back.
///
/// Limits hold whatever runs at once, in as many processes as there may be: who counts a use holds the rows of
/// ``UseCountRows`` from before it reads what was used to its commit, and the rules and coupons against being changed. So
/// once a change of a limit is answered, it holds.
///
/// Locks, everywhere in this order: the redemption's row; the rows of counters; rules, then coupons, ascending; the event
/// log's buckets.
public struct Redemptions: PricingCalls {
    /// How often a transaction is tried that lost a race with another.
    static let maximumTries = 5

    let pool: PostgresPool
    let news: EventNews
    let logger: Logger

    /// - Parameter news: Is told of events that were committed.
    init(_ pool: PostgresPool, news: EventNews, logger: Logger) {
        self.pool = pool
        self.news = news
        self.logger = logger
    }

    /// Runs a transaction, again where it lost a race with another.
    func changing<Value: Sendable>(_ body: (PostgresTransaction) async throws -> Value) async throws -> Value {
        var options = PostgresTransactionOptions()
        options.tries = Self.maximumTries
        let value = try await self.pool.withTransaction(options, body)
        self.news.committed()
        return value
    }
}

extension Redemptions: RedemptionService {}
