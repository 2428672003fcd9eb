import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Placing an order, step by step", .processorBound)
struct PlacementTests {
    /// A run of random answers, crashes, doubles and decisions of others, until the order is final or waits.
    private struct Run {
        var model: PlacementModel
        var state: OrderState
        /// Effects that were recorded and not carried out yet.
        var effects: [OrderEffect] = []
        /// Attempts that are under way, in several processes at once.
        var sagas: [(placement: Placement, order: Order)] = []

        init(seed: UInt64) throws {
            self.model = PlacementModel(random: SeededGenerator(seed: seed), free: 0)
            self.model.free = .random(in: 0...8, using: &self.model.random)
            var request = OrderSamples.request(lines: 2)
            request.onShortfall = [.hold, .refuse, .backorder].randomElement(using: &self.model.random) ?? .hold
            request.confirmOnPayment = Bool.random(using: &self.model.random)
            var order = try OrderSamples.order(
                request, settings: OrderSettings(backorderCap: .random(in: 1...3, using: &self.model.random)))
            if Bool.random(using: &self.model.random) { order.plan?.uses = [PromisedUse(ruleID: "r")] }
            order.name(OrderID(high: 0x7000, low: 1 << 63))
            self.state = OrderState(order: order)
        }

        /// Changes the order as the store does: all of it or nothing, with its effects.
        mutating func apply(_ change: (inout OrderState, OrderMoment) throws(OrderRefusal) -> Void) {
            var state = OrderState(order: self.state.order)
            let moment = OrderMoment(now: OrderSamples.now, by: "test", settings: OrderSettings(backorderCap: 2))
            do throws(OrderRefusal) { try change(&state, moment) } catch { return }
            self.state = state
            self.effects += state.effects
        }

        var isPlacing: Bool { self.state.order.status == .pending && self.state.order.shortfall == nil }

        mutating func step(_ place: Int) {
            let (placement, order) = self.sagas[place]
            var next = placement
            let id = order.reservationID
            switch placement.step {
            case .separate: next.separated(redeems: !order.redemptionID.isEmpty)
            case .redeem: next.redeemed(self.model.redeem(order.redemptionID))
            case .reserve: next.reserved(self.model.reserve(id, order))
            case .look: next.looked(missing: self.missing(of: order))
            case .confirm: next.confirmed(self.model.confirm(id))
            case .conclude(let outcome):
                self.apply { state, moment throws(OrderRefusal) in
                    try state.conclude(outcome, attempt: order.attempt, at: moment)
                }
                self.sagas.remove(at: place)
                return
            }
            // Some answers are lost: the same step is taken again.
            if Int.random(in: 0..<6, using: &self.model.random) > 0 { self.sagas[place].placement = next }
        }

        private func missing(of order: Order) -> [Int: Int64] {
            let wanted = order.linesToReserve.reduce(0) { $0 + order.items[$1].quantity - order.items[$1].cancelled }
            let missing = wanted - self.model.free - (order.plan?.backorderCap ?? 0)
            return missing > 0 ? [0: missing] : [:]
        }

        mutating func disturb() {
            switch Int.random(in: 0..<20, using: &self.model.random) {
            case 0:
                if let effect = self.effects.randomElement(using: &self.model.random) { self.model.carryOut(effect) }
            case 1: self.model.expire(self.state.order.reservationID)
            case 2: self.model.free += .random(in: 0...2, using: &self.model.random)
            case 3 where !self.sagas.isEmpty: self.sagas.removeLast()
            case 4: self.pay()
            case 5: self.resolve()
            default: break
            }
        }

        private mutating func pay() {
            self.apply { state, _ throws(OrderRefusal) in
                state.order.payments.append(
                    Payment(paymentID: "p1", kind: .payment, amount: state.order.totals?.total))
                try state.order.recount()
            }
        }

        private mutating func resolve() {
            guard let shortfall = self.state.order.shortfall else { return }
            let missing = Dictionary(
                shortfall.lines.map { ($0.lineID, $0.missing) }, uniquingKeysWith: { left, _ in left })
            let decisions: [ShortfallDecision] = [
                .retry, .backorder, .substitute(["1": "OTHER"]), .cancel,
                .split(missing: missing),
            ]
            let decision = decisions.randomElement(using: &self.model.random) ?? .retry
            self.apply { state, moment throws(OrderRefusal) in try state.resolve(decision, at: moment) }
        }

