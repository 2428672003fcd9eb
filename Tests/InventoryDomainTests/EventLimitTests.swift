import InventoryDomain
import TestSupport
import Testing

/// A transaction has room for so many events: what does not fit waits, unchanged.
@Suite(.processorBound) struct EventLimitTests {
    @Test("commands without room wait, and come out the same in the next transaction")
    func waiting() {
        let stock = (0..<30).map { item("P\($0)", [("WHS1", onHand: 5, reserved: 0)]) }
        let commands = (0..<60).map { number -> Command in
            let name = "P\(number % 30)"
            let line = ReserveLine(sku: sku(name), quantity: quantity(1))
            return number % 3 == 0
                ? command("c\(number)", .reserve(ReserveOrder(id: reservation("r\(number)"), lines: [line])))
                : number % 3 == 1
                    ? command("c\(number)", .release(reservation("r\(number - 1)")))
                    : command("c\(number)", .adjust(place(name, "WHS1"), delta(-1), .sold))
        }
        var whole = workingSet(stock)
        let expected = whole.decide(commands)
        let all = whole.takeChanges()
        var set = workingSet(stock)
        var outcomes: [Outcome] = []
        var (movements, events): ([Movement], [StockEvent]) = ([], [])
        var transactions = 0
        while outcomes.count < commands.count {
            outcomes += set.decide(Array(commands[outcomes.count...]), eventLimit: 7)
            let changes = set.takeChanges()
            #expect((1...7).contains(changes.events.count))
            movements += changes.movements
            events += changes.events
            transactions += 1
        }
        #expect(outcomes == expected)
        #expect(movements == all.movements)
        #expect(events == all.events)
        #expect(set.allItems == whole.allItems)
        #expect(transactions >= all.events.count / 7)
    }

    @Test("the largest reservation, of parts of many kits, keeps to the most events of a command")
    func largest() throws {
        let settings = ItemSettings(reorderThreshold: count(1))
        let stock = (0..<250).map { item("P\($0)", settings: settings, [("WHS1", onHand: 1, reserved: 0)]) }
        let kits = try (0..<250).map { number in
            let parts = [0, number].map { KitComponent(sku: sku("P\($0)"), quantity: quantity(1)) }
            return try Kit(sku: sku("K\(number)"), components: number == 0 ? [parts[0]] : parts)
        }
        var set = workingSet(stock, kits: try KitCatalog(kits))
        let lines = stock.map { ReserveLine(sku: $0.sku, quantity: quantity(1)) }
        let order = command("c1", .reserve(ReserveOrder(id: reservation("r1"), lines: lines)))
        #expect(set.decide([order], eventLimit: 5).first?.receipt != nil, "the first is decided whatever it needs")
        let events = set.takeChanges().events
        #expect(events.count == 250 + 250 + 100 + 1)
        #expect(
            events.count <= InventoryLimits.maximumEventsOfCommand && InventoryLimits.maximumEventsOfCommand <= 1_000)
        let untold = events.compactMap { if case .stockChanged(let change) = $0 { change.hasUntoldKits } else { nil } }
        #expect(untold.contains(true))
    }
}
