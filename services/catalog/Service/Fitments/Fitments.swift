public import CatalogAPI
internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Glibc
internal import Logging
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Vehicles
internal import Wire

/// Answers which parts fit which vehicles, and changes it.
public struct Fitments: CatalogCalls {
    /// The most fitments of a product, wherever they come from.
    static let maximumPerProduct = 100_000
    /// How often a transaction is tried that lost a race with another.
    static let maximumTries = 5

    let pool: PostgresPool
    let tables: VehicleTables
    let known: KnownVehicles
    let news: EventNews
    let logger: Logger
    let now: @Sendable () -> PostgresTimestamp

    /// - Parameters:
    ///   - tables: What vehicles there are.
    ///   - news: Is told of events that were committed.
    ///   - now: The clock, another one in tests: its year bounds model years.
    init(
        _ pool: PostgresPool, tables: VehicleTables, news: EventNews, logger: Logger,
        now: @escaping @Sendable () -> PostgresTimestamp = { .ofSystemClock }
    ) {
        self.pool = pool
        self.tables = tables
        self.known = KnownVehicles(tables.catalog)
        self.news = news
        self.logger = logger
        self.now = now
    }

    /// The calendar's year.
    var currentYear: Int { self.now().year }

    /// Runs a transaction, again where it lost a race with another.
    func changing<Value: Sendable>(_ body: (PostgresTransaction) async throws -> Value) async throws -> Value {
        var options = PostgresTransactionOptions()
        options.tries = Self.maximumTries
        let value = try await self.pool.withTransaction(options, body)
        self.news.committed()
        return value
    }

    static let invalidPageToken = RPCError(
        field: "pageToken", "is none that was given out", expected: "nextPageToken of the page before")
}

extension Fitments: FitmentService {}

extension PostgresTimestamp {
    /// The time of the system's clock.
    static var ofSystemClock: PostgresTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return PostgresTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// The calendar's year, in UTC.
    var year: Int { Int(Day(microseconds: self.microseconds).description.prefix(4)) ?? 0 }
}
