import InventoryDomain

extension NaiveInventory {
    /// A lot as the naive model has it.
    struct Batch: Equatable {
        var expires: Int64?
        var onHand: Int64 = 0
        var reserved: Int64 = 0
        var quarantined: Int64 = 0

        var free: Int64 { max(0, self.onHand - self.reserved) }
        var isNothing: Bool { self.onHand == 0 && self.reserved == 0 && self.quarantined == 0 }
    }
}

extension NaiveInventory.Cell {
    /// The names of its lots, in the order in which they expire.
    var expiring: [String] {
        self.lots.keys.sorted {
            let (left, right) = (self.lots[$0]?.expires ?? .max, self.lots[$1]?.expires ?? .max)
            return left == right ? $0 < $1 : left < right
        }
    }

    private func sum(_ part: (NaiveInventory.Batch) -> Int64) -> Int64 { self.lots.values.reduce(0) { $0 + part($1) } }

    var looseOnHand: Int64 { self.onHand - self.sum(\.onHand) }
    var looseReserved: Int64 { self.reserved - self.sum(\.reserved) }
    var looseQuarantined: Int64 { self.quarantined - self.sum(\.quarantined) }

    private func dead(_ now: Int64) -> Int64 {
        self.lots.values.filter { ($0.expires ?? .max) <= now }.reduce(0) { $0 + $1.free }
    }

    /// Free units that may be promised: not those of lots that have expired.
    func promisable(_ now: Int64) -> Int64 { max(0, self.onHand - self.reserved - self.dead(now)) }

    /// Units that are promised beyond those.
    func owed(_ now: Int64) -> Int64 { max(0, self.reserved + self.dead(now) - self.onHand) }

    /// The lot that a command is about, made where it may be.
    mutating func open(_ lot: LotReference?, make: Bool) throws -> String? {
        guard let lot else { return nil }
        let name = "\(lot.id)"
        if let known = self.lots[name] {
            if let wanted = lot.expiresAt?.microseconds, wanted != known.expires {
                throw NaiveInventory.Broken(reason: .lotExpiryDiffers)
            }
        } else if make {
            self.lots[name] = NaiveInventory.Batch(expires: lot.expiresAt?.microseconds)
        } else {
            throw NaiveInventory.Broken(reason: .unknownLot)
        }
        return name
    }

    /// Units that come.
    mutating func add(_ units: Int64, _ lot: String?) {
        self.onHand += units
        if let lot { self.lots[lot]?.onHand += units }
    }

    /// Units on hand that go: of a lot, or loose ones first and then as lots expire; free ones first, and then, where it
    /// must be, promised ones.
    mutating func remove(_ units: Int64, _ lot: String?, or reason: RefusalReason, counting: Bool = false) throws {
        if !counting, self.onHand - self.reserved < units { throw NaiveInventory.Broken(reason: reason) }
        if let lot {
            let batch = self.lots[lot] ?? NaiveInventory.Batch()
            if !counting, batch.onHand - batch.reserved < units { throw NaiveInventory.Broken(reason: reason) }
            self.lots[lot]?.onHand -= units
            self.onHand -= units
            return
        }
        var missing = units - min(units, max(0, self.looseOnHand - self.looseReserved))
        let looseLater = self.looseOnHand - (units - missing)
        for name in self.expiring {
            let some = min(missing, self.lots[name]?.free ?? 0)
            self.lots[name]?.onHand -= some
            missing -= some
        }
        missing -= min(missing, max(0, looseLater))
        for name in self.expiring {
            let some = min(missing, self.lots[name]?.onHand ?? 0)
            self.lots[name]?.onHand -= some
            missing -= some
        }
        self.onHand -= units
    }

    /// Units that are set aside: as they would go, but they stay.
    mutating func setAside(_ units: Int64, _ lot: String?) throws {
        let before = self.lots.mapValues(\.onHand)
        try self.remove(units, lot, or: .insufficientStock)
        for (name, onHand) in before {
            let left = self.lots[name]?.onHand ?? 0
            self.lots[name]?.quarantined += onHand - left
        }
        self.quarantined += units
    }

    /// Units that end their quarantine.
    mutating func endQuarantine(_ units: Int64, _ lot: String?, lost: Bool) throws {
        if self.quarantined < units { throw NaiveInventory.Broken(reason: .insufficientStock) }
        var missing = units
        if let lot {
            if (self.lots[lot]?.quarantined ?? 0) < units { throw NaiveInventory.Broken(reason: .insufficientStock) }
        } else {
            missing -= min(missing, self.looseQuarantined)
        }
        for name in lot.map({ [$0] }) ?? self.expiring {
            let some = min(missing, self.lots[name]?.quarantined ?? 0)
            self.lots[name]?.quarantined -= some
            if !lost { self.lots[name]?.onHand += some }
            missing -= some
        }
        self.quarantined -= units
        if !lost { self.onHand += units }
    }

    /// Promised units that leave; loose ones may leave out of lots.
    mutating func ship(_ units: Int64, _ lot: String?, _ now: Int64) throws {
        if self.onHand < units { throw NaiveInventory.Broken(reason: .insufficientStock) }
        if let lot {
            if (self.lots[lot]?.onHand ?? 0) < units { throw NaiveInventory.Broken(reason: .insufficientStock) }
            self.lots[lot]?.onHand -= units
            self.lots[lot]?.reserved -= units
        } else {
            var missing = units - min(units, max(0, self.looseOnHand))
            for name in self.expiring where (self.lots[name]?.expires ?? .max) > now {
                let some = min(missing, self.lots[name]?.free ?? 0)
                self.lots[name]?.onHand -= some
                missing -= some
            }
            if missing > 0 { throw NaiveInventory.Broken(reason: .insufficientStock) }
        }
        self.onHand -= units
        self.reserved -= units
    }

    /// Promises units: as lots expire, then loose ones.
    ///
    /// - Returns: The units by lot.
    mutating func promise(_ units: Int64, backordered: Int64, _ now: Int64) -> [(lot: String?, units: Int64)] {
        var parts: [(lot: String?, units: Int64)] = []
        var missing = units - backordered
        for name in self.expiring where (self.lots[name]?.expires ?? .max) > now {
            let some = min(missing, self.lots[name]?.free ?? 0)
            if some > 0 { parts.append((name, some)) }
            self.lots[name]?.reserved += some
            missing -= some
        }
        if missing + backordered > 0 { parts.append((nil, missing + backordered)) }
        self.reserved += units
        return parts
    }

    /// Promised units that are given back.
    mutating func giveBack(_ units: Int64, _ lot: String?) {
        self.reserved -= units
        if let lot { self.lots[lot]?.reserved -= units }
    }
}
