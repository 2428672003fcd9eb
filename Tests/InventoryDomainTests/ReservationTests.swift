import InventoryDomain
import TestSupport
import Testing

/// What reservations may become, and when.
@Suite(.processorBound) struct ReservationTests {
    static let order = ReserveOrder(
        id: reservation("r1"), lines: [ReserveLine(sku: sku("A"), quantity: quantity(3), location: location("WHS1"))],
        holdTime: hold(60))

    /// A set in which r1 holds 3 of the 10 units of A at WHS1, at a later time.
    private func reserved(after seconds: Int64 = 0) -> WorkingSet {
        var set = workingSet([item("A", [("WHS1", onHand: 10, reserved: 0)])])
        #expect(set.decide(command("c1", .reserve(Self.order))).receipt?.reservation?.state == .held)
        return workingSet(
            set.allItems, reservations: set.allReservations, records: set.takeChanges().records,
            now: noon.adding(seconds: seconds))
    }

    @Test("committing ships the units, and once only")
    func commit() {
        var set = self.reserved()
        #expect(set.decide(command("c2", .confirm(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.decide(command("c3", .commit(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.balance("A", "WHS1")?.onHand == 7)
        #expect(set.decide(command("c4", .commit(reservation("r1")))).receipt?.effect == .unchanged)
        #expect(set.decide(command("c5", .release(reservation("r1")))).reason == .reservationCommitted)
        #expect(set.decide(command("c6", .confirm(reservation("r1")))).reason == .reservationCommitted)
        #expect(set.balance("A", "WHS1")?.onHand == 7)
        #expect(set.balance("A", "WHS1")?.reserved == 0)
    }

    @Test("what is reserved for good never expires, and ships as what was confirmed")
    func confirmedFromTheStart() {
        let order = ReserveOrder(id: Self.order.id, lines: Self.order.lines, holdTime: hold(60), isConfirmed: true)
        var set = workingSet([item("A", [("WHS1", onHand: 10, reserved: 0)])])
        let made = set.decide(command("c1", .reserve(order))).receipt?.reservation
        #expect(made?.state == .confirmed && made?.expiresAt == nil)
        #expect(command("c1", .reserve(order)).fingerprint != command("c1", .reserve(Self.order)).fingerprint)
        set = workingSet(set.allItems, reservations: set.allReservations, now: noon.adding(seconds: 61))
        #expect(set.decide(command("c2", .expire(reservation("r1")))).receipt?.effect != .applied)
        #expect(set.decide(command("c3", .confirm(reservation("r1")))).receipt?.effect == .unchanged)
        #expect(set.available("A", "WHS1") == 7)
        #expect(set.decide(command("c4", .commit(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.balance("A", "WHS1")?.onHand == 7)
    }

    @Test("releasing gives the units back, and once only")
    func release() {
        var set = self.reserved()
        #expect(set.available("A", "WHS1") == 7)
        #expect(set.decide(command("c2", .release(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.decide(command("c3", .release(reservation("r1")))).receipt?.effect == .unchanged)
        #expect(set.available("A", "WHS1") == 10)
        #expect(set.decide(command("c4", .commit(reservation("r1")))).reason == .reservationReleased)
    }

    @Test("a release that comes first keeps out the reserve command behind it")
    func releaseBeforeReserve() {
        var set = workingSet([item("A", [("WHS1", onHand: 10, reserved: 0)])])
        #expect(set.decide(command("c1", .release(reservation("r1")))).receipt?.reservation?.state == .released)
        #expect(set.decide(command("c2", .reserve(Self.order))).reason == .reservationReleased)
        #expect(set.available("A", "WHS1") == 10)
        #expect(set.takeChanges().movements.isEmpty)
    }

    @Test("at its expiry, to the microsecond, a reservation is over, swept or not", arguments: [true, false])
    func expiryWinsOverCommit(sweepsFirst: Bool) {
        for step in 0..<1_000 {
            let isOver = step % 2 == 0
            var set = self.reserved()
            set = workingSet(
                set.allItems, reservations: set.allReservations,
                now: Timestamp(microseconds: noon.adding(seconds: 60).microseconds - (isOver ? 0 : 1)))
            let sweep = command("sweep", .expire(reservation("r1")))
            let commit = command("commit", .commit(reservation("r1")))
            let outcomes = set.decide(sweepsFirst ? [sweep, commit] : [commit, sweep])
            let (swept, committed) = sweepsFirst ? (outcomes[0], outcomes[1]) : (outcomes[1], outcomes[0])
            #expect(swept.receipt?.effect == (isOver ? .applied : .unchanged))
            #expect(committed.reason == (isOver ? .reservationExpired : nil))
            #expect(set.balance("A", "WHS1")?.onHand == (isOver ? 10 : 7))
            #expect(set.balance("A", "WHS1")?.reserved == 0)
        }
    }

