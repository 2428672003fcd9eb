import ChannelAdapter
import DrivelineTesting
import Foundation
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("What goes wrong in the stand-in of eBay is understood by the adapter", .timeLimit(.minutes(5)))
struct SandboxFaultTests {
    private static func push(_ shop: SandboxShop, _ quantity: Int64) async throws -> PlatformFault? {
        let listing = ListingReference(sku: "PAD/0", platformSKU: "PAD/0", ids: ["listingId": "1"])
        let row = StockRow(listing: listing, quantity: quantity, expected: nil)
        return await shop.session.pushStock([row], key: "k").outcomes[0].fault
    }

    private static func with(_ body: (SandboxShop) async throws -> Void) async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1)), body)
    }

    @Test("a platform that throttles, fails or loses its answer is told from one that refuses")
    func kinds() async throws {
        try await Self.with { shop in
            try await shop.setFaults(["throttled": true])
            #expect(try await Self.push(shop, 1)?.kind == .throttled)
            try await shop.setFaults(["error500Rate": 1])
            let failed = try await Self.push(shop, 2)
            #expect(failed?.kind == .retry)
            #expect(try await shop.shelf()["PAD/0"]?.available == 10)
            try await shop.setFaults()
            #expect(try await Self.push(shop, 3) == nil)
            try await shop.setFaults(["answerLostRate": 1])
            let lost = try await Self.push(shop, 4)
            #expect(lost?.kind == .retry && lost?.isOutcomeUnknown == true)
            #expect(try await shop.shelf()["PAD/0"]?.available == 4)
            try await shop.setFaults(["answerDelayMilliseconds": 40, "delaysBeforeActing": true])
            #expect(try await Self.push(shop, 5) == nil)
            #expect(try await shop.shelf()["PAD/0"]?.available == 5)
        }
    }

    @Test("a token that has ended is asked for again; where the seller took back what was granted, he is asked")
    func tokens() async throws {
        try await Self.with { shop in
            let token = try await shop.token()
            let path = "/sell/inventory/v1/location"
            #expect(try await shop.send("GET", path, token: token).status == 200)
            #expect(try await Self.push(shop, 1) == nil)
            try await shop.setFaults(["tokenRevoked": true])
            let refused = try await shop.send("GET", path, token: token)
            #expect(refused.status == 401 && refused.json["errors"]?.array?.first?["errorId"] == 1001)
            #expect(try await Self.push(shop, 2)?.kind == .reauthenticate)
            try await shop.setFaults(["accessTokenSeconds": 1])
            let short = try await shop.token()
            #expect(try await shop.send("GET", path, token: short).status == 200)
            try await until { try await shop.send("GET", path, token: short).status == 401 }
            #expect(try await Self.push(shop, 3) == nil)
            _ = try await shop.sandbox.send(
                "PUT", "/control/shops/\(SandboxShop.name)/tokens", body: ["tokens": ["another"]])
            #expect(try await Self.push(shop, 4)?.kind == .reauthenticate)
            #expect(try await shop.send("GET", path, token: token).status == 401)
            #expect(try await shop.shelf()["PAD/0"]?.available == 3)
        }
    }

    @Test("an application's token is no seller's, and a token that is none is taken nowhere")
    func owners() async throws {
        try await Self.with { shop in
            let application = try await shop.token(seller: false)
            let seller = try await shop.token()
            let item = "/sell/inventory/v1/inventory_item"
            #expect(try await shop.send("GET", item, token: application).status == 403)
            for forged in ["v^1.1#i^1#e30=#e30=", seller + "x", "x" + seller, ""] {
                #expect(try await shop.send("GET", item, token: forged).status == 401)
            }
            let limits = "/developer/analytics/v1_beta"
            #expect(try await shop.send("GET", "\(limits)/user_rate_limit/", token: application).status == 403)
            let answer = try await shop.send("GET", "\(limits)/rate_limit/?api_name=inventory", token: application)
            let limit = answer.json["rateLimits"]?.array?.first?["resources"]?.array?.first?["rates"]?.array?.first
            #expect(limit?["limit"] == 2_000_000 && limit?["remaining"]?.integer ?? 0 > 1_999_000)
        }
    }

    @Test("where limits hold, the calls of a day are counted for each interface, and then refused")
    func limits() async throws {
        try await Self.with { shop in
            try await shop.setFaults(["limitsEnabled": true, "limitPoints": 3])
            for number in 0..<3 { #expect(try await Self.push(shop, Int64(number)) == nil) }
            let refused = try #require(try await Self.push(shop, 9))
            let wait = try #require(refused.retryAfterMilliseconds)
            let midnight = 86_400_000 - Int64(Date().timeIntervalSince1970 * 1_000) % 86_400_000
            #expect(refused.kind == .throttled && refused.code == "2001")
            #expect(abs(wait - midnight) < 60_000 || abs(wait - midnight) > 86_340_000, "\(wait), \(midnight)")
            let count = shop.transport.exchanges.count
            let reads = shop.transport.exchanges.filter { $0.path.contains("rate_limit") }
            #expect(reads.count == 2 && reads.allSatisfy { $0.status == 200 })
            #expect(try await Self.push(shop, 9)?.code == "quota-used-up")
            #expect(shop.transport.exchanges.count == count)
            #expect(try await shop.session.orders(since: SandboxShopTests.recently(), page: "").orders.isEmpty)
            let token = try await shop.token()
            let answer = try await shop.send("GET", "/developer/analytics/v1_beta/user_rate_limit/", token: token)
            let inventory = answer.json["rateLimits"]?.array?.first { $0["apiName"] == "inventory" }
            #expect(inventory?["resources"]?.array?.first?["rates"]?.array?.first?["remaining"] == 0)
        }
    }
}
