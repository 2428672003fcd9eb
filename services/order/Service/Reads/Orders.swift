internal import Events
internal import Logging
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import RPC

/// Answers what is asked of orders, and of how they are kept.
public struct Orders: OrderCalls {
    /// Orders, or entries, of a page where the request names no number.
    static let defaultPageSize = 50
    /// After how many bytes of orders a page ends, so that it is a message that can be sent: 2 MiB.
    static let maximumPageBytes = 2_097_152
    /// The connections of the pool that it uses best.
    static let connections = 4

    let pool: PostgresPool
    let lookup: OrderLookup
    let settings: KnownSettings
    let placements: Placements
    let news: EventNews
    let logger: Logger

    /// - Parameters:
    ///   - pool: With the session settings of ``OrderWrites``.
    ///   - placements: Places orders, by the same settings.
    ///   - news: Tells of events that were committed.
    init(_ pool: PostgresPool, placements: Placements, news: EventNews, logger: Logger) {
        self.pool = pool
        self.lookup = OrderLookup(pool)
        self.settings = placements.settings
        self.placements = placements
        self.news = news
        self.logger = logger
    }

    /// How many orders or entries a page has at the most.
    static func pageSize(_ requested: UInt32) -> Int { requested == 0 ? Self.defaultPageSize : Int(requested) }
}
