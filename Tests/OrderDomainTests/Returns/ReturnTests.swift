import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Returns", .processorBound)
struct ReturnTests {
    /// A paid order of three units for 10.00 at W1 that arrived two days behind its date.
    private func state(change: (inout Order) -> Void = { _ in }) throws -> OrderState {
        try StandingOrder.delivered([StandingOrder.line(3)], change: change)
    }

    private func request(
        _ kind: ReturnKind = .unopened, _ quantity: Int64 = 2, line: String = "1", authorize: Bool = false
    ) -> RequestReturnRequest {
        RequestReturnRequest(
            kind: kind, lines: [ReturnLineRequest(lineID: line, quantity: quantity)], reason: "why",
            authorize: authorize)
    }

    private func receipt(_ quantity: Int64, at location: String = "W1", line: String = "1") -> ReceiveReturnRequest {
        ReceiveReturnRequest(
            receipts: [ReturnReceipt(lineID: line, quantity: quantity, locationID: location)])
    }

    private func grading(
        _ quantity: Int64, _ disposition: Disposition = .restock, _ grade: ReturnGrade = .a, at location: String = "W1",
        line: String = "1"
    ) -> GradeReturnRequest {
        GradeReturnRequest(gradings: [
            ReturnGrading(
                lineID: line, quantity: quantity, grade: grade, disposition: disposition, locationID: location)
        ])
    }

