internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Cancellations of whole orders, through the older interface that has them.
///
/// No description of it is published with the others: its codes and members are those that its callers tell of.
struct Cancellations {
    private static let reasons = ["OUT_OF_STOCK_OR_CANNOT_FULFILL", "BUYER_ASKED_CANCEL", "ADDRESS_ISSUES"]

    let state: ShopState
    let request: EbayRequest

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        guard self.request.method == "POST" else { throw EbayRefusal(2002) }
        let body = try self.request.object()
        let id = body["legacyOrderId"]?.text ?? ""
        guard let order = EbayOrderID.order(id, self.state) else {
            return Self.refused("the order \(id.debugDescription) was not found", status: 404)
        }
        switch rest.first {
        case "check_eligibility": return EbayAnswer(200, Self.eligibility(order, id))
        case nil: return self.cancel(order, body)
        default: throw EbayRefusal(2002)
        }
    }

    private static func eligibility(_ order: Order, _ id: String) -> JSONValue {
        guard order.cancelledAt == nil, order.fulfilments.isEmpty else {
            return [
                "legacyOrderId": .string(id), "eligible": false,
                "failureReason": .texts([order.cancelledAt == nil ? "ORDER_SHIPPED" : "ORDER_CANCELED"]),
            ]
        }
        return ["legacyOrderId": .string(id), "eligible": true, "eligibleCancelReason": .texts(Self.reasons)]
    }

    private func cancel(_ order: Order, _ body: JSONValue) -> EbayAnswer {
        let reason = body["cancelReason"]?.text ?? ""
        guard Self.reasons.contains(reason) else { return Self.refused("the reason \(reason) is none") }
        do throws(OrderRefusal) {
            // What there is not does not come back to the shelf.
            let cancelled = try self.state.cancel(
                order, reason: reason, restocks: reason != Self.reasons[0], refunds: true)
            return EbayAnswer(201, ["cancelId": .string("\(cancelled.id)")])
        } catch {
            return Self.refused(error.description)
        }
    }

    private static func refused(_ message: String, status: Int = 400) -> EbayAnswer {
        EbayAnswer(
            status,
            [
                "error": [
                    [
                        "errorId": 1, "domain": "returnErrorDomain", "severity": "ERROR", "category": "REQUEST",
                        "message": .string(message), "parameter": [], "longMessage": .string(message),
                        "actionToTake": "CORRECTINPUTDATA", "httpStatusCode": .number(status),
                    ]
                ]
            ])
    }
}
