internal import Buckets
internal import Events
internal import Jobs
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

extension ImportRun {
    /// Takes the orders in: two parts at once, each of its own buckets.
    mutating func apply() async throws {
        let run = self
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in self.progress.lanes.indices {
                group.addTask { try await run.apply(lane: lane) }
            }
            try await group.waitForAll()
        }
        self.progress = try ImportProgress(of: self.context.job)
    }

    private func apply(lane: Int) async throws {
        var position = self.progress.lanes[lane]
        while !position.isDone {
            try Task.checkCancellation()
            let behind = position
            guard let piece = try await ImportPiece.next(of: self, lane: lane, behind: behind) else {
                position = ImportProgress.Lane(bucket: behind.bucket + Int16(ImportProgress.laneCount))
                continue
            }
            try await OrderJobs.retrying { try await self.take(piece) }
            if !self.options.dryRun { self.imports.news.committed() }
            position = ImportProgress.Lane(bucket: piece.bucket, key: piece.key, number: piece.number)
        }
    }

    /// Takes the step of a piece.
    private func take(_ piece: ImportPiece) async throws {
        if self.options.dryRun {
            let change = try await self.tried(piece)
            try await self.context.checkpoint(
                preparing: { _ in change },
                { change, job, _ in try self.step(of: change, piece, job, events: []) })
            return
        }
        try await self.context.checkpoint(
            preparing: { transaction in try await PieceChange(piece, of: self, in: transaction) },
            { change, job, _ in
                try self.step(of: change, piece, job, events: try change.events(of: self))
            })
    }

    /// What a piece leaves behind, beside what the other part has left meanwhile.
    private func step(of change: PieceChange, _ piece: ImportPiece, _ job: Job, events: [Event]) throws -> JobStep {
        var progress = try ImportProgress(of: job)
        progress.lanes[piece.lane] = ImportProgress.Lane(bucket: piece.bucket, key: piece.key, number: piece.number)
        progress.applied += piece.count
        progress.created += Int64(change.created.count)
        progress.unchanged += change.unchanged
        progress.failed += Int64(change.failed.count)
        var lines = ResultLines()
        if progress.failedBytes < OrderResultFile.maximumBytes {
            for failed in change.failed { try lines.append(failed) }
            progress.failedBytes += Int64(lines.count)
        }
        return JobStep(
            cursor: try progress.encoded(), progress: progress.jobProgress, results: lines.chunks,
            commands: try EventLog.append(events))
    }

    /// Carried out and rolled back.
    private struct Tried: Error {
        let change: PieceChange
    }

    /// What a piece would change: it is done, and undone at once.
    private func tried(_ piece: ImportPiece) async throws -> PieceChange {
        do {
            return try await self.imports.pool.withTransaction { transaction in
                throw Tried(change: try await PieceChange(piece, of: self, in: transaction))
            }
        } catch let tried as Tried {
            return tried.change
        }
    }
}

/// Orders of one bucket that one transaction takes in.
struct ImportPiece: Sendable {
    let lane: Int
    let bucket: Int16
    /// Behind which record it begins.
    let afterKey: String
    let afterNumber: Int64
    /// With which record it ends.
    let key: String
    let number: Int64
    /// How many records it has.
    let count: Int64

    /// The next piece of a bucket; nil: there is none left.
    static func next(
        of run: ImportRun, lane: Int, behind position: ImportProgress.Lane
    ) async throws -> ImportPiece? {
        let rows = try await run.imports.pool.query(
            Self.selection, run.jobID, position.bucket, position.key, position.number, run.imports.limits.ordersPerPiece
        )
        guard let row = rows.first else { return nil }
        let (key, number, count) = try row.decode(String.self, Int64.self, Int64.self)
        return ImportPiece(
            lane: lane, bucket: position.bucket, afterKey: position.key, afterNumber: position.number, key: key,
            number: number, count: count)
    }

    private static let selection = PostgresStatement(
        """
        select p.key, p.number, count(*) over () from (
            select key, number from import_order
            where job_id = $1 and bucket = $2 and (key, number) > ($3, $4) order by key, number limit $5
        ) p order by p.key desc, p.number desc limit 1
        """,
        readOnly: true)
}

/// What a piece of an import has changed.
struct PieceChange: Sendable {
    /// The most ids that an event names.
    private static let idsPerEvent = 500

    /// The orders that came on record.
    private(set) var created: [OrderID] = []
    /// Records whose orders were there, the same.
    private(set) var unchanged: Int64 = 0
    /// Records whose orders were there, and are others.
    private(set) var failed: [FailedOrder] = []
    /// When it happened.
    private let now: PostgresTimestamp

    /// Puts the orders of a piece on record whose keys nobody has: first the keys, in the order in which all lock them.
    init(_ piece: ImportPiece, of run: ImportRun, in transaction: PostgresTransaction) async throws {
        try await run.staging.check(in: transaction)
        func command(_ statement: PostgresStatement) -> PostgresCommand {
            PostgresCommand(
                statement, run.jobID, piece.bucket, piece.afterKey, piece.afterNumber, piece.key, piece.number,
                run.brand)
        }
        let answers = try await transaction.execute([
            command(Self.keys), command(Self.orders), command(Self.lines), command(Self.tags), command(Self.entries),
            command(Self.others), PostgresCommand(DatabaseClock.statement),
        ])
        self.now = try answers[6].first?.decode(PostgresTimestamp.self) ?? .ofSystemClock
        self.created = try answers[1].map { row throws(PostgresError) in OrderID(try row.decode(PostgresUUID.self)) }
        try await self.compare(try answers[5].map { row throws(PostgresError) in try Other(row) }, run, transaction)
    }

