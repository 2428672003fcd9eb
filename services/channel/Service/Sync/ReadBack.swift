internal import Buckets
internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Leasing
internal import Money
internal import Postgres

/// Compares what a platform shows with what we think it shows, writes down where it does not, and has what is wanted sent
/// again.
struct ReadBack: Sendable {
    let key: ConnectionKey
    let pool: PostgresPool
    let lease: Lease
    /// Whether the platform's own sales take from what it shows.
    let sellsFromShelf: Bool
    /// Whether its orders are asked for.
    let pollsOrders: Bool
    /// For how long behind a push the platform may show what it showed before, in seconds: what is drift then, or was not
    /// known before, is looked at again.
    let settleSeconds: Int64
    /// How often each listing is read, in seconds.
    let everySeconds: Int64

    /// What a reading gave.
    struct Finding: Hashable, Sendable {
        /// Listings that showed something else.
        var drifted = 0
        /// Of some less is shown than thought, and orders may explain it.
        var mayHaveSold = false
    }

    /// Listings that are to be read back, the longest due first.
    static func due(
        _ key: ConnectionKey, limit: Int, excluding: [String], from pool: PostgresPool
    ) async throws(PostgresError) -> [ListingReference] {
        try Self.references(try await pool.query(Self.dueSelection, key.brand, key.id, Int64(limit), excluding))
    }

    /// Listings by their SKUs.
    static func references(
        _ key: ConnectionKey, _ skus: [String], from pool: PostgresPool
    ) async throws(PostgresError) -> [ListingReference] {
        try Self.references(try await pool.query(Self.selection, key.brand, key.id, skus))
    }

    private static func references(_ rows: PostgresRows) throws(PostgresError) -> [ListingReference] {
        try rows.map { row throws(PostgresError) in
            let (sku, platform, names, ids) = try row.decode(
                String.self, String.self, [String].self, [String].self)
            return ListingReference(sku: sku, platformSKU: platform, ids: Dictionary(zip(names, ids)) { $1 })
        }
    }

    /// The reading failed: it is tried again in a while.
    func postpone(_ skus: [String], seconds: Int64) async throws(PostgresError) {
        _ = try await self.pool.query(Self.postponement, self.key.brand, self.key.id, skus, seconds)
    }

