/// What is known of one lot of a level while its SKU is verified.
struct LotAudit: Sendable {
    /// What its row says; nil: it has none.
    var stored: StoredUnits?
    /// What open reservations hold of it.
    var held: Int64 = 0
    /// What its movements up to now add up to.
    private(set) var sums = StoredUnits()
    /// What each movement takes from. Where one took more than there was it goes on from the least that can be, so that one
    /// wrong movement is one difference and not as many as follow it.
    private var running = Balance()
    private var isMoved = false

    /// Whether nothing is left of it, as of most lots that there ever were, and no row or reservation is about it.
    var isUsedUp: Bool {
        self.stored == nil && self.held == 0 && self.sums == StoredUnits() && self.running.isZero
    }

    /// Takes in the next of its movements.
    ///
    /// - Returns: What there was to take from, where it cannot have happened; else nil.
    mutating func take(_ entry: Ledger.Entry) -> Int64? {
        let own = self.add(entry)
        let before = StoredUnits(self.running)
        if own.from == own.to || Ledger.fold(own, into: &self.running) { return nil }
        var after = before
        after.add(own)
        after.raiseToLeast()
        if let balance = after.balance { self.running = balance }
        return before[own.from]
    }

    /// Takes in a movement of a repair: behind it the lot has what its movements add up to.
    mutating func takeRepair(_ entry: Ledger.Entry) {
        _ = self.add(entry)
        self.settle()
    }

    /// Has the next movement take from what the movements up to now add up to.
    mutating func settle() { if let balance = self.sums.balance { self.running = balance } }

    private mutating func add(_ entry: Ledger.Entry) -> Ledger.Entry {
        let own = entry.ofLot
        self.isMoved = true
        self.sums.add(own)
        return own
    }

    /// What is wrong with it, once all of its movements were taken in.
    func differences(_ id: LotID, at location: LocationID) -> [StockDifference] {
        let kind: StockDifference.Kind = self.stored == nil ? .lotMissing : self.isMoved ? .lot : .lotUnknown
        let units = self.stored ?? StoredUnits()
        var found = units.differences(kind, from: self.sums, at: location, lot: id)
        // Where the row is missing, the movements may tell of what is held.
        if units.reserved != self.held, self.stored != nil || self.sums.reserved != self.held {
            found.append(
                StockDifference(
                    kind: .lotReservations, location: location, lot: id, movement: nil, number: "reserved",
                    stored: units.reserved, expected: self.held))
        }
        return found
    }
}

extension Ledger.Entry {
    /// The same as the lot of its units sees it: what is on its way or announced is in no lot, as if it were outside.
    var ofLot: Ledger.Entry {
        Ledger.Entry(
            from: self.from.isOfLots ? self.from : .supplier, to: self.to.isOfLots ? self.to : .supplier,
            quantity: self.quantity)
    }
}

/// The lots of one SKU while it is verified: those that something is left of, or that a row or a reservation is about.
struct LotAudits: Sendable {
    private struct Key: Hashable {
        let level: Int
        let lot: LotID
    }

    private var lots: [Key: LotAudit] = [:]
    /// Rows, reservations and movements of lots that there was no room for.
    private(set) var unread: Int64 = 0
    private let maximum: Int

    /// None.
    ///
    /// - Parameter maximum: The lots that are held at once.
    init(maximum: Int) { self.maximum = maximum }

    /// Takes in a lot's row.
    mutating func row(_ units: StoredUnits, of lot: LotID, level: Int) {
        self.change(lot, level) { $0.stored = units }
    }

    /// Takes in what open reservations hold of a lot.
    mutating func held(_ units: Int64, of lot: LotID, level: Int) {
        self.change(lot, level) { $0.held &+= units }
    }

    /// Takes in the next movement of a lot.
    ///
    /// - Returns: What there was to take from, where it cannot have happened; else nil.
    mutating func take(_ entry: Ledger.Entry, of lot: LotID, level: Int) -> Int64? {
        self.change(lot, level) { $0.take(entry) } ?? nil
    }

    /// Takes in a movement of a repair.
    mutating func takeRepair(_ entry: Ledger.Entry, of lot: LotID, level: Int) {
        self.change(lot, level) { $0.takeRepair(entry) }
    }

    /// Has all lots go on from what their movements up to now add up to, as a repair does.
    mutating func settle() {
        self.lots = self.lots.mapValues { lot in
            var lot = lot
            lot.settle()
            return lot
        }
        self.lots = self.lots.filter { !$0.value.isUsedUp }
    }

    /// What is wrong with the lots of a SKU, in the order of its levels and by name.
    ///
    /// - Parameters:
    ///   - locations: Those of the levels.
    ///   - limit: How many differences are told; of more only the number.
    func differences(_ locations: [LocationID], limit: Int) -> (told: [StockDifference], untold: Int) {
        var told: [StockDifference] = []
        var untold = 0
        let ordered = self.lots.keys.sorted { $0.level == $1.level ? $0.lot < $1.lot : $0.level < $1.level }
        for key in ordered {
            let found = self.lots[key]?.differences(key.lot, at: locations[key.level]) ?? []
            let room = limit - told.count
            told += found.prefix(room)
            untold += max(0, found.count - room)
        }
        return (told, untold)
    }

    @discardableResult
    private mutating func change<Value>(_ lot: LotID, _ level: Int, _ change: (inout LotAudit) -> Value) -> Value? {
        let key = Key(level: level, lot: lot)
        guard self.lots.count < self.maximum || self.lots[key] != nil else {
            self.unread += 1
            return nil
        }
        var audit = self.lots[key] ?? LotAudit()
        let value = change(&audit)
        self.lots[key] = audit.isUsedUp ? nil : audit
        return value
    }
}
