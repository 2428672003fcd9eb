internal import Buckets
public import Leasing
public import Logging
public import Postgres

/// Carries out, once for each event of a source, what follows from it in a database.
///
/// Effect and cursor are committed together, under a lease: delivered at least once, and exactly once in effect. Events
/// of one bucket come in order; several buckets share a transaction, or go on side by side. A consumer's buckets are
/// divided into shares, each with a lease of its own; copies of the service hold different shares, and take over those of
/// one that died.
///
/// An event whose effect fails is tried again, after longer and longer waits of its bucket, and finally parked as an
/// ``EventDeadLetter``; the other buckets are not held up. A failure of the database counts as no try. Later events of a
/// subject that has a dead letter are parked behind it, so that the subject's events keep their order; ``replay(_:)`` lets
/// them go on.
public struct EventConsumer: Sendable {
    /// How a consumer works.
    public struct Configuration: Sendable {
        /// What the consumer's cursors and leases are called; never changed.
        public var name: String
        /// Into how many leases the buckets are divided: 1 to 64, the same in all copies.
        public var shares = 4
        /// How many transactions of a share go on side by side, each with buckets of its own.
        public var transactions = 4
        /// About the most events of one transaction: 1 to ``maximumBatch``. More than those of one bucket come together as
        /// long as there are fewer.
        public var batch = 256
        /// How long a share waits from the beginning of a transaction to that of the next, unless that is full, in
        /// milliseconds: so many small commits of the source cost few here.
        public var paceMilliseconds: Int64 = 50
        /// After how long to try again what did not succeed, such as taking a lease, in milliseconds; at least 1.
        public var pollMilliseconds: Int64 = 1_000
        /// How long a share stays with a copy that is gone, in milliseconds.
        public var leaseMilliseconds: Int64 = 15_000
        /// How often one event is tried before it is parked.
        public var maximumTries = 5
        /// How long a bucket waits after the first failure, in milliseconds; twice as long after each further one.
        public var firstWaitMilliseconds: Int64 = 200
        /// How long a bucket waits at the most, in milliseconds.
        public var longestWaitMilliseconds: Int64 = 30_000

        /// Whether what an effect has thrown is no event's fault, so that it counts as no try: a service that cannot be
        /// reached, for example. What the database is at fault for is known already.
        public var isTransient: @Sendable (any Error) -> Bool = { _ in false }
        /// How long dead letters are kept, in days; at least 1.
        public var letterDays = 90

        /// The most that ``batch`` may be.
        public static let maximumBatch = 4_096

        /// The defaults.
        public init(name: String) { self.name = name }

        var allowedBatch: Int { max(1, min(self.batch, Self.maximumBatch)) }
    }

    /// What follows from events.
    ///
    /// - Parameters:
    ///   - events: Of one bucket or several, one bucket behind the other, and of each in their order; at least one.
    ///   - transaction: In which it happens; not to be committed.
    /// - Returns: Commands that travel with the COMMIT: those of ``EventLog/append(_:)``.
    /// - Throws: What stands in the event's way. It runs again, in another transaction.
    public typealias Effect =
        @Sendable (_ events: [RecordedEvent], _ transaction: PostgresTransaction) async throws -> [PostgresCommand]

    /// What follows from events being lost: a service marks, in the transaction, that its copy is to be built anew. The
    /// cursor moves past the gap in the same transaction.
    ///
    /// - Throws: What stands in the way. The bucket stays before the gap, and it runs again.
    public typealias GapEffect =
        @Sendable (_ gap: EventGap, _ transaction: PostgresTransaction) async throws -> Void

    /// What its cursors and leases are called.
    public var name: String { self.configuration.name }

    let configuration: Configuration
    let source: any EventSource
    let pool: PostgresPool
    let leases: Leases
    let news: EventNews
    let logger: Logger
    let onGap: GapEffect?
    let effect: Effect

    /// - Parameters:
    ///   - source: Where the events come from.
    ///   - pool: On the database that holds cursors, dead letters and effects.
    ///   - leases: This process's, in the same database.
    ///   - news: Is told where the effect has appended events to this database's own log.
    ///   - onGap: What to do where events were lost; nil: the bucket stands still, and says so again and again.
    public init(
        _ configuration: Configuration, source: any EventSource, pool: PostgresPool, leases: Leases,
        news: EventNews = EventNews(), logger: Logger, onGap: GapEffect? = nil, effect: @escaping Effect
    ) {
        self.configuration = configuration
        self.source = source
        self.pool = pool
        self.leases = leases
        self.news = news
        self.logger = logger
        self.onGap = onGap
        self.effect = effect
    }

    /// Works until the task is cancelled. What runs then is rolled back, and done by whoever comes next.
    public func run() async {
        let shares = max(1, min(self.configuration.shares, Bucket.count))
        await withDiscardingTaskGroup { group in
            for share in 0..<shares {
                let buckets = Bucket.all.filter { Int($0.number) % shares == share }
                group.addTask { await self.run(share: share, buckets: buckets) }
            }
        }
    }

    private func run(share: Int, buckets: [Bucket]) async {
        let name = "consumer/\(self.configuration.name)/\(share)"
        while !Task.isCancelled {
            do {
                try await LeaseHolder(self.leases, intervals: self.intervals).run(name) { lease in
                    let work = EventConsumerShare(self, buckets: buckets, lease: lease)
                    guard share == 0 else { return await work.run() }
                    async let removing: Void = EventLetterRetention(self).run()
                    await work.run()
                    await removing
                }
            } catch {
                self.logUnlessCancelled("a consumer's share ended", error)
            }
        }
    }

    private var intervals: LeaseHolder.Intervals {
        var intervals = LeaseHolder.Intervals()
        intervals.leaseMilliseconds = max(10, self.configuration.leaseMilliseconds)
        intervals.renewalMilliseconds = intervals.leaseMilliseconds / 3
        intervals.marginMilliseconds = intervals.leaseMilliseconds / 5
        intervals.retryMilliseconds = max(1, self.configuration.pollMilliseconds)
        return intervals
    }

    func logUnlessCancelled(_ message: Logger.Message, _ error: any Error, bucket: Bucket? = nil) {
        guard !Task.isCancelled else { return }
        var metadata: Logger.Metadata = [
            "consumer": "\(self.configuration.name)", "error": "\(String(describing: error))",
        ]
        if let bucket { metadata["bucket"] = "\(bucket.number)" }
        self.logger.warning(message, metadata: metadata)
    }
}
