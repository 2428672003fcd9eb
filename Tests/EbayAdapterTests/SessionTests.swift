import ChannelAdapter
import FileFormats
import OrderMessages
import Testing

@testable import EbayAdapter

@Suite("A seller's account is asked for what it has and shows")
struct SessionTests {
    private static func offer(_ sku: String, _ quantity: String, _ price: String) -> String {
        #"{"offers":[{"offerId":"9","sku":"\#(sku)","marketplaceId":"EBAY_MOTORS_US","status":"PUBLISHED","#
            + #""listing":{"listingId":"5"}\#(quantity),"pricingSummary":{"price":{"value":"\#(price)","currency":"USD"}}}]}"#
    }

    @Test("shelves show the lesser of the item's units and the offer's, and the offer's price")
    func shelves() async throws {
        let platform = ScriptedPlatform { (call, _) in
            if call.method == "POST" {
                return .json(
                    #"{"responses":[{"sku":"EB-3","statusCode":404,"errors":[{"errorId":25710}]},"#
                        + #"{"sku":"EB-1","statusCode":200,"inventoryItem":{"availability":{"shipToLocationAvailability":{"quantity":7}}}},"#
                        + #"{"sku":"EB-2","statusCode":200,"inventoryItem":{"availability":{"shipToLocationAvailability":{"quantity":7}}}}]}"#,
                    status: 207)
            }
            return call.path.contains("sku=EB-1")
                ? .json(Self.offer("EB-1", #","availableQuantity":3"#, "19.99")) : .errors(25713, status: 404)
        }
        let readings = try await platform.session().shelves((1...3).map { ListingReference.example($0) })
        #expect(
            readings == [
                ShelfReading(sku: "SKU-1", quantity: 3, priceMicros: 19_990_000, currency: "USD"),
                ShelfReading(sku: "SKU-2", quantity: 7), ShelfReading(sku: "SKU-3", exists: false),
            ])
        #expect(
            platform.lines[1]
                == "GET /sell/inventory/v1/offer?sku=EB-1&marketplace_id=EBAY_MOTORS_US&format=FIXED_PRICE&limit=100")
        let short = ScriptedPlatform([.json(#"{"responses":[]}"#)])
        let fault = await #expect(throws: PlatformFault.self) { try await short.session().shelves([.example(1)]) }
        #expect(fault?.code == "answer-unreadable")
        let many = await #expect(throws: PlatformFault.self) {
            try await short.session().shelves((1...11).map { ListingReference.example($0) })
        }
        #expect(many?.code == "too-many-rows")
        #expect(try await short.session().shelves([]).isEmpty)
    }

    @Test("an offer that cannot be read makes no shelf without a price")
    func failingOffer() async {
        let item = PlatformResponse.json(#"{"responses":[{"sku":"EB-1","statusCode":200,"inventoryItem":{}}]}"#)
        for response in [
            PlatformResponse.errors(25001, status: 500), .json(Self.offer("EB-1", "", "cheap")),
        ] {
            let platform = ScriptedPlatform([item, response])
            let fault = await #expect(throws: PlatformFault.self) {
                try await platform.session().shelves([.example(1)])
            }
            #expect(fault?.kind == .retry)
        }
    }

    @Test("listings come page by page with the ids that pushes need")
    func listings() async throws {
        let platform = ScriptedPlatform([
            .json(#"{"inventoryItems":[{"sku":"EB-1"},{"sku":"EB-2"},{"sku":""}],"next":"/x"}"#),
            .json(Self.offer("EB-1", "", "1.00")), .errors(25713, status: 404), .json(#"{"inventoryItems":[]}"#),
        ])
        let first = try await platform.session().listings(page: "")
        #expect(
            first.listings == [
                ListingReference(
                    sku: "EB-1", platformSKU: "EB-1", ids: ["offerId": "9", "listingId": "5", "currency": "USD"]),
                ListingReference(sku: "EB-2", platformSKU: "EB-2", ids: [:]),
            ])
        #expect(first.next == "3")
        let last = try await platform.session().listings(page: first.next)
        #expect(last.listings.isEmpty && last.next.isEmpty)
        #expect(platform.lines.last == "GET /sell/inventory/v1/inventory_item?limit=20&offset=3")
        await #expect(throws: PlatformFault.self) { try await platform.session().listings(page: "x") }
    }

    @Test(
        "settings that are not valid are named, and no call goes out with them",
        arguments: [
            ("marketplace", ""), ("marketplace", "EBAY-US"), ("marketplace", "US"), ("language", "english"),
            ("endpoint", "file:///etc"), ("endpoint", "http://a@b"), ("quantityTarget", "shelf"),
            ("revisionRows", "26"),
            ("revisionRows", "0"), ("cancellationScheme", "Basic"),
        ])
    func settings(_ field: String, _ value: String) async {
        let account = PlatformAccount.example([field: value])
        let problems = EbayAdapter().problems(in: account.settings)
        #expect(problems.map(\.field) == [field] && problems.allSatisfy { !$0.expected.isEmpty })
        let platform = ScriptedPlatform([])
        let session = EbayAdapter().session(account, transport: platform)
        let outcomes = await session.pushStock([StockRow(listing: .example(1), quantity: 1, expected: nil)], key: "k")
        #expect(outcomes.outcomes[0].fault?.code == "settings-invalid")
        #expect(platform.calls.isEmpty && platform.tokenCalls.isEmpty)
        #expect(EbayAdapter().problems(in: PlatformAccount.example().settings).isEmpty)
    }

    @Test("the adapter verifies with the key that it has asked for, and answers a challenge")
    func adapter() async throws {
        let adapter = EbayAdapter()
        let platform = ScriptedPlatform { (_, _) in .errors(195001, status: 404) }
        let header = Base64.text(Array(#"{"alg":"ecdsa","kid":"k-1","signature":"MEYC","digest":"SHA1"}"#.utf8))
        let notification = PlatformNotification(
            target: "/", headers: [.init("X-EBAY-SIGNATURE", header)], body: Array("{}".utf8), receivedAt: 0)
        try await adapter.prepare(for: notification, account: .example(), transport: platform)
        #expect(platform.lines == ["GET /commerce/notification/v1/public_key/k-1"])
        let fault = #expect(throws: PlatformFault.self) { try adapter.content(of: notification, account: .example()) }
        #expect(fault?.code == "signature-invalid")
        let answer = adapter.answer(
            toChallenge: "c", address: "https://us.example/n",
            account: .example(credentials: ["verificationToken": "t"]))
        #expect(answer?.utf8.count == 64)
        #expect(adapter.answer(toChallenge: "c", address: "https://us.example/n", account: .example()) == nil)
        #expect(try adapter.isCancelled(Array(OrderTests.order(cancelState: "CANCELED").utf8)))
        #expect(try !adapter.isCancelled(Array(OrderTests.order().utf8)))
        #expect(try adapter.order(from: Array(OrderTests.order().utf8), account: .example()).items.count == 2)
    }
}
