import ChannelAdapter
import FileFormats
import Testing

@testable import ShopifyAdapter

@Suite("What is told of orders is told once")
struct TaskTests {
    private static func order(_ fulfillmentOrders: [String]) -> String {
        #"{"order":{"fulfillmentOrders":{"nodes":[\#(fulfillmentOrders.joined(separator: ","))]}}}"#
    }

    /// A fulfilment order with lines of (id, remaining, line item, SKU).
    private static func group(
        _ id: Int, location: Int, status: String = "OPEN", _ lines: [(Int, Int, Int, String)]
    ) -> String {
        let lines = lines.map { id, remaining, item, sku in
            #"{"id":"gid://shopify/FulfillmentOrderLineItem/\#(id)","remainingQuantity":\#(remaining),"#
                + #""lineItem":{"id":"gid://shopify/LineItem/\#(item)","sku":"\#(sku)"}}"#
        }
        return #"{"id":"gid://shopify/FulfillmentOrder/\#(id)","status":"\#(status)","assignedLocation":{"location":"#
            + #"{"id":"gid://shopify/Location/\#(location)"}},"lineItems":{"nodes":[\#(lines.joined(separator: ","))]}}"#
    }

    private static func parcel(
        _ lines: [(String, String, Int64)], mayBeDone: Bool = false, tracking: String = "T1"
    ) -> OrderTaskCall {
        OrderTaskCall(
            key: "task-1", kind: .ship, orderID: "12",
            lines: lines.map { OrderTaskCall.Line(lineID: $0.0, sku: $0.1, quantity: $0.2) }, carrier: "UPS",
            trackingNumber: tracking, mayBeDone: mayBeDone)
    }

    private static let created =
        #"{"fulfillmentCreate":{"fulfillment":{"id":"gid://shopify/Fulfillment/9"},"userErrors":[]}}"#

