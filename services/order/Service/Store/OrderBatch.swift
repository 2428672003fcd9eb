internal import Events
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// What a batch of changes was decided to do. Pure: it gets what was read, and gives rows and outcomes.
struct OrderBatch {
    /// What each thing of the batch came to, in their order.
    private(set) var outcomes: [OrderOutcome] = []
    /// Orders that are put on record, in the order in which they came.
    private(set) var created: [OrderKey] = []
    /// Orders that were there and changed.
    private(set) var changed: Set<OrderKey> = []
    /// All orders of the batch, as they stand behind it.
    private(set) var orders: [OrderKey: OpenOrder]
    private(set) var entries: [OrderEntryRow] = []
    private(set) var effects: [EffectRow] = []
    private(set) var doneEffects: [(key: OrderKey, place: EffectPlace)] = []
    private(set) var parkedEffects: [(key: OrderKey, place: EffectPlace, problem: String)] = []
    private(set) var events: OrderEvents
    /// What the keys stand for that the batch claimed for orders.
    private(set) var claimed: [OrderKeyName: OrderKeyValue] = [:]
    /// What keys are to stand for, whatever they stood for.
    private(set) var replaced: [OrderKeyName: OrderKeyValue] = [:]

    private let read: OrderBatchRead
    private let arena: ArenaMemory

    /// Decides a batch.
    init(_ batch: [OrderWrite], read: OrderBatchRead, in arena: ArenaMemory) throws(EncodingError) {
        self.read = read
        self.arena = arena
        self.orders = read.orders
        self.claimed = read.known
        self.events = OrderEvents(at: read.now, in: arena)
        self.outcomes.reserveCapacity(batch.count)
        for write in batch {
            switch write {
            case .new(let order): self.outcomes.append(try self.record(order))
            case .command(let command): self.outcomes.append(try self.apply(command))
            }
        }
    }

    /// The orders for which other services are to do something.
    var ordersWithEffects: Set<OrderKey> { Set(self.effects.map(\.key)) }

    /// The new orders that another change is to decide, as they come on record.
    var undecided: [(key: OrderKey, stored: StoredOrder)] {
        self.created.compactMap { key in
            guard let open = self.orders[key], open.order.isUndecided else { return nil }
            return (key, StoredOrder(order: open.order, entries: open.entries))
        }
    }

    private func moment(of brand: PostgresUUID, by: String, commandID: String) -> OrderMoment {
        OrderMoment(
            now: self.read.now.protobuf, by: by, commandID: commandID,
            settings: self.read.settings[brand] ?? OrderSettings())
    }
}

// MARK: - Orders that are there

extension OrderBatch {
    private mutating func apply(_ command: OrderCommand) throws(EncodingError) -> OrderOutcome {
        guard var open = self.orders[command.key] else {
            return .refused(.orderNotFound(command.order.description))
        }
        let id = ExactText(command.commandID)
        var isKnown = false
        if !command.commandID.isEmpty, let fingerprint = open.commands[id] {
            // Who places an order again where it could not be placed comes with the same id.
            if command.replacement == nil {
                return fingerprint == command.fingerprint
                    ? .command(open.answer(isRepeated: true)) : .refused(.commandIDReused(command.commandID))
            }
            isKnown = true
        }
        if let conclusion = command.conclusion, open.isConcluded(conclusion) {
            return .command(open.answer(isRepeated: true))
        }
        let moment = self.moment(of: command.brand, by: command.by, commandID: command.commandID)
        var state = open.state
        do throws(OrderRefusal) { try command.decide(&state, moment) } catch { return .refused(error) }
        guard !open.isUnchanged(by: state) else { return .command(open.answer()) }
        guard state.effects.isEmpty || !state.entries.isEmpty else { return .refused(.effectWithoutEntry) }
        let entries = open.take(state, at: moment)
        if !command.commandID.isEmpty && !isKnown { open.commands[id] = command.fingerprint }
        try self.write(
            &open, state, entries, commandID: isKnown ? "" : command.commandID, fingerprint: command.fingerprint,
            traceParent: command.traceParent)
        self.conclude(command, &open)
        self.changed.insert(command.key)
        self.orders[command.key] = open
        return .command(open.answer(entries: entries, hasEffects: !state.effects.isEmpty))
    }

    private mutating func conclude(_ command: OrderCommand, _ open: inout OpenOrder) {
        if let conclusion = command.conclusion {
            open.openEffects[conclusion.place] = conclusion.problem == nil ? nil : true
            if let problem = conclusion.problem {
                self.parkedEffects.append((command.key, conclusion.place, problem))
            } else {
                self.doneEffects.append((command.key, conclusion.place))
            }
        }
        guard let keys = command.replacement else { return }
        let value = OrderKeyValue(order: command.order, fingerprint: command.fingerprint)
        for name in keys.names {
            self.replaced[name] = value
            self.claimed[name] = value
        }
    }

