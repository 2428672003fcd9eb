internal import Events
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// The statements that write what a batch was decided to do; they travel with its COMMIT.
struct OrderBatchWrites {
    private(set) var commands: [PostgresCommand] = []

    private let batch: OrderBatch
    private let now: PostgresTimestamp

    /// - Parameter taken: The keys that were taken for the batch, and what they were said to stand for.
    init(
        _ batch: OrderBatch, taken: [OrderKeyName: OrderKeyValue], at now: PostgresTimestamp, in arena: ArenaMemory
    ) throws(any Error) {
        self.batch = batch
        self.now = now
        self.writeKeys(taken)
        self.writeOrders()
        self.writeLog()
        try self.writeChildren(arena)
        self.writeAttention()
        self.commands += try EventLog.append(batch.events.events)
    }

    private mutating func writeKeys(_ taken: [OrderKeyName: OrderKeyValue]) {
        let unused = taken.keys.filter { self.batch.claimed[$0] == nil }
        if !unused.isEmpty { self.commands.append(OrderKeyRows.givingBack(unused.sorted())) }
        var others = self.batch.replaced
        for (name, value) in taken {
            if let claimed = self.batch.claimed[name], claimed != value { others[name] = claimed }
        }
        guard !others.isEmpty else { return }
        self.commands.append(
            OrderKeyRows.putting(others.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }))
    }

    private mutating func writeOrders() {
        let created = self.batch.created.compactMap { self.batch.orders[$0]?.row }
        if !created.isEmpty {
            self.commands.append(OrderRows.inserting(created))
            self.commands.append(OrderPartRows.addingLines(of: created))
            self.commands += OrderPartRows.addingTags(of: created)
        }
        // Ascending, as they are locked: those that are remembered are not locked before.
        let changed = self.batch.changed.sorted().compactMap { self.batch.orders[$0] }
        let updated = changed.filter { $0.order.version != $0.stored?.order.version }
        let changes = updated.compactMap { open in open.stored.map { OrderRowChange(row: open.row, stored: $0) } }
        if !changes.isEmpty { self.commands.append(OrderRows.updating(changes)) }
        let lines = updated.filter(\.hasOtherLines).map(\.row)
        if !lines.isEmpty { self.commands.append(OrderPartRows.puttingLines(of: lines)) }
        let shorter = updated.filter { $0.order.items.count < $0.stored?.order.items.count ?? 0 }.map(\.row)
        if !shorter.isEmpty { self.commands.append(OrderPartRows.removingLines(behind: shorter)) }
        let tagged = updated.filter(\.hasOtherTags).map(\.row)
        if !tagged.isEmpty { self.commands += OrderPartRows.replacingTags(of: tagged) }
        let counted = changed.filter { $0.order.version == $0.stored?.order.version }
        if !counted.isEmpty {
            self.commands.append(OrderRows.counting(counted.map { (key: $0.key, count: $0.entries) }))
        }
    }

    private mutating func writeLog() {
        if !self.batch.entries.isEmpty { self.commands.append(OrderEntryRows.appending(self.batch.entries)) }
        if !self.batch.effects.isEmpty {
            self.commands.append(EffectRows.asking(for: self.batch.effects, at: self.now))
        }
        if !self.batch.doneEffects.isEmpty { self.commands.append(EffectRows.ending(self.batch.doneEffects)) }
        if !self.batch.parkedEffects.isEmpty { self.commands.append(EffectRows.parking(self.batch.parkedEffects)) }
    }

    private mutating func writeChildren(_ arena: ArenaMemory) throws(EncodingError) {
        var returns: [OrderChildRow<Return>] = []
        var claims: [OrderChildRow<WarrantyClaim>] = []
        for key in self.batch.changed {
            guard let open = self.batch.orders[key] else { continue }
            for place in open.changedReturns.sorted() {
                returns.append(try Self.row(open.returns[place], at: place, of: key, arena))
            }
            for place in open.changedClaims.sorted() {
                claims.append(try Self.row(open.claims[place], at: place, of: key, arena))
            }
        }
        if !returns.isEmpty { self.commands += OrderReturnRows.putting(returns) }
        if !claims.isEmpty { self.commands.append(OrderClaimRows.putting(claims)) }
    }

    private static func row<Child: Message>(
        _ child: Child, at place: Int, of key: OrderKey, _ arena: ArenaMemory
    ) throws(EncodingError) -> OrderChildRow<Child> {
        arena.arena.reset()
        return OrderChildRow(
            key: key, number: Int32(clamping: place + 1), child: child, document: try child.bytes(in: arena.arena))
    }

    private mutating func writeAttention() {
        var due: [(key: OrderKey, dueAt: PostgresTimestamp)] = []
        var gone: [OrderKey] = []
        for key in self.batch.created + self.batch.changed {
            switch self.batch.orders[key]?.attention {
            case .after(let milliseconds)?:
                let (moment, overflow) = self.now.microseconds.addingReportingOverflow(
                    milliseconds.multipliedReportingOverflow(by: 1_000).partialValue)
                due.append((key, overflow ? .infinity : PostgresTimestamp(microseconds: moment)))
            case .at(let moment)?: due.append((key, PostgresTimestamp(moment) ?? .infinity))
            case OrderAttention.none?: gone.append(key)
            case .unchanged?, nil: break
            }
        }
        if !due.isEmpty { self.commands.append(PlacementRows.putting(due)) }
        if !gone.isEmpty { self.commands.append(PlacementRows.removing(gone)) }
    }
}

extension OpenOrder {
    /// What its row is to hold.
    fileprivate var row: OrderRow {
        OrderRow(key: self.key, order: self.order, entries: self.entries, document: self.document)
    }

    /// Whether the rows of its lines are to be written anew.
    fileprivate var hasOtherLines: Bool {
        guard let stored = self.stored?.order else { return true }
        return stored.orderDate != self.order.orderDate || stored.items.count != self.order.items.count
            || zip(stored.items, self.order.items).contains { $0.lineColumns != $1.lineColumns }
    }

    /// Whether the rows of its tags are to be written anew.
    fileprivate var hasOtherTags: Bool {
        guard let stored = self.stored?.order else { return true }
        // By bytes: `String` takes different ones for the same.
        return stored.tags.map { ExactText($0) } != self.order.tags.map { ExactText($0) }
            || !stored.tags.isEmpty && stored.orderDate != self.order.orderDate
    }
}

extension OrderItem {
    /// What the row of a line holds.
    fileprivate struct LineColumns: Equatable {
        let sku: ExactText
        let units: [Int64]
    }

    fileprivate var lineColumns: LineColumns {
        LineColumns(
            sku: ExactText(self.sku), units: [self.quantity, self.cancelled, self.shipped, self.returned])
    }
}
