import ChannelAdapter
import FileFormats
import Testing

@testable import AmazonAdapter

@Suite("What is told to the platform of its orders")
struct TaskTests {
    private static let parcel = OrderTaskCall(
        key: "task-1", kind: .ship, orderID: "114-1",
        lines: [.init(lineID: "i1", sku: "PAD-1", quantity: 2)], carrier: "UPS", trackingNumber: "1Z",
        happenedAt: 1_767_225_600_000_000)

    private static func order(_ more: String = "") -> PlatformResponse {
        .json(#"{"order":\#(OrderTests.example.dropLast())\#(more)}}"#)
    }

    @Test("a parcel is confirmed under a number that is the task's, and a repeat has the same")
    func shipped() async throws {
        let amazon = ScriptedAmazon { (_, _) in .json("", status: 204) }
        let answer = try await amazon.session().carryOut(Self.parcel)
        #expect(answer.fault == nil && answer.quotas.map(\.bucket) == ["confirmShipment"])
        let number = try #require(Int64(answer.platformID))
        #expect(number > 0)
        #expect(amazon.targets == ["POST /orders/v0/orders/114-1/shipmentConfirmation"])
        #expect(
            String(decoding: amazon.calls[0].request.body, as: UTF8.self)
                == #"{"marketplaceId":"ATVPDKIKX0DER","packageDetail":{"packageReferenceId":"\#(number)","carrierCode":"UPS","#
                + #""trackingNumber":"1Z","shipDate":"2026-01-01T00:00:00Z","#
                + #""orderItems":[{"orderItemId":"i1","quantity":2}]}}"#)
        #expect(try await amazon.session().carryOut(Self.parcel).platformID == answer.platformID)
        var other = Self.parcel
        other.key = "task-2"
        #expect(try await amazon.session().carryOut(other).platformID != answer.platformID)
    }

    @Test("what may be done is looked for first, and done where it is not there")
    func mayBeDone() async throws {
        var task = Self.parcel
        task.mayBeDone = true
        let number = AmazonParcel(task: task).referenceID
        let there = ScriptedAmazon { (_, _) in Self.order(#","packages":[{"packageReferenceId":"\#(number)"}]"#) }
        let done = try await there.session().carryOut(task)
        #expect(done.fault == nil && done.platformID == number && there.calls.map(\.method) == ["GET"])
        let absent = ScriptedAmazon { (call, _) in call.method == "GET" ? Self.order() : .json("", status: 204) }
        #expect(try await absent.session().carryOut(task).fault == nil)
        #expect(absent.calls.map(\.method) == ["GET", "POST"])
    }

    @Test("a line that is not named is found by its SKU, where there is one with it")
    func lines() async throws {
        var task = Self.parcel
        task.lines = [.init(lineID: "", sku: "CLIP-2", quantity: 1)]
        task.carrier = "Rocket Mail"
        let amazon = ScriptedAmazon { (call, _) in call.method == "GET" ? Self.order() : .json("", status: 204) }
        #expect(try await amazon.session().carryOut(task).fault == nil)
        let detail = amazon.calls[1].body["packageDetail"]
        #expect(detail?["orderItems"]?.elements.first?["orderItemId"]?.text == "i2")
        #expect(detail?["carrierCode"]?.text == "Other" && detail?["carrierName"]?.text == "Rocket Mail")
        task.lines[0].sku = "unknown"
        #expect(try await amazon.session().carryOut(task).fault?.code == "line-unknown")
        task.trackingNumber = ""
        #expect(try await amazon.session().carryOut(task).fault?.code == "tracking-missing")
    }

    @Test("a confirmation without an answer may have been carried out; one that is refused was not")
    func faults() async throws {
        let failed = ScriptedAmazon { (_, _) in .error(500, "InternalError") }
        #expect(try await failed.session().carryOut(Self.parcel).fault?.isOutcomeUnknown == true)
        let refused = ScriptedAmazon { (_, _) in .error(400, "InvalidInput") }
        let fault = try await refused.session().carryOut(Self.parcel).fault
        #expect(fault?.kind == .refused && fault?.isOutcomeUnknown == false)
        let acknowledged = OrderTaskCall(key: "k", kind: .acknowledge, orderID: "114-1")
        #expect(try await refused.session().carryOut(acknowledged).fault == nil && refused.calls.count == 1)
    }

    private static let on = ["orderFeeds": "true"]

    private static func amazon(
        _ more: String = "", report: String = Self.report(successful: 1)
    ) -> ScriptedAmazon {
        var script = FeedTests.Script()
        script.report = Array(report.utf8)
        script.instead = { $0.path.contains("/orders/") ? Self.order(more) : nil }
        let counting = CountingScript(script)
        return ScriptedAmazon { (call, _) in counting.answer(call) }
    }

    private static func report(successful: Int) -> String {
        "<ProcessingReport><ProcessingSummary><MessagesProcessed>1</MessagesProcessed><MessagesSuccessful>\(successful)"
            + "</MessagesSuccessful><MessagesWithError>\(1 - successful)</MessagesWithError></ProcessingSummary>"
            + (successful == 1
                ? ""
                : "<Result><ResultMessageCode>8000</ResultMessageCode><ResultDescription>no</ResultDescription></Result>")
            + "</ProcessingReport>"
    }

    @Test("cancellations and refunds go by feeds, and only where the settings ask for them")
    func off() async throws {
        for kind in [OrderTaskCall.Kind.cancel, .refund] {
            let amazon = Self.amazon()
            let fault = try await amazon.session().carryOut(.init(key: "k", kind: kind, orderID: "114-1")).fault
            #expect(fault?.code == "order-feeds-off" && fault?.kind == .refused && amazon.calls.isEmpty)
        }
    }

    @Test("an order is cancelled whole, or by whole lines; what is cancelled is done")
    func cancelled() async throws {
        let task = OrderTaskCall(key: "k", kind: .cancel, orderID: "114-1", reason: "out-of-stock")
        let amazon = Self.amazon()
        let answer = try await amazon.session(Self.on).carryOut(task)
        #expect(answer.fault == nil && answer.platformID == "f-1")
        let creation = try #require(amazon.calls.first { $0.method == "POST" && $0.path.hasSuffix("/feeds") })
        #expect(creation.body["feedType"]?.text == "POST_ORDER_ACKNOWLEDGEMENT_DATA")
        let put = try #require(amazon.calls.first { $0.method == "PUT" })
        #expect(
            String(decoding: put.request.body, as: UTF8.self)
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?><AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>"
                + "<MerchantIdentifier>A3TH9S8BH6GOGM</MerchantIdentifier></Header><MessageType>OrderAcknowledgement"
                + "</MessageType><Message><MessageID>1</MessageID><OrderAcknowledgement><AmazonOrderID>114-1</AmazonOrderID>"
                + "<StatusCode>Failure</StatusCode><Item><AmazonOrderItemCode>i1</AmazonOrderItemCode><CancelReason>NoInventory"
                + "</CancelReason></Item><Item><AmazonOrderItemCode>i2</AmazonOrderItemCode><CancelReason>NoInventory"
                + "</CancelReason></Item></OrderAcknowledgement></Message></AmazonEnvelope>")
        var part = task
        part.lines = [.init(lineID: "i1", sku: "PAD-1", quantity: 1)]
        #expect(try await Self.amazon().session(Self.on).carryOut(part).fault?.code == "part-of-line")
        var script = FeedTests.Script()
        script.instead = { _ in .json(#"{"order":\#(OrderTests.example.replacing("UNSHIPPED", with: "CANCELLED"))}"#) }
        let counting = CountingScript(script)
        let already = ScriptedAmazon { (call, _) in counting.answer(call) }
        #expect(try await already.session(Self.on).carryOut(task).fault == nil && already.calls.count == 1)
    }

    @Test("a refund names its lines and amounts, and is not given twice")
    func refunded() async throws {
        var task = OrderTaskCall(
            key: "k", kind: .refund, orderID: "114-1",
            lines: [.init(lineID: "i1", sku: "PAD-1", quantity: 1, amountMicros: 19_990_000)], currency: "USD",
            amountMicros: 19_990_000)
        let amazon = Self.amazon()
        #expect(try await amazon.session(Self.on).carryOut(task).fault == nil)
        let put = try #require(amazon.calls.first { $0.method == "PUT" })
        let text = String(decoding: put.request.body, as: UTF8.self)
        #expect(text.contains("<Type>Principal</Type><Amount currency=\"USD\">19.99</Amount>"))
        task.mayBeDone = true
        let again = Self.amazon()
        #expect(
            try await again.session(Self.on).carryOut(task).fault?.code == "refund-not-known" && again.calls.isEmpty)
    }

    @Test("a refund whose lines do not come to its amount is refused before anything is sent")
    func amountsDiffer() async throws {
        for (first, second, whole) in [
            (Int64(1_000_000), Int64(2_000_000), Int64(3_000_001)), (Int64.max, .max, -2), (1_000_000, 2_000_000, 0),
        ] {
            let task = OrderTaskCall(
                key: "k", kind: .refund, orderID: "114-1",
                lines: [
                    .init(lineID: "i1", sku: "PAD-1", quantity: 1, amountMicros: first),
                    .init(lineID: "i2", sku: "CLIP-2", quantity: 1, amountMicros: second),
                ], currency: "USD", amountMicros: whole)
            let amazon = Self.amazon()
            let fault = try await amazon.session(Self.on).carryOut(task).fault
            #expect(fault?.code == "amounts-differ" && fault?.kind == .refused)
            #expect(amazon.calls.allSatisfy { $0.method == "GET" })
        }
    }

    @Test("a line is cancelled where all of it is: a cancellation of some units, or a line that is not there, is none")
    func cancelledLines() throws {
        let cancelled = #""cancellation":{"cancellationExecution":{"cancelledBy":"BUYER"}},"#
        let isCancelled = { (line: OrderTaskCall.Line, more: String) throws -> Bool in
            let order = OrderTests.example.replacing(#""quantityOrdered":2,"#, with: #""quantityOrdered":2,\#(more)"#)
            return AmazonSession.isCancelled(
                .init(key: "k", kind: .cancel, orderID: "114-1", lines: [line]),
                in: try JSONValue(Array(order.utf8)[...]))
        }
        let fulfillment = { (left: Int) in
            #""fulfillment":{"quantityFulfilled":0,"quantityUnfulfilled":\#(left)},"#
        }
        let line = OrderTaskCall.Line(lineID: "i1", sku: "PAD-1", quantity: 2)
        #expect(try isCancelled(line, cancelled + fulfillment(0)))
        #expect(try !isCancelled(line, cancelled + fulfillment(1)))
        #expect(try !isCancelled(line, cancelled) && !isCancelled(line, fulfillment(0)))
        #expect(try isCancelled(.init(lineID: "", sku: "PAD-1", quantity: 2), cancelled + fulfillment(0)))
        let unknown = OrderTaskCall.Line(lineID: "", sku: "unknown", quantity: 2)
        let nameless = try JSONValue(
            Array(OrderTests.example.replacing(#""orderItemId":"i1","#, with: cancelled + fulfillment(0)).utf8)[...])
        let task = OrderTaskCall(key: "k", kind: .cancel, orderID: "114-1", lines: [unknown])
        #expect(!AmazonSession.isCancelled(task, in: nameless))
    }

    @Test("a report with an error, or one that counts nothing, is no success")
    func reports() async throws {
        let task = OrderTaskCall(key: "k", kind: .cancel, orderID: "114-1")
        let failed = Self.amazon(report: Self.report(successful: 0))
        let fault = try await failed.session(Self.on).carryOut(task).fault
        #expect(fault?.code == "8000" && fault?.kind == .unknown && fault?.message == "no")
        let empty = try await Self.amazon(report: "<html>").session(Self.on).carryOut(task).fault
        #expect(empty?.code == "not-answered" && empty?.isOutcomeUnknown == true)
    }
}
