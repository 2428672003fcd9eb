import InventoryDomain
import TestSupport
import Testing

/// Which locations lines are taken from.
@Suite(.processorBound) struct AllocationTests {
    private func line(_ name: String, _ units: Int64, _ at: String? = nil) -> ReserveLine {
        ReserveLine(sku: sku(name), quantity: quantity(units), location: at.map(location))
    }

    private func taken(_ plan: AllocationPlan) -> [String] {
        plan.allocations.map { "\($0.quantity) \($0.sku) \($0.location)" }
    }

    private func refusal(_ set: WorkingSet, _ lines: [ReserveLine], _ rules: AllocationRules) -> Refusal? {
        do throws(Refusal) {
            _ = try set.plan(lines, rules)
            return nil
        } catch {
            return error
        }
    }

    private let stock = [
        item(
            "A", [("WHS1", onHand: 2, reserved: 0), ("WHS2", onHand: 5, reserved: 1), ("WHS3", onHand: 9, reserved: 0)]),
        item("B", [("WHS2", onHand: 1, reserved: 0), ("WHS3", onHand: 3, reserved: 0)]),
    ]

    private var places: [LocationID: Location] {
        var places = locations("WHS1", "WHS2", "WHS3")
        places[location("WHS2")]?.region = "east"
        places[location("WHS3")]?.country = "MX"
        return places
    }

    @Test("each strategy takes from its own first choice")
    func strategies() throws {
        let set = workingSet(self.stock, at: self.places)
        func plan(_ rules: AllocationRules) throws -> [String] { try self.taken(set.plan([self.line("A", 7)], rules)) }
        #expect(try plan(AllocationRules(strategy: .priority)) == ["2 A WHS1", "4 A WHS2", "1 A WHS3"])
        #expect(try plan(AllocationRules(strategy: .mostStock)) == ["7 A WHS3"])
        #expect(try plan(AllocationRules(strategy: .fewestParcels)) == ["7 A WHS3"])
        let near = AllocationRules(strategy: .nearestRegion, destinationRegion: "east", destinationCountry: "MX")
        #expect(try plan(near) == ["4 A WHS2", "3 A WHS3"])
    }

    @Test("one parcel is found wherever one location has it all")
    func oneParcel() throws {
        let set = workingSet(self.stock, at: self.places)
        let plan = try set.plan([self.line("A", 2), self.line("B", 2)], AllocationRules(strategy: .fewestParcels))
        #expect(self.taken(plan) == ["2 A WHS3", "2 B WHS3"])
    }

    @Test("lines that are kept whole come from one location each")
    func wholeLines() throws {
        let set = workingSet(self.stock, at: self.places)
        let whole = AllocationRules(keepsLinesWhole: true)
        #expect(try self.taken(set.plan([self.line("A", 3)], whole)) == ["3 A WHS2"])
        #expect(self.refusal(set, [self.line("A", 10)], whole)?.available == 9)
    }

    @Test("lines of one SKU are summed before they are tested, whether they name a location or not")
    func duplicateLines() throws {
        let set = workingSet(self.stock, at: self.places)
        let rules = AllocationRules()
        #expect(self.refusal(set, [self.line("A", 8), self.line("A", 8)], rules)?.field == "lines[1].quantity")
        #expect(self.refusal(set, [self.line("A", 8), self.line("A", 8)], rules)?.available == 7)
        #expect(self.refusal(set, [self.line("A", 2), self.line("A", 1, "WHS1")], rules)?.available == 0)
        let plan = try set.plan([self.line("A", 8), self.line("A", 7)], rules)
        #expect(plan.allocations.reduce(0) { $0 + $1.quantity } == 15)
    }

