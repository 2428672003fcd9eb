import ChannelAdapter
import DrivelineTesting
import OrderMessages
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import ShopifyAdapter

/// Carries an adapter's calls to a sandbox.
private struct SandboxTransport: PlatformTransport {
    let sandbox: SandboxControl

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        do {
            // As the service's own client, it takes answers as they are.
            let headers = [("Accept-Encoding", "identity")] + request.headers.map { ($0.name, $0.value) }
            let answer = try await self.sandbox.send(
                request.method, request.url, bytes: request.body, headers: Dictionary(headers) { $1 })
            return PlatformResponse(status: answer.status, body: answer.body)
        } catch {
            throw PlatformFault(.retry, code: "no-answer", "\(error)", isOutcomeUnknown: true)
        }
    }
}

@Suite("The adapter and the stand-in shop, made apart, understand each other", .timeLimit(.minutes(5)))
struct SandboxShopTests {
    private static func withShop(
        _ products: [SandboxProduct],
        _ body: (any PlatformSession, SandboxControl, SandboxControl.MadeShop) async throws -> Void
    ) async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("brakes", products: products, token: "shop-token")
            try await body(Self.session(shop, sandbox), sandbox, shop)
        }
    }

    private static func account(_ shop: SandboxControl.MadeShop) -> PlatformAccount {
        PlatformAccount(
            connection: "sandbox", settings: ["domain": "brakes.myshopify.com", "endpoint": shop.url],
            credentials: ["accessToken": shop.token, "clientSecret": shop.clientSecret])
    }

    private static func session(_ shop: SandboxControl.MadeShop, _ sandbox: SandboxControl) -> any PlatformSession {
        ShopifyAdapter(pace: ShopifyBulkPace(firstMilliseconds: 5, longestMilliseconds: 50))
            .session(Self.account(shop), transport: SandboxTransport(sandbox: sandbox))
    }

    /// All that the shop has, by SKU.
    private static func listings(_ session: any PlatformSession) async throws -> [String: ListingReference] {
        var (listings, page) = ([String: ListingReference](), "")
        repeat {
            let next = try await session.listings(page: page)
            for listing in next.listings { listings[listing.sku] = listing }
            page = next.next
        } while !page.isEmpty
        return listings
    }

    private static let products = (0..<230).map { SandboxProduct(sku: "PAD-\($0)", quantity: 10, price: "24.90") }

    @Test("quantities and prices of matched listings come to the shelf, and are read back")
    func pushes() async throws {
        try await Self.withShop(Self.products) { session, sandbox, _ in
            #expect(try await session.check()["domain"] == "brakes.myshopify.com")
            let listings = try await Self.listings(session)
            #expect(listings.count == 230)
            let rows = (0..<230).compactMap { number in
                listings["PAD-\(number)"].map { StockRow(listing: $0, quantity: Int64(number), expected: 10) }
            }
            let answer = await session.pushStock(rows, key: "first")
            #expect(answer.outcomes.allSatisfy { $0.fault == nil } && answer.quotas.count == 1)
            let again = await session.pushStock(rows, key: "first")
            #expect(again.outcomes.allSatisfy { $0.fault == nil })
            let prices = (0..<10).compactMap { number in
                listings["PAD-\(number)"].map {
                    PriceRow(listing: $0, micros: 1_010_000 * Int64(number + 1), currency: "USD")
                }
            }
            #expect(await session.pushPrices(prices, key: "prices").outcomes.allSatisfy { $0.fault == nil })
            let shelf = try await sandbox.shelf("brakes")
            #expect((0..<230).allSatisfy { (number: Int) in shelf["PAD-\(number)"]?.available == number })
            #expect(shelf["PAD-9"]?.price == "10.10")
            var asked = (0..<5).compactMap { listings["PAD-\($0)"] }
            asked.append(
                ListingReference(sku: "gone", platformSKU: "gone", ids: ["variantId": "1", "locationId": "1"]))
            let readings = try await session.shelves(asked)
            #expect(readings.map(\.exists) == [true, true, true, true, true, false])
            #expect(readings.prefix(5).map(\.quantity) == [0, 1, 2, 3, 4])
            #expect(readings[4].priceMicros == 5_050_000 && readings[4].currency == "USD")
        }
    }

    @Test("a row that is stale or wrong is told so, and its neighbours are set")
    func badRows() async throws {
        try await Self.withShop(Self.products) { session, sandbox, _ in
            let listings = try await Self.listings(session)
            try await sandbox.editShelf("brakes", "PAD-3", available: 4)
            var rows = (0..<20).compactMap { number in
                listings["PAD-\(number)"].map { StockRow(listing: $0, quantity: 77, expected: 10) }
            }
            rows[7].listing.ids["inventoryItemId"] = "123456789"
            let outcomes = await session.pushStock(rows, key: "k").outcomes
            #expect(outcomes[3].fault?.kind == .stale && outcomes[7].fault?.kind == .refused)
            #expect(outcomes.enumerated().allSatisfy { $0 == 3 || $0 == 7 || $1.fault == nil })
            let shelf = try await sandbox.shelf("brakes")
            #expect(shelf["PAD-3"]?.available == 4 && shelf["PAD-7"]?.available == 10)
            #expect((0..<20).allSatisfy { $0 == 3 || $0 == 7 || shelf["PAD-\($0)"]?.available == 77 })
        }
    }

    @Test("whatever answers are lost, a repeat with the same key and rows ends with what was wanted")
    func lostAnswers() async throws {
        try await Self.withShop(Array(Self.products.prefix(5))) { session, sandbox, _ in
            let listings = try await Self.listings(session)
            try await sandbox.setFaults("brakes", ["answerLostRate": 1])
            let rows = (0..<5).compactMap { number in
                listings["PAD-\(number)"].map { StockRow(listing: $0, quantity: 3, expected: 10) }
            }
            let lost = await session.pushStock(rows, key: "k")
            #expect(lost.outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == true })
            try await sandbox.setFaults("brakes", [:])
            let repeated = await session.pushStock(rows, key: "k")
            #expect(repeated.outcomes.allSatisfy { $0.fault == nil })
            #expect(try await sandbox.shelf("brakes").values.allSatisfy { $0.available == 3 })
        }
    }

    @Test("throttling, failures and a revoked token are told apart")
    func faults() async throws {
        try await Self.withShop(Array(Self.products.prefix(1))) { session, sandbox, _ in
            let listing = try #require(try await Self.listings(session)["PAD-0"])
            let cases: [(String, JSONValue, PlatformFault.Kind)] = [
                ("throttled", ["throttled": true], .throttled),
                ("tokenRevoked", ["tokenRevoked": true], .reauthenticate),
            ]
            for (fault, faults, kind) in cases {
                try await sandbox.setFaults("brakes", faults)
                let row = StockRow(listing: listing, quantity: 1, expected: nil)
                let outcome = await session.pushStock([row], key: fault).outcomes[0]
                #expect(outcome.fault?.kind == kind, "\(fault): \(String(describing: outcome.fault))")
            }
            try await sandbox.setFaults("brakes", ["error500Rate": 1])
            let row = StockRow(listing: listing, quantity: 1, expected: nil)
            let outcome = await session.pushStock([row], key: "500").outcomes[0]
            #expect(outcome.fault?.kind == .retry && outcome.fault?.isOutcomeUnknown == true)
        }
    }

    @Test("a listing is made once, whoever is told of it how often, and can be stocked")
    func content() async throws {
        try await Self.withShop([]) { session, sandbox, _ in
            var row = ContentRow(
                listing: ListingReference(sku: "NEW/1", platformSKU: "", ids: [:]),
                values: [
                    ContentRow.Value(target: "title", value: "Pads"),
                    ContentRow.Value(target: "status", value: "ACTIVE"),
                    ContentRow.Value(target: "metafields.driveline.fitment", value: "[]"),
                ])
            let first = await session.pushContent([row], key: "a").outcomes[0]
            #expect(first.fault == nil)
            let second = await session.pushContent([row], key: "b").outcomes[0]
            #expect(second.fault == nil && second.ids["variantId"] == first.ids["variantId"])
            row.listing.ids = first.ids
            row.values[0].value = "Brake pads"
            #expect(await session.pushContent([row], key: "c").outcomes[0].fault == nil)
            let listings = try await Self.listings(session)
            #expect(listings.count == 1)
            let stock = StockRow(listing: row.listing, quantity: 8, expected: nil)
            #expect(await session.pushStock([stock], key: "d").outcomes[0].fault == nil)
            #expect(try await sandbox.shelf("brakes")["NEW/1"]?.available == 8)
        }
    }

    private static func contents(_ listings: [ListingReference], title: String) -> [ContentRow] {
        listings.map { listing in
            ContentRow(
                listing: listing,
                values: [
                    ContentRow.Value(target: "title", value: "\(title) \(listing.sku)"),
                    ContentRow.Value(target: "barcode", value: "0123"),
                    ContentRow.Value(target: "metafields.driveline.fitment", value: "[\"\(title)\"]"),
                ])
        }
    }

    /// The titles of all products, and the values of their fitment, in their order.
    private static func titles(
        _ sandbox: SandboxControl, _ shop: SandboxControl.MadeShop
    ) async throws -> [(title: String, barcode: String?, fitment: String?)] {
        let query = """
            { products(first: 250) { nodes { title variants(first: 2) { nodes { barcode } }
              metafield(namespace: "driveline", key: "fitment") { value } } } }
            """
        let answer = try await sandbox.send(
            "POST", "\(shop.url)/admin/api/2026-04/graphql.json", body: ["query": .string(query)],
            headers: [
                "X-Shopify-Access-Token": shop.token, "Content-Type": "application/json", "Accept-Encoding": "identity",
            ])
        return (answer.json["data"]?["products"]?["nodes"]?.array ?? []).map { product in
            (
                product["title"]?.text ?? "", product["variants"]?["nodes"]?.array?.first?["barcode"]?.text,
                product["metafield"]?["value"]?.text
            )
        }.sorted { $0.0 < $1.0 }
    }

    @Test("contents in bulk come to listings that are there and make those that are not, once however often they come")
    func bulk() async throws {
        try await Self.withShop(Array(Self.products.prefix(40))) { session, sandbox, shop in
            let known = try await Self.listings(session)
            let new = (0..<30).map { ListingReference(sku: "NEW-\($0)", platformSKU: "", ids: [:]) }
            // Ten of those that are there were never matched.
            let listings = (0..<40).compactMap { number -> ListingReference? in
                var listing = known["PAD-\(number)"]
                if number < 10 { listing?.ids = [:] }
                return listing
            }
            for title in ["First", "Second"] {
                let answer = await session.pushContentInBulk(Self.contents(listings + new, title: title), key: title)
                #expect(answer.outcomes.allSatisfy { $0.fault == nil }, "\(answer.outcomes.compactMap(\.fault))")
                let titles = try await Self.titles(sandbox, shop)
                #expect(Set(titles.map(\.title)).count == 70 && titles.count == 70)
                #expect(titles.allSatisfy { $0.title.hasPrefix(title) && $0.barcode == "0123" })
                #expect(titles.allSatisfy { $0.fitment == "[\"\(title)\"]" })
            }
            let ids = await session.pushContentInBulk(Self.contents([new[0]], title: "Third"), key: "ids").outcomes[0]
                .ids
            let stock = StockRow(
                listing: ListingReference(sku: "NEW-0", platformSKU: "NEW-0", ids: ids), quantity: 8, expected: nil)
            _ = await session.pushStock([stock], key: "s")
            let shelf = try await sandbox.shelf("brakes")
            #expect(shelf.count == 70 && (0..<40).allSatisfy { shelf["PAD-\($0)"]?.available == 10 })
        }
    }

    @Test("where every third line of a bulk fails, just those listings are told so, and a repeat sets them")
    func halfFailedBulk() async throws {
        try await Self.withShop(Array(Self.products.prefix(60))) { session, sandbox, shop in
            let known = try await Self.listings(session)
            let rows = Self.contents((0..<60).compactMap { known["PAD-\($0)"] }, title: "Bulk")
            try await sandbox.setFaults("brakes", ["refusedRowInterval": 3])
            let outcomes = await session.pushContentInBulk(rows, key: "a").outcomes
            try await sandbox.setFaults("brakes", [:])
            let done = Set(try await Self.titles(sandbox, shop).filter { $0.title.hasPrefix("Bulk") }.map(\.title))
            #expect(done.count == 40)
            for (row, outcome) in zip(rows, outcomes) where !done.contains(row.values[0].value) {
                #expect(outcome.fault?.kind == .retry && outcome.fault?.isOutcomeUnknown == true)
            }
            // Those whose product was set, and their variant or metafield not, have failed as well.
            let whole = Set(
                try await Self.titles(sandbox, shop).filter { $0.fitment == "[\"Bulk\"]" && $0.barcode == "0123" }
                    .map(\.title))
            #expect(!whole.isEmpty && whole.count < 40)
            for (row, outcome) in zip(rows, outcomes) {
                #expect((outcome.fault == nil) == whole.contains(row.values[0].value), "\(row.listing.sku)")
            }
            #expect(await session.pushContentInBulk(rows, key: "b").outcomes.allSatisfy { $0.fault == nil })
            let titles = try await Self.titles(sandbox, shop)
            #expect(
                titles.count == 60 && titles.allSatisfy { $0.title.hasPrefix("Bulk") && $0.fitment == "[\"Bulk\"]" })
        }
    }

    @Test("a bulk that was given up half-way is sent again, and makes nothing twice")
    func bulkTwice() async throws {
        try await Self.withShop([]) { session, sandbox, shop in
            let new = (0..<200).map { ListingReference(sku: "NEW-\($0)", platformSKU: "", ids: [:]) }
            let rows = Self.contents(new, title: "Bulk")
            let task = Task { await session.pushContentInBulk(rows, key: "a") }
            try await until {
                let answer = try await sandbox.graphQL(shop, "{ bulkOperations(first: 1) { nodes { id } } }")
                return answer.json["data"]?["bulkOperations"]?["nodes"]?.array?.isEmpty == false
            }
            task.cancel()
            _ = await task.value
            let again = Self.session(shop, sandbox)
            #expect(await again.pushContentInBulk(rows, key: "a").outcomes.allSatisfy { $0.fault == nil })
            let titles = try await Self.titles(sandbox, shop)
            #expect(titles.count == 200 && Set(titles.map(\.title)).count == 200)
        }
    }

    @Test("an order is polled, read, sent once, given money back for, and another one cancelled")
    func orders() async throws {
        try await Self.withShop(Array(Self.products.prefix(3))) { session, sandbox, shop in
            let first = try #require(try await sandbox.placeOrder("brakes", ["PAD-0": 2, "PAD-1": 1]))
            let second = try #require(try await sandbox.placeOrder("brakes", ["PAD-2": 1]))
            let page = try await session.orders(since: 0, page: "")
            #expect(page.next.isEmpty && page.orders.count == 2)
            let polled = try #require(page.orders.first { first.hasSuffix("/\($0.id)") })
            let request = try ShopifyAdapter().order(from: polled.body, account: Self.account(shop))
            #expect(Set(request.items.map(\.sku)) == ["PAD-0", "PAD-1"] && request.orderID == polled.id)
            #expect(request.items.map(\.quantity).reduce(0, +) == 3 && request.currency == "USD")
            let lines = request.items.map {
                OrderTaskCall.Line(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.quantity)
            }
            var parcel = OrderTaskCall(
                key: "s", kind: .ship, orderID: polled.id, lines: lines, carrier: "UPS", trackingNumber: "1Z999")
            let sent = await session.carryOut(parcel)
            #expect(sent.fault == nil && !sent.platformID.isEmpty)
            parcel.mayBeDone = true
            #expect(await session.carryOut(parcel).platformID == sent.platformID)
            parcel.mayBeDone = false
            #expect(await session.carryOut(parcel).fault?.code == "not-fulfillable")
            var refund = OrderTaskCall(
                key: "r", kind: .refund, orderID: polled.id, reason: "return", currency: "USD",
                amountMicros: 10_000_000)
            let returned = await session.carryOut(refund)
            #expect(returned.fault == nil && !returned.platformID.isEmpty)
            refund.mayBeDone = true
            #expect(await session.carryOut(refund).platformID == returned.platformID)
            let other = try #require(page.orders.first { second.hasSuffix("/\($0.id)") }).id
            let cancellation = OrderTaskCall(key: "c", kind: .cancel, orderID: other, reason: "out-of-stock")
            #expect(await session.carryOut(cancellation).fault == nil)
            try await until { try await ShopifyAdapter().isCancelled(session.order(id: other).body) }
            #expect(await session.carryOut(cancellation).fault == nil)
        }
    }

    @Test("notifications are subscribed once, and move with the gateway")
    func subscriptions() async throws {
        try await Self.withShop([]) { session, sandbox, shop in
            for base in ["https://driveline.example", "https://driveline.example", "https://moved.example"] {
                let address = "\(base)/v1/notifications/key"
                #expect(try await session.subscribe(to: address).topics.count == 6)
                let answer = try await sandbox.graphQL(
                    shop, "{ webhookSubscriptions(first: 50) { nodes { topic uri } } }")
                let nodes = answer.json["data"]?["webhookSubscriptions"]?["nodes"]?.array ?? []
                #expect(nodes.map { $0["uri"]?.text } == Array(repeating: address, count: 6))
                #expect(Set(nodes.compactMap { $0["topic"]?.text }).count == 6)
            }
        }
    }
}
