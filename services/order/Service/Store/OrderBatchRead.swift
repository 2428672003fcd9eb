internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// What a batch of changes is decided on, read under its locks.
///
/// Orders that this process has just put on record are neither read nor locked; see ``RememberedOrders``.
///
/// One round trip; two more where a key stands for an order already. Locks, in this order, as in every transaction: keys,
/// ascending; orders, ascending. The buckets of events come last, with what is written.
struct OrderBatchRead {
    /// The orders of commands, by key; those that there are not are missing.
    private(set) var orders: [OrderKey: OpenOrder] = [:]
    /// The orders that keys stood for before, by key, as they stand; not locked.
    private(set) var found: [OrderKey: Order] = [:]
    /// What keys stood for before.
    private(set) var known: [OrderKeyName: OrderKeyValue] = [:]
    /// The keys that were taken for new orders, and what they were said to stand for.
    private(set) var taken: [OrderKeyName: OrderKeyValue] = [:]
    /// The orders that were not read, since this process remembers them.
    private(set) var remembered: Set<OrderKey> = []
    /// How brands keep their orders.
    private(set) var settings: [PostgresUUID: OrderSettings] = [:]
    /// The database's clock, when the locks were held.
    private(set) var now = PostgresTimestamp(microseconds: 0)

    private let arena: ArenaMemory
    private var keys: [OrderKey] = []
    private var commands: [(key: OrderKey, id: String)] = []
    private var effects: [(key: OrderKey, place: EffectPlace)] = []
    private var returnKeys: [OrderKey] = []
    private var claimKeys: [OrderKey] = []
    private var brands: Set<PostgresUUID> = []

    /// - Parameter memory: nil: all is read.
    init(_ batch: [OrderWrite], memory: RememberedOrders?, in arena: ArenaMemory) {
        self.arena = arena
        var keys: Set<OrderKey> = []
        var easy: Set<OrderKey> = []
        var commands: Set<OrderCommandKey> = []
        var (returns, claims): (Set<OrderKey>, Set<OrderKey>) = ([], [])
        for write in batch {
            switch write {
            case .new(let order):
                self.brands.insert(order.keys.brand)
                let value = OrderKeyValue(order: order.id, fingerprint: order.fingerprint)
                for name in order.keys.names where self.taken[name] == nil { self.taken[name] = value }
            case .command(let command):
                self.brands.insert(command.brand)
                guard !command.needsOnlyTheOrder else {
                    easy.insert(command.key)
                    continue
                }
                keys.insert(command.key)
                if !command.commandID.isEmpty {
                    commands.insert(OrderCommandKey(order: command.key, id: ExactText(command.commandID)))
                }
                if let conclusion = command.conclusion { self.effects.append((command.key, conclusion.place)) }
                if command.needs.contains(.returns) { returns.insert(command.key) }
                if command.needs.contains(.claims) { claims.insert(command.key) }
            }
        }
        for key in easy.subtracting(keys) {
            guard let stored = memory?.take(key) else {
                keys.insert(key)
                continue
            }
            self.orders[key] = OpenOrder(key, stored: stored, returns: [], claims: [])
            self.remembered.insert(key)
        }
        self.keys = keys.sorted()
        self.commands = commands.map { (key: $0.order, id: $0.id.text) }
        self.returnKeys = Array(returns)
        self.claimKeys = Array(claims)
    }

    /// Reads and locks.
    mutating func run(in transaction: PostgresTransaction) async throws(PostgresError) {
        let entries = self.taken.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        var commands: [PostgresCommand] = []
        if !entries.isEmpty { commands.append(OrderKeyRows.taking(entries)) }
        if !self.keys.isEmpty { commands.append(OrderRows.locking(self.keys)) }
        if !self.commands.isEmpty { commands.append(OrderEntryRows.looking(for: self.commands)) }
        if !self.effects.isEmpty { commands.append(EffectRows.looking(for: self.effects)) }
        if !self.returnKeys.isEmpty { commands.append(OrderReturnRows.reading(self.returnKeys)) }
        if !self.claimKeys.isEmpty { commands.append(OrderClaimRows.reading(self.claimKeys)) }
        commands.append(SettingsRows.reading(Array(self.brands)))
        commands.append(PostgresCommand(Self.clock))
        var answers = try await transaction.execute(commands)[...]
        let taken = entries.isEmpty ? nil : answers.removeFirst()
        try self.readOrders(&answers)
        self.settings = try SettingsRows.read(answers.removeFirst(), in: self.arena)
        if let row = answers.removeFirst().first { self.now = try row.decode(PostgresTimestamp.self) }
        guard let taken, taken.count < entries.count else { return }
        let ours = try OrderKeyRows.taken(taken)
        try await self.readKnown(entries.map(\.name).filter { !ours.contains($0) }, in: transaction)
    }

    private mutating func readOrders(_ answers: inout ArraySlice<PostgresRows>) throws(PostgresError) {
        guard !self.keys.isEmpty else { return }
        let stored = try OrderRows.read(answers.removeFirst(), self.keys, in: self.arena)
        let carriedOut =
            self.commands.isEmpty
            ? [:] : try OrderEntryRows.commands(answers.removeFirst(), count: self.commands.count)
        let open = self.effects.isEmpty ? [:] : try EffectRows.open(answers.removeFirst(), count: self.effects.count)
        let returns: [OrderKey: [Return]] =
            self.returnKeys.isEmpty
            ? [:]
            : try OrderChildRows.read(
                answers.removeFirst(), self.returnKeys, column: "order_return.document", in: self.arena)
        let claims: [OrderKey: [WarrantyClaim]] =
            self.claimKeys.isEmpty
            ? [:]
            : try OrderChildRows.read(
                answers.removeFirst(), self.claimKeys, column: "order_claim.document", in: self.arena)
        for (key, order) in stored {
            self.orders[key] = OpenOrder(
                key, stored: order, returns: returns[key] ?? [], claims: claims[key] ?? [])
        }
        for (index, fingerprint) in carriedOut {
            let command = self.commands[index]
            self.orders[command.key]?.commands[ExactText(command.id)] = fingerprint
        }
        for (index, isParked) in open {
            self.orders[self.effects[index].key]?.openEffects[self.effects[index].place] = isParked
        }
    }

    /// Reads what keys stand for that others have, and the orders.
    ///
    /// These are not locked: a repeat is told how its order stands, and changes nothing.
    private mutating func readKnown(
        _ names: [OrderKeyName], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        let values = try OrderKeyRows.read(
            try await transaction.query(OrderKeyRows.reading(names)), names)
        self.known = values
        for name in names { self.taken[name] = nil }
        let keys = Array(Set(self.known.map { OrderKey(brand: $0.key.brand, id: $0.value.order) }))
        self.found = try OrderRows.read(
            try await transaction.query(OrderRows.reading(keys)), keys, in: self.arena
        ).mapValues(\.order)
    }

    private struct OrderCommandKey: Hashable {
        let order: OrderKey
        let id: ExactText
    }

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}

extension PostgresTransaction {
    fileprivate func query(_ command: PostgresCommand) async throws(PostgresError) -> PostgresRows {
        guard let rows = try await self.execute([command]).first else {
            throw PostgresError(.server, "a statement without an answer")
        }
        return rows
    }
}
