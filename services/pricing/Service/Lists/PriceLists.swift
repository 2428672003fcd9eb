internal import Crypto
internal import Events
internal import Idempotency
internal import Logging
internal import Postgres
public import PricingAPI
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import Wire

/// Answers what is asked of price lists, of the prices in them, of held prices, settings and rates, and changes them.
public struct PriceLists: PricingCalls {
    /// How often a transaction is tried that lost a race with another.
    static let maximumTries = 8
    /// Who holds it sees what units cost, and floors that tell it.
    static let costScope = "pricing:write"
    /// Entries of a page where the request names no number.
    static let defaultPageSize: UInt32 = 100

    let pool: PostgresPool
    let writes: PriceWrites
    let news: EventNews
    let logger: Logger

    /// - Parameters:
    ///   - writes: Shared with whatever else changes prices.
    ///   - news: Is told of events that were committed.
    init(_ pool: PostgresPool, writes: PriceWrites, news: EventNews, logger: Logger) {
        self.pool = pool
        self.writes = writes
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

    /// Whether a caller is shown what units cost.
    func showsCost(to caller: CallerIdentity) -> Bool { caller.scopes.contains(Self.costScope) }

    /// How many entries a page has at the most.
    func pageSize(_ requested: UInt32) -> Int { Int(requested == 0 ? Self.defaultPageSize : requested) }
}

extension PriceLists: PriceListService {}

extension RPCError {
    static let costIsHidden = RPCError(
        .permissionDenied, "the caller does not have the scope \(PriceLists.costScope), which prices of costs need",
        type: "scope-missing", reason: .scopeMissing)

    static let pageTokenUnknown = RPCError(
        field: "pageToken", "is none that was given out for this list",
        expected: "nextPageToken of the page before, with the filters of that page")
}

extension PricingRefusal {
    /// Refuses a document whose fields break their own rules.
    static func checkRules(of document: some Message) throws(PricingRefusal) {
        let memory = ArenaMemory()
        guard let violations = try? document.ruleViolations(in: memory.arena) else {
            throw PricingRefusal(.invalidValue, "the document is larger than can be read")
        }
        let refusals = violations.elements.map {
            PricingRefusal(.invalidValue, field: $0.field, $0.reason, expected: $0.expected)
        }
        if let refusal = PricingRefusal.combined(refusals) { throw refusal }
    }
}
