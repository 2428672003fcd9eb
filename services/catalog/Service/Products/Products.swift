public import CatalogAPI
internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Logging
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

/// Answers what is asked of products and supersessions, and changes them.
public struct Products: CatalogCalls {
    /// How often a transaction is tried that lost a race with another.
    static let maximumTries = 5

    let pool: PostgresPool
    let writes: ProductWrites
    let news: EventNews
    let logger: Logger

    /// - Parameters:
    ///   - followers: What keeps rows of its own that follow from products.
    ///   - news: Is told of events that were committed, and tells watchers.
    init(_ pool: PostgresPool, followers: [any ProductFollower], news: EventNews, logger: Logger) {
        self.pool = pool
        self.writes = ProductWrites(followers: followers)
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

extension Products: ProductService {}
