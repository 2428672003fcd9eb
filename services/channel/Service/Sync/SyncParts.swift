internal import ChannelAdapter
internal import Logging
internal import Postgres

/// What the workers of all connections share.
struct SyncParts: Sendable {
    let pool: PostgresPool
    let connections: any SyncConnections
    let transport: any PlatformTransport
    let prices: any PriceSource
    let content: any ListingContent
    let news: SyncNews
    /// nil: platforms are told nothing of orders.
    let orderTasks: (any OrderTaskWork)?
    /// nil: orders are not asked for.
    let orderIntake: (any OrderIntakeHint)?
    /// Where platforms send their notifications; nil: they are not asked for any.
    var gateway: GatewayAddress?
    /// How often each listing is read back, in seconds.
    var readEverySeconds: Int64 = 21_600
    let logger: Logger
    /// What happens between steps, in tests.
    var faults: SyncFaultPoints = .none
}

/// A step of the worker, behind which it may be killed in tests.
struct SyncFaultPoint: Hashable, Sendable {
    let name: String

    /// A call is on record, and not sent.
    static let recorded = SyncFaultPoint(name: "recorded")
    /// A call was answered, and that is not on record.
    static let answered = SyncFaultPoint(name: "answered")
    /// What became of a call is on record.
    static let ended = SyncFaultPoint(name: "ended")
}

/// What happens at the steps of the worker: nothing, but in tests.
struct SyncFaultPoints: Sendable {
    /// Nothing happens.
    static let none = SyncFaultPoints { _ in }

    let reach: @Sendable (SyncFaultPoint) async throws -> Void

    init(_ reach: @escaping @Sendable (SyncFaultPoint) async throws -> Void) { self.reach = reach }
}