    @Test("a return from beginning to end")
    func lifecycle() throws {
        var state = try self.state()
        #expect(try state.requestReturn(self.request(), at: StandingOrder.moment(3)) == 0)
        #expect(state.returns[0].status == .requested && state.returns[0].lines.map(\.sku) == ["A"])
        try state.authorizeReturn(0, AuthorizeReturnRequest(restockingFee: .units(3)), at: StandingOrder.moment(3))
        #expect(state.returns[0].rma == "ORD-1-R1" && state.returns[0].deadline == StandingOrder.instant(33))
        try state.receiveReturn(0, self.receipt(1), at: StandingOrder.moment(5))
        #expect(state.returns[0].status == .partiallyReceived && state.item().returned == 1)
        try state.gradeReturn(0, self.grading(1))
        #expect(state.returns[0].status == .graded && state.returns[0].refundable == .units(7))
        try state.receiveReturn(0, self.receipt(1, at: "W2"), at: StandingOrder.moment(6))
        #expect(state.returns[0].status == .received)
        try state.gradeReturn(0, self.grading(1, .quarantine, .d, at: "W2"))
        #expect(state.returns[0].status == .graded && state.returns[0].refundable == .units(17))
        #expect(
            state.effects == [
                .restock(.init(sku: "A", locationID: "W1", quantity: 1)),
                .quarantine(.init(sku: "A", locationID: "W2", quantity: 1)),
            ])
        try state.refundReturn(0, RefundReturnRequest(method: "card"), at: StandingOrder.moment(7))
        #expect(state.returns[0].status == .refunded && state.returns[0].refunded == .units(17))
        #expect(state.returns[0].refundID == "f1" && state.order.refunds[0].returnID == "\(StandingOrder.id)-r1")
        #expect(state.order.refunds[0].reason == .return && state.order.refunds[0].amount == .units(17))
        #expect(state.order.paymentStatus == .partiallyRefunded && state.item().returned == 2)
        #expect(state.order.status == .delivered)
        #expect(state.entries.map(\.subject).filter { $0.hasSuffix("-r1") }.count == 7)
    }

    @Test("never more comes back than shipped and is not back or on its way back")
    func quantities() throws {
        var state = try self.state()
        let moment = StandingOrder.moment(3)
        #expect(
            state.refusal { try $0.requestReturn(self.request(.other, 4), at: moment) }?.reason == .quantityExceeded)
        try state.requestReturn(self.request(.other, 2, authorize: true), at: moment)
        #expect(
            state.refusal { try $0.requestReturn(self.request(.other, 2), at: moment) }?.reason == .quantityExceeded)
        try state.requestReturn(self.request(.damaged, 1), at: moment)
        #expect(
            state.refusal { try $0.requestReturn(self.request(.other, 1), at: moment) }?.reason == .quantityExceeded)
        try state.refuseReturn(1, RefuseReturnRequest(reason: "no"))
        try state.receiveReturn(0, self.receipt(1), at: moment)
        // One is back, one is on its way, one is with the buyer.
        #expect(
            state.refusal { try $0.requestReturn(self.request(.other, 2), at: moment) }?.reason == .quantityExceeded)
        try state.requestReturn(self.request(.other, 1), at: moment)
        #expect(state.returns.map(\.status) == [.partiallyReceived, .refused, .requested])
    }

    @Test("not more is received than authorised, nor graded than received at the place")
    func steps() throws {
        var state = try self.state()
        let moment = StandingOrder.moment(3)
        try state.requestReturn(self.request(authorize: true), at: moment)
        #expect(state.refusal { try $0.receiveReturn(0, self.receipt(3), at: moment) }?.reason == .quantityExceeded)
        #expect(
            state.refusal { try $0.receiveReturn(0, self.receipt(1, line: "2"), at: moment) }?.reason == .unknownLine)
        let twice = ReceiveReturnRequest(receipts: [
            ReturnReceipt(lineID: "1", quantity: 1, locationID: "W1"),
            ReturnReceipt(lineID: "1", quantity: 2, locationID: "W2"),
        ])
        #expect(
            state.refusal { try $0.receiveReturn(0, twice, at: moment) }?.faults.first?.field == "receipts[1].quantity")
        try state.receiveReturn(0, self.receipt(1), at: moment)
        try state.receiveReturn(0, self.receipt(1, at: "W2"), at: moment)
        #expect(state.refusal { try $0.gradeReturn(0, self.grading(2)) }?.reason == .quantityExceeded)
        #expect(state.refusal { try $0.gradeReturn(0, self.grading(1, at: "W3")) }?.reason == .quantityExceeded)
        try state.gradeReturn(0, self.grading(1, at: "W2"))
        #expect(state.refusal { try $0.gradeReturn(0, self.grading(1, at: "W2")) }?.reason == .quantityExceeded)
        #expect(state.returns[0].status == .received)
    }

    static let wrongGradings: [(ReturnKind, ReturnGrading, String)] = [
        (.other, ReturnGrading(lineID: "1", quantity: 1, disposition: .restock, locationID: "W1"), "grade"),
        (.other, ReturnGrading(lineID: "1", quantity: 1, grade: .a, locationID: "W1"), "disposition"),
        (.other, ReturnGrading(lineID: "1", quantity: 1, grade: .a, disposition: .scrap), "locationId"),
        (
            .other, ReturnGrading(lineID: "1", quantity: 1, grade: .d, disposition: .restock, locationID: "W1"),
            "disposition"
        ),
        (
            .core, ReturnGrading(lineID: "1", quantity: 1, grade: .a, disposition: .restock, locationID: "W1"),
            "disposition"
        ),
        (
            .other,
            ReturnGrading(
                lineID: "1", quantity: 1, grade: .a, disposition: .scrap, locationID: "W1", coreSku: "B"), "coreSku"
        ),
    ]

    @Test("a grading says what the unit is and what becomes of it", arguments: wrongGradings)
    func gradings(_ kind: ReturnKind, _ grading: ReturnGrading, _ field: String) throws {
        var state = try self.state { $0.items[0].coreCharge = .units(5) }
        try state.requestReturn(self.request(kind, 1, authorize: true), at: StandingOrder.moment(3))
        try state.receiveReturn(0, self.receipt(1), at: StandingOrder.moment(3))
        let refusal = state.refusal { try $0.gradeReturn(0, GradeReturnRequest(gradings: [grading])) }
        #expect(refusal?.reason == .invalidValue && refusal?.faults.map(\.field) == ["gradings[0].\(field)"])
    }

    /// Days behind delivery, on the second day.
    static let windows: [(ReturnKind, Int64, OrderSettings, Bool)] = [
        (.unopened, 32, OrderSettings(), true), (.unopened, 33, OrderSettings(), false),
        (.damaged, 33, OrderSettings(), false), (.recall, 4000, OrderSettings(), true),
        (.core, 92, OrderSettings(), true), (.core, 93, OrderSettings(), false),
        (.unopened, 12, OrderSettings(returnWindowDays: 10), true),
        (.unopened, 13, OrderSettings(returnWindowDays: 10), false),
        (.core, 13, OrderSettings(returnWindowDays: 10), true),
        (.core, 8, OrderSettings(coreWindowDays: 5), false),
    ]

    @Test("returns are asked for within a window behind delivery", arguments: windows)
    func window(_ kind: ReturnKind, _ day: Int64, _ settings: OrderSettings, _ isOpen: Bool) throws {
        let state = try self.state { $0.items[0].coreCharge = .units(5) }
        let moment = StandingOrder.moment(day, settings: settings)
        let refusal = state.refusal { try $0.requestReturn(self.request(kind, 1), at: moment) }
        #expect(refusal?.reason == (isOpen ? nil : .windowClosed))
        var other = state
        // Somebody who authorises it at once knows better.
        try other.requestReturn(self.request(kind, 1, authorize: true), at: moment)
        #expect(other.returns[0].status == .authorized)
    }

    @Test("while a parcel is on its way the window has not begun")
    func onItsWay() throws {
        var state = try StandingOrder.state()
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment(1))
        try state.requestReturn(self.request(.unopened, 1), at: StandingOrder.moment(400))
        #expect(state.returns.count == 1)
    }

    @Test("a part that does not fit keeps the vehicle, and the fitment by which it was chosen")
    func doesNotFit() throws {
        let bought = BuyerVehicle(year: 2010, make: "Ford", fitmentID: "fit-1")
        let whole = BuyerVehicle(year: 2011, make: "Audi", fitmentID: "fit-2")
        func vehicle(
            _ kind: ReturnKind, line: BuyerVehicle?, order: BuyerVehicle?, said: BuyerVehicle?
        ) throws -> BuyerVehicle? {
            var state = try self.state { ($0.items[0].vehicle, $0.vehicle) = (line, order) }
            var request = self.request(kind, 1)
            request.lines[0].vehicle = said
            try state.requestReturn(request, at: StandingOrder.moment(3))
            return state.returns[0].lines[0].vehicle
        }
        #expect(try vehicle(.doesNotFit, line: bought, order: whole, said: nil) == bought)
        #expect(try vehicle(.doesNotFit, line: nil, order: whole, said: nil) == whole)
        #expect(try vehicle(.doesNotFit, line: nil, order: nil, said: nil) == nil)
        let said = BuyerVehicle(year: 2012, make: "Opel")
        let kept = try vehicle(.doesNotFit, line: bought, order: whole, said: said)
        #expect(kept?.make == "Opel" && kept?.fitmentID == "fit-1")
        let other = BuyerVehicle(make: "Opel", fitmentID: "fit-3")
        #expect(try vehicle(.doesNotFit, line: bought, order: nil, said: other) == other)
        #expect(try vehicle(.unopened, line: bought, order: whole, said: nil) == nil)
    }

    @Test("what comes back of a kit are its components")
    func kits() throws {
        var state = try StandingOrder.delivered([StandingOrder.kit(3)])
        try state.requestReturn(self.request(.other, 2, line: "k", authorize: true), at: StandingOrder.moment(3))
        try state.receiveReturn(0, self.receipt(2, line: "k"), at: StandingOrder.moment(3))
        try state.gradeReturn(0, self.grading(2, line: "k"))
        #expect(
            state.effects == [
                .restock(.init(sku: "P", locationID: "W1", quantity: 4)),
                .restock(.init(sku: "R", locationID: "W1", quantity: 2)),
            ])
    }

    static let dispositions: [(Disposition, Int)] = [
        (.restock, 1), (.quarantine, 1), (.scrap, 0), (.returnToVendor, 0), (.rebuild, 0),
    ]

    @Test("only what is put on a shelf changes stock", arguments: dispositions)
    func stock(_ disposition: Disposition, _ effects: Int) throws {
        var state = try self.state()
        try state.requestReturn(self.request(authorize: true), at: StandingOrder.moment(3))
        try state.receiveReturn(0, self.receipt(2), at: StandingOrder.moment(3))
        try state.gradeReturn(0, self.grading(2, disposition))
        #expect(state.effects.count == effects)
    }

    @Test("requests that are not what they may be")
    func requests() throws {
        let state = try self.state()
        let moment = StandingOrder.moment(3)
        func reason(_ request: RequestReturnRequest) -> RefusalReason? {
            state.refusal { try $0.requestReturn(request, at: moment) }?.reason
        }
        #expect(reason(RequestReturnRequest(kind: .other)) == .invalidValue)
        #expect(reason(self.request(.unspecified)) == .invalidValue)
        #expect(reason(self.request(.other, 0)) == .invalidValue)
        #expect(reason(self.request(.other, 1, line: "7")) == .unknownLine)
        // Without a deposit there is no core.
        #expect(reason(self.request(.core, 1)) == .invalidValue)
        var twice = self.request(.other, 1)
        twice.lines.append(twice.lines[0])
        #expect(reason(twice) == .duplicateEntry)
    }

    @Test("an authorisation has a deadline to come, and a fee within what comes back")
    func authorisation() throws {
        var state = try self.state()
        let moment = StandingOrder.moment(3)
        try state.requestReturn(self.request(), at: moment)
        let late = AuthorizeReturnRequest(deadline: StandingOrder.instant(3))
        #expect(state.refusal { try $0.authorizeReturn(0, late, at: moment) }?.reason == .dateOutOfRange)
        for fee in [Decimal.units(20, cents: 1), .units(-1), Decimal(micros: 1)] {
            let request = AuthorizeReturnRequest(restockingFee: fee)
            #expect(state.refusal { try $0.authorizeReturn(0, request, at: moment) }?.reason == .invalidAmount)
        }
        try state.authorizeReturn(
            0, AuthorizeReturnRequest(rma: "X", deadline: StandingOrder.instant(4), restockingFee: .units(20)),
            at: moment)
        #expect(state.returns[0].rma == "X" && state.returns[0].deadline == StandingOrder.instant(4))
        #expect(
            state.refusal { try $0.authorizeReturn(1, AuthorizeReturnRequest(), at: moment) }?.reason == .returnNotFound
        )
    }

    @Test("there are so many returns, and no more")
    func limit() throws {
        var state = try StandingOrder.delivered([StandingOrder.line(200)])
        for _ in 0..<OrderLimits.returns {
            try state.requestReturn(self.request(.other, 1), at: StandingOrder.moment(3))
        }
        #expect(
            state.refusal { try $0.requestReturn(self.request(.other, 1), at: StandingOrder.moment(3)) }?.reason
                == .tooMany)
    }
}
