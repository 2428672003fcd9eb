internal import Buckets
internal import Events
internal import Jobs
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

extension SettlementRun {
    /// Compares the amounts of a bucket; behind the last one, says what came of it.
    mutating func match() async throws {
        guard let bucket = Bucket(number: self.progress.bucket) else { return try await self.conclude() }
        let run = self
        var next = self.progress
        do {
            try await OrderJobs.retrying {
                next = run.progress
                try await self.context.checkpoint { transaction in
                    var matching = try BucketMatching(run, bucket)
                    try await matching.read(in: transaction)
                    try matching.compare()
                    next.bucket += 1
                    next.orders += Int64(matching.orderCount)
                    try next.keep(matching.sums)
                    return JobStep(
                        cursor: try next.encoded(), progress: next.jobProgress, commands: matching.commands)
                }
            }
        } catch let refusal as OrderRefusal {
            throw JobFailure(code: refusal.reason.name, message: refusal.description)
        }
        self.progress = next
    }

    /// The sums do not add up to the file's total: a fault of ours.
    private struct SumsDiffer: Error, CustomStringConvertible {
        let sums: Int64
        let total: Int64
        var description: String { "the sums of a settlement are \(self.sums) micros, and its amounts \(self.total)" }
    }

    /// Says what came of it, unless another settlement of the connection was matched meanwhile: then all is compared
    /// anew.
    private mutating func conclude() async throws {
        let sums = try self.progress.matchedSums()
        let total = try sums.total
        guard total == self.progress.total else { throw SumsDiffer(sums: total, total: self.progress.total) }
        let run = self
        var next = self.progress
        try await OrderJobs.retrying {
            next = run.progress
            try await self.context.checkpoint { transaction in
                let answers = try await transaction.execute([
                    SettlementRows.takingTurn(run.brand, run.connection, after: next.turn),
                    PostgresCommand(DatabaseClock.statement),
                ])
                guard !answers[0].isEmpty else {
                    let turns = try await transaction.execute([SettlementRows.turn(run.brand, run.connection)])
                    next.beginMatching(turn: try turns[0].first?.decode(Int64.self) ?? 0)
                    return JobStep(cursor: try next.encoded(), progress: next.jobProgress)
                }
                next.phase = .matched
                let now = try answers[1].first?.decode(PostgresTimestamp.self) ?? .ofSystemClock
                return try run.conclusion(next, sums, at: now)
            }
        }
        self.progress = next
        self.settlements.news.committed()
    }

    private func conclusion(
        _ progress: SettlementProgress, _ sums: SettlementSums, at now: PostgresTimestamp
    ) throws -> JobStep {
        var settlement = try Settlement(beginning: self.context.job)
        progress.describe(&settlement)
        settlement.state = .matched
        settlement.sums = sums.messages
        settlement.changedAt = now.protobuf
        var events = OrderEvents(at: now, in: ArenaMemory())
        try events.append(
            SettlementChanged(settlement: settlement), OrderEvents.settlementMatchedType, of: self.brand)
        return JobStep(
            cursor: try progress.encoded(), progress: progress.jobProgress,
            commands: [try SettlementRows.writing(settlement, self.id, of: self.brand)]
                + (try EventLog.append(events.events)))
    }
}

/// Compares the amounts of one bucket with its orders.
struct BucketMatching {
    /// Places of what is missing from the file, which has none: so many for each bucket.
    private static let placesPerBucket: Int64 = 1 << 32

    private let run: SettlementRun
    private let bucket: Bucket
    private let match: SettlementMatch
    private var entries: [StoredEntry] = []
    private var orders: [ExactText: KnownOrder] = [:]
    private var missing: [KnownOrder] = []
    private var matched: [MatchedRow] = []
    private var added: [MatchedRow] = []
    private(set) var sums: SettlementSums
    /// Orders of ours that the file is about.
    private(set) var orderCount = 0

    /// An order of ours.
    private struct KnownOrder {
        let id: PostgresUUID
        let orderID: String
        /// Whether it shipped in the file's time.
        var isShipped = false
        var known: SettlementMatch.Known

        init(_ order: Order, id: OrderID) throws(OrderRefusal) {
            self.id = PostgresUUID(id)
            self.orderID = order.orderID
            self.known = SettlementMatch.Known(try SettlementExpectation(of: order))
        }
    }

    init(_ run: SettlementRun, _ bucket: Bucket) throws {
        self.run = run
        self.bucket = bucket
        self.match = SettlementMatch(
            period: run.progress.period, tolerance: run.options.tolerance?.micros ?? 0)
        self.sums = try run.progress.matchedSums()
    }

    /// Reads the amounts, the orders that they name, those that they should name, and what other settlements have of
    /// all.
    mutating func read(in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.execute([
            SettlementLineRows.reading(self.run.id, of: self.run.brand, bucket: self.bucket)
        ])
        let currency = self.run.progress.currency
        self.entries = try rows[0].map { row throws(PostgresError) in try StoredEntry(row, currency: currency) }
        var ids: [ExactText] = []
        for entry in self.entries where !entry.entry.orderID.isEmpty && ids.last?.text != entry.entry.orderID {
            ids.append(ExactText(entry.entry.orderID))
        }
        try await self.readOrders(ids, in: transaction)
        try await self.readMissing(besides: Set(ids), in: transaction)
        try await self.readEarlier(ids, in: transaction)
    }