        /// Runs until nothing is under way any more, with others in between at first.
        mutating func run() {
            var rounds = 0
            while self.isPlacing || !self.sagas.isEmpty || self.isPaidAndReserved {
                rounds += 1
                if rounds < 200 { self.disturb() }
                let mayBegin = self.isPlacing || self.isPaidAndReserved
                if mayBegin, self.sagas.isEmpty || rounds < 200 && self.sagas.count < 3 {
                    self.sagas.append((Placement(of: self.state.order), self.state.order))
                }
                guard let place = self.sagas.indices.randomElement(using: &self.model.random) else { continue }
                self.step(place)
                guard rounds < 20_000 else { return }
            }
            for effect in self.effects { self.model.carryOut(effect) }
        }

        var isPaidAndReserved: Bool { self.state.order.status == .reserved && self.state.order.isPaid }
    }

    @Test("whatever is answered, lost or decided by others, it ends, and holds nothing that the order does not say")
    func endsOrCompensates() throws {
        let seed = testSeed()
        var ends: [OrderStatus: Int] = [:]
        for number in 0..<4000 {
            var run = try Run(seed: seed &+ UInt64(number))
            run.run()
            let order = run.state.order
            ends[order.status, default: 0] += 1
            let isDecided = order.status != .pending || order.shortfall != nil
            #expect(isDecided, "run \(number) of seed \(seed) did not end")
            let open = run.model.open
            let holds = order.status == .confirmed || order.status == .reserved
            let isExpired = run.model.reservations[order.reservationID]?.hold == .expired
            if holds, !(order.status == .reserved && isExpired) {
                #expect(open.reservations == [order.reservationID], "run \(number) of seed \(seed)")
            } else {
                #expect(open.reservations.isEmpty, "run \(number) of seed \(seed): \(order.status)")
            }
            let redeemed = holds && !order.redemptionID.isEmpty ? [order.redemptionID] : []
            #expect(open.redemptions == redeemed, "run \(number) of seed \(seed)")
            if order.status == .confirmed {
                #expect(run.model.reservations[order.reservationID]?.hold == .confirmed, "run \(number) of \(seed)")
            }
        }
        #expect(ends[.confirmed, default: 0] > 100 && ends[.cancelled, default: 0] > 100)
        #expect(ends[.pending, default: 0] > 100 && ends[.reserved, default: 0] > 100)
    }

    @Test("the steps of an order that needs all of them")
    func steps() throws {
        var order = try OrderSamples.order(OrderSamples.request())
        order.plan?.uses = [PromisedUse(ruleID: "r")]
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var placement = Placement(of: order)
        #expect(placement.step == .redeem)
        placement.redeemed(.redeemed)
        #expect(placement.step == .reserve)
        let held = [HeldUnits(line: 0, sku: "PART-0", locationID: "W", quantity: 2)]
        placement.reserved(.held(held, until: OrderSamples.now, isRepeated: false))
        #expect(placement.step == .conclude(.confirmed(held)))
        // Begun anew, nobody knows what became of it meanwhile.
        placement = Placement(of: order)
        placement.redeemed(.redeemed)
        placement.reserved(.held(held, until: OrderSamples.now, isRepeated: true))
        #expect(placement.step == .confirm)
        // Paid meanwhile, it was held until an expiry all the same.
        order.plan?.confirmOnPayment = true
        order.payments = [Payment(paymentID: "p1", kind: .payment, amount: order.totals?.total)]
        try order.recount()
        placement = Placement(of: order)
        placement.redeemed(.redeemed)
        placement.reserved(.held(held, until: OrderSamples.now, isRepeated: false))
        #expect(placement.step == .confirm)
        placement.confirmed(.confirmed)
        #expect(placement.step == .conclude(.confirmed(held)))
    }

    @Test("what is asked for again and again while others take it is told as missing")
    func looks() throws {
        var order = try OrderSamples.order(OrderSamples.request(lines: 2))
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var placement = Placement(of: order)
        for _ in 0..<Placement.maximumLooks {
            placement.reserved(.short)
            placement.looked(missing: [:])
        }
        guard case .conclude(.short(let lines)) = placement.step else {
            Issue.record("it goes on with \(placement.step)")
            return
        }
        #expect(lines.map(\.missing) == [2, 2])
    }

