import ChannelAdapter
import OrderMessages
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import TestSupport
import Testing
import WellKnownMessages

@testable import AmazonAdapter

@Suite("Orders of Amazon's stand-in are the same, by whichever version they are read", .timeLimit(.minutes(5)))
struct SandboxOrderV0Tests {
    private static let products = (0..<30).map {
        SandboxProduct(sku: "PAD-\($0)", quantity: 100_000, price: "\($0).\(10 + $0)")
    }

    /// All orders, by id.
    private static func read(_ session: AmazonSession) async throws -> [String: PlatformOrder] {
        var (orders, page) = ([String: PlatformOrder](), "")
        repeat {
            let next = try await session.orders(since: 0, page: page)
            for order in next.orders {
                #expect(orders.updateValue(order, forKey: order.id) == nil, "\(order.id) twice")
            }
            page = next.next
        } while !page.isEmpty
        return orders
    }

    private static func request(_ order: PlatformOrder, _ amazon: SandboxSeller) throws -> PlaceOrderRequest {
        try AmazonAdapter().order(from: order.body, account: amazon.account)
    }

    /// Compares an order of both versions. v0 tells of no parcels, and of lines that were cancelled nothing but their ids.
    private static func compare(_ newer: PlatformOrder, _ older: PlatformOrder, _ amazon: SandboxSeller) throws {
        #expect(newer.id == older.id && newer.changedAt == older.changedAt)
        let isCancelled = try AmazonAdapter().isCancelled(newer.body)
        #expect(try AmazonAdapter().isCancelled(older.body) == isCancelled)
        var (expected, found) = (try Self.request(newer, amazon), try Self.request(older, amazon))
        let known = Set(found.items.map(\.channelLineID))
        let gone = expected.items.filter { !known.contains($0.channelLineID) }
        if isCancelled {
            #expect(found.items.isEmpty && found.status == .cancelled)
        } else if !gone.isEmpty {
            #expect(expected.status == .shipped)
        }
        expected.shippingTracking = ""
        expected.items.removeAll { !known.contains($0.channelLineID) }
        if !gone.isEmpty { (expected.total, found.total) = (nil, nil) }
        // The currency is known by amounts alone.
        if isCancelled { found.currency = expected.currency }
        #expect(found == expected, "\(newer.id)")
    }

    /// What may happen to orders, at random.
    private static func live(
        _ amazon: SandboxSeller, _ random: inout SeededGenerator, _ step: Int, _ ids: inout [String]
    ) async throws {
        let orders = try await amazon.sandbox.orders(SandboxSeller.name)
        let any = orders.randomElement(using: &random)
        switch any == nil ? 0 : Int.random(in: 0..<10, using: &random) {
        case 0...4:
            // Some have more lines than a page of items.
            let count =
                Bool.random(using: &random)
                ? Int.random(in: 1...3, using: &random) : Int.random(in: 15...30, using: &random)
            var lines: [String: Int] = [:]
            for product in Self.products.shuffled(using: &random).prefix(count) {
                lines[product.sku] = Int.random(in: 1...9, using: &random)
            }
            ids.append(try #require(try await amazon.sandbox.placeOrder(SandboxSeller.name, lines)))
        case 5, 6, 7:
            let id = try #require(any?["platformId"]?.text)
            let request = try Self.request(try await amazon.session.order(id: id), amazon)
            let lines = request.items.filter { _ in Bool.random(using: &random) }.map { item in
                OrderTaskCall.Line(
                    lineID: item.channelLineID, sku: item.sku,
                    quantity: Int64.random(in: 1...item.quantity, using: &random))
            }
            // Whole orders at times, so that some are shipped; of those that are, nothing more is sent.
            let whole = request.items.map {
                OrderTaskCall.Line(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.quantity)
            }
            let parcel = OrderTaskCall(
                key: "s\(step)", kind: .ship, orderID: id, lines: lines.isEmpty ? whole : lines, carrier: "UPS",
                trackingNumber: "1Z\(step)", happenedAt: 1_767_225_600_000_000)
            _ = await amazon.session.carryOut(parcel)
        case 8:
            try? await amazon.sandbox.cancelOrder(SandboxSeller.name, any?["id"]?.text ?? "")
        default:
            let id = try #require(any?["platformId"]?.text)
            let items = try Self.request(try await amazon.session.order(id: id), amazon).items
            let item = try #require(items.randomElement(using: &random))
            let line = OrderTaskCall.Line(lineID: item.channelLineID, sku: item.sku, quantity: item.quantity)
            _ = await amazon.session.carryOut(
                .init(key: "c\(step)", kind: .cancel, orderID: id, lines: [line], reason: "out-of-stock"))
        }
    }

    @Test("whatever happened to them")
    func history() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        try await SandboxSeller.with(Self.products, settings: ["orderFeeds": "true"]) { amazon in
            let older = try amazon.session(["ordersVersion": "v0"])
            var ids: [String] = []
            for step in 0..<90 {
                try await Self.live(amazon, &random, step, &ids)
                guard step % 30 == 29 else { continue }
                let (newer, read) = (try await Self.read(amazon.session), try await Self.read(older))
                #expect(Set(newer.keys) == Set(read.keys) && newer.count == ids.count)
                for (id, order) in newer {
                    let other = try #require(read[id])
                    try Self.compare(order, other, amazon)
                    // One order alone is what it is among others.
                    #expect(try await older.order(id: id) == other)
                }
            }
            let states = Set(try await amazon.sandbox.orders(SandboxSeller.name).compactMap { $0["state"]?.text })
            #expect(states.count >= 3, "\(states)")
        }
    }

