import ChannelAdapter
import Foundation
import OrderMessages
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import FeedAdapter

/// Carries an adapter's calls to a sandbox.
private struct SandboxTransport: PlatformTransport {
    let sandbox: SandboxControl
    /// Puts another answer in the place of the sandbox's; nil: leaves it.
    var replacing: @Sendable (PlatformRequest, PlatformResponse) -> PlatformResponse? = { _, _ in nil }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        do {
            let answer = try await self.sandbox.send(
                request.method, request.url, bytes: request.body,
                headers: Dictionary(request.headers.map { ($0.name, $0.value) }) { first, _ in first })
            let response = PlatformResponse(
                status: answer.status, headers: [PlatformHeader("content-type", answer.contentType)], body: answer.body)
            return self.replacing(request, response) ?? response
        } catch {
            throw PlatformFault(.retry, code: "no-answer", "\(error)", isOutcomeUnknown: true)
        }
    }
}

@Suite("The adapter and the stand-in partner, made apart, understand each other by HTTP", .timeLimit(.minutes(5)))
struct FeedSandboxTests {
    /// A partner, whose orders all came long enough ago.
    private struct Partner {
        let sandbox: SandboxControl
        let shop: SandboxControl.MadeShop

        /// An account, as docs/adapters.md has it.
        func account(query: String = "") -> PlatformAccount {
            PlatformAccount(
                connection: "hub",
                settings: [
                    "url": self.shop.url, "ordersUrl": "\(self.shop.url)/orders?since={since}\(query)",
                    "resultColumns": "sku=key",
                    "taskColumns": "orderId,action,sku,quantity,carrier,trackingNumber,reason",
                    "columns": "orderId=order_id,trackingNumber=tracking_number",
                    "orderColumns": "orderId=order_id,orderDate=created_at,price=unit_price,name=buyer_name,"
                        + "email=buyer_email,phone=buyer_phone,region=province,postalCode=zip",
                ], credentials: ["token": self.shop.token])
        }

        func session(
            query: String = "",
            replacing: @escaping @Sendable (PlatformRequest, PlatformResponse) -> PlatformResponse? = { _, _ in nil }
        ) -> any PlatformSession {
            FeedAdapter(root: nil, clock: { FeedPlace.later }).session(
                self.account(query: query), transport: SandboxTransport(sandbox: self.sandbox, replacing: replacing))
        }

        /// Buys so many times; the partner's ids of the orders.
        func buy(_ count: Int) async throws -> [String] {
            var ids: [String] = []
            for number in 0..<count {
                let id = try await self.sandbox.placeOrder("trade", ["PAD-\(number % 2)": 1 + number % 3])
                ids.append(try #require(id?.split(separator: "/").last.map(String.init)))
            }
            return ids
        }
    }

    private static func withPartner(_ body: (Partner) async throws -> Void) async throws {
        try await withSandbox { sandbox in
            let products = (0..<3).map { SandboxProduct(sku: "PAD-\($0)", quantity: 1_000, price: "24.90") }
            let shop = try await sandbox.createShop("trade", platform: "feed", products: products)
            try await body(Partner(sandbox: sandbox, shop: shop))
        }
    }

    /// All orders since a time, with the number of pages that they came in.
    private static func orders(
        _ session: any PlatformSession, since: Int64 = 0
    ) async throws -> (orders: [PlatformOrder], pages: Int) {
        var (page, orders, pages) = ("", [PlatformOrder](), 0)
        repeat {
            let next = try await session.orders(since: since, page: page)
            #expect(next.next.isEmpty || next.next != page)
            (orders, page, pages) = (orders + next.orders, next.next, pages + 1)
        } while !page.isEmpty && pages < 100
        return (orders, pages)
    }

    @Test("the files that a partner lists are read, each once, page by page and list by list")
    func list() async throws {
        try await Self.withPartner { partner in
            let none = try await Self.orders(partner.session())
            #expect(none.orders.isEmpty && none.pages == 1)
            let ids = try await partner.buy(45)
            for query in ["", "&limit=7"] {
                let found = try await Self.orders(partner.session(query: query))
                #expect(found.orders.map(\.id).sorted() == ids.sorted() && found.pages == 3, "\(query)")
            }
            let found = try await Self.orders(partner.session()).orders
            #expect(try await Self.orders(partner.session()).orders == found)
            #expect(try await partner.session().check()["orders"] == "a list of files")
            let order = try #require(found.first { $0.id == ids[2] })
            let request = try FeedAdapter().order(from: order.body, account: partner.account())
            #expect(request.orderID == ids[2] && request.currency == "USD")
            #expect(
                request.items == [
                    OrderItem(sku: "PAD-0", quantity: 3, price: Decimal(micros: 24_900_000), channelLineID: "")
                ])
        }
    }

    @Test("those since a time only are read; a file that was changed comes again, with what it says now")
    func since() async throws {
        try await Self.withPartner { partner in
            let ids = try await partner.buy(5)
            try await Task.sleep(for: .milliseconds(5))
            let since = Int64(Date().timeIntervalSince1970 * 1_000_000)
            #expect(try await Self.orders(partner.session(), since: since).orders.isEmpty)
            try await Task.sleep(for: .milliseconds(5))
            try await partner.sandbox.cancelOrder("trade", ids[1])
            let changed = try await Self.orders(partner.session(), since: since).orders
            #expect(changed.map(\.id) == [ids[1]])
            let body = try #require(changed.first?.body)
            #expect(try FeedAdapter().isCancelled(body))
            let all = try await Self.orders(partner.session()).orders
            #expect(all.map(\.id).sorted() == ids.sorted() && all.last == changed.first)
        }
    }

