import ChannelAdapter
import OrderMessages
import SandboxJSON
import SandboxTestSupport
import Testing
import WellKnownMessages

@testable import AmazonAdapter

@Suite("The adapter and the stand-in of Amazon, made apart, understand each other in orders", .timeLimit(.minutes(5)))
struct SandboxOrderTests {
    private static let products = (0..<3).map { SandboxProduct(sku: "PAD-\($0)", quantity: 10, price: "24.90") }

    private static func parcel(_ order: PlatformOrder, _ lines: [OrderTaskCall.Line], key: String) -> OrderTaskCall {
        OrderTaskCall(
            key: key, kind: .ship, orderID: order.id, lines: lines, carrier: "UPS", trackingNumber: "1Z\(key)",
            happenedAt: 1_767_225_600_000_000)
    }

    @Test("an order is polled, read, and sent in two parcels, each once")
    func shipped() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            _ = try #require(try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-0": 2, "PAD-1": 1]))
            let page = try await amazon.session.orders(since: 0, page: "")
            #expect(page.next.isEmpty && page.quotas.map(\.ratePerSecond) == [0.0056])
            let polled = try #require(page.orders.first)
            #expect(page.orders.count == 1 && polled.id.split(separator: "-").map(\.count) == [3, 7, 7])
            let request = try AmazonAdapter().order(from: polled.body, account: amazon.account)
            #expect(request.orderID == polled.id && request.currency == "USD" && request.total?.micros == 74_700_000)
            #expect(request.items.map(\.quantity).reduce(0, +) == 3 && request.shippingAddress?.country == "US")
            let lines = request.items.map {
                OrderTaskCall.Line(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.quantity)
            }
            var first = Self.parcel(polled, lines.filter { $0.sku == "PAD-0" }, key: "1")
            let sent = await amazon.session.carryOut(first)
            #expect(sent.fault == nil && !sent.platformID.isEmpty, "\(String(describing: sent.fault))")
            // Again, as after an answer that was lost: sent blindly, and looked for first.
            #expect(await amazon.session.carryOut(first).fault == nil)
            first.mayBeDone = true
            #expect(await amazon.session.carryOut(first).platformID == sent.platformID)
            let state = try #require(try await amazon.sandbox.orders(SandboxSeller.name).first)
            #expect(state["state"]?.text == "PARTIALLY_FULFILLED" && state["fulfilments"]?.array?.count == 1)
            // The other line by its SKU.
            let other = Self.parcel(polled, [.init(lineID: "", sku: "PAD-1", quantity: 1)], key: "2")
            #expect(await amazon.session.carryOut(other).fault == nil)
            let more = Self.parcel(polled, [.init(lineID: "", sku: "PAD-1", quantity: 1)], key: "3")
            #expect(await amazon.session.carryOut(more).fault?.kind == .refused)
            let whole = try #require(try await amazon.sandbox.orders(SandboxSeller.name).first)
            #expect(whole["state"]?.text == "FULFILLED" && whole["fulfilments"]?.array?.count == 2)
            let read = try await AmazonAdapter().order(
                from: amazon.session.order(id: polled.id).body, account: amazon.account)
            #expect(read.status == .shipped && read.shippingTracking == "1Z1")
        }
    }

    @Test("orders come page by page, each once, and none that changed meanwhile is lost to the next poll")
    func pages() async throws {
        try await SandboxSeller.with([SandboxProduct(sku: "A", quantity: 1_000)]) { amazon in
            for _ in 0..<7 { _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["A": 1]) }
            let query = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-01-01T00%3A00%3A00Z&maxResultsPerPage=3"
            var (ids, next, pages) = ([String](), "", 0)
            repeat {
                let page = next.isEmpty ? "" : "&paginationToken=\(AmazonText.encoded(next))"
                let answer = try await amazon.send("GET", query + page)
                #expect(answer.status == 200, "\(answer.text)")
                ids += answer.json["orders"]?.array?.compactMap { $0["orderId"]?.text } ?? []
                next = answer.json["pagination"]?["nextToken"]?.text ?? ""
                pages += 1
                // One that is placed meanwhile is of the next poll.
                if pages == 1 {
                    try await Task.sleep(for: .milliseconds(5))
                    _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["A": 1])
                }
            } while !next.isEmpty
            #expect(ids.count == 7 && Set(ids).count == 7 && pages == 3)
            #expect(try await amazon.session.orders(since: 0, page: "").orders.count == 8)
            let strange = try await amazon.send("GET", query.replacing("=3", with: "=2") + "&paginationToken=a.1.2.3.4")
            #expect(strange.status == 400)
            #expect(try await amazon.send("GET", "/orders/2026-01-01/orders?maxResultsPerPage=3").status == 400)
        }
    }

    @Test("orders are cancelled and money is given back by feeds")
    func feeds() async throws {
        try await SandboxSeller.with(Self.products, settings: ["orderFeeds": "true"]) { amazon in
            for _ in 0..<2 { _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-0": 2, "PAD-1": 1]) }
            let orders = try await amazon.session.orders(since: 0, page: "").orders
            let whole = OrderTaskCall(key: "c", kind: .cancel, orderID: orders[0].id, reason: "out-of-stock")
            let cancelled = await amazon.session.carryOut(whole)
            #expect(cancelled.fault == nil, "\(String(describing: cancelled.fault))")
            #expect(try await AmazonAdapter().isCancelled(amazon.session.order(id: orders[0].id).body))
            #expect(await amazon.session.carryOut(whole).fault == nil)
            let part = OrderTaskCall(
                key: "p", kind: .cancel, orderID: orders[1].id, lines: [.init(lineID: "", sku: "PAD-1", quantity: 1)],
                reason: "out-of-stock")
            #expect(await amazon.session.carryOut(part).fault == nil)
            // A line that is cancelled is found to be, and nothing more is sent.
            let again = await amazon.session.carryOut(part)
            #expect(again.fault == nil && again.platformID.isEmpty)
            let refund = OrderTaskCall(
                key: "r", kind: .refund, orderID: orders[1].id,
                lines: [.init(lineID: "", sku: "PAD-0", quantity: 1, amountMicros: 24_900_000)], reason: "return",
                currency: "USD", amountMicros: 24_900_000)
            #expect(await amazon.session.carryOut(refund).fault == nil)
            #expect(await amazon.session.carryOut(refund).fault == nil)
            // Nothing is left to be given back.
            #expect(await amazon.session.carryOut(refund).fault?.kind == .unknown)
            let states = try await amazon.sandbox.orders(SandboxSeller.name)
            #expect(Set(states.compactMap { $0["refunded"]?.text }) == ["74.70"])
        }
    }
}
