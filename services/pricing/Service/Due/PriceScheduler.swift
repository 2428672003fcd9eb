internal import Events
internal import Leasing
internal import Logging
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ServiceLifecycle

/// Tells of prices, lists and rules once they begin or end to count, and clears away the prices of lists that are no more.
///
/// What is due stands in `price_due` since the transaction that planned it, and goes in the transaction that tells of it: it
/// is told late after the service was down, but never lost, and never twice. One copy works at a time, under a lease; one
/// that lost it without noticing fails at the lease's token.
///
/// Locks: the lease, shared; the books of the brands, shared, ascending; what is due, in its order; the event log's buckets.
/// Behind the books' locks no list or rule changes, so that no older one is told of behind a newer one.
struct PriceScheduler: Service {
    /// How long it waits when nothing was due, or a portion failed, in milliseconds; up to half of it longer, by chance.
    static let intervalMilliseconds: Int64 = 500
    /// What is due of one transaction.
    static let maximumPortion: Int64 = 1_000
    /// The most SKUs of one event.
    static let maximumSKUsPerEvent = 500
    /// The prices of a list that is no more which one transaction clears away.
    static let clearedPortion = 5_000
    /// What is held while it works.
    static let leaseName = "price-scheduler"

    private let pool: PostgresPool
    private let news: EventNews
    private let logger: Logger
    private let intervals: LeaseHolder.Intervals
    private let portion: Int64

    /// A scheduler that does nothing until ``run()``.
    ///
    /// - Parameters:
    ///   - news: Is told of events that were committed.
    ///   - portion: What is due of one transaction; at most ``maximumPortion``.
    init(
        _ pool: PostgresPool, news: EventNews, logger: Logger,
        intervals: LeaseHolder.Intervals = LeaseHolder.Intervals(), portion: Int64 = Self.maximumPortion
    ) {
        self.pool = pool
        self.news = news
        self.logger = logger
        self.intervals = intervals
        self.portion = portion
    }

    /// Works until the task is cancelled or the service shuts down.
    func run() async {
        let holder = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        let leaseHolder = LeaseHolder(Leases(self.pool, holder: holder), intervals: self.intervals)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await leaseHolder.run(Self.leaseName) { lease in await self.work(lease) }
                } catch {
                    // Cancelled: the loop ends.
                    continue
                }
            }
        }
    }

    /// Works under a lease until cancelled.
    private func work(_ lease: Lease) async {
        while !Task.isCancelled {
            do {
                if try await self.advance(lease) { continue }
            } catch {
                if !Task.isCancelled {
                    self.logger.warning(
                        "what is due of prices could not be told; tried again later",
                        metadata: ["error": "\(String(describing: error))"])
                }
            }
            let milliseconds = Self.intervalMilliseconds + .random(in: 0...Self.intervalMilliseconds / 2)
            try? await Task.sleep(for: .milliseconds(milliseconds))
        }
    }

    /// Tells of a portion of what is due.
    ///
    /// - Returns: Whether anything was.
    /// - Throws: `LeaseError`, where another copy works meanwhile, beside `PostgresError`.
    func advance(_ lease: Lease) async throws -> Bool {
        let isDone = try await self.pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            let brands = try await transaction.query(Self.dueBrands, self.portion).map { (row) throws(PostgresError) in
                try row.decode(PostgresUUID.self)
            }
            guard !brands.isEmpty else { return false }
            let answers = try await transaction.execute([
                PostgresCommand(Self.sharing, brands), PostgresCommand(Self.due, brands, self.portion),
                PostgresCommand(Self.clock),
            ])
            guard let now = try answers[2].first?.decode(PostgresTimestamp.self) else {
                throw PostgresError(.server, "a clock without an answer")
            }
            let due = try answers[1].map { (row) throws(PostgresError) in try BrandDue(row) }
            var portion = try await DuePortion(due, in: transaction)
            try await portion.clear(limit: Self.clearedPortion, in: transaction)
            let events = try EventLog.append(try portion.events(at: now))
            _ = try await transaction.commit(with: [PriceDueRows.removal(portion.done)] + events)
            return !due.isEmpty
        }
        if isDone { self.news.committed() }
        return isDone
    }

    // By the time at which the transaction began, which an index can be asked by, as the clock cannot.
    private static let dueBrands = PostgresStatement(
        """
        select distinct d.brand_id
        from (select brand_id from price_due where due_at <= now()
              order by due_at, brand_id, bucket, kind, subject, list_number limit $1) d
        order by d.brand_id
        """)

    private static let sharing = PostgresStatement(
        "select brand_id from price_book where brand_id = any($1) order by brand_id for share")

    private static let due = PostgresStatement(
        """
        select brand_id, due_at, bucket, kind, subject, list_number from price_due
        where due_at <= now() and brand_id = any($1)
        order by due_at, brand_id, bucket, kind, subject, list_number limit $2 for update
        """)

    private static let clock = PostgresStatement("select clock_timestamp()")
}
