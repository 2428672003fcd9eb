import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@testable import OrderDomain

@Suite("Refunds of returns", .processorBound)
struct ReturnRefundTests {
    /// Asks for a return, takes it in and grades all of it.
    private func graded(
        _ state: inout OrderState, _ quantity: Int64, _ kind: ReturnKind = .other, line: String = "1",
        grade: ReturnGrade = .a, fee: OrderMessages.Decimal? = nil
    ) throws -> Int {
        let moment = StandingOrder.moment(3)
        let lines = [ReturnLineRequest(lineID: line, quantity: quantity)]
        let place = try state.requestReturn(RequestReturnRequest(kind: kind, lines: lines), at: moment)
        try state.authorizeReturn(place, AuthorizeReturnRequest(restockingFee: fee), at: moment)
        try state.receiveReturn(
            place,
            ReceiveReturnRequest(receipts: [ReturnReceipt(lineID: line, quantity: quantity, locationID: "W1")]),
            at: moment)
        try state.gradeReturn(
            place,
            GradeReturnRequest(gradings: [
                ReturnGrading(
                    lineID: line, quantity: quantity, grade: grade, disposition: .scrap, locationID: "W1")
            ]))
        return place
    }

    private func refund(_ state: inout OrderState, _ place: Int, _ amount: OrderMessages.Decimal? = nil) throws -> Int64
    {
        try state.refundReturn(place, RefundReturnRequest(amount: amount), at: StandingOrder.moment(3))
        return state.returns[place].refunded?.micros ?? 0
    }

