import ChannelAdapter
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("What is told of orders is told once")
struct TaskTests {
    private static let path = "/sell/fulfillment/v1/order/12-1/shipping_fulfillment"
    private static let happenedAt: Int64 = 1_772_445_600_000_000
    private static let happened = "2026-03-02T10:00:00Z"

    private static func parcel(
        tracking: String = "1Z 999-AA1", carrier: String = "UPS", mayBeDone: Bool = false, lineID: String = "100"
    ) -> OrderTaskCall {
        OrderTaskCall(
            key: "k", kind: .ship, orderID: "12-1", lines: [.init(lineID: lineID, sku: "EB-1", quantity: 2)],
            carrier: carrier, trackingNumber: tracking, happenedAt: happenedAt, mayBeDone: mayBeDone)
    }

    private static func refund(
        lines: [OrderTaskCall.Line] = [], micros: Int64 = 5_000_000, mayBeDone: Bool = false
    ) -> OrderTaskCall {
        OrderTaskCall(
            key: "k", kind: .refund, orderID: "12-1", lines: lines, happenedAt: happenedAt, reason: "return",
            currency: "USD", amountMicros: micros, mayBeDone: mayBeDone)
    }

    private static func order(refunds: String = "", lineRefunds: String = "") -> PlatformResponse {
        .json(
            OrderTests.order().replacing(
                #""refunds":[]},"fulfillmentStart"#, with: #""refunds":[\#(refunds)]},"fulfillmentStart"#
            )
            .replacing(
                #""refunds":[]},{"lineItemId":"101""#, with: #""refunds":[\#(lineRefunds)]},{"lineItemId":"101""#))
    }

    private static func given(_ value: String, date: String?, status: String? = nil) -> String {
        #"{"refundId":"r-1","amount":{"value":"\#(value)","currency":"USD"}"#
            + (date.map { #","refundDate":"\#($0)""# } ?? "") + (status.map { #","refundStatus":"\#($0)""# } ?? "")
            + "}"
    }

    @Test("a parcel is told with its lines, carrier and number, without blanks and hyphens")
    func ship() async {
        let platform = ScriptedPlatform([
            .json("", status: 201, headers: [.init("Location", "https://api.ebay.com\(Self.path)/1Z999AA1")])
        ])
        let answer = await platform.session().carryOut(Self.parcel())
        #expect(answer.fault == nil && answer.platformID == "1Z999AA1")
        #expect(platform.lines == ["POST \(Self.path)"])
        #expect(
            platform.calls[0].text
                == #"{"lineItems":[{"lineItemId":"100","quantity":2}],"shippedDate":"\#(Self.happened)","#
                + #""shippingCarrierCode":"UPS","trackingNumber":"1Z999AA1"}"#)
    }

    @Test("a carrier and a number go together, or not at all")
    func carriers() async {
        let created = PlatformResponse.json("", status: 201)
        let none = ScriptedPlatform([created])
        _ = await none.session().carryOut(Self.parcel(tracking: ""))
        #expect(none.calls[0].body["shippingCarrierCode"] == nil && none.calls[0].body["trackingNumber"] == nil)
        let refused = ScriptedPlatform([created])
        #expect(await refused.session().carryOut(Self.parcel(carrier: "")).fault?.code == "carrier-missing")
        #expect(await refused.session().carryOut(Self.parcel(tracking: "1Z#")).fault?.code == "tracking-number-invalid")
        #expect(refused.calls.isEmpty)
        let named = ScriptedPlatform([created])
        _ = await named.session(["defaultCarrier": "Other"]).carryOut(Self.parcel(carrier: ""))
        #expect(named.calls[0].body["shippingCarrierCode"]?.text == "Other")
    }

    @Test("a parcel that may be told already is looked for first: by its number, or by its lines and time")
    func shipAgain() async {
        let list = { (entry: String) in PlatformResponse.json(#"{"fulfillments":[\#(entry)],"total":1}"#) }
        let numbered = Self.numbered("100", "101")
        let plain = { (quantity: Int, time: String) in
            #"{"fulfillmentId":"f-2","shippedDate":"\#(time)","lineItems":[{"lineItemId":"100","quantity":\#(quantity)}]}"#
        }
        for (tracking, entry, id) in [
            ("1Z 999-AA1", numbered, "f-1"), ("", plain(2, "2026-03-02T10:00:00.000Z"), "f-2"),
            ("1Z 999-AA1", plain(2, Self.happened), nil), ("", plain(1, Self.happened), nil),
            ("", plain(2, "2026-03-02T10:00:01.000Z"), nil), ("", numbered, nil),
        ] {
            let platform = ScriptedPlatform([list(entry), .json("", status: 201)])
            let answer = await platform.session().carryOut(Self.parcel(tracking: tracking, mayBeDone: true))
            #expect(answer.fault == nil && answer.platformID == id ?? "", "\(entry)")
            #expect(platform.calls.map(\.method) == (id == nil ? ["GET", "POST"] : ["GET"]), "\(entry)")
        }
    }

    /// A parcel with the number of ours and some lines.
    private static func numbered(_ lineIDs: String...) -> String {
        let lines = lineIDs.map { #"{"lineItemId":"\#($0)","quantity":1}"# }.joined(separator: ",")
        return #"{"fulfillmentId":"f-1","shipmentTrackingNumber":"1Z999AA1","lineItems":[\#(lines)]}"#
    }

    @Test("a parcel that exists already is told where it has the same lines; with others it is another one")
    func shippedAlready() async {
        let there = PlatformResponse.errors(34500, status: 400)
        let list = { (entry: String) in PlatformResponse.json(#"{"fulfillments":[\#(entry)]}"#) }
        let own = ScriptedPlatform([there, list(Self.numbered("100", "101"))])
        let answer = await own.session().carryOut(Self.parcel())
        #expect(answer.fault == nil && answer.platformID == "f-1" && own.calls.map(\.method) == ["POST", "GET"])
        let other = ScriptedPlatform([there, list(Self.numbered("101"))])
        let fault = await other.session().carryOut(Self.parcel()).fault
        #expect(fault?.code == "tracking-number-taken" && fault?.kind == .refused)
        let again = ScriptedPlatform([list(Self.numbered("101")), .json("", status: 201)])
        let second = await again.session().carryOut(Self.parcel(mayBeDone: true)).fault
        #expect(second?.code == "tracking-number-taken" && again.calls.count == 1)
        let split = ScriptedPlatform([list("\(Self.numbered("101")),\(Self.numbered("100"))")])
        #expect(await split.session().carryOut(Self.parcel(mayBeDone: true)).fault == nil)
        let unlisted = ScriptedPlatform([there, list("")])
        let missing = await unlisted.session().carryOut(Self.parcel()).fault
        #expect(missing?.code == "34500" && missing?.kind == .unknown)
    }

    @Test("a line without an id is found by its SKU, and a failure may have told the parcel")
    func shipLines() async {
        let platform = ScriptedPlatform([.json(OrderTests.order()), .json("", status: 201)])
        #expect(await platform.session().carryOut(Self.parcel(lineID: "")).fault == nil)
        #expect(platform.calls[1].body["lineItems"]?.elements.first?["lineItemId"]?.text == "100")
        let failing = ScriptedPlatform([.errors(30500, status: 500)])
        let fault = await failing.session().carryOut(Self.parcel()).fault
        #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == true)
    }

    @Test("money is given back for the order, or line by line where each line has its amount")
    func refunds() async {
        let done = PlatformResponse.json(#"{"refundId":"77","refundStatus":"PENDING"}"#)
        let whole = ScriptedPlatform([done])
        #expect(await whole.session().carryOut(Self.refund()).platformID == "77")
        #expect(whole.lines == ["POST /sell/fulfillment/v1/order/12-1/issue_refund"])
        #expect(
            whole.calls[0].text
                == #"{"reasonForRefund":"BUYER_RETURN","comment":"return","orderLevelRefundAmount":{"currency":"USD","value":"5.00"}}"#
        )
        let byLine = ScriptedPlatform([done])
        _ = await byLine.session().carryOut(
            Self.refund(lines: [.init(lineID: "100", sku: "EB-1", quantity: 1, amountMicros: 5_000_000)]))
        #expect(
            byLine.calls[0].text
                == #"{"reasonForRefund":"BUYER_RETURN","comment":"return","refundItems":[{"refundAmount":{"currency":"USD","value":"5.00"},"lineItemId":"100"}]}"#
        )
        for lines in [
            [OrderTaskCall.Line(lineID: "100", sku: "EB-1", quantity: 1)],
            [.init(lineID: "100", sku: "EB-1", quantity: 1, amountMicros: 4_000_000)],
            [.init(lineID: "", sku: "EB-1", quantity: 1, amountMicros: 5_000_000)],
        ] {
            let platform = ScriptedPlatform([done])
            _ = await platform.session().carryOut(Self.refund(lines: lines))
            #expect(platform.calls[0].body["orderLevelRefundAmount"] != nil)
        }
        let failed = ScriptedPlatform([.json(#"{"refundStatus":"FAILED"}"#)])
        #expect(await failed.session().carryOut(Self.refund()).fault?.code == "refund-failed")
        #expect(await failed.session().carryOut(Self.refund(micros: 0)).fault?.code == "amount-invalid")
    }

    @Test("money that may be given back already is looked for first, and is never given twice")
    func refundAgain() async {
        let done = PlatformResponse.json(#"{"refundId":"77","refundStatus":"PENDING"}"#)
        for (refund, isFound) in [
            (Self.given("5.00", date: "2026-03-02T10:00:03.000Z"), true), (Self.given("5.0", date: nil), true),
            (Self.given("5.00", date: "2026-03-02T09:56:00.000Z"), true),
            (Self.given("5.00", date: "2026-03-02T09:00:00.000Z"), false), (Self.given("4.99", date: nil), false),
            (Self.given("5.00", date: nil, status: "FAILED"), false),
        ] {
            let platform = ScriptedPlatform([Self.order(refunds: refund), done])
            let answer = await platform.session().carryOut(Self.refund(mayBeDone: true))
            #expect(answer.fault == nil && answer.platformID == (isFound ? "r-1" : "77"), "\(refund)")
            #expect(platform.calls.count == (isFound ? 1 : 2), "\(refund)")
        }
        let lines = [OrderTaskCall.Line(lineID: "100", sku: "EB-1", quantity: 1, amountMicros: 5_000_000)]
        let byLine = ScriptedPlatform([Self.order(lineRefunds: Self.given("5.00", date: nil))])
        #expect(await byLine.session().carryOut(Self.refund(lines: lines, mayBeDone: true)).platformID == "r-1")
    }

    @Test("an answer without a refund is no success: it is looked for, and not given again")
    func refundUnread() async {
        for body in ["{}", #"{"refundStatus":"PENDING"}"#, #"{"refundId":""}"#] {
            let fault = await ScriptedPlatform([.json(body)]).session().carryOut(Self.refund()).fault
            #expect(fault?.code == "answer-unreadable" && fault?.isOutcomeUnknown == true, "\(body)")
        }
    }

    @Test("a refund that may be given already, of which some lines have theirs, is not given again")
    func refundPartly() async {
        let lines = [
            OrderTaskCall.Line(lineID: "100", sku: "EB-1", quantity: 1, amountMicros: 5_000_000),
            .init(lineID: "101", sku: "EB-2", quantity: 1, amountMicros: 2_000_000),
        ]
        let task = Self.refund(lines: lines, micros: 7_000_000, mayBeDone: true)
        let done = PlatformResponse.json(#"{"refundId":"77"}"#)
        let partly = ScriptedPlatform([Self.order(lineRefunds: Self.given("5.00", date: nil)), done])
        let fault = await partly.session().carryOut(task).fault
        #expect(fault?.code == "refund-not-known" && fault?.kind == .refused && partly.calls.count == 1)
        let none = ScriptedPlatform([Self.order(), done])
        #expect(await none.session().carryOut(task).platformID == "77")
    }

    @Test("an order that was refunded already is a success of a repeat, and a refusal of a first try")
    func refundedAlready() async {
        let first = ScriptedPlatform([.errors(34917, status: 400)])
        let fault = await first.session().carryOut(Self.refund()).fault
        #expect(fault?.kind == .refused && fault?.code == "34917")
        let again = ScriptedPlatform([Self.order(), .errors(34917, status: 400)])
        #expect(await again.session().carryOut(Self.refund(mayBeDone: true)).fault == nil)
        let running = ScriptedPlatform([.errors(34922, status: 400)])
        #expect(await running.session().carryOut(Self.refund()).fault?.kind == .retry)
    }

    private static func cancel(_ lines: [OrderTaskCall.Line] = [], reason: String = "buyer") -> OrderTaskCall {
        OrderTaskCall(key: "k", kind: .cancel, orderID: "12-1", lines: lines, reason: reason)
    }

    @Test("an order is cancelled as a whole, once, when the platform lets it be")
    func cancel() async {
        let platform = ScriptedPlatform([
            .json(OrderTests.order()), .json(#"{"eligible":true}"#), .json(#"{"cancelId":"55"}"#, status: 201),
        ])
        let all = [
            OrderTaskCall.Line(lineID: "100", sku: "EB-1", quantity: 3), .init(lineID: "", sku: "EB-2", quantity: 1),
        ]
        #expect(await platform.session().carryOut(Self.cancel(all)).platformID == "55")
        #expect(
            platform.lines == [
                "GET /sell/fulfillment/v1/order/12-1", "POST /post-order/v2/cancellation/check_eligibility",
                "POST /post-order/v2/cancellation",
            ])
        #expect(platform.calls.map { $0.header("Authorization") } == ["Bearer token-0", "IAF token-0", "IAF token-0"])
        #expect(
            platform.calls[2].text
                == #"{"legacyOrderId":"12-1","cancelReason":"BUYER_ASKED_CANCEL","buyerPaid":true,"buyerPaidDate":{"value":"2026-03-01T10:01:00.000Z"}}"#
        )
        for (state, mayBeDone) in [("CANCELED", false), ("CANCELED", true), ("IN_PROGRESS", true)] {
            var task = Self.cancel()
            task.mayBeDone = mayBeDone
            let done = ScriptedPlatform([.json(OrderTests.order(cancelState: state))])
            #expect(await done.session().carryOut(task).fault == nil && done.calls.count == 1, "\(state)")
        }
        let partly = ScriptedPlatform([.json(OrderTests.order())])
        #expect(await partly.session().carryOut(Self.cancel([all[0]])).fault?.code == "partly-cancelled")
        let refused = ScriptedPlatform([.json(OrderTests.order()), .json(#"{"eligible":false}"#)])
        #expect(await refused.session().carryOut(Self.cancel()).fault?.code == "not-cancellable")
        let unpaid = ScriptedPlatform([
            .json(OrderTests.order(payment: "PENDING")), .json("{}"), .json("{}"),
        ])
        _ = await unpaid.session(["cancellationScheme": "TOKEN"]).carryOut(Self.cancel(reason: "out-of-stock"))
        #expect(
            unpaid.calls[2].text
                == #"{"legacyOrderId":"12-1","cancelReason":"OUT_OF_STOCK_OR_CANNOT_FULFILL","buyerPaid":false}"#)
        #expect(unpaid.calls[2].header("Authorization") == "TOKEN token-0")
    }

    @Test("a cancellation that is on its way at the first try is the buyer's request, and none of ours")
    func cancelRequested() async {
        let order = PlatformResponse.json(OrderTests.order(cancelState: "IN_PROGRESS"))
        let platform = ScriptedPlatform([order, .json(#"{"eligible":false}"#)])
        #expect(await platform.session().carryOut(Self.cancel()).fault?.code == "not-cancellable")
        let eligible = ScriptedPlatform([order, .json(#"{"eligible":true}"#), .json(#"{"cancelId":"55"}"#)])
        #expect(await eligible.session().carryOut(Self.cancel()).platformID == "55")
    }

    @Test("a token that only calls which cancel refuse is the setting's fault, and ends no connection")
    func cancelUnauthorized() async {
        let platform = ScriptedPlatform { (call, _) in
            call.path.hasPrefix("/post-order/") ? .json("", status: 401) : .json(OrderTests.order())
        }
        let fault = await platform.session().carryOut(Self.cancel()).fault
        #expect(fault?.kind == .refused && fault?.code == "cancellation-unauthorized")
        #expect(fault?.message.contains("cancellationScheme") == true && platform.tokenCalls.count == 2)
        let revoked = ScriptedPlatform(
            tokens: { count throws(PlatformFault) in
                count == 0
                    ? .json(#"{"access_token":"t","expires_in":7200}"#)
                    : .json(#"{"error":"invalid_grant"}"#, status: 400)
            },
            { (call, _) in
                call.path.hasPrefix("/post-order/") ? .json("", status: 401) : .json(OrderTests.order())
            })
        #expect(await revoked.session().carryOut(Self.cancel()).fault?.kind == .reauthenticate)
    }
}
