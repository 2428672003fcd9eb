internal import InventoryMessages
internal import OrderDomain
internal import OrderMessages
internal import RPC
internal import RPCMessages
internal import Refusals

/// What other services refuse, in the words of orders.
extension Refusals.Refusal where Reason == OrderMessages.RefusalReason {
    /// What another service refused for good.
    ///
    /// - Parameter field: What is ours of one of its fields.
    init(_ error: RPCError, as reason: OrderMessages.RefusalReason, field: (String) -> String) {
        let faults = (error.problem?.fields ?? []).map {
            FieldFault(
                field: field($0.field), reason: $0.reason,
                expected: $0.expected.isEmpty ? "what the message says" : $0.expected)
        }
        self.init(reason, error.message, faults: faults)
    }

    /// What inventory said of a plan.
    init(_ refusal: InventoryMessages.Refusal, of order: Order) {
        let reason = OrderMessages.RefusalReason(inventory: refusal.type)
        let field = order.field(inventory: refusal.field)
        self.init(
            reason, refusal.message,
            faults: [FieldFault(field: field, reason: "is refused: \(refusal.message)", expected: reason.expectation)])
    }

    /// Nobody knows some of an order's parts.
    ///
    /// - Parameter places: Of the lines.
    static func unknownParts(_ places: [Int], of order: Order) -> OrderRefusal {
        var faults = OrderFaults()
        for place in places {
            faults.add(
                .unknownSku, "items[\(place)].sku",
                "is \(order.items[place].sku.debugDescription), which neither inventory nor the catalog knows",
                expected: "a SKU of the brand")
        }
        return faults.refusal
    }

    /// Neither inventory nor pricing could be reached in time, or not both.
    static let stillPending = OrderRefusal(
        .stillPending, "another service does not answer; the order is on record and goes on by itself")
}

extension Order {
    /// Why it was not placed, as far as the order says; nil: it was, or may yet be.
    var placementRefusal: OrderRefusal? {
        guard self.mayBePlacedAnew else { return nil }
        let reason: OrderMessages.RefusalReason =
            switch self.cancelReason {
            case .outOfStock: .insufficientStock
            case .price: .priceChanged
            default: .stateNotAllowed
            }
        return OrderRefusal(
            reason, "the order \(self.orderID) was refused while it was placed by another call; its log says why")
    }
}

extension RPCError {
    /// What inventory meant when it refused to hold an order's units.
    func reserving(_ order: Order) -> Placement.Reserving {
        let type = self.problem?.type ?? ""
        switch type {
        case "insufficient-stock": return .short
        case "reservation-released", "reservation-expired", "reservation-exists", "reservation-committed",
            "command-id-reused":
            return .ended(self.message)
        default:
            let reason = OrderMessages.RefusalReason(inventory: type)
            let faults = (self.problem?.fields ?? []).map {
                FieldFault(
                    field: order.field(inventory: $0.field), reason: "is refused: \($0.reason)",
                    expected: $0.expected.isEmpty ? reason.expectation : $0.expected)
            }
            return .refused(OrderRefusal(reason, self.message, faults: faults))
        }
    }
}

extension OrderMessages.RefusalReason {
    /// What a type of inventory's problems is here.
    fileprivate init(inventory type: String) {
        switch type {
        case "unknown-sku": self = .unknownSku
        case "insufficient-stock": self = .insufficientStock
        default: self = .invalidValue
        }
    }

    fileprivate var expectation: String {
        self == .unknownSku ? "a SKU that inventory knows" : "what inventory can hold"
    }
}

extension Order {
    /// What a field of a reserve command, such as `lines[2].locationId`, is here: `items[3].locationId`.
    fileprivate func field(inventory field: String) -> String {
        guard field.hasPrefix("lines["), let end = field.firstIndex(of: "]") else { return "items" }
        let line = Int(field[field.index(field.startIndex, offsetBy: 6)..<end])
        let lines = self.linesToReserve
        guard let line, lines.indices.contains(line) else { return "items" }
        return "items[\(lines[line])]" + field[field.index(after: end)...]
    }
}