    @Test("an expired reservation that nobody has swept can be given back, but not kept")
    func expiredUnswept() {
        var set = self.reserved(after: 3_600)
        for action in [
            Action.commit(reservation("r1")), .confirm(reservation("r1")), .extend(reservation("r1"), hold(60)),
        ] {
            #expect(set.decide(command("c-\(action)".filter(\.isLetter), action)).reason == .reservationExpired)
        }
        #expect(set.available("A", "WHS1") == 7)
        #expect(set.decide(command("c9", .release(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.available("A", "WHS1") == 10)
        #expect(set.decide(command("c10", .expire(reservation("r1")))).receipt?.effect == .unchanged)
    }

    @Test("a sweep that came too early is not recorded, so that the same id sweeps later")
    func earlySweep() {
        var early = self.reserved(after: 59)
        #expect(early.decide(command("sweep", .expire(reservation("r1")))).receipt?.effect == .unchanged)
        #expect(early.takeChanges().records.isEmpty)
        var late = self.reserved(after: 60)
        #expect(late.decide(command("sweep", .expire(reservation("r1")))).receipt?.effect == .applied)
    }

    @Test("extending never shortens, and ends a day after the reservation was made")
    func extend() {
        var set = self.reserved()
        #expect(set.decide(command("c2", .extend(reservation("r1"), hold(30)))).receipt?.effect == .unchanged)
        let longer = set.decide(command("c3", .extend(reservation("r1"), hold(600)))).receipt?.reservation
        #expect(longer?.expiresAt == noon.adding(seconds: 600))
        #expect(longer?.version == 2)
        let old = Reservation(
            id: reservation("r2"), state: .held, expiresAt: noon.adding(seconds: 10),
            createdAt: noon.adding(seconds: -86_000), changedAt: noon, allocations: [], version: 1)
        var later = workingSet([], reservations: [old])
        #expect(later.decide(command("c4", .extend(reservation("r2"), hold(401)))).reason == .expiryOutOfRange)
        #expect(later.decide(command("c5", .extend(reservation("r2"), hold(400)))).receipt?.effect == .applied)
        #expect(later.decide(command("c6", .confirm(reservation("r2")))).receipt?.effect == .applied)
        #expect(later.decide(command("c7", .extend(reservation("r2"), hold(1)))).reason == .reservationConfirmed)
    }

    @Test("what another brand's or nobody's reservation is asked for is refused as unknown")
    func unknown() {
        var set = workingSet([])
        for (number, action) in [
            Action.commit(reservation("x")), .confirm(reservation("x")), .extend(reservation("x"), hold(1)),
            .expire(reservation("x")),
        ].enumerated() {
            #expect(set.decide(command("c\(number)", action)).reason == .unknownReservation)
        }
    }

    @Test("2,000 buyers for 100 units: 100 get one, and each refusal says that none is left")
    func exactlyAsManyAsThereAre() {
        var set = workingSet([item("A", [("WHS1", onHand: 60, reserved: 0), ("WHS2", onHand: 40, reserved: 0)])])
        let commands = (0..<2_000).map { buyer in
            let line = ReserveLine(sku: sku("A"), quantity: quantity(1))
            return command("c\(buyer)", .reserve(ReserveOrder(id: reservation("r\(buyer)"), lines: [line])))
        }
        let outcomes = set.decide(commands)
        #expect(outcomes.count { $0.receipt != nil } == 100)
        #expect(outcomes.compactMap(\.refusal).allSatisfy { $0.reason == .insufficientStock && $0.available == 0 })
        #expect(set.item(sku("A"))?.totalAvailable == 0)
    }