    @Test(
        "a file that is broken, missing or never given is an order that says so, and the others are read",
        arguments: [
            (PlatformResponse(status: 200, body: Array("\"open".utf8)), "has no row of column names"),
            (PlatformResponse(status: 200), "is empty"),
            (PlatformResponse(status: 404), "status 404"), (PlatformResponse(status: 410), "status 410"),
            (PlatformResponse(status: 500), "status 500"),
        ])
    func broken(_ answer: PlatformResponse, _ reason: String) async throws {
        try await Self.withPartner { partner in
            let ids = try await partner.buy(6)
            for broken in ["order-1001.csv", "order-1004.csv"] {
                let session = partner.session { request, _ in request.url.hasSuffix(broken) ? answer : nil }
                let found = try await Self.orders(session).orders
                #expect(found.count == 6, "\(found.map(\.id))")
                let order = try #require(found.first { $0.id == "file \(broken)" })
                #expect(Set(found.map(\.id)).isSubset(of: ids + [order.id]))
                let fault = #expect(throws: PlatformFault.self) {
                    try FeedAdapter().order(from: order.body, account: partner.account())
                }
                #expect(fault?.kind == .refused && fault?.code == "not-understood")
                #expect(fault?.message.contains(reason) == true, "\(fault?.message ?? "")")
                #expect(try await Self.orders(session).orders == found)
            }
        }
    }

    @Test("where a partner fails altogether nothing is passed over, and what was read until then stays read")
    func failing() async throws {
        try await Self.withPartner { partner in
            let ids = try await partner.buy(4)
            for status in [500, 429, 401] {
                let failing = partner.session { request, _ in
                    ["3.csv", "4.csv"].contains { request.url.hasSuffix($0) } ? PlatformResponse(status: status) : nil
                }
                let page = try await failing.orders(since: 0, page: "")
                #expect(page.orders.map(\.id) == Array(ids.prefix(2)) && !page.next.isEmpty)
                let fault = await #expect(throws: PlatformFault.self) {
                    try await failing.orders(since: 0, page: page.next)
                }
                #expect(fault?.code == "http-\(status)")
                let rest = try await partner.session().orders(since: 0, page: page.next)
                #expect(rest.orders.map(\.id) == Array(ids.suffix(2)) && rest.next.isEmpty)
            }
        }
    }

    @Test("rows that the partner refuses are refused, with its reason, and all others are on the shelf")
    func refusedRows() async throws {
        try await Self.withPartner { partner in
            let listing = { (sku: String) in ListingReference(sku: "our-\(sku)", platformSKU: sku, ids: [:]) }
            let rows = ["PAD-0", "GONE", "PAD-1"].map { StockRow(listing: listing($0), quantity: 7, expected: nil) }
            let answer = await partner.session().pushStock(rows, key: "k1")
            #expect(answer.outcomes.map(\.sku) == ["our-PAD-0", "our-GONE", "our-PAD-1"])
            #expect(answer.outcomes.map(\.fault?.code) == [nil, "UNKNOWN_SKU", nil])
            #expect(answer.outcomes[1].fault?.kind == .refused)
            #expect(answer.outcomes[1].fault?.message.contains("GONE") == true)
            let prices = ["PAD-0", "PAD-2"].map { sku in
                PriceRow(listing: listing(sku), micros: 9_990_000, currency: sku == "PAD-2" ? "EUR" : "USD")
            }
            let priced = await partner.session().pushPrices(prices, key: "k2").outcomes
            #expect(priced.map(\.fault?.code) == [nil, "BAD_CURRENCY"])
            let shelf = try await partner.sandbox.shelf("trade")
            #expect(shelf["PAD-0"]?.available == 7 && shelf["PAD-1"]?.available == 7)
            #expect(shelf["PAD-0"]?.price == "9.99" && shelf["PAD-2"]?.price == "24.90")
        }
    }

    @Test("where the result of refused rows cannot be had, what became of the rows is not known")
    func missingResult() async throws {
        try await Self.withPartner { partner in
            let rows = ["PAD-0", "GONE"].map {
                StockRow(listing: ListingReference(sku: $0, platformSKU: "", ids: [:]), quantity: 1, expected: nil)
            }
            let session = partner.session { request, _ in request.method == "GET" ? PlatformResponse(status: 404) : nil
            }
            let outcomes = await session.pushStock(rows, key: "k").outcomes
            #expect(outcomes.allSatisfy { $0.fault?.kind == .retry && $0.fault?.code == "result-missing" })
            #expect(outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == true })
        }
    }

    @Test("the partner is told of a parcel once, and what it refuses is no success")
    func tasks() async throws {
        try await Self.withPartner { partner in
            let id = try await partner.buy(1)[0]
            let task = { (key: String, quantity: Int64) in
                OrderTaskCall(
                    key: key, kind: .ship, orderID: id,
                    lines: [OrderTaskCall.Line(lineID: "", sku: "PAD-0", quantity: quantity)], carrier: "UPS",
                    trackingNumber: "1Z-\(key)", happenedAt: FeedPlace.now)
            }
            let refused = await partner.session().carryOut(task("a", 9))
            #expect(refused.fault?.kind == .refused && refused.fault?.code == "BAD_QUANTITY", "\(refused)")
            for _ in 0..<2 { #expect(await partner.session().carryOut(task("b", 1)).fault == nil) }
            let order = try #require(try await partner.sandbox.orders("trade").first)
            #expect(order["state"] == "FULFILLED" && order["fulfilments"]?.array?.count == 1)
        }
    }
}
