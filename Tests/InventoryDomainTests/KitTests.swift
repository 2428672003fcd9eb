import InventoryDomain
import TestSupport
import Testing

/// SKUs that are sold as one and shipped as several.
@Suite(.processorBound) struct KitTests {
    private func kit(_ name: String, _ parts: (String, Int64)...) throws(KitFault) -> Kit {
        try Kit(sku: sku(name), components: parts.map { KitComponent(sku: sku($0.0), quantity: quantity($0.1)) })
    }

    private func fault(_ make: () throws(KitFault) -> Void) -> KitFault.Code? {
        do throws(KitFault) {
            try make()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("a kit that holds itself, through others or not, is refused with the names")
    func loops() {
        #expect(self.fault { () throws(KitFault) in _ = try self.kit("K", ("K", 1)) } == .holdsItself)
        #expect(
            self.fault { () throws(KitFault) in
                let kits = [try self.kit("K", ("L", 1)), try self.kit("L", ("M", 1)), try self.kit("M", ("K", 1))]
                _ = try KitCatalog(kits)
            } == .holdsItself)
        // A loop that does not lead back to where it was entered.
        let inner = self.fault { () throws(KitFault) in
            let kits = [try self.kit("A", ("L", 1)), try self.kit("L", ("M", 1)), try self.kit("M", ("L", 1))]
            _ = try KitCatalog(kits)
        }
        #expect(inner != nil)
    }

    @Test("no component, one twice, or too much of one is refused")
    func shapes() {
        #expect(self.fault { () throws(KitFault) in _ = try self.kit("K") } == .empty)
        #expect(
            self.fault { () throws(KitFault) in _ = try self.kit("K", ("A", 1), ("A", 2)) } == .duplicateComponent)
        #expect(self.fault { () throws(KitFault) in _ = try self.kit("K", ("A", 10_001)) } == .tooManyUnits)
        #expect(
            self.fault { () throws(KitFault) in
                _ = try KitCatalog([try self.kit("K", ("L", 200)), try self.kit("L", ("A", 200))])
            } == .tooManyUnits)
    }

    @Test("a part at two positions is in the kit once for each, and twice at one is refused")
    func positions() throws {
        func part(_ name: String, _ units: Int64, _ position: String) -> KitComponent {
            KitComponent(sku: sku(name), quantity: quantity(units), position: position)
        }
        let kit = try Kit(sku: sku("K"), components: [part("A", 1, "left"), part("B", 1, ""), part("A", 2, "right")])
        #expect(kit.components.map(\.position) == ["left", "", "right"])
        let catalog = try KitCatalog([kit])
        let resolved = try #require(catalog.components(of: sku("K")))
        #expect(resolved.map { "\($0.quantity) \($0.sku)" } == ["3 A", "1 B"])
        #expect(
            self.fault { () throws(KitFault) in
                _ = try Kit(sku: sku("K"), components: [part("A", 1, "left"), part("A", 2, "left")])
            } == .duplicateComponent)
        #expect(
            self.fault { () throws(KitFault) in
                let parts = [part("A", 10_000, "left"), part("A", 1, "right")]
                _ = try KitCatalog([try Kit(sku: sku("K"), components: parts)])
            } == .tooManyUnits)
    }

    @Test("a kit in a kit counts once for each way to it")
    func nested() throws {
        let catalog = try KitCatalog([try self.kit("K", ("L", 2), ("A", 1)), try self.kit("L", ("A", 3), ("B", 1))])
        let units = try #require(catalog.components(of: sku("K"))).map { "\($0.quantity) \($0.sku)" }
        #expect(Set(units) == ["7 A", "2 B"])
        #expect(catalog.kits(holding: sku("B")) == [sku("K"), sku("L")])
    }

    @Test("reserving a kit takes its components at once, summed with the lines beside it")
    func reserve() throws {
        let catalog = try KitCatalog([try self.kit("K", ("A", 2), ("B", 1))])
        let stock = [item("A", [("WHS1", onHand: 5, reserved: 0)]), item("B", [("WHS2", onHand: 9, reserved: 0)])]
        var set = workingSet(stock, kits: catalog)
        func order(_ id: String, _ kits: Int64, _ single: Int64) -> Command {
            let lines = [
                ReserveLine(sku: sku("K"), quantity: quantity(kits)),
                ReserveLine(sku: sku("A"), quantity: quantity(single)),
            ]
            return command("c\(id)", .reserve(ReserveOrder(id: reservation(id), lines: lines)))
        }
        let refusal = set.decide(order("r1", 2, 2)).refusal
        #expect(refusal?.field == "lines[1].quantity")
        #expect(refusal?.available == 1)
        #expect(set.takeChanges().movements.isEmpty)
        let receipt = try #require(set.decide(order("r2", 2, 1)).receipt)
        #expect(receipt.reservation?.allocations.map(\.quantity) == [4, 2, 1])
        #expect(receipt.reservation?.allocations.map(\.kit) == [sku("K"), sku("K"), nil])
        #expect(set.available("A", "WHS1") == 0)
        #expect(set.available("B", "WHS2") == 7)
        let changed = set.takeChanges().events.compactMap { event -> Int64? in
            if case .kitAvailabilityChanged(_, _, let available) = event { available } else { nil }
        }
        #expect(changed == [0], "one event for the kit, though both components changed")
    }

    @Test("a kit's availability is that of its scarcest component; it has no stock of its own")
    func availability() throws {
        let catalog = try KitCatalog([try self.kit("K", ("A", 2), ("B", 1))])
        let components = try #require(catalog.components(of: sku("K")))
        let units: [SKU: Int64] = [sku("A"): 7, sku("B"): 40]
        let kits = try #require(Availability.kits(components) { units[$0] })
        #expect(kits.count == 3)
        #expect(kits.limiting == sku("A"))
        #expect(Availability.kits(components) { _ in nil } == nil)
        #expect(Availability.kits(components) { _ in -4 }?.count == 0)
        var set = workingSet([item("K", [])], kits: catalog)
        #expect(set.decide(command("c1", .adjust(place("K", "WHS1"), delta(1), .found))).reason == .isKit)
    }

    @Test("a change of a component tells how many kits there are, or that they are to be told of")
    func events() throws {
        let catalog = try KitCatalog([try self.kit("K", ("A", 2), ("B", 1))])
        func told(_ items: [StockItem]) -> (available: [Int64], hasUntold: Bool) {
            var set = workingSet(items, kits: catalog)
            _ = set.decide(command("c1", .receive(place("A", "WHS1"), quantity(1))))
            let events = set.takeChanges().events
            let available = events.compactMap { event -> Int64? in
                if case .kitAvailabilityChanged(_, _, let available) = event { available } else { nil }
            }
            let hasUntold = events.contains {
                if case .stockChanged(let change) = $0 { change.hasUntoldKits } else { false }
            }
            return (available, hasUntold)
        }
        let a = item("A", [("WHS1", onHand: 1, reserved: 0)])
        #expect(told([a]) == ([], true), "what B has is not at hand")
        #expect(told([a, item("B", [("WHS2", onHand: 3, reserved: 0)])]) == ([1], false))
        #expect(told([a, item("B", [])]) == ([], false), "still none")
    }

    @Test("what is told of a kit leaves out what channels are not told of, and follows the buffer of a part")
    func toldUnits() throws {
        let catalog = try KitCatalog([try self.kit("K", ("A", 1))])
        var places = locations("WHS1", "OFF", "FBA")
        places[location("OFF")]?.isActive = false
        places[location("FBA")]?.isMarketplaces = true
        places[location("WHS1")]?.safetyBuffer = count(2)
        let stock = item(
            "A",
            [
                ("WHS1", onHand: 9, reserved: 0), ("OFF", onHand: 50, reserved: 0), ("FBA", onHand: 70, reserved: 0),
            ])
        var set = WorkingSet(now: noon, locations: places, kits: catalog, items: [stock])
        func told(_ action: Action) -> [Int64] {
            _ = set.decide(command("c\(UInt64.random(in: .min ... .max))", action))
            return set.takeChanges().events.compactMap { event -> Int64? in
                if case .kitAvailabilityChanged(_, _, let available) = event { available } else { nil }
            }
        }
        #expect(told(.receive(place("A", "FBA"), quantity(5))).isEmpty)
        #expect(told(.receive(place("A", "WHS1"), quantity(1))) == [8])
        #expect(told(.update(ItemUpdate(sku: sku("A"), safetyBuffer: count(3)))) == [5])
        let whole = try #require(set.item(sku("A")))
        let availability = Availability(of: whole, channel: nil, locations: places, rules: BrandRules(), now: noon)
        #expect(availability.sellable == 5, "as who asks is told")
        #expect(Availability.sellable(whole, locations: places, now: noon) == 5)
    }

    @Test("a catalog that takes over changes is the one that is made of all kits anew")
    func changes() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let names = ["K1", "K2", "K3", "K4", "K5", "A", "B", "C"]
        var kits: [SKU: Kit] = [:]
        var catalog = KitCatalog()
        for step in 0..<500 {
            let name = sku(names[Int.random(in: 0..<5, using: &random)])
            var next = kits
            if Int.random(in: 0..<4, using: &random) == 0 {
                next[name] = nil
            } else {
                let parts = Set((0..<3).map { _ in names[Int.random(in: 0..<names.count, using: &random)] })
                let components = parts.filter { sku($0) != name }.map {
                    KitComponent(sku: sku($0), quantity: quantity(Int64.random(in: 1...3, using: &random)))
                }
                guard let kit = try? Kit(sku: name, components: components) else { continue }
                next[name] = kit
            }
            guard let anew = try? KitCatalog(Array(next.values)) else { continue }
            try catalog.apply(changed: next[name].map { [$0] } ?? [], removed: next[name] == nil ? [name] : [])
            kits = next
            for other in names.map({ sku($0) }) {
                try #require(
                    catalog.components(of: other).map(Set.init) == anew.components(of: other).map(Set.init), "\(step)")
                try #require(catalog.kits(holding: other) == anew.kits(holding: other), "\(step)")
                try #require(catalog.kits(around: other) == anew.kits(around: other), "\(step)")
            }
            try #require(catalog.count == kits.count)
        }
    }
}