    @Test("an order ships in parcels: each takes its portion, and the last one ends the reservation")
    func portions() {
        var set = self.reserved()
        func portion(_ units: Int64, at: String? = nil) -> ReservationPortion {
            ReservationPortion(line: 0, sku: sku("A"), location: at.map { location($0) }, quantity: quantity(units))
        }
        let first = set.decide(command("c2", .commit(reservation("r1"), portions: [portion(1)]))).receipt?.reservation
        #expect(first?.state == .held)
        #expect(first?.allocations.first?.committed == 1)
        #expect(first?.version == 2)
        #expect(set.balance("A", "WHS1")?.onHand == 9)
        #expect(set.balance("A", "WHS1")?.reserved == 2)
        let many = set.decide(command("c3", .commit(reservation("r1"), portions: [portion(3)]))).refusal
        #expect(many?.reason == .notHeld)
        #expect(many?.field == "portions[0].quantity")
        #expect(many?.available == 2)
        let elsewhere = command("c4", .release(reservation("r1"), portions: [portion(1, at: "WHS2")]))
        #expect(set.decide(elsewhere).reason == .notHeld)
        let back = command("c5", .release(reservation("r1"), portions: [portion(1, at: "WHS1")]))
        #expect(set.decide(back).receipt?.effect == .applied)
        #expect(set.available("A", "WHS1") == 8)
        let last = set.decide(command("c6", .commit(reservation("r1"), portions: [portion(1)]))).receipt?.reservation
        #expect(last?.state == .committed)
        #expect(last?.expiresAt == nil)
        #expect(set.balance("A", "WHS1")?.reserved == 0)
        let late = command("c7", .commit(reservation("r1"), portions: [portion(1)]))
        #expect(set.decide(late).reason == .reservationCommitted)
    }

    @Test("what portions left of a reservation expires, and is given back alone")
    func portionsExpire() {
        var set = self.reserved()
        let portion = ReservationPortion(line: 0, sku: sku("A"), quantity: quantity(2))
        #expect(set.decide(command("c2", .commit(reservation("r1"), portions: [portion]))).receipt != nil)
        var later = workingSet(
            set.allItems, reservations: set.allReservations, now: noon.adding(seconds: 60))
        let late = command("c3", .commit(reservation("r1"), portions: [portion]))
        #expect(later.decide(late).reason == .reservationExpired)
        #expect(later.decide(command("c4", .expire(reservation("r1")))).receipt?.reservation?.state == .expired)
        #expect(later.balance("A", "WHS1")?.onHand == 8)
        #expect(later.available("A", "WHS1") == 8)
    }

    @Test("portions of a reservation that is not known are refused, and nothing is recorded")
    func portionsOfNothing() {
        var set = workingSet([])
        let portion = ReservationPortion(line: 0, sku: sku("A"), quantity: quantity(1))
        let release = command("c1", .release(reservation("r1"), portions: [portion]))
        #expect(set.decide(release).reason == .unknownReservation)
        #expect(set.takeChanges().reservations.isEmpty)
    }

    @Test("a client holds no more than the brand lets it, in one batch or over several; others still may")
    func holdCaps() {
        let rules = BrandRules(holdCaps: HoldCaps(reservations: count(3), units: count(10)))
        var set = WorkingSet(
            now: noon, rules: rules, locations: locations("WHS1"),
            items: [item("A", [("WHS1", onHand: 90, reserved: 0)])],
            holds: ["tester": ClientHolds(reservations: 1, units: 4)])
        func reserve(_ id: String, _ units: Int64) -> Outcome {
            let line = ReserveLine(sku: sku("A"), quantity: quantity(units))
            return set.decide(command("c\(id)", .reserve(ReserveOrder(id: reservation(id), lines: [line]))))
        }
        let refusal = reserve("r1", 7).refusal
        #expect(refusal?.reason == .tooManyHolds)
        #expect(refusal?.field == "lines")
        #expect(refusal?.available == 6)
        #expect(reserve("r2", 5).receipt != nil)
        #expect(reserve("r3", 2).reason == .tooManyHolds)
        #expect(reserve("r3", 1).receipt != nil)
        #expect(reserve("r4", 1).refusal?.field == "reservationId")
    }

    @Test("units that are promised but missing cannot be shipped")
    func shortageCannotShip() {
        var set = self.reserved()
        #expect(set.decide(command("c2", .count(place("A", "WHS1"), count(2)))).receipt?.effect == .applied)
        let refusal = set.decide(command("c3", .commit(reservation("r1")))).refusal
        #expect(refusal?.reason == .insufficientStock)
        #expect(refusal?.available == 2)
        #expect(set.decide(command("c4", .receive(place("A", "WHS1"), quantity(1)))).receipt != nil)
        #expect(set.decide(command("c5", .commit(reservation("r1")))).receipt?.effect == .applied)
        #expect(set.balance("A", "WHS1") == Balance())
    }
}