    @Test("orders of more than a page, and the time until when all is told")
    func pages() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            for _ in 0..<35 { _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-1": 1]) }
            let older = try amazon.session(["ordersVersion": "v0"])
            let first = try await older.orders(since: 0, page: "")
            #expect(first.orders.count == 30 && !first.next.isEmpty && first.toldUntil == nil)
            #expect(first.quotas.map(\.ratePerSecond) == [0.0167, 0.5])
            // One that comes while pages are read is of the next round.
            try await Task.sleep(for: .milliseconds(5))
            _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-2": 1])
            let last = try await older.orders(since: 0, page: first.next)
            #expect(last.orders.count == 5 && last.next.isEmpty)
            let told = try #require(last.toldUntil)
            #expect(last.orders.allSatisfy { $0.changedAt <= told })
            let next = try await older.orders(since: told, page: "")
            #expect(next.orders.contains { $0.changedAt >= told })
            #expect(try await Self.read(older).count == 36)
        }
    }

    @Test("tasks are carried out without the newer version: lines by SKU, and what is cancelled already is seen to be")
    func tasks() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-1": 2, "PAD-2": 1, "PAD-3": 1])
            let older = try amazon.session(["ordersVersion": "v0", "orderFeeds": "true"])
            let id = try #require(try await older.orders(since: 0, page: "").orders.first?.id)
            var parcel = OrderTaskCall(
                key: "s", kind: .ship, orderID: id, lines: [.init(lineID: "", sku: "PAD-1", quantity: 2)],
                carrier: "UPS", trackingNumber: "1Z", happenedAt: 1_767_225_600_000_000)
            #expect(await older.carryOut(parcel).fault == nil)
            // v0 tells of no parcels, so it is sent again, which the platform takes for the same.
            parcel.mayBeDone = true
            #expect(await older.carryOut(parcel).fault == nil)
            let cancellation = OrderTaskCall(
                key: "c", kind: .cancel, orderID: id, lines: [.init(lineID: "", sku: "PAD-2", quantity: 1)],
                reason: "out-of-stock")
            #expect(await older.carryOut(cancellation).platformID.isEmpty == false)
            let again = await older.carryOut(cancellation)
            #expect(again.fault == nil && again.platformID.isEmpty)
            let state = try #require(try await amazon.sandbox.orders(SandboxSeller.name).first)
            #expect(state["fulfilments"]?.array?.count == 1)
            #expect(state["lines"]?.array?.compactMap { $0["fulfilled"]?.integer }.reduce(0, +) == 2)
            let left = try Self.request(try await older.order(id: id), amazon)
            #expect(Set(left.items.map(\.sku)) == ["PAD-1", "PAD-3"])
            #expect(amazon.transport.exchanges.allSatisfy { !$0.request.url.contains("/orders/2026-01-01/") })
        }
    }

    @Test("buyers' data are told for a restricted token alone, and those alone that it was asked for with")
    func restricted() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-1": 1])
            let id = try #require(try await amazon.session.orders(since: 0, page: "").orders.first?.id)
            let path = "/orders/v0/orders/\(id)"
            for target in [path, "\(path)/orderItems", Self.list(amazon)] {
                let refused = try await amazon.send("GET", target)
                #expect(refused.status == 403 && !refused.text.contains("Robin"), "\(target): \(refused.text)")
                #expect(refused.json["errors"]?.array?.first?["code"] == "Unauthorized")
            }
            for (elements, hasBuyer, hasAddress) in [
                (["buyerInfo"], true, false), (["shippingAddress"], false, true),
                (["buyerInfo", "shippingAddress"], true, true),
            ] {
                let token = try await Self.token(amazon, [("/orders/v0/orders", elements), (path, elements)])
                for target in [Self.list(amazon), path] {
                    let payload = try await amazon.send("GET", target, token: token).json["payload"]
                    let order = payload?["Orders"]?.array?.first ?? payload
                    #expect(order?["AmazonOrderId"]?.text == id)
                    #expect((order?["BuyerInfo"]?["BuyerName"] == "Robin Carter") == hasBuyer)
                    #expect((order?["ShippingAddress"]?["PostalCode"] == "97201") == hasAddress)
                }
                // What it was not asked for with, it is not good for.
                #expect(try await amazon.send("GET", "\(path)/orderItems", token: token).status == 403)
                #expect(try await amazon.send("GET", "\(path)0", token: token).status == 403)
                #expect(try await amazon.send("GET", "/orders/2026-01-01/orders/\(id)", token: token).status == 403)
                #expect(try await amazon.send("GET", path, token: token + "0").status == 403)
            }
            let any = try await Self.token(amazon, [("/orders/v0/orders/{orderId}/orderItems", ["buyerInfo"])])
            #expect(try await amazon.send("GET", "\(path)/orderItems", token: any).status == 200)
        }
    }

    @Test("restricted tokens end by their time, and with the seller's consent")
    func ended() async throws {
        try await SandboxSeller.with([]) { amazon in
            let token = try await Self.token(amazon, [("/orders/v0/orders", ["buyerInfo"])])
            #expect(try await amazon.send("GET", Self.list(amazon), token: token).status == 200)
            try await amazon.setFaults(["accessTokenSeconds": 1])
            let short = try await Self.token(amazon, [("/orders/v0/orders", ["buyerInfo"])])
            try await Task.sleep(for: .milliseconds(1_100))
            #expect(try await amazon.send("GET", Self.list(amazon), token: short).status == 403)
            // The adapter asks for another where one ends too soon to be kept.
            try await amazon.setFaults(["accessTokenSeconds": 30])
            _ = try await amazon.session(["ordersVersion": "v0"]).orders(since: 0, page: "")
            #expect(try await amazon.send("GET", Self.list(amazon), token: token).status == 200)
            _ = try await amazon.sandbox.send(
                "PUT", "/control/shops/\(SandboxSeller.name)/tokens", body: ["tokens": ["Atzr|another"]])
            let gone = try await amazon.sandbox.send(
                "GET", amazon.shop.url + Self.list(amazon), headers: ["x-amz-access-token": token])
            #expect(gone.status == 403)
        }
    }

    @Test("what is wrong with a question for a restricted token is refused")
    func wrong() async throws {
        try await SandboxSeller.with([]) { amazon in
            let good: JSONValue = ["method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]]
            let bad: [JSONValue] = [
                ["method": "POST", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]],
                ["method": "GET", "path": "/orders/2026-01-01/orders", "dataElements": ["buyerInfo"]],
                ["method": "GET", "path": "/orders/v0/orders", "dataElements": ["card"]],
                ["method": "GET", "path": "/orders/v0/orders"],
            ]
            for list in [[], Array(repeating: good, count: 51)] + bad.map({ [good, $0] }) {
                let answer = try await Self.ask(amazon, .array(list))
                #expect(answer.status == 400, "\(answer.text)")
            }
            #expect(try await Self.ask(amazon, .array([good])).status == 200)
        }
    }

    private static func list(_ amazon: SandboxSeller) -> String {
        "/orders/v0/orders?MarketplaceIds=\(amazon.account.settings["marketplaceId", default: ""])"
            + "&LastUpdatedAfter=2026-01-01T00%3A00%3A00Z"
    }

    private static func ask(_ amazon: SandboxSeller, _ resources: JSONValue) async throws -> SandboxControl.Answer {
        try await amazon.send(
            "POST", "/tokens/2021-03-01/restrictedDataToken", ["restrictedResources": resources])
    }

    private static func token(_ amazon: SandboxSeller, _ resources: [(String, [String])]) async throws -> String {
        let list = resources.map { path, elements -> JSONValue in
            ["method": "GET", "path": .string(path), "dataElements": .texts(elements)]
        }
        let answer = try await Self.ask(amazon, .array(list))
        return try #require(answer.json["restrictedDataToken"]?.text, "\(answer.status) \(answer.text)")
    }
}
