internal import InventoryDomain
internal import Postgres

/// The commands of one brand in a batch, with what they are decided on.
struct BatchShare {
    /// Whose they are.
    let brand: PostgresUUID
    /// Which of the batch's brands that is, from 0 on.
    let share: Int
    /// What the brand has set up, as far as this process knows.
    let setup: BrandSetup
    /// Where its commands stand in the batch, ascending.
    let positions: [Int]
    /// Its commands, in the same order.
    let commands: [Command]
    /// The trace context of commands that have one.
    let traces: [CommandID: String]

    /// The rows that were read.
    var reservations: [Reservation] = []
    var items: [StockItem] = []
    /// The keys of the items, by the items' places.
    var keys: [Keyed<SKU>] = []
    /// Where the rows of the items are, by the items' places; nil: an item has none.
    var places: [ItemPlace?] = []
    var records: [CommandRecord] = []
    var holds: [String: ClientHolds] = [:]
    /// The encoded first answers of commands that were carried out before.
    var storedAnswers: [CommandID: [UInt8]] = [:]

    init(_ brand: PostgresUUID, share: Int, setup: BrandSetup, _ batch: [PendingCommand], _ positions: [Int]) {
        self.brand = brand
        self.share = share
        self.setup = setup
        self.positions = positions
        self.commands = positions.map { batch[$0].command }
        var traces: [CommandID: String] = [:]
        for position in positions {
            if let trace = batch[position].traceParent { traces[batch[position].command.id] = trace }
        }
        self.traces = traces
    }

    /// The rows that the commands need.
    var footprint: Footprint {
        Footprint(of: self.commands, kits: self.setup.kits, reservations: self.reservations)
    }

    /// Whether a reservation must be read before it is known which items are needed.
    var needsReservationsFirst: Bool { self.commands.contains(where: \.isOnKnownReservation) }

    /// The clients whose holds must be added up: those who reserve, where the brand caps that.
    var holders: [String] {
        guard self.setup.rules.holdCaps.isSet else { return [] }
        return Set(
            self.commands.compactMap { command in
                if case .reserve = command.action { command.actor } else { nil }
            }
        ).sorted()
    }

    /// Takes an item.
    ///
    /// - Parameter place: Where its rows are; nil: it has none.
    mutating func take(_ item: consuming StockItem, _ key: Keyed<SKU>, at place: consuming ItemPlace?) {
        self.items.append(item)
        self.keys.append(key)
        self.places.append(place)
    }

    /// The rows as the domain decides on them. The items go with them, so that they are changed where they are.
    mutating func takeWorkingSet(at now: Timestamp) -> WorkingSet {
        defer { self.items = [] }
        return WorkingSet(
            now: now, rules: self.setup.rules, locations: self.setup.locations, kits: self.setup.kits,
            items: self.items, reservations: self.reservations, records: self.records, holds: self.holds)
    }

    /// Notes what was found of a command that was carried out before. Its answer is given as it was stored, so that the
    /// domain needs to know only that there is one.
    mutating func found(_ answer: StoredAnswer, of id: CommandID) {
        self.storedAnswers[id] = answer.receipt
        self.records.append(
            CommandRecord(
                id: id, fingerprint: answer.fingerprint, receipt: Receipt(effect: .unchanged, items: [])))
    }
}

extension BrandSetup {
    /// Whether a command can be decided under locks only: one that begins with what a reservation holds; who wrote a level
    /// last is no part of the item's version, and a refusal that is recorded is so once; and how many of a kit there are follows from items that the transaction may
    /// only read.
    func needsLocks(_ command: Command) -> Bool {
        if command.isOnKnownReservation || self.rules.mayRefuseWriters { return true }
        guard !self.kits.isEmpty else { return false }
        return command.action.skus.contains { !self.kits.kits(around: $0).isEmpty }
    }
}

extension Command {
    /// Whether it is about a reservation that must be there already.
    var isOnKnownReservation: Bool {
        switch self.action {
        case .extend, .confirm, .commit, .release, .expire: true
        default: false
        }
    }
}
