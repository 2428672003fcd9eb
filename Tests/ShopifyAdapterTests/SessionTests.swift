import ChannelAdapter
import FileFormats
import OrderMessages
import Testing

@testable import ShopifyAdapter

@Suite("A shop is asked for what it is, has and shows")
struct SessionTests {
    @Test("the shop of the token must be the connection's")
    func check() async throws {
        let answer: @Sendable (String) -> String = { domain in
            #"{"shop":{"id":"x","name":"Brake Parts","myshopifyDomain":"\#(domain)","currencyCode":"USD"},"#
                + #""location":{"id":"gid://shopify/Location/7","name":"Main"}}"#
        }
        let shop = ScriptedShop { (_, _) in .data(answer("brake-parts.myshopify.com")) }
        let found = try await shop.session().check()
        #expect(
            found["shop"] == "Brake Parts" && found["currency"] == "USD" && found["location"] == "Main")
        let other = ScriptedShop { (_, _) in .data(answer("other.myshopify.com")) }
        let fault = await #expect(throws: PlatformFault.self) { try await other.session().check() }
        #expect(fault?.code == "other-shop")
        let revoked = ScriptedShop { (_, _) in
            .json(#"{"errors":"[API] Invalid API key or access token"}"#, status: 401)
        }
        #expect(
            await #expect(throws: PlatformFault.self) { try await revoked.session().check() }?.kind == .reauthenticate)
    }

    @Test("listings come page by page with the ids that pushes need; variants without a SKU are passed over")
    func listings() async throws {
        let page: @Sendable (String, String) -> String = { sku, next in
            #"{"shop":{"currencyCode":"USD"},"location":{"id":"gid://shopify/Location/9"},"productVariants":{"nodes":["#
                + #"{"id":"gid://shopify/ProductVariant/1","sku":\#(sku),"product":{"id":"gid://shopify/Product/2"},"#
                + #""inventoryItem":{"id":"gid://shopify/InventoryItem/3"}}],"pageInfo":\#(next)}}"#
        }
        let shop = ScriptedShop { (_, count) in
            .data(
                count == 0
                    ? page(#""A""#, #"{"hasNextPage":true,"endCursor":"c1"}"#) : page("null", #"{"hasNextPage":false}"#)
            )
        }
        let session = shop.session(["locationId": ""])
        let first = try await session.listings(page: "")
        #expect(first.next == "c1")
        #expect(
            first.listings == [
                ListingReference(
                    sku: "A", platformSKU: "A",
                    ids: [
                        "productId": "gid://shopify/Product/2", "variantId": "gid://shopify/ProductVariant/1",
                        "inventoryItemId": "gid://shopify/InventoryItem/3", "locationId": "gid://shopify/Location/9",
                        "currency": "USD",
                    ])
            ])
        let second = try await session.listings(page: first.next)
        #expect(second.listings.isEmpty && second.next.isEmpty)
        #expect(shop.calls.map { $0.variables["after"]?.text } == [nil, "c1"])
    }

