internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Leasing
internal import Postgres
internal import ProtobufC

/// What came of a look at a feed, with all that follows from it; written in one transaction.
struct FeedConclusion: Sendable {
    let feed: FeedRecord
    /// nil: what was put cannot be read any more, and it is looked after by hand only.
    let definition: FeedDefinition?
    let outcome: FeedOutcome
    let finding: FeedFinding
    /// The run that ends with it, in its last state; nil: there was none.
    var run: FeedRunRecord?
    /// Why it failed.
    var problem: FeedProblem?
    /// Where it has brought figures to.
    var locations: [String] = []
    /// When they were made; nil: when this is written.
    var figuresAt: PostgresTimestamp?

    /// Writes it, and tells of it.
    func write(_ pool: PostgresPool, lease: Lease, news: EventNews) async throws {
        var options = PostgresTransactionOptions()
        options.tries = 3
        try await pool.withTransaction(options) { transaction in
            try await lease.check(in: transaction)
            // In the order in which a feed is put and deleted: first the setup, then the feed.
            let isFed = !self.locations.isEmpty
            if isFed { _ = try await transaction.query(Self.setupAdvance, self.feed.brand) }
            // One that was deleted meanwhile takes all of this with it.
            guard try await !transaction.query(Self.lock, self.feed.brand, self.feed.id).isEmpty else { return }
            var commands = self.run.map { [$0.written(of: self.feed), FeedRunRecord.pruning(of: self.feed)] } ?? []
            var news = isFed ? try await self.writeFigures(in: transaction) : LocationNews()
            let rows = try await transaction.query(Self.clock)
            let now = try rows.first?.decode(PostgresTimestamp.self) ?? PostgresTimestamp(microseconds: 0)
            let (command, notice) = self.feedChange(at: now)
            commands.append(command)
            if let notice { news.events.append(try self.event(notice, at: now)) }
            _ = try await transaction.execute(commands)
            _ = try await transaction.commit(with: try news.commands())
        }
        news.committed()
    }

    /// Notes that locations have new figures. The setup has a new version, so that every copy of the service decides on
    /// them.
    private func writeFigures(in transaction: PostgresTransaction) async throws -> LocationNews {
        _ = try await transaction.execute([
            PostgresCommand(Self.feedLocations, self.feed.brand, self.feed.id, self.locations, self.figuresAt),
            PostgresCommand(
                Self.locationFigures, self.feed.brand, self.locations, self.figuresAt,
                self.definition?.staleAfterSeconds, self.definition?.staleRule.rawValue),
        ])
        var news = try await LocationNotices.news(of: self.feed.brand, in: transaction)
        news.add(try await StaleNotices.news(of: self.feed.brand, in: transaction))
        return news
    }

    private func feedChange(at now: PostgresTimestamp) -> (PostgresCommand, FeedCondition.Notice?) {
        var condition = FeedCondition(failures: self.feed.failures)
        let (due, notice) = condition.lookEnded(
            self.outcome, schedule: self.definition?.ownSchedule, now: Timestamp(now),
            offset: self.definition?.offset ?? { _ in 0 })
        let imported = self.outcome == .imported ? self.run : nil
        // A look that finds nothing leaves a failure as it is.
        let problem = self.outcome == .nothing ? self.feed.problem : self.problem
        let command = PostgresCommand(
            Self.feedUpdate, self.feed.brand, self.feed.id, self.feed.version, self.feed.askedAt,
            due.map { PostgresTimestamp($0) }, condition.failures, problem?.code, problem?.message,
            Int16(clamping: self.finding.rawValue), imported != nil, imported?.validators.entityTag,
            imported?.validators.lastModified, imported?.content.digest)
        return (command, notice)
    }

    private func event(_ notice: FeedCondition.Notice, at now: PostgresTimestamp) throws -> Event {
        var generator = SystemRandomNumberGenerator()
        let (type, payload) =
            switch notice {
            case .failed:
                (Self.failedType, try FeedFailed(feedID: self.feed.id, problem: self.problem).encodedBytes())
            case .recovered: (Self.recoveredType, try FeedRecovered(feedID: self.feed.id).encodedBytes())
            }
        return Event(
            id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: self.feed.brand,
            bucket: self.feed.brand.bucket(of: self.feed.id), type: type, subject: self.feed.id, occurredAt: now,
            payload: payload)
    }

    static let failedType = "inventory.feed.failed"
    static let recoveredType = "inventory.feed.recovered"

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)

    private static let lock = PostgresStatement(
        "select 1 from feed where brand_id = $1 and feed_id = $2 for no key update")

    private static let setupAdvance = PostgresStatement("update setup set version = version + 1 where brand_id = $1")

    // Figures never grow older by a file that comes late, nor younger than they can be.
    private static let feedLocations = PostgresStatement(
        """
        insert into feed_location (brand_id, feed_id, location_id, fed_at)
        select l.brand_id, $2, l.location_id, least(coalesce($4, now()), now()) from location l
        where l.brand_id = $1 and l.location_id = any($3::text[])
        on conflict (brand_id, feed_id, location_id) do update
            set fed_at = greatest(feed_location.fed_at, excluded.fed_at)
        """)

    private static let locationFigures = PostgresStatement(
        """
        update location set fed_at = greatest(fed_at, least(coalesce($3, now()), now())),
            stale_after_seconds = coalesce($4, stale_after_seconds),
            stale_rule = case when $4 is null then stale_rule else $5 end,
            version = version
                + (($4, $5) is distinct from (stale_after_seconds, stale_rule) and $4 is not null)::integer
        where brand_id = $1 and location_id = any($2::text[])
        """)

    // What was asked for or put meanwhile is not undone by a look that knew nothing of it.
    private static let feedUpdate = PostgresStatement(
        """
        update feed set
            due_at = case when version = $3 and asked_at is not distinct from $4 then $5 else due_at end,
            asked_at = case when asked_at is not distinct from $4 then null else asked_at end,
            accepts_fall = accepts_fall and not ($10 and asked_at is not distinct from $4),
            failures = $6, failure_code = $7, failure_message = $8, looked_at = now(), finding = $9,
            entity_tag = case when $10 and version = $3 then $11 else entity_tag end,
            last_modified = case when $10 and version = $3 then $12 else last_modified end,
            digest = case when $10 and version = $3 then $13 else digest end
        where brand_id = $1 and feed_id = $2
        """)
}
