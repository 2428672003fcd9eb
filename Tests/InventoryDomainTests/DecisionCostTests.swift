import Foundation
import InventoryDomain
import TestSupport
import Testing

/// What a batch costs. The times are printed, not judged: they depend on the build and on what else runs.
@Suite(.timeLimit(.minutes(5)), .processorBound) struct DecisionCostTests {
    #if DEBUG
    static let rounds = 2
    #else
    static let rounds = 50
    #endif

    /// The median time of a batch, in microseconds, without what comes before and after the decision.
    private func median(_ name: String, _ make: (Int) throws -> (WorkingSet, [Command])) throws {
        var times: [Double] = []
        for round in 0..<Self.rounds {
            var (set, commands) = try make(round)
            let clock = ContinuousClock()
            var outcomes: [Outcome] = []
            let time = clock.measure { outcomes = set.decide(commands) }
            #expect(outcomes.allSatisfy { $0.receipt?.effect == .applied })
            #expect(set.takeChanges().movements.count >= commands.count)
            times.append(Double(time.components.attoseconds) / 1e12 + Double(time.components.seconds) * 1e6)
        }
        let middle = times.sorted()[times.count / 2]
        FileHandle.standardError.write(
            Data("\(name): 512 commands in \(Int(middle)) µs (median of \(times.count))\n".utf8))
    }

    /// 512 SKUs with three locations each.
    private func items(_ round: Int) -> [StockItem] {
        (0..<512).map { number in
            item(
                "PART-\(round)-\(number)",
                [
                    ("WHS1", onHand: 100, reserved: 5), ("WHS2", onHand: 50, reserved: 0),
                    ("WHS3", onHand: 7, reserved: 0),
                ])
        }
    }

    @Test("512 adjustments of 512 SKUs")
    func adjustments() throws {
        try self.median("adjust") { round in
            let items = self.items(round)
            let commands = items.enumerated().map { number, item in
                command(
                    "0190f5a2-7c4e-7b1a-9c3d-\(round)-\(number)",
                    .adjust(Place(item.sku, location("WHS1")), delta(-1), .sold))
            }
            return (workingSet(items), commands)
        }
    }

    @Test("512 settings of one hot SKU")
    func hotSettings() throws {
        try self.median("set one SKU") { round in
            let commands = (0..<512).map { number in
                let level = LevelUpdate(location: location("WHS1"), target: .onHand(count(Int64(number) + 200)))
                return command("set-\(round)-\(number)", .update(ItemUpdate(sku: sku("HOT"), levels: [level])))
            }
            return (workingSet([item("HOT", [("WHS1", onHand: 1, reserved: 0)])]), commands)
        }
    }

    @Test("512 reservations of one line without a location")
    func singleLineReservations() throws {
        try self.median("reserve 1 line") { round in
            let items = self.items(round)
            let commands = items.enumerated().map { number, item in
                command(
                    "reserve-\(round)-\(number)",
                    .reserve(
                        ReserveOrder(
                            id: reservation("order-\(round)-\(number)"),
                            lines: [ReserveLine(sku: item.sku, quantity: quantity(2))])))
            }
            return (workingSet(items), commands)
        }
    }

    @Test("512 reservations of three lines")
    func threeLineReservations() throws {
        try self.median("reserve 3 lines") { round in
            let items = self.items(round)
            let commands = items.indices.map { number in
                let lines = (0..<3).map { offset in
                    ReserveLine(sku: items[(number + offset * 7) % items.count].sku, quantity: quantity(2))
                }
                return command(
                    "reserve-\(round)-\(number)",
                    .reserve(ReserveOrder(id: reservation("order-\(round)-\(number)"), lines: lines)))
            }
            return (workingSet(items), commands)
        }
    }
}