    /// Writes down what was read.
    ///
    /// - Parameters:
    ///   - asked: The listings that were asked for; one without a reading says nothing, and is read again.
    ///   - since: When the platform was asked, by the database's clock: what was sent since is not in the reading.
    func apply(
        _ readings: [ShelfReading], asked: [String], since: PostgresTimestamp, chance: () -> Double
    ) async throws -> Finding {
        let readings = Dictionary(readings.map { ($0.sku, $0) }) { $1 }
        let keys = asked.map { SKUKey(brand: self.key.brand, sku: $0) }.sorted()
        let spread = keys.map { _ in Int64(Double(self.everySeconds) * (0.9 + 0.2 * chance())) }
        return try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            let columns = keys.columns
            let answers = try await transaction.execute([
                StockCopy.locking(keys),
                PostgresCommand(Self.beliefs, self.key.brand, self.key.id, columns.buckets, columns.skus, since),
            ])
            var (finding, drifts, updates): (Finding, [Drifted], [Update]) = (Finding(), [], [])
            for row in answers.dropFirst().first.map(Array.init) ?? [] {
                let belief = try Belief(row, sellsFromShelf: self.sellsFromShelf, pollsOrders: self.pollsOrders)
                guard let reading = readings[belief.sku] else { continue }
                let update = Update(reading, belief)
                updates.append(update)
                finding.mayHaveSold = finding.mayHaveSold || update.mayHaveSold
                if let drifted = Drifted(reading, belief, update) { drifts.append(drifted) }
                if let drifted = Drifted(price: reading, belief) { drifts.append(drifted) }
            }
            finding.drifted = drifts.count
            try await self.write(updates, drifts, spread, in: transaction)
            return finding
        }
    }

    private func write(
        _ updates: [Update], _ drifts: [Drifted], _ spread: [Int64], in transaction: PostgresTransaction
    ) async throws {
        guard !updates.isEmpty else { return }
        let keys = updates.map { SKUKey(brand: self.key.brand, sku: $0.sku) }
        let columns = keys.columns
        let update = PostgresCommand(
            Self.update, self.key.brand, self.key.id, columns.buckets, columns.skus, updates.map(\.quantity),
            updates.map(\.believed), updates.map(\.price), updates.map(\.currency), updates.map(\.readPrice),
            updates.map { !$0.exists },
            updates.map { Int16(truncatingIfNeeded: $0.cause.rawValue) }, Array(spread.prefix(updates.count)),
            self.settleSeconds)
        let answers = try await transaction.execute([update] + ListingDecisions.reading(keys))
        let decisions = try ListingDecisions(answers.dropFirst()).decisions
        let raised = updates.filter(\.mayHaveSold).map { SKUKey(brand: self.key.brand, sku: $0.sku) }.columns
        var commands = StockWork.commands(decisions)
        // Who waited for this reading need not wait any more, but for more than is shown while orders may explain the less.
        commands.append(
            PostgresCommand(
                Self.release, self.key.brand, self.key.id, columns.buckets, columns.skus, raised.skus,
                SyncLimits.raiseLookMilliseconds))
        let prices = updates.filter(\.isPriceWrong).map { SKUKey(brand: self.key.brand, sku: $0.sku) }.columns
        if !prices.skus.isEmpty {
            commands.append(
                PostgresCommand(Self.pricing, self.key.brand, self.key.id, prices.buckets, prices.skus))
        }
        let gone = updates.filter { !$0.exists }.map { SKUKey(brand: self.key.brand, sku: $0.sku) }.columns
        if !gone.skus.isEmpty {
            commands.append(
                PostgresCommand(Self.refusing, self.key.brand, self.key.id, gone.buckets, gone.skus))
        }
        if !drifts.isEmpty { commands.append(self.recording(drifts, decisions)) }
        let right = updates.filter { $0.cause == .unspecified }.map { SKUKey(brand: self.key.brand, sku: $0.sku) }
            .columns
        let inStep = Set(decisions.filter(\.isInStep).map(\.key.sku))
        let healed = zip(right.buckets, right.skus).filter { inStep.contains($1) }
        if !healed.isEmpty {
            commands.append(
                PostgresCommand(Self.healing, self.key.brand, self.key.id, healed.map(\.0), healed.map(\.1)))
        }
        _ = try await transaction.commit(with: commands)
    }

    private func recording(_ drifts: [Drifted], _ decisions: [ListingDecisions.Decision]) -> PostgresCommand {
        let wanted = Dictionary(decisions.map { ($0.key.sku, $0.wanted) }) { $1 }
        let now = PostgresTimestamp.ofSystemClock.microseconds / 1_000
        var generator = SystemRandomNumberGenerator()
        return PostgresCommand(
            Self.insertion, self.key.brand, self.key.id,
            drifts.map { SKUKey(brand: self.key.brand, sku: $0.sku).bucket.number }, drifts.map(\.sku),
            drifts.map { _ in PostgresUUID(milliseconds: now, using: &generator) },
            drifts.map { Outcomes.number($0.kind) }, drifts.map { Int16(truncatingIfNeeded: $0.cause.rawValue) },
            drifts.map(\.expected), drifts.map(\.found),
            drifts.map { drift in drift.wanted ?? wanted[drift.sku].map { "\($0)" } ?? "" })
    }
}

// MARK: - What is compared

extension ReadBack {
    /// What is thought of a listing.
    private struct Belief {
        let sku: String
        let shelf: ShelfBelief
        let price: Int64?
        let pricePrevious: Int64?
        let currency: String
        let isPriceInFlight: Bool

        init(_ row: PostgresRow, sellsFromShelf: Bool, pollsOrders: Bool) throws(PostgresError) {
            let (sku, quantity, previous, isInFlight, hasOrders, price, pricePrevious, currency, isPriceInFlight) =
                try row.decode(
                    String.self, Int64?.self, Int64?.self, Bool.self, Bool.self, Int64?.self, Int64?.self, String.self,
                    Bool.self)
            self.sku = sku
            self.shelf = ShelfBelief(
                shelf: quantity, previous: previous, isInFlight: isInFlight, sellsFromShelf: sellsFromShelf,
                hasAllOrders: pollsOrders && hasOrders)
            self.price = price
            self.pricePrevious = pricePrevious
            self.currency = currency
            self.isPriceInFlight = isPriceInFlight
        }
    }