    /// A record whose key stands for another order.
    private struct Other {
        let number: Int64
        let line: Int64
        let orderID: String
        let document: [UInt8]
        let isSame: Bool
        let order: OrderID

        init(_ row: PostgresRow) throws(PostgresError) {
            let (number, line, orderID, document, isSame, order) = try row.decode(
                Int64.self, Int64.self, String.self, [UInt8].self, Bool.self, PostgresUUID.self)
            (self.number, self.line, self.orderID, self.document) = (number, line, orderID, document)
            (self.isSame, self.order) = (isSame, OrderID(order))
        }
    }

    /// Tells records whose orders are there the same from those that say something else.
    private mutating func compare(
        _ others: [Other], _ run: ImportRun, _ transaction: PostgresTransaction
    ) async throws {
        let differing = others.filter { !$0.isSame }
        self.unchanged = Int64(others.count - differing.count)
        guard !differing.isEmpty else { return }
        let keys = Set(differing.map { OrderKey(brand: run.brand, id: $0.order) }).sorted()
        let rows = try await transaction.execute([OrderRows.reading(keys)])
        let arena = ArenaMemory()
        let stored = try OrderRows.read(rows[0], keys, in: arena)
        for other in differing {
            arena.arena.reset()
            let order = try Order(stored: other.document, column: "import_order.document", in: arena.arena)
            let known = stored[OrderKey(brand: run.brand, id: other.order)]?.order
            guard known?.asItCame != order.asItCame else {
                self.unchanged += 1
                continue
            }
            self.failed.append(
                OrderRefusal(
                    .orderExists,
                    "the order \(other.orderID) of \(order.connection) is on record already, and is another; "
                        + "expected the same content, or another orderId"
                ).failedOrder(line: other.line, orderID: other.orderID))
        }
        self.failed.sort { $0.line < $1.line }
    }

    /// What is told of the change.
    func events(of run: ImportRun) throws -> [Event] {
        guard !self.created.isEmpty else { return [] }
        let importID = run.context.job.id.description
        var events = OrderEvents(at: self.now, in: ArenaMemory())
        for start in stride(from: 0, to: self.created.count, by: Self.idsPerEvent) {
            let ids = self.created[start..<min(start + Self.idsPerEvent, self.created.count)].map(\.description)
            try events.append(OrdersImported(ids: ids, importID: importID), of: run.brand)
        }
        return events.events
    }

    private static let range: StaticString =
        """
         from import_order s
        join order_key k on k.bucket = s.bucket and k.brand_id = $7 and k.kind = 1 and k.key = s.key
        where s.job_id = $1 and s.bucket = $2 and (s.key, s.number) > ($3, $4) and (s.key, s.number) <= ($5, $6)
        """
    private static let mine: StaticString = " and k.order_id = s.order_id"

    private static let keys = PostgresStatement(
        """
        insert into order_key (bucket, brand_id, kind, key, order_id, fingerprint)
        select s.bucket, $7, 1, s.key, s.order_id, s.fingerprint from import_order s
        where s.job_id = $1 and s.bucket = $2 and (s.key, s.number) > ($3, $4) and (s.key, s.number) <= ($5, $6)
        order by s.key, s.number
        on conflict (bucket, brand_id, kind, key) do nothing
        """)

    private static let orders = PostgresStatement(joining: [
        """
        insert into sales_order (bucket, brand_id, order_id, version, connection, channel_order_id, platform, status,
            payment_status, has_shortfall, customer_id, email, ordered_at, shipped_at, currency, total, paid, refunded,
            entries, document)
        select s.bucket, $7, s.order_id, 1, s.connection, s.channel_order_id, s.platform, s.status, s.payment_status,
            false, s.customer_id, s.email, s.ordered_at, s.shipped_at, s.currency, s.total, s.paid, s.refunded, 1,
            s.document
        """, Self.range, Self.mine, " order by s.order_id returning order_id",
    ])

    private static let lines = PostgresStatement(joining: [
        """
        insert into order_line (bucket, brand_id, order_id, line, sku, ordered, cancelled, shipped, returned,
            ordered_at)
        select o.bucket, $7, o.order_id, l.line - 1, l.sku, l.ordered, l.cancelled, l.shipped, 0, o.ordered_at
        from (
            select s.bucket, s.order_id, s.ordered_at, s.skus, s.ordered, s.cancelled, s.shipped
        """, Self.range, Self.mine,
        """
         order by s.order_id
        ) o cross join lateral unnest(o.skus, o.ordered, o.cancelled, o.shipped) with ordinality
            as l (sku, ordered, cancelled, shipped, line)
        """,
    ])

    private static let tags = PostgresStatement(joining: [
        """
        insert into order_tag (bucket, brand_id, order_id, tag, ordered_at)
        select o.bucket, $7, o.order_id, t.tag, o.ordered_at
        from (
            select s.bucket, s.order_id, s.ordered_at, s.tags
        """, Self.range, Self.mine,
        """
         and s.tags <> '{}'
        ) o cross join lateral unnest(o.tags) as t (tag)
        """,
    ])

    private static let entries = PostgresStatement(joining: [
        """
        insert into order_entry (bucket, brand_id, order_id, number, command_id, fingerprint, document)
        select s.bucket, $7, s.order_id, 1, '', '', s.entry
        """, Self.range, Self.mine, " order by s.order_id",
    ])

    private static let others = PostgresStatement(joining: [
        """
        select s.number, s.line, s.channel_order_id,
            case when k.fingerprint = s.fingerprint then '' else s.document end, k.fingerprint = s.fingerprint,
            k.order_id
        """, Self.range, " and k.order_id <> s.order_id order by s.number",
    ])
}