    private mutating func readOrders(_ ids: [ExactText], in transaction: PostgresTransaction) async throws {
        let names = ids.map { OrderKeyName(self.run.brand, .natural, "\(self.run.connection)/\($0.text)") }.sorted()
        guard !names.isEmpty else { return }
        let found = try await transaction.execute([OrderKeyRows.reading(names)])
        let values = try OrderKeyRows.read(found[0], names)
        let keys = Set(values.values.map { OrderKey(brand: self.run.brand, id: $0.order) }).sorted()
        let rows = try await transaction.execute([OrderRows.reading(keys)])
        let stored = try OrderRows.read(rows[0], keys, in: ArenaMemory())
        for (key, order) in stored {
            self.orders[ExactText(order.order.orderID)] = try KnownOrder(order.order, id: key.id)
        }
        self.orderCount = stored.count
    }

    /// Orders that shipped in the file's time, or were refunded then, and are not in it.
    private mutating func readMissing(
        besides ids: Set<ExactText>, in transaction: PostgresTransaction
    ) async throws {
        guard let period = self.run.progress.period else { return }
        let (from, to) = (PostgresTimestamp(microseconds: period.from), PostgresTimestamp(microseconds: period.to))
        let currency = self.run.progress.currency
        let answers = try await transaction.execute([
            PostgresCommand(
                Self.shippedSelection, self.run.brand, self.bucket.number, self.run.connection, from, to, currency),
            PostgresCommand(
                Self.refundedSelection, self.run.brand, self.bucket.number, self.run.connection, from, to, currency),
        ])
        let arena = ArenaMemory()
        for (place, rows) in answers.enumerated() {
            for row in rows {
                let (id, document) = try row.decode(PostgresUUID.self, [UInt8].self)
                arena.arena.reset()
                let order = try Order(stored: document, column: "sales_order.document", in: arena.arena)
                guard !ids.contains(ExactText(order.orderID)) else { continue }
                var known = try KnownOrder(order, id: OrderID(id))
                known.isShipped = place == 0
                self.missing.append(known)
            }
        }
    }

    private mutating func readEarlier(_ ids: [ExactText], in transaction: PostgresTransaction) async throws {
        let all = ids.map(\.text) + self.missing.map(\.orderID)
        guard !all.isEmpty else { return }
        let rows = try await transaction.execute([
            SettlementLineRows.earlier(
                all, connection: self.run.connection, besides: self.run.id, of: self.run.brand)
        ])
        var earlier: [ExactText: [SettlementEntry]] = [:]
        for row in rows[0] {
            let entry = try StoredEntry(row, currency: "").entry
            earlier[ExactText(entry.orderID), default: []].append(entry)
        }
        for (id, entries) in earlier { self.orders[id]?.known.earlier = entries }
        for place in self.missing.indices {
            self.missing[place].known.earlier = earlier[ExactText(self.missing[place].orderID)] ?? []
        }
    }

    /// Compares order id by order id.
    mutating func compare() throws(OrderRefusal) {
        var start = self.entries.startIndex
        while start < self.entries.endIndex {
            let id = ExactText(self.entries[start].entry.orderID)
            let end = self.entries[start...].firstIndex { ExactText($0.entry.orderID) != id } ?? self.entries.endIndex
            let group = self.entries[start..<end]
            let order = self.orders[id]
            let matched = try self.match.match(group.map(\.entry), with: order?.known, into: &self.sums)
            for (stored, entry) in zip(group, matched) {
                self.matched.append(MatchedRow(place: stored.place, matched: entry, order: order?.id))
            }
            for entry in matched.dropFirst(group.count) { self.add(entry, order?.id) }
            start = end
        }
        for order in self.missing {
            let missing = try self.match.missing(
                order.known, orderID: order.orderID, isShipped: order.isShipped, into: &self.sums)
            for entry in missing { self.add(entry, order.id) }
        }
    }

    private mutating func add(_ entry: MatchedEntry, _ order: PostgresUUID?) {
        let place = Int64(self.bucket.number) * Self.placesPerBucket + Int64(self.added.count) + 1
        self.added.append(MatchedRow(place: place, matched: entry, order: order))
    }

    /// What writes all of it.
    var commands: [PostgresCommand] {
        let (id, brand) = (self.run.id, self.run.brand)
        var commands = [SettlementLineRows.removingMissing(id, of: brand, bucket: self.bucket)]
        if !self.matched.isEmpty { commands.append(SettlementLineRows.matching(self.matched, id, of: brand)) }
        if !self.added.isEmpty {
            commands.append(SettlementLineRows.addingMissing(self.added, id, of: brand, bucket: self.bucket))
        }
        return commands
    }

    private static let shippedSelection = PostgresStatement(
        """
        select order_id, document from sales_order
        where brand_id = $1 and bucket = $2 and connection = $3 and shipped_at between $4 and $5 and currency = $6
        """,
        readOnly: true)

    /// Those that did not ship then, too; when money went back only the order says.
    private static let refundedSelection = PostgresStatement(
        """
        select order_id, document from sales_order
        where brand_id = $1 and bucket = $2 and connection = $3 and refunded > 0 and currency = $6
            and not coalesce(shipped_at between $4 and $5, false)
        """,
        readOnly: true)
}
