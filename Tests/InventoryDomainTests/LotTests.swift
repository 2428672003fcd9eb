import InventoryDomain
import TestSupport
import Testing

/// Stock by lot: what comes is told apart, and what expires first goes first.
@Suite(.processorBound) struct LotTests {
    static let early = LotReference(lot("EARLY"), expiresAt: noon.adding(seconds: 100))
    static let late = LotReference(lot("LATE"), expiresAt: noon.adding(seconds: 1_000))

    private func at(_ lot: LotReference?) -> Place { Place(sku("A"), location("WHS1"), lot: lot) }

    /// A at WHS1: 3 of LATE, 2 of EARLY, 4 in no lot.
    private func stocked() -> WorkingSet {
        var set = workingSet([item("A", [])])
        #expect(set.decide(command("s1", .receive(self.at(Self.late), quantity(3)))).receipt != nil)
        #expect(set.decide(command("s2", .receive(self.at(Self.early), quantity(2)))).receipt != nil)
        #expect(set.decide(command("s3", .receive(self.at(nil), quantity(4)))).receipt != nil)
        return set
    }

    private func later(_ set: WorkingSet, _ seconds: Int64) -> WorkingSet {
        workingSet(set.allItems, reservations: set.allReservations, now: noon.adding(seconds: seconds))
    }

    private func order(_ id: String, _ units: Int64, backorder: Int64 = 0) -> Action {
        .reserve(
            ReserveOrder(
                id: reservation(id), lines: [ReserveLine(sku: sku("A"), quantity: quantity(units))],
                rules: AllocationRules(backorderCap: count(backorder))))
    }

    private func onHand(_ set: WorkingSet) -> [String: Int64] {
        let lots = set.item(sku("A"))?.levels.first?.lots ?? []
        return Dictionary(uniqueKeysWithValues: lots.map { ("\($0.id)", $0.balance.onHand) })
    }

    @Test("a reservation takes the lot that expires first, then the next, then what is in none, and shows them")
    func firstExpiredFirstOut() {
        var set = self.stocked()
        let receipt = set.decide(command("c1", self.order("r1", 6))).receipt
        let taken = receipt?.reservation?.allocations.map { ($0.lot.map { "\($0)" } ?? "", $0.quantity) } ?? []
        #expect(taken.map(\.0) == ["EARLY", "LATE", ""])
        #expect(taken.map(\.1) == [2, 3, 1])
        #expect(receipt?.choices.first?.description.contains("(lot EARLY)") == true)
        #expect(set.available("A", "WHS1") == 3)
        #expect(set.decide(command("c2", .commit(reservation("r1")))).receipt?.effect == .applied)
        #expect(self.onHand(set).isEmpty)
        #expect(set.balance("A", "WHS1")?.onHand == 3)
        let movements = set.takeChanges().movements.filter { $0.reason == .committed }
        #expect(movements.map { $0.lot.map { "\($0)" } } == ["EARLY", "LATE", nil])
    }

    @Test("an expired lot is promised to nobody, though nobody has set it aside")
    func expired() {
        var set = self.later(self.stocked(), 100)
        #expect(set.available("A", "WHS1") == 9)
        let refusal = set.decide(command("c1", self.order("r1", 8))).refusal
        #expect(refusal?.reason == .insufficientStock)
        #expect(refusal?.available == 7)
        let receipt = set.decide(command("c2", self.order("r1", 7))).receipt
        #expect(receipt?.reservation?.allocations.map { $0.lot.map { "\($0)" } } == ["LATE", nil])
        let swept = set.decide(command("c3", .expireLot(self.at(Self.early)))).receipt
        #expect(swept?.effect == .applied)
        #expect(set.balance("A", "WHS1")?.quarantined == 2)
        #expect(set.decide(command("c4", .expireLot(self.at(Self.early)))).receipt?.effect == .unchanged)
        #expect(set.decide(command("c5", .expireLot(self.at(Self.late)))).receipt?.effect == .unchanged)
    }