    /// What is noted at a listing.
    private struct Update {
        let sku: String
        let exists: Bool
        /// What was read.
        let quantity: Int64?
        /// What it is believed to show from now on.
        let believed: Int64?
        let price: Int64?
        let readPrice: Int64?
        let currency: String
        let cause: DriftCause
        let isPriceWrong: Bool
        /// Less is shown than thought, and orders may explain it.
        let mayHaveSold: Bool

        init(_ reading: ShelfReading, _ belief: Belief) {
            self.sku = reading.sku
            self.exists = reading.exists
            self.quantity = reading.quantity
            self.readPrice = reading.priceMicros
            let cause = DriftCause.finding(exists: reading.exists, reading.quantity, against: belief.shelf)
            self.cause = cause ?? .unspecified
            // What is under way, or was sent since, is newer than the reading.
            self.believed = belief.shelf.isInFlight ? belief.shelf.shelf : reading.quantity ?? belief.shelf.shelf
            let isNewer = belief.isPriceInFlight || reading.priceMicros == nil
            self.price = isNewer ? belief.price : reading.priceMicros
            self.currency = isNewer || reading.currency.isEmpty ? belief.currency : reading.currency
            self.isPriceWrong = Drifted(price: reading, belief) != nil
            self.mayHaveSold = cause == .platformSale
        }
    }

    /// What is told of a listing.
    private struct Drifted {
        let sku: String
        let kind: SyncKind
        let cause: DriftCause
        let expected: String
        let found: String
        /// nil: as decided.
        let wanted: String?

        init?(_ reading: ShelfReading, _ belief: Belief, _ update: Update) {
            guard update.cause != .unspecified, update.cause != .inFlight else { return nil }
            self.sku = reading.sku
            self.kind = .stock
            self.cause = update.cause
            self.expected = belief.shelf.shelf.map { "\($0)" } ?? ""
            self.found = reading.exists ? reading.quantity.map { "\($0)" } ?? "" : "no listing"
            self.wanted = nil
        }

        init?(price reading: ShelfReading, _ belief: Belief) {
            guard reading.exists, !belief.isPriceInFlight, let found = reading.priceMicros, let price = belief.price
            else { return nil }
            let isSameCurrency = reading.currency.isEmpty || reading.currency == belief.currency
            guard found != price || !isSameCurrency else { return nil }
            self.sku = reading.sku
            self.kind = .price
            self.cause = found == belief.pricePrevious ? .lostWrite : .foreignEdit
            self.expected = "\(Amount(micros: price).text(decimalPlaces: 2)) \(belief.currency)"
            self.found = "\(Amount(micros: found).text(decimalPlaces: 2)) \(reading.currency)"
            self.wanted = self.expected
        }
    }
}

// MARK: - Statements

extension ReadBack {
    private static let dueSelection = PostgresStatement(
        """
        select l.sku, l.platform_sku,
            array(select e.key from jsonb_each_text(l.platform_ids) e order by e.key),
            array(select e.value from jsonb_each_text(l.platform_ids) e order by e.key)
        from listing l
        where l.brand_id = $1 and l.connection_id = $2 and l.read_due_at <= now() and l.sku <> all($4)
        order by l.read_due_at limit $3
        """,
        readOnly: true)

    private static let selection = PostgresStatement(
        """
        select l.sku, l.platform_sku,
            array(select e.key from jsonb_each_text(l.platform_ids) e order by e.key),
            array(select e.value from jsonb_each_text(l.platform_ids) e order by e.key)
        from listing l where l.brand_id = $1 and l.connection_id = $2 and l.sku = any($3) order by l.sku
        """,
        readOnly: true)

    private static let postponement = PostgresStatement(
        """
        update listing set read_due_at = now() + $4 * interval '1 second'
        where brand_id = $1 and connection_id = $2 and sku = any($3)
        """)

