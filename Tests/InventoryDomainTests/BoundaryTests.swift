import InventoryDomain
import TestSupport
import Testing

/// The ends of every range, and commands that must not be.
@Suite(.processorBound) struct BoundaryTests {
    static let most = InventoryLimits.maximumUnits

    @Test(
        "numbers outside their range are refused where they are made", arguments: [Int64.min, -1, most + 1, Int64.max])
    func numbers(_ units: Int64) {
        #expect(throws: InvalidValue.self) { try Quantity(units) }
        #expect(throws: InvalidValue.self) { try UnitCount(units) }
        #expect(throws: InvalidValue.self) { try HoldTime(seconds: units) }
        #expect(throws: InvalidValue.self) { try Balance(onHand: units, reserved: 0) }
        #expect(throws: InvalidValue.self) { try Balance(onHand: 0, reserved: units) }
        #expect(throws: InvalidValue.self) { try StockItem(sku: sku("A"), version: units) }
        if units != -1 { #expect(throws: InvalidValue.self) { try UnitDelta(units) } }
    }

    @Test("zero is no quantity and no difference, but a count")
    func zero() throws {
        #expect(throws: InvalidValue.self) { try Quantity(0) }
        #expect(throws: InvalidValue.self) { try UnitDelta(0) }
        #expect(try UnitCount(0).units == 0)
    }

    @Test(
        "names that could be mistaken are refused",
        arguments: [
            "", " A", "A ", "A\0B", "A\nB", "\u{7F}", String(repeating: "x", count: 65),
            "ä" + String(repeating: "x", count: 63),
        ])
    func names(_ text: String) {
        #expect(throws: InvalidValue.self) { try SKU(text) }
        #expect(throws: InvalidValue.self) { try LocationID(text) }
    }

    @Test("ids are visible ASCII", arguments: ["", "a b", "ä", "a\u{1}", String(repeating: "x", count: 256)])
    func ids(_ text: String) {
        #expect(throws: InvalidValue.self) { try CommandID(text) }
        #expect(throws: InvalidValue.self) { try ReservationID(text) }
    }

    @Test("two spellings of one letter are two SKUs, as in the database")
    func canonicalEquivalence() throws {
        let (composed, decomposed) = (try SKU("caf\u{E9}"), try SKU("cafe\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("no sum leaves its range: each is refused, and nothing changes")
    func overflow() {
        let full = item(
            "A", [("WHS1", onHand: Self.most, reserved: Self.most), ("WHS2", onHand: Self.most, reserved: 0)])
        var set = workingSet([full])
        let actions: [Action] = [
            .adjust(place("A", "WHS1"), delta(1), .found), .adjust(place("A", "WHS1"), delta(Self.most), .found),
            .receive(place("A", "WHS2"), quantity(Self.most)),
            .update(
                ItemUpdate(
                    sku: sku("A"),
                    levels: [LevelUpdate(location: location("WHS1"), target: .available(count(Self.most)))])),
        ]
        for (number, action) in actions.enumerated() {
            #expect(set.decide(command("c\(number)", action)).reason == .quantityOutOfRange, "\(action)")
        }
        #expect(set.allItems == [full])
        #expect(
            set.decide(command("t1", .transfer(place("A", "WHS2"), to: location("WHS3"), quantity(Self.most)))).receipt
                != nil)
        #expect(set.decide(command("t2", .receive(place("A", "WHS2"), quantity(Self.most)))).receipt != nil)
        let again = set.decide(command("t3", .transfer(place("A", "WHS2"), to: location("WHS3"), quantity(1))))
        #expect(again.reason == .quantityOutOfRange)
        #expect(set.balance("A", "WHS2")?.onHand == Self.most, "the units that left are back")
    }

    @Test(
        "the most units of a kit with the most of a component is a refusal, not an overflow",
        arguments: AllocationStrategy.allCases)
    func kitOverflow(_ strategy: AllocationStrategy) throws {
        let part = KitComponent(sku: sku("A"), quantity: quantity(InventoryLimits.maximumUnitsOfComponent))
        let kits = try KitCatalog([Kit(sku: sku("K"), components: [part])])
        let levels = ["WHS1", "WHS2", "WHS3"].map { ($0, onHand: Self.most, reserved: Int64(0)) }
        let set = workingSet([item("A", levels)], rules: BrandRules(backorderCap: count(Self.most)), kits: kits)
        let lines = (0..<250).map { _ in ReserveLine(sku: sku("K"), quantity: quantity(Self.most)) }
        let rules = AllocationRules(strategy: strategy, isPartial: true, backorderCap: count(Self.most))
        let plan = try set.plan(lines, rules)
        #expect(plan.allocations.allSatisfy { (1...Self.most).contains($0.quantity) })
        #expect(plan.unfilled.count == 250)
    }

    @Test("a thousand full locations add up without an overflow")
    func totals() throws {
        let levels = (0..<1_000).map { ("L\($0)", onHand: Self.most, reserved: Int64(0)) }
        let stock = item("A", levels)
        #expect(stock.totalAvailable == Self.most * 1_000)
        var places: [LocationID: Location] = [:]
        for level in stock.levels { places[level.location] = Location(id: level.location) }
        places[location("NEW")] = Location(id: location("NEW"))
        let told = Availability(of: stock, channel: nil, locations: places, rules: BrandRules(), now: noon)
        #expect(told.sellable == stock.totalAvailable)
        var set = workingSet([stock], rules: BrandRules(backorderCap: count(Self.most)), at: places)
        #expect(set.decide(command("c1", .receive(place("A", "NEW"), quantity(1)))).reason == .tooManyLocations)
        let line = ReserveLine(sku: sku("A"), quantity: quantity(Self.most))
        for strategy in AllocationStrategy.allCases {
            let rules = AllocationRules(strategy: strategy, backorderCap: count(Self.most))
            #expect(try set.plan([line], rules).allocations.count == 1)
        }
        #expect(throws: InvalidValue.self) {
            try StockItem(sku: sku("A"), levels: stock.levels + [Level(location: location("NEW"), balance: Balance())])
        }
    }

    @Test("no line, and one more than there may be, is refused", arguments: [0, 251, 10_001])
    func lineCounts(_ lines: Int) {
        var set = workingSet([item("A", [("WHS1", onHand: Self.most, reserved: 0)])])
        let line = ReserveLine(sku: sku("A"), quantity: quantity(1))
        let order = ReserveOrder(id: reservation("r1"), lines: Array(repeating: line, count: lines))
        #expect(set.decide(command("c1", .reserve(order))).reason == .lineCount)
        let most = ReserveOrder(id: reservation("r1"), lines: Array(repeating: line, count: 250))
        #expect(set.decide(command("c2", .reserve(most))).receipt?.reservation?.allocations.count == 250)
    }

    @Test("unknown SKUs are made or refused as the rules say; unknown locations are refused")
    func unknowns() {
        let new = item("NEW", version: 0, [])
        var open = workingSet([new])
        #expect(
            open.decide(command("c1", .receive(place("NEW", "WHS1"), quantity(1)))).receipt?.items.first?.version == 1)
        #expect(open.decide(command("c2", .receive(place("NEW", "NOWHERE"), quantity(1)))).reason == .unknownLocation)
        #expect(open.decide(command("c3", .receive(place("ABSENT", "WHS1"), quantity(1)))).reason == .notLoaded)
        var closed = workingSet([new], rules: BrandRules(acceptsUnknownSKUs: false))
        #expect(closed.decide(command("c1", .receive(place("NEW", "WHS1"), quantity(1)))).reason == .unknownSKU)
        let transfer = Action.transfer(place("NEW", "WHS1"), to: location("WHS1"), quantity(1))
        #expect(open.decide(command("c4", transfer)).reason == .sameLocation)
    }

    @Test("a repeat gets the first answer whatever has happened since; the same id for something else is refused")
    func repeats() throws {
        var set = workingSet([item("A", [("WHS1", onHand: 1, reserved: 0)])])
        let sale = command("c1", .adjust(place("A", "WHS1"), delta(-1), .sold), reference: "order 1")
        let first = try #require(set.decide(sale).receipt)
        _ = set.decide(command("c2", .receive(place("A", "WHS1"), quantity(5))))
        var again = try #require(set.decide(sale).receipt)
        #expect(again.isRepeat)
        again = Receipt(effect: again.effect, items: again.items)
        #expect(again == first)
        #expect(set.available("A", "WHS1") == 5)
        for other in [
            command("c1", .adjust(place("A", "WHS1"), delta(-2), .sold), reference: "order 1"),
            command("c1", .adjust(place("A", "WHS1"), delta(-1), .lost), reference: "order 1"),
            command("c1", .adjust(place("A", "WHS2"), delta(-1), .sold), reference: "order 1"),
            command("c1", .adjust(place("A", "WHS1"), delta(-1), .sold), reference: "order 2"),
        ] {
            #expect(set.decide(other).reason == .commandIDReused)
        }
        // A refused command left nothing: the same id is decided anew.
        let large = command("c3", .adjust(place("A", "WHS1"), delta(-6), .sold))
        #expect(set.decide(large).reason == .belowReserved)
        _ = set.decide(command("c4", .receive(place("A", "WHS1"), quantity(1))))
        #expect(set.decide(large).receipt?.isRepeat == false)
    }

    @Test("a fingerprint never changes: it stands in the database")
    func fingerprints() {
        let adjust = command("c1", .adjust(place("ABC1234", "WHS1"), delta(-2), .damaged), reference: "PO 7")
        #expect(adjust.fingerprint == -7_445_255_534_498_426_319)
        let line = ReserveLine(sku: sku("ABC1234"), quantity: quantity(2), location: location("WHS1"))
        let reserve = command("c1", .reserve(ReserveOrder(id: reservation("r1"), lines: [line])))
        #expect(reserve.fingerprint == 4_670_008_123_351_728_294)
    }
}