    @Test("who comes second decides nothing")
    func second() throws {
        var order = try OrderSamples.order(OrderSamples.request())
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        let moment = OrderMoment(now: OrderSamples.now, by: "test")
        var state = OrderState(order: order)
        try state.conclude(.gone("it expired", isRedeemed: true), attempt: 1, at: moment)
        #expect(state.order.attempt == 2 && state.order.reservationID == "\(order.id).2")
        #expect(state.effects == [.releaseReservation(id: "\(order.id).1", [])])
        let before = state.order
        try state.conclude(.confirmed([]), attempt: 1, at: moment)
        #expect(state.order == before)
        try state.conclude(.confirmed([]), attempt: 2, at: moment)
        #expect(state.order.status == .confirmed && state.order.plan == nil)
        try state.conclude(.refused(OrderRefusal(.unknownSku, "no"), .notPlaced), attempt: 2, at: moment)
        #expect(state.order.status == .confirmed)
    }

    @Test("an order that is always gone again is given up")
    func attempts() throws {
        var order = try OrderSamples.order(OrderSamples.request())
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let moment = OrderMoment(now: OrderSamples.now, by: "test")
        for attempt in 1...OrderLimits.attempts {
            try state.conclude(.gone("gone", isRedeemed: false), attempt: attempt, at: moment)
        }
        #expect(state.order.status == .cancelled && state.order.cancelReason == .notPlaced)
        #expect(state.order.mayBePlacedAnew)
        #expect(state.effects.count == Int(OrderLimits.attempts))
    }

    @Test("an unpaid hold ends at its time, and one that is paid waits for inventory's word")
    func holds() throws {
        var request = OrderSamples.request()
        request.confirmOnPayment = true
        var order = try OrderSamples.order(request)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let moment = OrderMoment(now: OrderSamples.now, by: "test")
        let until = ProtoTimestamp(seconds: OrderSamples.now.seconds + 10)
        try state.conclude(.reserved([], until: until), attempt: 1, at: moment)
        try state.lookAfter(at: moment)
        #expect(state.order.status == .reserved && state.attention == .at(until))
        var paid = state
        paid.order.payments = [Payment(paymentID: "p1", kind: .payment, amount: .units(100))]
        try paid.order.recount()
        let later = OrderMoment(now: until, by: "test")
        try paid.lookAfter(at: later)
        #expect(paid.order.status == .reserved && Placement(of: paid.order).step == .confirm)
        try state.lookAfter(at: later)
        #expect(state.order.status == .cancelled && state.order.cancelReason == .unpaid)
        #expect(state.effects == [.releaseReservation(id: "\(order.id).1", [])] && !state.order.mayBePlacedAnew)
    }

    @Test("a payment that came is confirmed soon, whoever recorded it")
    func paid() throws {
        var request = OrderSamples.request()
        request.confirmOnPayment = true
        var order = try OrderSamples.order(request)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let moment = OrderMoment(now: OrderSamples.now, by: "test")
        let until = ProtoTimestamp(seconds: OrderSamples.now.seconds + 900)
        try state.conclude(.reserved([], until: until), attempt: 1, at: moment)
        try state.recordPayment(RecordPaymentRequest(kind: .payment, amount: .units(40)), at: moment)
        #expect(state.attention == .at(until))
        try state.recordPayment(RecordPaymentRequest(kind: .payment, amount: .units(60)), at: moment)
        #expect(state.attention == .after(milliseconds: OrderLimits.attentionMilliseconds))
        #expect(Placement(of: state.order).step == .confirm)
    }

    @Test("another attempt keeps what is redeemed, and redeems anew what was taken back")
    func redemptions() throws {
        var order = try OrderSamples.order(OrderSamples.request())
        order.plan?.uses = [PromisedUse(ruleID: "r")]
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let moment = OrderMoment(now: OrderSamples.now, by: "test")
        try state.conclude(.gone("released", isRedeemed: true), attempt: 1, at: moment)
        #expect(state.order.redemptionID == "\(order.id).1" && state.order.reservationID == "\(order.id).2")
        #expect(state.effects == [.releaseReservation(id: "\(order.id).1", [])])
        try state.conclude(.gone("reversed", isRedeemed: false), attempt: 2, at: moment)
        #expect(state.order.redemptionID == "\(order.id).3")
        #expect(state.effects.last == .reverseRedemption(id: "\(order.id).1"))
    }
}
