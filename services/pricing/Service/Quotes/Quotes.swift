internal import Events
internal import Glibc
internal import Logging
internal import Money
internal import Postgres
public import PricingAPI
internal import PricingDomain
public import PricingMessages
public import RPC
internal import Watching
internal import WellKnownMessages

/// Answers what things cost, and tells watchers what may have changed that.
public struct Quotes: PricingCalls {
    /// The connections of its pool.
    static let connections = 2
    /// What its connections set: their few statements are planned once, and go from SKUs to rows by the index, whatever the
    /// planner thinks of tables that were small when it looked.
    static let sessionSettings = [
        "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
        "plan_cache_mode": "force_generic_plan", "jit": "off",
    ]

    let pool: PostgresPool
    let books: PriceBooks
    let clocks: ZoneClocks
    let news: EventNews
    let logger: Logger

    /// - Parameters:
    ///   - pool: Connections with ``sessionSettings``.
    ///   - books: Those that changes go by, too.
    ///   - news: Tells of events that were committed.
    init(_ pool: PostgresPool, books: PriceBooks = PriceBooks(), news: EventNews, logger: Logger) {
        self.pool = pool
        self.books = books
        self.clocks = ZoneClocks(pool)
        self.news = news
        self.logger = logger
    }
}

extension Quotes: QuoteService {
    /// Answers what lines cost together.
    public func getQuote(_ request: QuoteRequest, context: ServerContext) async throws -> Quote {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let question = try QuoteQuestion(request)
            let ground = try await self.ground(of: question, of: brand)
            let lines = zip(ground.plan.askedSKUs, request.lines).map { QuoteInputLine(sku: $0, quantity: $1.quantity) }
            let priced = try ground.evaluate(
                lines, for: .sale, customerID: request.customerID, isExplained: request.explain)
            let showsFloors = context.caller.scopes.contains(PricingScopes.write)
            let quote = QuoteAnswer(ground: ground, priced: priced, showsFloors: showsFloors).quote(request.lines)
            guard request.expectedVersion.isEmpty || request.expectedVersion == quote.version else {
                throw PricingRefusal.priceChanged(quote, expected: request.expectedVersion)
            }
            return quote
        }
    }

    /// Writes every change of prices and of what decides them from a cursor on, without a gap, until the caller leaves.
    ///
    /// The first answer has no changes: it says where the watcher stands.
    public func watchPrices(
        _ request: WatchPricesRequest, responses: ResponseWriter<WatchPricesResponse>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) {
            try await EventWatch(self.pool, news: self.news, method: "WatchPrices").run(
                after: request.cursor, of: brand, change: PriceNotices.notice
            ) { changes, cursor in
                try await responses.write(WatchPricesResponse(changes: changes, cursor: cursor))
            }
        }
    }
}

/// The scopes that are asked for beyond those of methods.
enum PricingScopes {
    /// Who may write prices sees what units cost, too.
    static let write = "pricing:write"
}

extension QuoteQuestion {
    /// What a request asks.
    init(_ request: QuoteRequest) throws(PricingRefusal) {
        let (at, isPast) = try QuoteInstant.read(request.at)
        var skus: [SKU] = []
        skus.reserveCapacity(request.lines.count)
        for (place, line) in request.lines.enumerated() {
            skus.append(try SKU(line.sku, field: "lines[\(place)].sku"))
        }
        self.init(
            context: QuoteContext(
                channel: request.channel, region: request.region, customerGroup: request.customerGroup,
                currency: try Currency(request.currency, field: "currency"), at: at),
            knownAt: isPast ? at : nil, skus: skus, customerID: request.customerID, coupons: request.coupons)
    }
}

/// The instant that something is asked for.
enum QuoteInstant {
    /// The instant of a request, or the present one; and whether it is past, so that it is answered as it was known then.
    static func read(_ timestamp: ProtoTimestamp?) throws(PricingRefusal) -> (at: Instant, isPast: Bool) {
        let now = Self.now
        guard let timestamp else { return (now, false) }
        let at = try Instant(timestamp, field: "at")
        return (at, at < now)
    }

    private static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
