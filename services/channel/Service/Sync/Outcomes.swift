internal import Buckets
internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Leasing
internal import Postgres

/// Writes down what is sent, before, and what became of it, behind: each in one transaction that the lease is checked in.
struct Outcomes: Sendable {
    let key: ConnectionKey
    let pool: PostgresPool
    let lease: Lease
    /// How often one listing may be changed; nil: as often as calls may be made.
    let revisions: RevisionLimits?
    /// Whether the platform refuses a quantity that does not know of a sale; else it may take the sale's place.
    let comparesShelf: Bool

    /// A call, as it is on record.
    struct Attempt: Sendable {
        /// What is sent.
        var works: [DueWork]
        /// The same for each try of the same rows.
        var key: String

        var rows: [DueRow] { self.works.map(\.row) }
    }

    /// Puts a call on record: its rows as they stand now, under its key. Rows that are not wanted any more are left out, and
    /// so are those whose listings have been changed too often, for a while.
    ///
    /// - Parameters:
    ///   - contents: Of contents: what is to be said. One that was made before its listing was marked again may lack what
    ///     it was marked for: its row is left out, too, and stays due.
    ///   - isBulk: Whether it goes in bulk.
    /// - Returns: nil: nothing is left to be sent.
    func begin(
        _ skus: [String], kind: SyncKind, contents: [String: MadeContent] = [:], isBulk: Bool = false
    ) async throws -> Attempt? {
        try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            var works = try await DueRows.locking(self.key, skus: skus, kind: kind, in: transaction)
            if kind == .content { works = works.compactMap { contents[$0.row.sku]?.sent(for: $0) } }
            works.sort { $0.row.sku < $1.row.sku }
            var commands: [PostgresCommand] = []
            if let revisions {
                (works, commands) = revisions.spend(works, kind, of: self.key, at: MicrosecondClock.now)
            }
            guard !works.isEmpty else {
                _ = try await transaction.commit(with: commands)
                return nil
            }
            let key = SendPlan.key(of: works.map(\.row))
            let keys = works.map { SKUKey(brand: self.key.brand, sku: $0.row.sku) }.columns
            commands.append(
                PostgresCommand(
                    Self.beginning, self.key.brand, self.key.id, keys.buckets, keys.skus, Self.number(kind), key,
                    works.map(\.row.content), isBulk))
            _ = try await transaction.commit(with: commands)
            return Attempt(works: works, key: key)
        }
    }

    /// Writes down what became of a call.
    ///
    /// A quantity that was done is what is shown from now on, less what was sold while it was under way. What is wanted
    /// goes only where it is what was sent: what has changed since stays due. Rows of a bulk that were sent by a call of
    /// their own since are sent again: which of both came last is not known.
    func end(
        _ attempt: Attempt, kind: SyncKind, endings: [RowEnding], ids: [String: [String: String]] = [:],
        isBulk: Bool = false
    ) async throws {
        let kindNumber = Self.number(kind)
        try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            let skus = attempt.works.map(\.row.sku)
            let keys = skus.map { SKUKey(brand: self.key.brand, sku: $0) }.sorted().columns
            let shelves = try await transaction.query(
                Self.shelves, self.key.brand, self.key.id, keys.buckets, keys.skus)
            var shelf: [String: Int64] = [:]
            for row in shelves {
                let (sku, quantity) = try row.decode(String.self, Int64?.self)
                shelf[sku] = quantity
            }
            var commands: [PostgresCommand] = []
            var ended = Array(zip(attempt.works, endings))
            if isBulk {
                let rows = try await transaction.query(
                    Self.leavingBulk, self.key.brand, self.key.id, keys.buckets, keys.skus, kindNumber, attempt.key)
                let overtaken = Set(try rows.map { row throws(PostgresError) in try row.decode(String.self) })
                ended.removeAll { overtaken.contains($0.0.row.sku) }
            }
            let done = ended.filter { $1 == .done }.map(\.0)
            if !done.isEmpty { commands += self.doing(done, kind: kind, shelf: shelf, ids: ids) }
            let failed = ended.compactMap { work, ending -> (DueWork, RowEnding.Failure)? in
                if case .failed(let failure) = ending { (work, failure) } else { nil }
            }
            if !failed.isEmpty { commands += self.failing(failed, kind: kindNumber) }
            _ = try await transaction.commit(with: commands)
        }
    }

    private func doing(
        _ works: [DueWork], kind: SyncKind, shelf: [String: Int64], ids: [String: [String: String]]
    ) -> [PostgresCommand] {
        let keys = works.map { SKUKey(brand: self.key.brand, sku: $0.row.sku) }.columns
        let kindNumber = Self.number(kind)
        var commands: [PostgresCommand] = []
        switch kind {
        case .price:
            commands.append(
                PostgresCommand(
                    Self.priced, self.key.brand, self.key.id, keys.buckets, keys.skus, works.map { $0.price ?? 0 },
                    works.map(\.currency)))
        case .content:
            commands.append(
                PostgresCommand(
                    Self.described, self.key.brand, self.key.id, keys.buckets, keys.skus, works.map(\.row.content)))
        default:
            let shown = works.map { work -> Int64 in
                // What was sold while the call was under way, and by orders that are here already, is gone since.
                guard self.comparesShelf, let before = work.shelf, let now = shelf[work.row.sku], now < before
                else { return work.quantity }
                return max(0, work.quantity - (before - now))
            }
            commands.append(
                PostgresCommand(
                    Self.stocked, self.key.brand, self.key.id, keys.buckets, keys.skus, shown, works.map(\.shelf),
                    works.map(\.row.revision), self.comparesShelf))
        }
        commands.append(
            PostgresCommand(
                Self.finishing, self.key.brand, self.key.id, keys.buckets, keys.skus, kindNumber,
                works.map(\.row.revision)))
        commands.append(
            PostgresCommand(
                Self.resuming, self.key.brand, self.key.id, keys.buckets, keys.skus, kindNumber,
                works.map(\.row.revision), SyncLimits.settleMilliseconds, SyncLimits.bulkMilliseconds))
        commands.append(
            PostgresCommand(Self.healing, self.key.brand, self.key.id, keys.buckets, keys.skus, kindNumber))
        let given = works.compactMap { work in ids[work.row.sku].map { (work.row.sku, $0) } }.filter { !$0.1.isEmpty }
        if !given.isEmpty {
            let places = given.flatMap { sku, ids in
                ids.map { (SKUKey(brand: self.key.brand, sku: sku), $0.key, $0.value) }
            }
            commands.append(
                PostgresCommand(
                    Self.naming, self.key.brand, self.key.id, places.map(\.0.bucket.number), places.map(\.0.sku),
                    places.map(\.1), places.map(\.2)))
        }
        return commands
    }

    private func failing(_ failed: [(DueWork, RowEnding.Failure)], kind: Int16) -> [PostgresCommand] {
        let keys = failed.map { SKUKey(brand: self.key.brand, sku: $0.0.row.sku) }.columns
        let update = PostgresCommand(
            Self.failing, self.key.brand, self.key.id, keys.buckets, keys.skus, kind, failed.map(\.0.row.revision),
            failed.map { Int16(truncatingIfNeeded: $0.1.status.rawValue) }, failed.map(\.1.delayMilliseconds),
            failed.map(\.1.tries), failed.map(\.1.attempts), failed.map(\.1.keepsKey), failed.map(\.1.groupLimit),
            failed.map(\.1.code), failed.map(\.1.message))
        let unknown = failed.filter { $0.1.keepsKey }.map { SKUKey(brand: self.key.brand, sku: $0.0.row.sku) }.columns
        guard !unknown.skus.isEmpty else { return [update] }
        return [
            update,
            PostgresCommand(
                Self.rereading, self.key.brand, self.key.id, unknown.buckets, unknown.skus,
                SyncLimits.unknownReadSeconds),
        ]
    }

    static func number(_ kind: SyncKind) -> Int16 { Int16(truncatingIfNeeded: kind.rawValue) }
}

