internal import Buckets
internal import ChannelMessages
internal import Leasing
internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import Waking

/// Fills the copy of stock where events have not: for SKUs that are newly listed, for settings that events do not tell,
/// and for what brands have set up: locations, and what channels are not told of.
///
/// One copy of the service does. An answer never goes over what a later event has told.
struct StockCopyFill: Service {
    /// What its lease is called.
    static let leaseName = "stock-copy"
    /// SKUs that are asked for at once.
    static let portion: Int64 = 500
    /// After how long it looks without being woken, in milliseconds.
    static let pauseMilliseconds: Int64 = 1_000

    private let pool: PostgresPool
    private let leases: Leases
    private let source: any StockSource
    private let news: SyncNews
    private let signal: WakeSignal
    private let logger: Logger

    /// - Parameters:
    ///   - news: Is told of the connections that have something to send.
    ///   - signal: Is given when SKUs were added to the copy.
    init(
        _ pool: PostgresPool, leases: Leases, source: any StockSource, news: SyncNews, signal: WakeSignal,
        logger: Logger
    ) {
        self.pool = pool
        self.leases = leases
        self.source = source
        self.news = news
        self.signal = signal
        self.logger = logger
    }

    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await LeaseHolder(self.leases).run(Self.leaseName) { lease in await self.work(under: lease) }
            }
        }
    }

    private func work(under lease: Lease) async {
        while !Task.isCancelled {
            let count = self.signal.count
            do {
                try await self.refreshBrands(under: lease)
                while try await self.fill(under: lease) > 0 {}
            } catch is LeaseError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                self.logger.warning("inventory cannot be asked for stock; it is asked again", error: error)
            }
            await self.signal.wait(past: count, milliseconds: Self.pauseMilliseconds)
        }
    }

    /// Asks for what is to be asked of brands as a whole; where something is new, all their listings are looked at anew.
    func refreshBrands(under lease: Lease) async throws {
        for asked in try await BrandCopy.asked(self.pool) {
            let fact = try await self.source.brand(asked.brand)
            let connections = try await self.pool.withTransaction { transaction in
                try await lease.check(in: transaction)
                guard try await BrandCopy.write(fact, asked, in: transaction) else { return [ConnectionKey]() }
                return try await SyncPass.requestAll(of: asked.brand, kinds: [.stock], in: transaction)
            }
            self.news.wake(connections)
        }
    }

    /// Asks for some SKUs of one brand.
    ///
    /// - Returns: How many were filled.
    func fill(under lease: Lease) async throws -> Int {
        let rows = try await self.pool.query(Self.asked, Self.portion)
        guard let first = rows.first else { return 0 }
        let brand = try first.decode(PostgresUUID.self)
        var revisions: [SKUKey: Int64] = [:]
        for row in rows {
            let (_, sku, revision) = try row.decode(PostgresUUID.self, String.self, Int64.self)
            revisions[SKUKey(brand: brand, sku: sku)] = revision
        }
        let facts = try await self.source.stock(of: revisions.keys.map(\.sku).sorted(), brand: brand)
        return try await self.fill(facts, asked: revisions, under: lease)
    }

    private func fill(
        _ facts: [String: StockFact], asked: [SKUKey: Int64], under lease: Lease
    ) async throws -> Int {
        let keys = asked.keys.sorted()
        let (count, connections) = try await self.pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            let rows = try await transaction.query(
                Self.locking, keys.columns.buckets, keys.columns.brands, keys.columns.skus)
            var filled: [(SKUKey, StockFact)] = []
            for row in rows {
                let (brand, sku, version, revision) = try row.decode(
                    PostgresUUID.self, String.self, Int64.self, Int64.self)
                let key = SKUKey(brand: brand, sku: sku)
                let fact = facts[sku] ?? StockFact(version: version, available: [:])
                // What events have told meanwhile is newer: then it is asked again.
                let isNewer = fact.version.map { $0 >= version } ?? (asked[key] == revision)
                if isNewer { filled.append((key, fact)) }
            }
            guard !filled.isEmpty else { return (0, [ConnectionKey]()) }
            let writes = Self.writing(filled)
            let answers = try await transaction.execute(writes + ListingDecisions.reading(filled.map(\.0)))
            let decisions = try ListingDecisions(answers.dropFirst(writes.count)).decisions
            _ = try await transaction.commit(with: StockWork.commands(decisions))
            return (filled.count, decisions.map { ConnectionKey($0.key) })
        }
        self.news.wake(Set(connections))
        return count
    }

    private static func writing(_ filled: [(SKUKey, StockFact)]) -> [PostgresCommand] {
        let keys = filled.map(\.0).columns
        let levels = filled.flatMap { key, fact in fact.available.map { (key, $0.key, $0.value, fact.version ?? 0) } }
        let buffers = filled.flatMap { key, fact in fact.channelBuffers.map { (key, $0.key, $0.value) } }
        return [
            PostgresCommand(Self.clearing, keys.buckets, keys.brands, keys.skus),
            PostgresCommand(
                Self.levels, levels.map(\.0.bucket.number), levels.map(\.0.brand), levels.map(\.0.sku),
                levels.map(\.1), levels.map(\.2), levels.map(\.3)),
            PostgresCommand(
                Self.filling, keys.buckets, keys.brands, keys.skus, filled.map { $0.1.version ?? 0 },
                filled.map(\.1.safetyBuffer), buffers.map(\.0.sku), buffers.map(\.1), buffers.map(\.2)),
        ]
    }
}

// MARK: - Statements

extension StockCopyFill {
    private static let asked = PostgresStatement(
        """
        select brand_id, sku, revision from stock_sku
        where is_asked and brand_id = (select brand_id from stock_sku where is_asked order by brand_id limit 1)
        order by bucket, sku limit $1
        """,
        readOnly: true)

    private static let locking = PostgresStatement(
        """
        select s.brand_id, s.sku, s.version, s.revision
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join stock_sku s on s.bucket = k.bucket and s.brand_id = k.brand_id and s.sku = k.sku
        where s.is_asked
        order by s.bucket, s.brand_id, s.sku
        for no key update of s
        """)

    private static let clearing = PostgresStatement(
        """
        delete from stock_copy c using unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        where c.bucket = k.bucket and c.brand_id = k.brand_id and c.sku = k.sku
        """)

    private static let levels = PostgresStatement(
        """
        insert into stock_copy (bucket, brand_id, sku, location_id, available, version)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
        """)

    private static let filling = PostgresStatement(
        """
        update stock_sku s
        set version = k.version, safety_buffer = k.safety_buffer, is_asked = false, is_filled = true,
            revision = s.revision + 1, channel_buffers = coalesce((
                select jsonb_object_agg(b.channel, b.quantity)
                from unnest($6::text[], $7::text[], $8::bigint[]) as b (sku, channel, quantity)
                where b.sku = k.sku), '{}')
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
            as k (bucket, brand_id, sku, version, safety_buffer)
        where s.bucket = k.bucket and s.brand_id = k.brand_id and s.sku = k.sku
        """)
}