    @Test("what a return and a claim are both for counts once, also when more ships later", arguments: [true, false])
    func overlap(isClaimFirst: Bool) throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(6)])
        let moment = StandingOrder.moment(3)
        func ship(_ units: Int64) throws {
            try state.ship(ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: units)]), at: moment)
        }
        try ship(4)
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 2), at: moment)
        try state.decideClaim(0, DecideClaimRequest(status: .approved, outcome: .refund))
        if isClaimFirst { try state.settleClaim(0, SettleClaimRequest(), at: moment) }
        let three = try self.graded(&state, 3)
        #expect(try self.refund(&state, three) == (isClaimFirst ? 20_000_000 : 30_000_000))
        if !isClaimFirst { try state.settleClaim(0, SettleClaimRequest(), at: moment) }
        #expect(state.order.totals?.refunded == .units(40))
        try ship(2)
        let rest = try self.graded(&state, 2)
        #expect(try self.refund(&state, rest) == 20_000_000)
        #expect(state.order.totals?.refunded == .units(60))
    }

    @Test("what an exchange and a claim are both for counts once, also when more ships later")
    func overlapOfExchange() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(4)])
        let moment = StandingOrder.moment(3)
        try state.ship(ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 2)]), at: moment)
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 1), at: moment)
        try state.decideClaim(0, DecideClaimRequest(status: .approved, outcome: .refund))
        try state.settleClaim(0, SettleClaimRequest(), at: moment)
        let both = try self.graded(&state, 2)
        try state.exchangeReturn(both, ExchangeReturnRequest())
        #expect(state.returns[both].lines[0].compensatedBefore == 1)
        // It could not be placed: the return is open again, and has given nothing.
        let subject = state.order.returnID(both)
        state.concludeReplacement(of: subject, .failure(OrderRefusal(.insufficientStock, "none there")))
        #expect(state.returns[both].lines[0].compensatedBefore == 0)
        try state.exchangeReturn(both, ExchangeReturnRequest())
        try state.ship(ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 2)]), at: moment)
        let rest = try self.graded(&state, 2)
        #expect(try self.refund(&state, rest) == 20_000_000)
    }

    @Test("a unit costs its price less its share of reductions, with tax; the last takes the rest of rounding")
    func unitCosts() throws {
        // 3 for 10.00, less 1.00 of the line, less 2.00 of the order on 29.00 + 50.00, with 2.50 tax.
        var state = try StandingOrder.delivered([
            StandingOrder.line(3), StandingOrder.line(1, id: "2", sku: "B", price: 50),
        ]) {
            $0.items[0].discount = .units(1)
            $0.items[0].tax = .units(2, cents: 50)
            $0.discounts = [OrderDiscount(description: "coupon", amount: .units(2))]
        }
        // The order's reduction: 2.00 × 29/79 = 0.7341…, rounded down 0.73; the other line bears 1.27.
        // The line: 30.00 - 1.00 - 0.73 + 2.50 = 30.77, a third of it 10.2566…
        #expect(try LineCosts(of: state.order).cost(of: 0) == 30_770_000)
        #expect(try LineCosts(of: state.order).cost(of: 1) == 48_730_000)
        #expect(state.order.totals?.total == .units(79, cents: 50))
        var amounts: [Int64] = []
        for _ in 0..<3 {
            let place = try self.graded(&state, 1)
            amounts.append(try self.refund(&state, place))
        }
        #expect(amounts == [10_250_000, 10_260_000, 10_260_000])
        #expect(amounts.reduce(0, +) == 30_770_000)
        let place = try self.graded(&state, 1, line: "2")
        #expect(try self.refund(&state, place) == 48_730_000)
        #expect(state.order.paymentStatus == .refunded)
    }

    @Test("prices with the tax in them give it back as it is")
    func taxIncluded() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(2)]) {
            $0.taxIncluded = true
            $0.items[0].tax = .units(3)
        }
        let place = try self.graded(&state, 2)
        #expect(try self.refund(&state, place) == 20_000_000)
    }

    @Test("a refund is within what was graded, less the fee")
    func limits() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)])
        let place = try self.graded(&state, 2, fee: .units(5))
        #expect(state.returns[place].refundable == .units(15))
        for amount in [OrderMessages.Decimal.units(15, cents: 1), .units(100)] {
            #expect(state.refusal { _ = try self.refund(&$0, place, amount) }?.reason == .refundExceeded)
        }
        for amount in [OrderMessages.Decimal(micros: -1), Decimal(micros: 1)] {
            #expect(state.refusal { _ = try self.refund(&$0, place, amount) }?.reason == .invalidAmount)
        }
        #expect(try self.refund(&state, place, .units(8)) == 8_000_000)
        #expect(state.refusal { _ = try self.refund(&$0, place) }?.reason == .stateNotAllowed)
    }

    @Test("zero closes a return without money")
    func zero() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)])
        let place = try self.graded(&state, 2)
        #expect(try self.refund(&state, place, .units(0)) == 0)
        #expect(state.returns[place].status == .closed && state.order.refunds.isEmpty)
        #expect(state.order.paymentStatus == .paid)
    }

    @Test("a refund is never more than what was paid and not refunded")
    func paid() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)])
        try state.recordRefund(
            RecordRefundRequest(amount: .units(25), reason: .goodwill), at: StandingOrder.moment(3))
        let first = try self.graded(&state, 1)
        let all = try self.graded(&state, 1)
        #expect(state.refusal { _ = try self.refund(&$0, all, .units(6)) }?.reason == .refundExceeded)
        // All that is refundable, as far as it was paid.
        #expect(try self.refund(&state, all) == 5_000_000)
        #expect(state.refusal { _ = try self.refund(&$0, first) }?.reason == .refundExceeded)
        #expect(try self.refund(&state, first, .units(0)) == 0)
        #expect(state.order.paymentStatus == .refunded)
    }

    @Test("deposits come back with old parts, once for each unit")
    func cores() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)]) { $0.items[0].coreCharge = .units(25) }
        let moment = StandingOrder.moment(3)
        #expect(state.order.totals?.total == .units(105))
        let first = try self.graded(&state, 2, .core)
        #expect(state.returns[first].refundable == .units(50) && state.item().returned == 0)
        #expect(try self.refund(&state, first) == 50_000_000)
        #expect(state.item().coresReturned == 2 && state.order.refunds.last?.reason == .core)
        let two = RequestReturnRequest(kind: .core, lines: [ReturnLineRequest(lineID: "1", quantity: 2)])
        #expect(state.refusal { try $0.requestReturn(two, at: moment) }?.reason == .quantityExceeded)
        // All parts come back: their price, and the one deposit that is left.
        let parts = try self.graded(&state, 3, .other)
        #expect(state.returns[parts].refundable == .units(55))
        #expect(try self.refund(&state, parts) == 55_000_000)
        #expect(state.item().coresReturned == 3 && state.order.paymentStatus == .refunded)
    }

    @Test("an old part that is damaged brings no deposit, and part of one as it is decided")
    func damagedCores() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)]) { $0.items[0].coreCharge = .units(25) }
        let damaged = try self.graded(&state, 1, .core, grade: .d)
        #expect(state.returns[damaged].refundable == .units(0))
        #expect(try self.refund(&state, damaged) == 0)
        #expect(state.returns[damaged].status == .closed && state.item().coresReturned == 0)
        let worn = try self.graded(&state, 1, .core, grade: .c)
        #expect(try self.refund(&state, worn, .units(10)) == 10_000_000)
        #expect(state.item().coresReturned == 1)
    }

    private func exchange(_ state: inout OrderState, _ place: Int, _ items: [OrderItem] = []) throws {
        try state.exchangeReturn(place, ExchangeReturnRequest(items: items))
    }

    @Test("an exchange sends the same parts, or others, without charge")
    func exchange() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)])
        let place = try self.graded(&state, 2)
        let subject = "\(StandingOrder.id)-r1"
        for wrong in [OrderItem(sku: "B", quantity: 1, price: .units(1)), OrderItem(sku: "B", quantity: 0)] {
            #expect(state.refusal { try self.exchange(&$0, place, [wrong]) }?.faults.isEmpty == false)
        }
        var other = OrderState(order: state.order, returns: state.returns)
        try self.exchange(&other, place, [OrderItem(sku: "B", quantity: 1)])
        #expect(
            other.effects == [.replace(.init(subject: subject, items: [OrderItem(sku: "B", quantity: 1)]))])
        state = OrderState(order: state.order, returns: state.returns)
        try self.exchange(&state, place)
        #expect(
            state.effects == [.replace(.init(subject: subject, items: [OrderItem(sku: "A", quantity: 2)]))])
        // From then on nothing else is given for it, whether the order is placed yet or not.
        #expect(state.refusal { _ = try self.refund(&$0, place) }?.reason == .stateNotAllowed)
        #expect(state.refusal { try self.exchange(&$0, place) }?.reason == .stateNotAllowed)
        state.concludeReplacement(of: subject, .success("other"))
        #expect(state.returns[place].status == .exchanged && state.returns[place].exchangeOrderID == "other")
        #expect(state.order.childIDs == ["other"] && state.order.refunds.isEmpty)
        let again = try self.graded(&state, 1)
        #expect(state.returns[again].refundable == .units(10))
    }

    @Test("where other parts cannot be sent, the return is as it was before")
    func noExchange() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(3)])
        let place = try self.graded(&state, 2)
        try self.exchange(&state, place)
        state.concludeReplacement(
            of: "\(StandingOrder.id)-r1", .failure(OrderRefusal(.insufficientStock, "none there")))
        #expect(state.returns[place].status == .graded && state.returns[place].exchangeOrderID.isEmpty)
        #expect(state.entries.last?.text == "Other parts cannot be sent: none there")
        #expect(try self.refund(&state, place) == 20_000_000)
    }

    @Test("units for which something was given are not exchanged, nor are old parts")
    func nothingToExchange() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(1)]) { $0.items[0].coreCharge = .units(25) }
        let core = try self.graded(&state, 1, .core)
        #expect(state.refusal { try self.exchange(&$0, core) }?.reason == .stateNotAllowed)
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 1), at: StandingOrder.moment(3))
        try state.decideClaim(0, DecideClaimRequest(status: .approved, outcome: .refund))
        try state.settleClaim(0, SettleClaimRequest(), at: StandingOrder.moment(3))
        let place = try self.graded(&state, 1)
        #expect(state.refusal { try self.exchange(&$0, place) }?.reason == .stateNotAllowed)
    }
}
