internal import Events
internal import Logging
internal import Postgres
public import PricingAPI
internal import PricingDomain
internal import PricingMessages
internal import RPC

/// Answers what is asked of rules, coupons and kits, and changes them.
///
/// Rules and kits are part of the brand's price book, and change under its lock. Coupons are not, as there may be very many:
/// each changes by itself. Locks, everywhere in this order: the book; the rule; the coupon; the count of the rule's coupons;
/// the event log's buckets.
public struct PriceRules: PricingCalls {
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

    /// Refuses a change of an object that has another version than its caller expects.
    ///
    /// - Parameters:
    ///   - object: What it is called, such as "the rule".
    ///   - expected: nil: whatever it is.
    ///   - current: nil: there is none.
    static func check(
        _ object: String, expected: UInt64?, current: Int64?
    ) throws(PricingRefusal) {
        let current = UInt64(clamping: current ?? 0)
        guard let expected, expected != current else { return }
        throw .versionConflict(of: object, expected: expected, current: current)
    }

    /// Records changes of a locked book, writes them with their events, and commits.
    ///
    /// - Parameter commands: What writes the present tables.
    func commit(
        _ change: PriceBookChange, with commands: [PostgresCommand], in book: LockedPriceBook,
        _ transaction: PostgresTransaction, _ context: ServerContext
    ) async throws {
        let record = try PriceBookWrites.record([change], in: book, by: context.caller.principal)
        let events = try record.events.recorded(
            of: book.brand, at: book.now, traceParent: context.trace?.traceparent)
        _ = try await transaction.commit(with: record.commands + commands + EventLog.append(events))
    }
}

extension PriceRules: PriceRuleService {}