    @Test("a parcel is sent from where its lines are open, one call for each location")
    func ship() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "FulfillmentOrders"
                ? .data(
                    Self.order([
                        Self.group(1, location: 7, status: "CLOSED", [(10, 5, 100, "A")]),
                        Self.group(2, location: 7, [(20, 2, 100, "A"), (21, 1, 101, "B")]),
                        Self.group(3, location: 8, [(30, 4, 100, "A")]),
                    ])) : .data(Self.created)
        }
        let answer = await shop.session().carryOut(Self.parcel([("100", "A", 3), ("", "B", 1)]))
        #expect(answer.fault == nil && answer.platformID == "gid://shopify/Fulfillment/9")
        let bodies = shop.calls.dropFirst().map { String(decoding: $0.variables.bytes, as: UTF8.self) }
        let tracking = #""notifyCustomer":true,"trackingInfo":{"number":"T1","company":"UPS"}"#
        #expect(
            bodies == [
                #"{"fulfillment":{"lineItemsByFulfillmentOrder":[{"fulfillmentOrderId":"gid://shopify/FulfillmentOrder/2","#
                    + #""fulfillmentOrderLineItems":[{"id":"gid://shopify/FulfillmentOrderLineItem/20","quantity":2},"#
                    + #"{"id":"gid://shopify/FulfillmentOrderLineItem/21","quantity":1}]}],\#(tracking)}}"#,
                #"{"fulfillment":{"lineItemsByFulfillmentOrder":[{"fulfillmentOrderId":"gid://shopify/FulfillmentOrder/3","#
                    + #""fulfillmentOrderLineItems":[{"id":"gid://shopify/FulfillmentOrderLineItem/30","quantity":1}]}],\#(tracking)}}"#,
            ])
    }

    @Test("a parcel that has more than is open is refused, and nothing is sent")
    func tooMany() async {
        let shop = ScriptedShop { (_, _) in .data(Self.order([Self.group(2, location: 7, [(20, 2, 100, "A")])])) }
        let answer = await shop.session().carryOut(Self.parcel([("100", "A", 3)]))
        #expect(answer.fault?.kind == .refused && answer.fault?.code == "not-fulfillable" && shop.calls.count == 1)
    }

    @Test("a parcel that an earlier try has sent is not sent again; what it has not sent yet is")
    func repeated() async {
        let sent: @Sendable (Int) -> String = { quantity in
            #"{"order":{"fulfillments":[{"id":"gid://shopify/Fulfillment/4","status":"SUCCESS","trackingInfo":[{"number":"T1"}],"#
                + #""fulfillmentLineItems":{"nodes":[{"quantity":\#(quantity),"lineItem":{"id":"gid://shopify/LineItem/100","sku":"A"}}]}},"#
                + #"{"id":"x","status":"CANCELLED","trackingInfo":[{"number":"T1"}],"fulfillmentLineItems":{"nodes":[]}}]}}"#
        }
        let whole = ScriptedShop { (_, _) in .data(sent(3)) }
        let answer = await whole.session().carryOut(Self.parcel([("100", "A", 3)], mayBeDone: true))
        #expect(answer.fault == nil && answer.platformID == "gid://shopify/Fulfillment/4" && whole.calls.count == 1)
        let part = ScriptedShop { (call, _) in
            switch call.operation {
            case "Fulfillments": .data(sent(2))
            case "FulfillmentOrders": .data(Self.order([Self.group(2, location: 7, [(20, 1, 100, "A")])]))
            default: .data(Self.created)
            }
        }
        let rest = await part.session().carryOut(Self.parcel([("100", "A", 3)], mayBeDone: true))
        #expect(rest.fault == nil && part.calls.count == 3)
        let items = part.calls[2].variables.at("fulfillment", "lineItemsByFulfillmentOrder")?.elements.first
        #expect(items?["fulfillmentOrderLineItems"]?.elements.first?["quantity"]?.integer == 1)
    }

    @Test("a parcel without a tracking number that may be sent is taken to be sent where nothing is open")
    func repeatedWithoutTracking() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Fulfillments"
                ? .data(#"{"order":{"fulfillments":[]}}"#)
                : .data(Self.order([Self.group(2, location: 7, [(20, 0, 100, "A")])]))
        }
        let answer = await shop.session().carryOut(Self.parcel([("100", "A", 3)], mayBeDone: true, tracking: ""))
        #expect(answer.fault == nil && shop.operations == ["Fulfillments", "FulfillmentOrders"])
        let first = await shop.session().carryOut(Self.parcel([("100", "A", 3)], tracking: ""))
        #expect(first.fault?.code == "not-fulfillable")
    }

    @Test("an order is cancelled once: one that is cancelled already is a success")
    func cancel() async {
        let task = OrderTaskCall(key: "t", kind: .cancel, orderID: "12", reason: "out-of-stock")
        let shop = ScriptedShop { (call, _) in
            call.operation == "Cancellation"
                ? .data(#"{"order":{"id":"x","cancelledAt":null}}"#)
                : .data(
                    #"{"orderCancel":{"job":{"id":"gid://shopify/Job/1","done":false},"orderCancelUserErrors":[]}}"#)
        }
        let answer = await shop.session(["notifyCustomers": "false"]).carryOut(task)
        #expect(answer.fault == nil && answer.platformID == "gid://shopify/Job/1")
        #expect(
            String(decoding: shop.calls[1].variables.bytes, as: UTF8.self)
                == #"{"id":"gid://shopify/Order/12","reason":"INVENTORY","notify":false,"note":"out-of-stock"}"#)
        let done = ScriptedShop { (_, _) in .data(#"{"order":{"id":"x","cancelledAt":"2026-01-01T00:00:00Z"}}"#) }
        #expect(await done.session().carryOut(task).fault == nil && done.calls.count == 1)
    }

    @Test("a cancellation that is refused is a refusal, unless somebody was faster")
    func refusedCancellation() async {
        let task = OrderTaskCall(key: "t", kind: .cancel, orderID: "12", reason: "buyer")
        let shop = { (isCancelledLater: Bool) in
            ScriptedShop { (call, count) in
                guard call.operation == "Cancellation" else {
                    return .data(
                        #"{"orderCancel":{"job":null,"orderCancelUserErrors":[{"code":"INVALID","field":["orderId"],"message":"no"}]}}"#
                    )
                }
                let isCancelled = count > 0 && isCancelledLater
                return .data(
                    #"{"order":{"id":"x","cancelledAt":\#(isCancelled ? "\"2026-01-01T00:00:00Z\"" : "null")}}"#)
            }
        }
        #expect(await shop(false).session().carryOut(task).fault?.code == "INVALID")
        #expect(await shop(true).session().carryOut(task).fault == nil)
    }

    private static let payments = """
        {"order":{"transactions":[\
        {"id":"gid://shopify/OrderTransaction/1","kind":"SALE","status":"SUCCESS","gateway":"card",\
        "amountSet":{"shopMoney":{"amount":"10.00"}},"parentTransaction":null},\
        {"id":"gid://shopify/OrderTransaction/2","kind":"REFUND","status":"SUCCESS","gateway":"card",\
        "amountSet":{"shopMoney":{"amount":"4.00"}},"parentTransaction":{"id":"gid://shopify/OrderTransaction/1"}},\
        {"id":"gid://shopify/OrderTransaction/3","kind":"CAPTURE","status":"SUCCESS","gateway":"gift",\
        "amountSet":{"shopMoney":{"amount":"5.00"}},"parentTransaction":{"id":"gid://shopify/OrderTransaction/9"}},\
        {"id":"gid://shopify/OrderTransaction/4","kind":"SALE","status":"FAILURE","gateway":"card",\
        "amountSet":{"shopMoney":{"amount":"99.00"}},"parentTransaction":null}],\
        "refunds":[{"id":"gid://shopify/Refund/8","note":"return [task-8]"}],\
        "lineItems":{"nodes":[{"id":"gid://shopify/LineItem/100","sku":"A"}]}}}
        """

    private static func refund(_ micros: Int64, key: String = "task-9", mayBeDone: Bool = false) -> OrderTaskCall {
        OrderTaskCall(
            key: key, kind: .refund, orderID: "12", lines: [OrderTaskCall.Line(lineID: "", sku: "A", quantity: 2)],
            reason: "return", currency: "USD", amountMicros: micros, mayBeDone: mayBeDone)
    }

    @Test("money goes back to what it was paid with, no more than is left of each payment")
    func refund() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Payments"
                ? .data(Self.payments)
                : .data(#"{"refundCreate":{"refund":{"id":"gid://shopify/Refund/9"},"userErrors":[]}}"#)
        }
        let answer = await shop.session().carryOut(Self.refund(8_500_000))
        #expect(answer.fault == nil && answer.platformID == "gid://shopify/Refund/9")
        let expected = """
            {"orderId":"gid://shopify/Order/12","note":"return [task-9]","notify":true,"refundLineItems":[{"lineItemId":\
            "gid://shopify/LineItem/100","quantity":2,"restockType":"NO_RESTOCK"}],"transactions":[{"orderId":\
            "gid://shopify/Order/12","parentId":"gid://shopify/OrderTransaction/1","gateway":"card","kind":"REFUND",\
            "amount":"6.00"},{"orderId":"gid://shopify/Order/12","parentId":"gid://shopify/OrderTransaction/3","gateway":\
            "gift","kind":"REFUND","amount":"2.50"}]}
            """
        let input = shop.calls[1].variables["input"]
        #expect(String(decoding: input?.bytes ?? [], as: UTF8.self) == expected)
        #expect(shop.calls[1].variables["key"]?.text?.count == 32)
    }

    @Test("more than was paid is refused, and a refund that is there already is not made again")
    func refundLimits() async {
        let shop = ScriptedShop { (_, _) in .data(Self.payments) }
        #expect(await shop.session().carryOut(Self.refund(11_000_001)).fault?.code == "refund-exceeds-payments")
        let done = await shop.session().carryOut(Self.refund(1_000_000, key: "task-8", mayBeDone: true))
        #expect(done.fault == nil && done.platformID == "gid://shopify/Refund/8" && shop.calls.count == 2)
    }

    @Test("what the platform does not take is no success")
    func refusedRefund() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Payments"
                ? .data(Self.payments)
                : .data(#"{"refundCreate":{"refund":null,"userErrors":[{"field":null,"message":"too much"}]}}"#)
        }
        let answer = await shop.session().carryOut(Self.refund(1_000_000))
        #expect(
            answer.fault?.kind == .refused && answer.fault?.code == "user-error" && answer.fault?.message == "too much")
    }

    @Test("a part of an order is cancelled by taking its lines out")
    func partialCancellation() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Payments"
                ? .data(Self.payments)
                : .data(#"{"refundCreate":{"refund":{"id":"gid://shopify/Refund/9"},"userErrors":[]}}"#)
        }
        var task = Self.refund(0)
        task.kind = .cancel
        #expect(await shop.session().carryOut(task).fault == nil)
        let input = shop.calls[1].variables["input"]
        #expect(input?["transactions"] == .array([]))
        #expect(input?["refundLineItems"]?.elements.first?["restockType"]?.text == "CANCEL")
    }
}
