import ChannelAdapter
import Foundation
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("The stand-in of eBay keeps what it said", .timeLimit(.minutes(2)))
struct SandboxRestartTests {
    @Test("tokens, offers, vehicles, revisions and the time of a parcel are the same after a restart")
    func restart() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let product = SandboxProduct(sku: "PAD-1", quantity: 5, price: "9.90")
        let (token, made, before) = try await withSandbox(folder: folder) { sandbox in
            let made = try await sandbox.createShop(SandboxShop.name, platform: "ebay", products: [product])
            let shop = SandboxShop(sandbox, made)
            let token = try await shop.token()
            let vehicles: JSONValue = ["compatibleProducts": [["productIdentifier": ["ktype": "10232"]]]]
            let path = "/sell/inventory/v1/inventory_item/PAD-1/product_compatibility"
            #expect(try await shop.send("PUT", path, vehicles, token: token).status == 201)
            // With the vehicles, it is changed as often as a listing can be on a day.
            for number in 2...250 { #expect(try await Self.change(shop, number, token) == 200) }
            _ = try await sandbox.placeOrder(SandboxShop.name, ["PAD-1": 1])
            return (token, made, try await Self.answers(shop, token))
        }
        let after = try await withSandbox(folder: folder) { sandbox in
            let shop = SandboxShop(sandbox, made.moved(to: sandbox))
            #expect(try await Self.change(shop, 1, token) == 207)
            return try await Self.answers(shop, token)
        }
        #expect(before.count == 4 && before.allSatisfy { $0.hasPrefix("200 ") })
        #expect(before == after)
    }

    /// The status of a change of units.
    private static func change(_ shop: SandboxShop, _ quantity: Int, _ token: String) async throws -> Int {
        let row: JSONValue = ["sku": "PAD-1", "shipToLocationAvailability": ["quantity": .number(quantity)]]
        let path = "/sell/inventory/v1/bulk_update_price_quantity"
        return try await shop.send("POST", path, ["requests": [row]], token: token).status
    }

    /// What is said, without the addresses of the process.
    private static func answers(_ shop: SandboxShop, _ token: String) async throws -> [String] {
        var answers: [String] = []
        for path in [
            "/sell/inventory/v1/inventory_item/PAD-1", "/sell/inventory/v1/inventory_item/PAD-1/product_compatibility",
            "/sell/inventory/v1/offer?sku=PAD-1", "/sell/fulfillment/v1/order",
        ] {
            let answer = try await shop.send("GET", path, token: token)
            answers.append("\(answer.status) \(answer.text.replacing(shop.sandbox.url, with: ""))")
        }
        return answers
    }
}
