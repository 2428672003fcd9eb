import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing

/// In which states which commands may be: stated by hand, beside the code.
@Suite("Commands and states", .processorBound)
struct StateTableTests {
    /// A command that is right in every other way.
    enum Command: String, CaseIterable, Sendable {
        case pay, promise, refund, ship, arrive, cancel, cancelPart, amendNote, amendAddress, close, takeBack, claim

        func run(_ state: inout OrderState) throws {
            let moment = StandingOrder.moment(3)
            switch self {
            case .pay:
                try state.recordPayment(RecordPaymentRequest(kind: .payment, amount: .units(1)), at: moment)
            case .promise:
                try state.recordPayment(RecordPaymentRequest(kind: .authorization, amount: .units(1)), at: moment)
            case .refund:
                try state.recordRefund(RecordRefundRequest(amount: .units(1), reason: .goodwill), at: moment)
            case .ship: try state.ship(ShipOrderRequest(), at: moment)
            case .arrive:
                try state.updateShipment(UpdateShipmentRequest(shipmentID: "s1", tracking: "T"), at: moment)
            case .cancel: try state.cancel(CancelOrderRequest(reason: .buyer), at: moment)
            case .cancelPart:
                try state.cancel(
                    CancelOrderRequest(lines: [LineQuantity(lineID: "1", quantity: 1)], reason: .buyer), at: moment)
            case .amendNote: try state.amend(AmendOrderRequest(note: "n"), at: moment)
            case .amendAddress: try state.amend(AmendOrderRequest(shippingAddress: Address()), at: moment)
            case .close: try state.close(at: moment)
            case .takeBack:
                try state.requestReturn(
                    RequestReturnRequest(kind: .other, lines: [ReturnLineRequest(lineID: "1", quantity: 1)]),
                    at: moment)
            case .claim: try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 1), at: moment)
            }
        }
    }

    /// The states in which each may be, and the one that it leads to; the others refuse it.
    static let table: [Command: [OrderStatus: OrderStatus]] = [
        .pay: [
            .pending: .pending, .reserved: .reserved, .confirmed: .confirmed, .partiallyShipped: .partiallyShipped,
            .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered, .cancelled: .cancelled,
            .closed: .closed,
        ],
        .promise: [
            .pending: .pending, .reserved: .reserved, .confirmed: .confirmed, .partiallyShipped: .partiallyShipped,
            .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered,
        ],
        .refund: [
            .pending: .pending, .reserved: .reserved, .confirmed: .confirmed, .partiallyShipped: .partiallyShipped,
            .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered, .cancelled: .cancelled,
            .closed: .closed,
        ],
        .ship: [.confirmed: .shipped, .partiallyShipped: .shipped],
        .arrive: [
            .partiallyShipped: .partiallyShipped, .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered,
            .closed: .closed,
        ],
        .cancel: [
            .pending: .cancelled, .reserved: .cancelled, .confirmed: .cancelled, .partiallyShipped: .shipped,
        ],
        .cancelPart: [
            .reserved: .reserved, .confirmed: .confirmed, .partiallyShipped: .partiallyShipped,
        ],
        .amendNote: [
            .pending: .pending, .reserved: .reserved, .confirmed: .confirmed, .partiallyShipped: .partiallyShipped,
            .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered, .cancelled: .cancelled,
            .closed: .closed,
        ],
        .amendAddress: [.pending: .pending, .reserved: .reserved, .confirmed: .confirmed],
        .close: [.delivered: .closed],
        .takeBack: [
            .partiallyShipped: .partiallyShipped, .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered,
            .closed: .closed,
        ],
        .claim: [
            .partiallyShipped: .partiallyShipped, .shipped: .shipped, .fulfilled: .fulfilled, .delivered: .delivered,
            .closed: .closed,
        ],
    ]

    static let states: [OrderStatus] = [
        .pending, .reserved, .confirmed, .partiallyShipped, .shipped, .fulfilled, .delivered, .cancelled, .closed,
    ]

    /// A paid order of six units in a state.
    private func state(_ status: OrderStatus) throws -> OrderState {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(6)])
        let moment = StandingOrder.moment(1)
        switch status {
        case .pending, .reserved: return try StandingOrder.state(status, [StandingOrder.line(6)])
        case .cancelled: try state.cancel(CancelOrderRequest(reason: .buyer), at: moment)
        case .partiallyShipped:
            try state.ship(ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 2)]), at: moment)
        case .shipped, .fulfilled: try state.ship(ShipOrderRequest(), at: moment)
        case .delivered, .closed: return try self.arrived(status, state)
        default: break
        }
        state.order.status = status
        return OrderState(order: state.order)
    }

    private func arrived(_ status: OrderStatus, _ before: OrderState) throws -> OrderState {
        var state = before
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment(1))
        try state.updateShipment(
            UpdateShipmentRequest(shipmentID: "s1", deliveredAt: StandingOrder.instant(1)),
            at: StandingOrder.moment(1))
        if status == .closed { try state.close(at: StandingOrder.moment(1)) }
        return OrderState(order: state.order)
    }

    @Test("each command is allowed in some states and leads to one", arguments: Command.allCases, states)
    func each(_ command: Command, _ status: OrderStatus) throws {
        let state = try self.state(status)
        #expect(state.order.status == status)
        guard let next = Self.table[command]?[status] else {
            let refusal = state.refusal { try command.run(&$0) }
            // A parcel that is not there is no question of the state.
            #expect(refusal?.reason == (command == .arrive ? .shipmentNotFound : .stateNotAllowed))
            return
        }
        var changed = state
        try command.run(&changed)
        #expect(changed.order.status == next)
        #expect(!changed.entries.isEmpty)
    }
}
