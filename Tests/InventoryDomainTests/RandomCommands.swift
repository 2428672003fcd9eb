import InventoryDomain
import TestSupport

/// Makes commands at random, small enough in every dimension that rules collide often.
struct RandomCommands {
    static let skus = ["A", "B", "C", "D"]
    static let kits: [String: [(sku: String, units: Int64)]] = [
        "KIT1": [("A", 1), ("B", 2)], "KIT2": [("B", 1), ("C", 3), ("D", 1)],
    ]
    static let depots: [String: NaiveInventory.Depot] = [
        "WHS1": .init(priority: 0, region: "west", country: "US", sells: true),
        "WHS2": .init(priority: 1, region: "east", country: "US", sells: true),
        "WHS3": .init(priority: 2, region: "south", country: "MX", sells: true),
        "WHS4": .init(priority: 3, region: "west", country: "US", sells: false),
        "FBA1": .init(priority: 0, region: "west", country: "US", sells: true, isMarketplaces: true),
    ]

    private(set) var random: SeededGenerator
    private var numbers = 0
    private(set) var commandsSent: [Command] = []
    private(set) var reservationCount = 0

    init(seed: UInt64) { self.random = SeededGenerator(seed: seed) }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self.random) }

    mutating func chance(_ percent: Int64) -> Bool { self.number(1...100) <= percent }

    mutating func next(version: (String) -> Int64) -> Command {
        // A repeat of one of the last, or its id with other content.
        if self.chance(5), let earlier = self.commandsSent.randomElement(using: &self.random) {
            return self.chance(80) ? earlier : command("\(earlier.id)", self.action(version))
        }
        self.numbers += 1
        let made = command("c\(self.numbers)", self.action(version))
        self.commandsSent.append(made)
        if self.commandsSent.count > 40 { self.commandsSent.removeFirst() }
        return made
    }

    private mutating func sku() -> String {
        self.chance(2) ? "KIT1" : Self.skus.randomElement(using: &self.random) ?? "A"
    }

    private mutating func at() -> String {
        self.chance(2)
            ? "NOWHERE" : ["WHS1", "WHS2", "WHS3", "WHS4", "FBA1"].randomElement(using: &self.random) ?? "WHS1"
    }

    private mutating func place() -> Place { InventoryDomainTests.place(self.sku(), self.at()) }

    /// A place, now and then with a lot of it.
    private mutating func place(lots percent: Int64) -> Place {
        let place = self.place()
        return self.chance(percent) ? Place(place.sku, place.location, lot: self.lot()) : place
    }

    private mutating func lot() -> LotReference {
        let number = self.number(1...4)
        let expiries: [Int64?] = [1_030_000_000, 1_120_000_000, 1_200_000_000, nil]
        let expiry = self.chance(5) ? 1_050_000_000 : self.chance(60) ? expiries[Int(number - 1)] : nil
        return LotReference(
            InventoryDomainTests.lot("L\(number)"), expiresAt: expiry.map { Timestamp(microseconds: $0) })
    }

    private mutating func units(_ most: Int64) -> Int64 {
        self.chance(1) ? InventoryLimits.maximumUnits : self.number(1...most)
    }

    private mutating func action(_ version: (String) -> Int64) -> Action {
        switch self.number(1...100) {
        case 1...8: return .update(self.update(version))
        case 9...18:
            let units = self.units(8)
            let reason = AdjustmentReason.allCases.randomElement(using: &self.random) ?? .correction
            return .adjust(self.place(lots: 30), delta(self.chance(55) ? units : -units), reason)
        case 19...22:
            let units = self.units(8)
            return .expect(self.place(), delta(self.chance(60) ? units : -units))
        case 23...32: return .receive(self.place(lots: 50), quantity(self.units(10)))
        case 33...37: return .transfer(self.place(lots: 20), to: location(self.at()), quantity(self.units(6)))
        case 38...41:
            return .receiveTransfer(
                self.place(lots: 30), arrived: count(self.number(0...6)), lost: count(self.number(0...2)))
        case 42...44: return .count(self.place(lots: 40), count(self.number(0...12)))
        case 45: return .expireLot(self.place(lots: 95))
        case 46...48: return .quarantine(self.place(lots: 30), quantity(self.units(5)))
        case 49...51:
            return .releaseQuarantine(self.place(lots: 30), quantity(self.units(5)), isWriteOff: self.chance(30))
        case 52...72: return .reserve(self.order())
        default: return self.onReservation()
        }
    }

    private mutating func update(_ version: (String) -> Int64) -> ItemUpdate {
        let sku = self.sku()
        var levels: [LevelUpdate] = []
        for at in ["WHS1", "WHS2", "NOWHERE"] where self.chance(at == "NOWHERE" ? 2 : 60) {
            let units = count(self.number(0...15))
            levels.append(
                LevelUpdate(location: location(at), target: self.chance(50) ? .onHand(units) : .available(units)))
        }
        let expected: VersionExpectation =
            self.chance(50) ? .any : .exactly(max(0, version(sku) - (self.chance(30) ? 1 : 0)))
        return ItemUpdate(sku: InventoryDomainTests.sku(sku), expectedVersion: expected, levels: levels)
    }

    private mutating func order() -> ReserveOrder {
        var lines: [ReserveLine] = []
        for _ in 0..<self.number(1...4) {
            let sku = self.chance(25) ? (self.chance(50) ? "KIT1" : "KIT2") : self.sku()
            let named = self.chance(35) ? location(self.at()) : nil
            let units = quantity(self.chance(1) ? InventoryLimits.maximumUnits : self.number(1...5))
            lines.append(ReserveLine(sku: InventoryDomainTests.sku(sku), quantity: units, location: named))
        }
        let rules = AllocationRules(
            strategy: AllocationStrategy.allCases.randomElement(using: &self.random) ?? .priority,
            destinationRegion: self.chance(50) ? "east" : "", destinationCountry: self.chance(50) ? "MX" : "",
            isPartial: self.chance(40), keepsLinesWhole: self.chance(30),
            backorderCap: count(self.chance(30) ? self.number(1...4) : 0))
        // Now and then the id of one that was released before it was made, or that exists.
        if !self.chance(4) { self.reservationCount += 1 }
        return ReserveOrder(
            id: reservation("r\(self.reservationCount)"), lines: lines, rules: rules,
            holdTime: hold(self.number(1...30)), isConfirmed: self.chance(20))
    }

    private mutating func onReservation() -> Action {
        let back = self.chance(3) ? -1 : self.number(0...12)
        let id = reservation("r\(max(0, Int64(self.reservationCount) - back))")
        switch self.number(1...100) {
        case 1...12: return .extend(id, hold(self.number(1...60)))
        case 13...35: return .confirm(id)
        case 36...50: return .commit(id)
        case 51...60: return .commit(id, portions: self.portions())
        case 61...74: return .release(id)
        case 75...82: return .release(id, portions: self.portions())
        default: return .expire(id)
        }
    }

    private mutating func portions() -> [ReservationPortion] {
        (0..<self.number(1...3)).map { _ in
            ReservationPortion(
                line: Int(self.number(0...2)), sku: InventoryDomainTests.sku(self.sku()),
                location: self.chance(40) ? location(self.at()) : nil, quantity: quantity(self.number(1...3)))
        }
    }
}