    @Test("a partial one takes what there is and says what is missing")
    func partial() throws {
        let set = workingSet(self.stock, at: self.places)
        let plan = try set.plan([self.line("B", 9), self.line("A", 1)], AllocationRules(isPartial: true))
        #expect(self.taken(plan) == ["1 B WHS2", "3 B WHS3", "1 A WHS1"])
        #expect(plan.unfilled == [UnfilledLine(line: 0, sku: sku("B"), quantity: 5)])
        let empty = workingSet([item("A", [])])
        #expect(
            self.refusal(empty, [self.line("A", 1)], AllocationRules(isPartial: true))?.reason == .insufficientStock)
    }

    @Test("backorders stay within the caps of line and brand")
    func backorders() throws {
        var set = workingSet(self.stock, rules: BrandRules(backorderCap: count(5)), at: self.places)
        let rules = AllocationRules(backorderCap: count(4))
        #expect(self.refusal(set, [self.line("A", 4, "WHS1"), self.line("A", 4, "WHS1")], rules) != nil, "brand")
        #expect(self.refusal(set, [self.line("A", 7, "WHS1")], rules) != nil, "line")
        let order = ReserveOrder(id: reservation("r1"), lines: [self.line("A", 6, "WHS1")], rules: rules)
        let receipt = try #require(set.decide(command("c1", .reserve(order))).receipt)
        #expect(receipt.reservation?.allocations.map(\.backordered) == [4])
        #expect(set.available("A", "WHS1") == -4)
        #expect(
            receipt.choices.first?.description
                == "line 0: 6 of A from WHS1, 2 free, 4 backordered, the location that the line names")
        // Nothing was ever at a location: it waits where the strategy looks first.
        let bare = workingSet([item("A", [])], rules: BrandRules(backorderCap: count(5)), at: self.places)
        #expect(try self.taken(bare.plan([self.line("A", 3)], rules)) == ["3 A WHS1"])
    }

    @Test("nothing is taken from locations that are not active, or whose figures are stale and hidden")
    func silentLocations() throws {
        var places = self.places
        places[location("WHS1")]?.isActive = false
        places[location("WHS2")]?.fedAt = noon.adding(seconds: -100)
        places[location("WHS2")]?.staleAfterSeconds = 100
        places[location("WHS2")]?.staleRule = .hide
        let set = workingSet(self.stock, at: places)
        #expect(try self.taken(set.plan([self.line("A", 9)], AllocationRules())) == ["9 A WHS3"])
        #expect(self.refusal(set, [self.line("A", 10)], AllocationRules())?.available == 9)
        #expect(self.refusal(set, [self.line("A", 1, "WHS1")], AllocationRules())?.reason == .inactiveLocation)
        #expect(self.refusal(set, [self.line("A", 1, "NOWHERE")], AllocationRules())?.reason == .unknownLocation)
    }

    @Test("a marketplace's own units are given to lines that name the location, and to no others")
    func marketplace() throws {
        var places = locations("FBA1", "WHS1")
        places[location("FBA1")]?.isMarketplaces = true
        let stock = [
            item("A", [("FBA1", onHand: 40, reserved: 0), ("WHS1", onHand: 5, reserved: 0)]),
            item("B", [("FBA1", onHand: 1, reserved: 0)]),
        ]
        let set = workingSet(stock, rules: BrandRules(backorderCap: count(5)), at: places)
        for strategy in [AllocationStrategy.priority, .nearestRegion, .mostStock, .fewestParcels] {
            let rules = AllocationRules(strategy: strategy)
            #expect(try self.taken(set.plan([self.line("A", 5)], rules)) == ["5 A WHS1"])
            #expect(self.refusal(set, [self.line("A", 6)], rules)?.available == 5)
            #expect(self.refusal(set, [self.line("B", 1)], rules)?.reason == .insufficientStock)
        }
        let both = [self.line("A", 3), self.line("A", 40, "FBA1")]
        #expect(try self.taken(set.plan(both, AllocationRules())) == ["3 A WHS1", "40 A FBA1"])
        let rules = AllocationRules(backorderCap: count(2))
        #expect(
            try self.taken(set.plan([self.line("B", 2)], rules)) == ["2 B WHS1"], "backordered where it is sold from")
    }

    @Test("asking changes nothing, and doing does what asking said")
    func planIsWhatReserveDoes() throws {
        var set = workingSet(self.stock, at: self.places)
        let lines = [self.line("A", 7), self.line("B", 2)]
        let plan = try set.plan(lines, AllocationRules(strategy: .mostStock))
        #expect(set.allItems == self.stock)
        let order = ReserveOrder(id: reservation("r1"), lines: lines, rules: AllocationRules(strategy: .mostStock))
        let receipt = set.decide(command("c1", .reserve(order))).receipt
        #expect(receipt?.reservation?.allocations == plan.allocations)
        #expect(receipt?.choices == plan.choices)
    }
}