// MARK: - Statements

extension Outcomes {
    private static let beginning = PostgresStatement(
        """
        update sync_work w
        set attempt_key = $6, wanted_content = case when $5 = 3 then k.content else w.wanted_content end,
            bulk_key = case when $8 then $6 when w.bulk_key = 'ended' then '' else w.bulk_key end
        from unnest($3::smallint[], $4::text[], $7::text[]) as k (bucket, sku, content)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
        """)

    private static let leavingBulk = PostgresStatement(
        """
        with left_bulk as (
            update sync_work w
            set bulk_key = case when w.attempt_key = $6 then '' else 'ended' end,
                due_at = case when w.attempt_key = $6 then w.due_at else least(w.due_at, now()) end
            from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
            where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
                and w.bulk_key = $6
            returning w.sku, w.bulk_key
        )
        select sku from left_bulk where bulk_key = 'ended'
        """)

    private static let shelves = PostgresStatement(
        """
        select l.sku, l.shelf_quantity
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        order by l.bucket, l.sku
        for no key update of l
        """)

    // Where a sale may have come before what was sent or behind it, nobody knows what is shown: the row has another revision
    // then, and stays.
    private static let stocked = PostgresStatement(
        """
        update listing l
        set shelf_quantity = case when $8 or not exists (
                    select from sync_work w
                    where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = 1
                        and w.revision <> k.revision)
                then k.shown end,
            shelf_previous = k.previous, stock_pushed_at = now()
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
            as k (bucket, sku, shown, previous, revision)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    private static let priced = PostgresStatement(
        """
        update listing l
        set price_previous = l.shelf_price, shelf_price = k.price, shelf_currency = k.currency, price_pushed_at = now()
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[]) as k (bucket, sku, price, currency)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    private static let described = PostgresStatement(
        """
        update listing l set shelf_content = k.content, content_pushed_at = now()
        from unnest($3::smallint[], $4::text[], $5::text[]) as k (bucket, sku, content)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    // Where more is wanted by now, the row stays.
    private static let finishing = PostgresStatement(
        """
        delete from sync_work w
        using unnest($3::smallint[], $4::text[], $6::bigint[]) as k (bucket, sku, revision), listing l
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
            and l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
            and w.bulk_key = '' and case when w.kind = 1 then w.wanted_quantity = l.shelf_quantity else w.revision = k.revision end
        """)

    // What is left has changed while it was under way, or the shelf has: then the event that tells why is waited for. Or it is
    // in a bulk, which may undo it.
    private static let resuming = PostgresStatement(
        """
        update sync_work w
        set status = 2, tries = 0, attempt = 0, attempt_key = '', group_limit = 0, raise_after = null, error_code = '',
            error = '', due_at = case when w.bulk_key = 'ended' or w.revision <> k.revision then now()
                when w.bulk_key <> '' then now() + $8 * interval '1 millisecond'
                else now() + $7 * interval '1 millisecond' end
        from unnest($3::smallint[], $4::text[], $6::bigint[]) as k (bucket, sku, revision)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
        """)

    private static let healing = PostgresStatement(
        """
        update drift d set healed_at = now()
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        where d.bucket = k.bucket and d.brand_id = $1 and d.sku = k.sku and d.connection_id = $2 and d.kind = $5
            and d.healed_at is null
        """)

    private static let naming = PostgresStatement(
        """
        update listing l set platform_ids = l.platform_ids || n.ids, version = l.version + 1, updated_at = now()
        from (
            select k.bucket, k.sku, jsonb_object_agg(k.name, k.id) as ids
            from unnest($3::smallint[], $4::text[], $5::text[], $6::text[]) as k (bucket, sku, name, id)
            group by k.bucket, k.sku
        ) n
        where l.bucket = n.bucket and l.brand_id = $1 and l.sku = n.sku and l.connection_id = $2
            and not l.platform_ids @> n.ids
        """)

    private static let failing = PostgresStatement(
        """
        update sync_work w
        set status = case when w.revision = k.revision then k.status else 2 end,
            due_at = case when w.revision <> k.revision then least(w.due_at, now())
                when k.delay is null then 'infinity' else now() + k.delay * interval '1 millisecond' end,
            tries = case when w.revision = k.revision then least(w.tries, 1000000) + k.tries else w.tries end,
            attempt = case when w.revision = k.revision then least(w.attempt, 1000000) + k.attempts else w.attempt end,
            attempt_key = case when k.keeps then w.attempt_key else '' end,
            group_limit = k.group_limit, error_code = k.code, error = k.message
        from unnest($3::smallint[], $4::text[], $6::bigint[], $7::smallint[], $8::bigint[], $9::integer[],
                $10::integer[], $11::boolean[], $12::integer[], $13::text[], $14::text[])
            as k (bucket, sku, revision, status, delay, tries, attempts, keeps, group_limit, code, message)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
        """)

    private static let rereading = PostgresStatement(
        """
        update listing l set read_due_at = least(l.read_due_at, now() + $5 * interval '1 second')
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)
}