    /// Takes down what a decision adds: entries, effects and events.
    private mutating func write(
        _ open: inout OpenOrder, _ state: OrderState, _ entries: [OrderEntry], commandID: String,
        fingerprint: [UInt8], traceParent: String?
    ) throws(EncodingError) {
        var types: [(type: String, entry: [UInt8])] = []
        for (place, entry) in entries.enumerated() {
            self.arena.arena.reset()
            let bytes = try entry.bytes(in: self.arena.arena)
            // A command's id stands at one entry: it is unique.
            let id = place == 0 ? commandID : ""
            self.entries.append(
                OrderEntryRow(
                    key: open.key, number: Int64(clamping: entry.number), commandID: id,
                    fingerprint: id.isEmpty ? [] : fingerprint, document: bytes))
            if let type = OrderEvents.type(of: entry.kind) { types.append((type, bytes)) }
        }
        if open.document.isEmpty {
            self.arena.arena.reset()
            open.document = try open.order.bytes(in: self.arena.arena)
        }
        for (type, entry) in types {
            try self.events.append(
                type, of: open.key, open.order, document: open.document, entry: entry, traceParent: traceParent)
        }
        try self.writeChildren(open, entries, traceParent)
        guard let number = entries.first.map({ Int64(clamping: $0.number) }) else { return }
        for (place, effect) in state.effects.enumerated() {
            let place = EffectPlace(number: number, place: Int16(clamping: place))
            let request = EffectRequest(
                effect, commandID: place.commandID(of: open.key.id), reference: open.order.orderID)
            self.arena.arena.reset()
            self.effects.append(
                EffectRow(
                    key: open.key, place: place, kind: request.kind, request: try request.bytes(in: self.arena.arena)))
        }
    }

    private mutating func writeChildren(
        _ open: OpenOrder, _ entries: [OrderEntry], _ traceParent: String?
    ) throws(EncodingError) {
        for goodsReturn in open.lastReturns {
            let entry = entries.first { $0.subject == goodsReturn.returnID } ?? entries.first
            try self.events.append(goodsReturn, of: open.key, entry: entry, traceParent: traceParent)
        }
        for claim in open.lastClaims {
            let entry = entries.first { $0.subject == claim.claimID } ?? entries.first
            try self.events.append(claim, of: open.key, entry: entry, traceParent: traceParent)
        }
    }
}

// MARK: - New orders

extension OrderBatch {
    private mutating func record(_ new: NewOrder) throws(EncodingError) -> OrderOutcome {
        if let found = self.found(new) { return found }
        var open = OpenOrder(new.key, new: Order())
        let moment = self.moment(
            of: new.keys.brand, by: new.by, commandID: new.keys.commandID ?? "")
        var state = new.state
        state.order.id = new.id.description
        if state.order.orderID.isEmpty { state.order.orderID = state.order.id }
        state.order.orderDate = state.order.orderDate ?? moment.now
        do throws(OrderRefusal) { try new.decide(&state, moment) } catch { return .refused(error) }
        guard !state.entries.isEmpty else { return .refused(.orderWithoutEntry) }
        let entries = open.take(state, at: moment)
        if let commandID = new.keys.commandID { open.commands[ExactText(commandID)] = new.fingerprint }
        try self.write(
            &open, state, entries, commandID: new.keys.commandID ?? "", fingerprint: new.fingerprint,
            traceParent: new.traceParent)
        let value = OrderKeyValue(order: new.id, fingerprint: new.fingerprint)
        for name in new.keys.names { self.claimed[name] = value }
        self.created.append(new.key)
        self.orders[new.key] = open
        return .new(.recorded(open.answer(entries: entries, hasEffects: !state.effects.isEmpty)))
    }

    /// What a new order's keys stand for already; nil: for nothing.
    private mutating func found(_ new: NewOrder) -> OrderOutcome? {
        let names = new.keys.names
        // The command's id decides: it is the caller's word that this is a repeat.
        for name in names.sorted(by: { $0.kind.rawValue > $1.kind.rawValue }) {
            guard let value = self.claimed[name] else { continue }
            let key = OrderKey(brand: name.brand, id: value.order)
            guard let order = self.orders[key]?.order ?? self.read.found[key] else { continue }
            let isSame = value.fingerprint == new.fingerprint
            if order.isReplaceable && (isSame || name.kind == .natural) { return .replaceable(value.order) }
            // From now on the other key leads there, too.
            if isSame { for other in names where self.claimed[other] == nil { self.claimed[other] = value } }
            return .new(.found(FoundOrder(order: order, isSame: isSame, kind: name.kind)))
        }
        return nil
    }
}

extension Order {
    /// Whether another order may take its place under the same keys: it could not be placed, and nothing came of it since.
    var isReplaceable: Bool { self.mayBePlacedAnew && self.refunds.isEmpty && self.childIDs.isEmpty }
}

extension OpenOrder {
    /// The answer to a command on it.
    func answer(entries: [OrderEntry] = [], isRepeated: Bool = false, hasEffects: Bool = false) -> OrderAnswer {
        OrderAnswer(
            order: self.order, returns: self.returns, claims: self.claims, entries: entries, isRepeated: isRepeated,
            hasEffects: hasEffects)
    }
}
