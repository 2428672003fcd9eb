import InventoryDomain
import TestSupport
import Testing

/// Counts, and what movements tell afterwards.
@Suite(.processorBound) struct CountAndLedgerTests {
    @Test("a count below what is reserved is recorded as a shortage, never refused")
    func shortage() {
        var set = workingSet([item("A", [("WHS1", onHand: 10, reserved: 8)])])
        let counted = set.decide(command("c1", .count(place("A", "WHS1"), count(5)))).receipt
        #expect(counted?.effect == .applied && counted?.variance == -5)
        #expect(set.balance("A", "WHS1")?.onHand == 5)
        #expect(set.balance("A", "WHS1")?.reserved == 8)
        #expect(set.balance("A", "WHS1")?.shortage == 3)
        let shortages = set.takeChanges().events.compactMap { event -> [Int64]? in
            if case .shortageRecorded(_, let onHand, let reserved, _) = event { [onHand, reserved] } else { nil }
        }
        #expect(shortages == [[5, 8]])
        // All else that would leave less than is promised is refused, and so is selling what is not there.
        #expect(set.decide(command("c2", .adjust(place("A", "WHS1"), delta(-1), .lost))).reason == .belowReserved)
        let set7 = ItemUpdate(
            sku: sku("A"), levels: [LevelUpdate(location: location("WHS1"), target: .onHand(count(7)))])
        #expect(set.decide(command("c3", .update(set7))).reason == .belowReserved)
        let transfer = Action.transfer(place("A", "WHS1"), to: location("WHS2"), quantity(1))
        #expect(set.decide(command("c4", transfer)).reason == .insufficientStock)
        #expect(set.decide(command("c5", .quarantine(place("A", "WHS1"), quantity(1)))).reason == .insufficientStock)
        #expect(set.decide(command("c6", .receive(place("A", "WHS1"), quantity(4)))).receipt?.effect == .applied)
        #expect(set.available("A", "WHS1") == 1)
    }

    @Test("what is announced comes in first; a transfer is on its way until it is taken in")
    func statesOfUnits() {
        var set = workingSet([item("A", [("WHS1", onHand: 0, reserved: 0)])])
        let outcomes = set.decide([
            command("c1", .expect(place("A", "WHS1"), delta(5))),
            command("c2", .receive(place("A", "WHS1"), quantity(7))),
            command("c3", .transfer(place("A", "WHS1"), to: location("WHS2"), quantity(4))),
            command("c4", .receiveTransfer(place("A", "WHS2"), arrived: count(3), lost: count(1))),
            command("c5", .quarantine(place("A", "WHS2"), quantity(2))),
            command("c6", .releaseQuarantine(place("A", "WHS2"), quantity(1), isWriteOff: true)),
        ])
        #expect(outcomes.allSatisfy { $0.receipt?.effect == .applied })
        #expect(set.balance("A", "WHS1")?.onHand == 3)
        #expect(set.balance("A", "WHS2")?.onHand == 1)
        #expect(set.balance("A", "WHS2")?.quarantined == 1)
        let legs = set.takeChanges().movements.map { "\($0.location): \($0.quantity) \($0.from) > \($0.to)" }
        #expect(
            legs == [
                "WHS1: 5 supplier > incoming", "WHS1: 5 incoming > available", "WHS1: 2 supplier > available",
                "WHS1: 4 available > transfer", "WHS2: 4 transfer > inTransit", "WHS2: 3 inTransit > available",
                "WHS2: 1 inTransit > lost", "WHS2: 2 available > quarantined", "WHS2: 1 quarantined > lost",
            ])
    }

    @Test("movements rebuild every level; one that cannot have happened is found")
    func rebuild() throws {
        var set = workingSet([item("A", [])])
        _ = set.decide([
            command("c1", .receive(place("A", "WHS1"), quantity(7))),
            command("c2", .transfer(place("A", "WHS1"), to: location("WHS2"), quantity(4))),
            command("c3", .count(place("A", "WHS1"), count(1))),
        ])
        let movements = set.takeChanges().movements
        let balances = try Ledger.rebuild(movements)
        let item = try #require(set.item(sku("A")))
        #expect(balances.count == item.levels.count)
        for level in item.levels { #expect(balances[Ledger.Key(item.sku, level.location)] == level.balance) }
        let fault = #expect(throws: Ledger.Fault.self) {
            try Ledger.rebuild(movements.filter { $0.reason != .received })
        }
        #expect(fault?.movement.reason == .transferred)
    }
}