    private static let beliefs = PostgresStatement(
        """
        select l.sku, l.shelf_quantity, l.shelf_previous,
            coalesce(l.stock_pushed_at >= $5, false) or exists (
                select from sync_work w
                where w.bucket = l.bucket and w.brand_id = l.brand_id and w.sku = l.sku
                    and w.connection_id = l.connection_id and w.kind = 1
                    and (w.attempt_key <> '' or w.bulk_key <> '')),
            coalesce((select h.orders_through >= $5 from connection_health h
                where h.brand_id = $1 and h.connection_id = $2), false),
            l.shelf_price, l.price_previous, l.shelf_currency,
            coalesce(l.price_pushed_at >= $5, false) or exists (
                select from sync_work w
                where w.bucket = l.bucket and w.brand_id = l.brand_id and w.sku = l.sku
                    and w.connection_id = l.connection_id and w.kind = 2
                    and (w.attempt_key <> '' or w.bulk_key <> ''))
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        order by l.bucket, l.sku
        for no key update of l
        """)

    private static let update = PostgresStatement(
        """
        update listing l
        set read_at = now(), read_quantity = k.quantity, read_price = k.read_price, shelf_quantity = k.believed,
            shelf_price = k.price, shelf_currency = k.currency, is_gone = k.is_gone, drift_cause = k.cause,
            read_due_at = now() + interval '1 second' * case when k.cause = 5 then 5
                when (k.cause <> 0 or l.shelf_quantity is null) and l.stock_pushed_at > now() - $13 * interval '1 second' then least($13, k.spread)
                else k.spread end
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[],
                $10::boolean[], $11::smallint[], $12::bigint[])
            as k (bucket, sku, quantity, believed, price, currency, read_price, is_gone, cause, spread)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    private static let release = PostgresStatement(
        """
        update sync_work w
        set status = 2, raise_after = case when k.sku = any($5) then coalesce(w.raise_after, now()) end,
            due_at = case when k.sku = any($5) and w.wanted_quantity > l.shelf_quantity
                then now() + $6 * interval '1 millisecond' else least(w.due_at, now()) end
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku), listing l
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = 1
            and (w.status <> 4 or w.error_code = 'listing-gone' and not l.is_gone) and w.attempt_key = ''
            and l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    private static let pricing = PostgresStatement(
        """
        insert into sync_work as w (bucket, brand_id, connection_id, sku, kind, lane, status)
        select k.bucket, $1, $2, k.sku, 2, 2, 2 from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        on conflict (bucket, brand_id, sku, connection_id, kind) do update
            set wanted_price = null, revision = w.revision + 1, status = 2, tries = 0, attempt = 0,
                due_at = least(w.due_at, now())
        """)

    private static let refusing = PostgresStatement(
        """
        update sync_work w
        set status = 4, due_at = 'infinity', error_code = 'listing-gone',
            error = 'the platform does not have the listing; it is sent again when it is matched anew'
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind <> 3
        """)

    // What was found before and is still so is told once.
    private static let insertion = PostgresStatement(
        """
        insert into drift (bucket, brand_id, drift_id, connection_id, sku, kind, cause, expected, found, wanted)
        select k.bucket, $1, k.id, $2, k.sku, k.kind, k.cause, k.expected, k.found, k.wanted
        from unnest($3::smallint[], $4::text[], $5::uuid[], $6::smallint[], $7::smallint[], $8::text[], $9::text[],
                $10::text[])
            as k (bucket, sku, id, kind, cause, expected, found, wanted)
        where not exists (
            select from drift d
            where d.bucket = k.bucket and d.brand_id = $1 and d.sku = k.sku and d.connection_id = $2
                and d.healed_at is null and d.kind = k.kind and d.cause = k.cause and d.found = k.found)
        """)

    private static let healing = PostgresStatement(
        """
        update drift d set healed_at = now()
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        where d.bucket = k.bucket and d.brand_id = $1 and d.sku = k.sku and d.connection_id = $2 and d.kind = 1
            and d.healed_at is null
        """)
}