    @Test("without a lot, what is in none goes first, then the lot that expires first")
    func takenWithoutALot() {
        var set = self.stocked()
        #expect(set.decide(command("c1", .adjust(self.at(nil), delta(-5), .damaged))).receipt != nil)
        #expect(self.onHand(set) == ["EARLY": 1, "LATE": 3])
        #expect(set.decide(command("c2", .quarantine(self.at(nil), quantity(2)))).receipt != nil)
        #expect(self.onHand(set) == ["EARLY": 0, "LATE": 2])
        let back = command("c3", .releaseQuarantine(self.at(Self.early), quantity(1), isWriteOff: false))
        #expect(set.decide(back).receipt != nil)
        #expect(self.onHand(set) == ["EARLY": 1, "LATE": 2])
        #expect(set.decide(command("c4", .count(self.at(nil), count(2)))).receipt != nil)
        #expect(self.onHand(set) == ["LATE": 2])
    }

    @Test("a count of one lot may find less than is promised of it, which cannot be shipped then")
    func countOfALot() {
        var set = self.stocked()
        #expect(set.decide(command("c1", self.order("r1", 2))).receipt != nil)
        #expect(set.decide(command("c2", .count(self.at(Self.early), count(1)))).receipt?.effect == .applied)
        #expect(set.balance("A", "WHS1")?.onHand == 8)
        let isTold = set.takeChanges().events.contains {
            if case .shortageRecorded(let place, 1, 2, _) = $0 { place.lot?.id == Self.early.id } else { false }
        }
        #expect(isTold)
        #expect(set.decide(command("c3", .commit(reservation("r1")))).reason == .insufficientStock)
        #expect(set.decide(command("c4", .count(self.at(Self.early), count(2)))).receipt != nil)
        #expect(set.decide(command("c5", .commit(reservation("r1")))).receipt != nil)
    }

    @Test("what was backordered ships out of the lots that came in")
    func backorderShipsFromLots() {
        var set = workingSet([item("A", [("WHS1", onHand: 0, reserved: 0)])], rules: BrandRules(backorderCap: count(9)))
        #expect(set.decide(command("c1", self.order("r1", 4, backorder: 4))).receipt != nil)
        #expect(set.decide(command("c2", .receive(self.at(Self.early), quantity(3)))).receipt != nil)
        #expect(set.decide(command("c3", .commit(reservation("r1")))).reason == .insufficientStock)
        #expect(set.decide(command("c4", .receive(self.at(Self.late), quantity(3)))).receipt != nil)
        #expect(set.decide(command("c5", .commit(reservation("r1")))).receipt?.effect == .applied)
        #expect(self.onHand(set) == ["LATE": 2])
        #expect(set.balance("A", "WHS1")?.reserved == 0)
    }

    @Test("a lot that is not known, or is known with another expiry, is refused by name of the field")
    func refusals() {
        var set = self.stocked()
        let nothing = LotReference(lot("NOTHING"))
        for (number, action) in [
            Action.adjust(self.at(nothing), delta(-1), .lost), .quarantine(self.at(nothing), quantity(1)),
            .transfer(self.at(nothing), to: location("WHS2"), quantity(1)),
            .releaseQuarantine(self.at(nothing), quantity(1), isWriteOff: true),
        ].enumerated() {
            let refusal = set.decide(command("c\(number)", action)).refusal
            #expect(refusal?.reason == .unknownLot)
            #expect(refusal?.field == "lotId")
        }
        let other = LotReference(lot("EARLY"), expiresAt: noon)
        let refusal = set.decide(command("c9", .receive(self.at(other), quantity(1)))).refusal
        #expect(refusal?.reason == .lotExpiryDiffers)
        #expect(refusal?.field == "lot.expiresAt")
        #expect(set.decide(command("c10", .receive(self.at(LotReference(lot("EARLY"))), quantity(1)))).receipt != nil)
        #expect(set.decide(command("c11", .count(self.at(nothing), count(0)))).receipt?.effect == .unchanged)
        #expect(self.onHand(set) == ["EARLY": 3, "LATE": 3])
    }

    @Test("a level has at most a hundred lots with units")
    func limit() {
        var set = workingSet([item("A", [])])
        for number in 0..<InventoryLimits.maximumLotsOfLevel {
            let place = self.at(LotReference(lot("L\(number)")))
            #expect(set.decide(command("c\(number)", .receive(place, quantity(1)))).receipt != nil)
        }
        let place = self.at(LotReference(lot("MORE")))
        #expect(set.decide(command("more", .receive(place, quantity(1)))).reason == .tooManyLots)
        let used = self.at(LotReference(lot("L0")))
        #expect(set.decide(command("less", .adjust(used, delta(-1), .lost))).receipt != nil)
        #expect(set.decide(command("more", .receive(place, quantity(1)))).receipt != nil)
    }
}