    @Test("shelves: what is there, what is not, and what has no level at the location")
    func shelves() async throws {
        let shop = ScriptedShop { (_, _) in
            .data(
                """
                {"shop":{"currencyCode":"USD"},"nodes":[{"id":"a","price":"19.99","inventoryItem":{"id":"i","inventoryLevel":\
                {"id":"l","quantities":[{"name":"available","quantity":-3}]}}},null,{"id":"c","price":"0.5","inventoryItem":\
                {"id":"k","inventoryLevel":null}}]}
                """)
        }
        var listings = (1...3).map { ListingReference.example($0) }
        listings.append(ListingReference(sku: "none", platformSKU: "none", ids: [:]))
        let readings = try await shop.session().shelves(listings)
        #expect(
            readings == [
                ShelfReading(sku: "SKU-1", quantity: -3, priceMicros: 19_990_000, currency: "USD"),
                ShelfReading(sku: "SKU-2", exists: false),
                ShelfReading(sku: "SKU-3", quantity: 0, priceMicros: 500_000, currency: "USD"),
                ShelfReading(sku: "none", exists: false),
            ])
        #expect(shop.calls.count == 1)
        let short = ScriptedShop { (_, _) in .data(#"{"shop":{"currencyCode":"USD"},"nodes":[]}"#) }
        #expect(
            await #expect(throws: PlatformFault.self) { try await short.session().shelves(listings) }?.kind == .retry)
    }

    @Test("orders come page by page, each with all of its lines")
    func orders() async throws {
        var order = RandomOrder.example
        let cut = order.graphQL.replacing(
            #""pageInfo":{"hasNextPage":false,"endCursor":null}"#,
            with: #""pageInfo":{"hasNextPage":true,"endCursor":"l1"}"#)
        let rest =
            #"{"order":{"lineItems":{"nodes":[{"id":"gid://shopify/LineItem/77","sku":"X","title":"t","quantity":4,"#
            + #""originalUnitPriceSet":{"shopMoney":{"amount":"1.0"}},"discountAllocations":[],"taxLines":[]}],"#
            + #""pageInfo":{"hasNextPage":false,"endCursor":null}}}}"#
        order.id = 5
        let second = order.graphQL
        let shop = ScriptedShop { (call, count) in
            switch (call.operation, count) {
            case ("OrderLines", _): .data(rest)
            case (_, 0): .data(#"{"orders":{"nodes":[\#(cut)],"pageInfo":{"hasNextPage":true,"endCursor":"o1"}}}"#)
            default: .data(#"{"orders":{"nodes":[\#(second)],"pageInfo":{"hasNextPage":false,"endCursor":"o2"}}}"#)
            }
        }
        let session = shop.session()
        let since = try #require(PlatformTime.microseconds("2026-01-31T08:09:10.75Z"))
        let page = try await session.orders(since: since, page: "")
        #expect(page.next == "o1" && page.orders.map(\.id) == ["9007199254740993"])
        #expect(page.orders[0].changedAt == PlatformTime.microseconds("2026-01-01T00:00:01Z"))
        let request = try ShopifyAdapter().order(from: page.orders[0].body, account: .example())
        #expect(request.items.map(\.quantity) == [2, 1, 4] && page.quotas.map(\.cost) == [20])
        #expect(shop.calls[0].variables["query"]?.text == "updated_at:>='2026-01-31T08:09:10Z'")
        let last = try await session.orders(since: since, page: page.next)
        #expect(last.next.isEmpty && last.orders.map(\.id) == ["5"])
    }

    @Test("one order by its digits; one that the shop does not have is said to be missing")
    func order() async throws {
        let shop = ScriptedShop { (call, _) in
            let id = call.variables["id"]?.text
            return .data(
                id == "gid://shopify/Order/9007199254740993"
                    ? #"{"order":\#(RandomOrder.example.graphQL)}"# : #"{"order":null}"#)
        }
        #expect(try await shop.session().order(id: "9007199254740993").id == "9007199254740993")
        for id in ["12", "twelve"] {
            let fault = await #expect(throws: PlatformFault.self) { try await shop.session().order(id: id) }
            #expect(fault?.code == "order-missing")
        }
    }

    @Test("settings that are not valid are named, and no call goes out with them")
    func settings() async {
        let cases = [
            ("domain", "brake-parts.example.com"), ("domain", ""), ("domain", "evil.com/.myshopify.com"),
            ("domain", "-x.myshopify.com"), ("domain", "a.b.myshopify.com"), ("domain", "Shop.myshopify.com"),
            ("apiVersion", "latest"), ("endpoint", "file:///etc"), ("endpoint", "http://a@b"), ("locationId", "x"),
            ("points", "0"), ("pointsPerSecond", "1e3"), ("notifyCustomers", "yes"),
        ]
        for (field, value) in cases {
            let account = PlatformAccount.example([field: value])
            let problems = ShopifyAdapter().problems(in: account.settings)
            #expect(problems.map(\.field) == [field] && problems.allSatisfy { !$0.expected.isEmpty })
            let shop = ScriptedShop([])
            let session = ShopifyAdapter().session(account, transport: shop)
            #expect(
                await session.pushStock([StockRow(listing: .example(1), quantity: 1, expected: nil)], key: "k")
                    .outcomes[0].fault?.code == "settings-invalid")
            #expect(shop.calls.isEmpty)
        }
        #expect(ShopifyAdapter().problems(in: PlatformAccount.example().settings).isEmpty)
    }

    @Test("a plan's points and another address to call are settings")
    func plan() async {
        let operations = ShopifyAdapter().operations(with: ["points": "2000", "pointsPerSecond": "100"])
        #expect(operations.allSatisfy { $0.bucket == "points" && $0.burst == 2000 && $0.ratePerSecond == 100 })
        #expect(ShopifyAdapter().platform.operations.allSatisfy { $0.burst == 1000 && $0.ratePerSecond == 50 })
        let shop = ScriptedShop([])
        _ = try? await shop.session(["endpoint": "http://127.0.0.1:9/shop/", "apiVersion": "2026-07"]).check()
        #expect(shop.calls.map(\.request.url) == ["http://127.0.0.1:9/shop/admin/api/2026-07/graphql.json"])
    }
}
