import DrivelineTesting
import HTTPServer
import Logging
import NIOCore
internal import NIOHTTP1
import OrderedCollections
import SandboxJSON
import SandboxShopify
import SandboxTestSupport
import Synchronization
import Testing

@Suite("Faults of the sandbox")
struct FaultTests {
    private static let query = "{ shop { name } }"

    @Test("a throttled shop says so, and a revoked token is no longer taken")
    func throttle() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads")
            try await sandbox.setFaults("pads", ["throttled": true])
            let answer = try await sandbox.graphQL(shop, Self.query)
            #expect(answer.status == 200)
            #expect(answer.json["errors"]?.array?.first?["extensions"]?["code"] == "THROTTLED")
            try await sandbox.setFaults("pads", ["tokenRevoked": true])
            #expect(try await sandbox.graphQL(shop, Self.query).status == 401)
            try await sandbox.setFaults("pads", ["error500Rate": 1])
            #expect(try await sandbox.graphQL(shop, Self.query).status == 500)
            try await sandbox.setFaults("pads")
            #expect(try await sandbox.graphQL(shop, Self.query).json["data"]?["shop"]?["name"] == "pads")
        }
    }

    @Test("limits count the points of each request")
    func limits() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads")
            try await sandbox.setFaults(
                "pads", ["limitsEnabled": true, "limitPoints": 3, "limitPointsPerSecond": 1])
            var codes: [JSONValue?] = []
            for _ in 0..<8 {
                codes.append(
                    try await sandbox.graphQL(shop, Self.query).json["errors"]?.array?.first?["extensions"]?["code"])
            }
            #expect(codes.first == .some(nil))
            #expect(codes.contains("THROTTLED"))
        }
    }

    @Test("a lost answer is one whose work was done")
    func lostAnswer() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let item = try await AdminAPITests.item("A-1", shop, sandbox)
            try await sandbox.setFaults("pads", ["answerLostRate": 1])
            await #expect(throws: (any Error).self) {
                try await sandbox.graphQL(
                    shop, AdminAPITests.setQuantities,
                    ["input": AdminAPITests.input(item, shop.locationIDs[0], 9, from: 5), "key": "k"])
            }
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 9)
        }
    }

    @Test("a key that is in use is told to come back")
    func concurrentKey() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let item = try await AdminAPITests.item("A-1", shop, sandbox)
            try await sandbox.setFaults("pads", ["answerDelayMilliseconds": 1_500, "delaysBeforeActing": true])
            let variables: JSONValue = [
                "input": AdminAPITests.input(item, shop.locationIDs[0], 9, from: 5), "key": "k",
            ]
            let answers = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await sandbox.graphQL(shop, AdminAPITests.setQuantities, variables).json["data"]?[
                            "inventorySetQuantities"]
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let codes = answers.compactMap { $0?["userErrors"]?.array?.first?["code"]?.text }
            #expect(codes == ["IDEMPOTENCY_CONCURRENT_REQUEST"])
        }
    }

    @Test("notifications are signed, repeated until they are taken, and doubled where that is wanted")
    func notifications() async throws {
        let receiver = try await Receiver(failures: 2)
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let answer = try await sandbox.graphQL(
                shop,
                """
                mutation Subscribe($uri: String!) {
                  webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: $uri}) {
                    webhookSubscription { id topic uri } userErrors { field message } } }
                """, ["uri": .string(receiver.url)])
            #expect(answer.json["data"]?["webhookSubscriptionCreate"]?["userErrors"] == [], "\(answer.text)")
            try await sandbox.setFaults("pads", ["notificationDuplicateRate": 1])
            _ = try #require(try await sandbox.placeOrder("pads", ["A-1": 1]))
            try await until { receiver.taken.count == 2 }
            try await until {
                try await sandbox.send("GET", "/control/shops/pads/deliveries").json["waiting"] == 0
            }
            for delivery in receiver.taken {
                #expect(
                    delivery.signature
                        == WebhookSignature.signature(of: delivery.body, secret: shop.clientSecret))
                #expect(delivery.topic == "orders/create")
            }
            #expect(Set(receiver.taken.map(\.event)).count == 1)
            #expect(Set(receiver.taken.map(\.webhook)).count == 2)
        }
        await receiver.stop()
    }

    @Test(
        "a subscription that was moved sends to its new address, one that was ended to none, and none has two of a kind"
    )
    func movedSubscriptions() async throws {
        let (first, second) = (try await Receiver(failures: 0), try await Receiver(failures: 0))
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            func change(_ field: String, _ input: String) async throws -> JSONValue {
                let answer = try await sandbox.graphQL(
                    shop, "mutation { \(field)(\(input)) { userErrors { message } } }")
                return answer.json["data"]?[field]?["userErrors"] ?? .null
            }
            func subscriptions() async throws -> [(id: String, uri: String)] {
                let answer = try await sandbox.graphQL(
                    shop, "{ webhookSubscriptions(first: 9) { nodes { id uri } } }")
                return (answer.json["data"]?["webhookSubscriptions"]?["nodes"]?.array ?? []).compactMap { node in
                    node["id"]?.text.flatMap { id in node["uri"]?.text.map { (id, $0) } }
                }
            }
            for uri in [first.url, second.url] {
                let input = #"topic: ORDERS_CREATE, webhookSubscription: {uri: "\#(uri)"}"#
                #expect(try await change("webhookSubscriptionCreate", input) == [])
                #expect(try await change("webhookSubscriptionCreate", input) != [])
            }
            let made = try await subscriptions()
            let move = #"id: "\#(made[0].id)", webhookSubscription: {uri: "\#(second.url)"}"#
            #expect(try await change("webhookSubscriptionUpdate", move) != [])
            #expect(try await subscriptions().map(\.uri) == [first.url, second.url])
            #expect(try await change("webhookSubscriptionDelete", #"id: "\#(made[1].id)""#) == [])
            #expect(try await change("webhookSubscriptionUpdate", move) == [])
            _ = try #require(try await sandbox.placeOrder("pads", ["A-1": 1]))
            try await until {
                try await sandbox.send("GET", "/control/shops/pads/deliveries").json["waiting"] == 0
            }
        }
        #expect(first.taken.isEmpty && second.taken.map(\.topic) == ["orders/create"])
        for receiver in [first, second] { await receiver.stop() }
    }
}

/// Takes notifications, and refuses the first ones.
private final class Receiver: Sendable {
    struct Taken: Sendable {
        var topic: String
        var event: String
        var webhook: String
        var signature: String
        var body: String
    }

    private struct Handler: HTTPHandler {
        let state: Mutex<State>.Reference

        func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            exchange.collectBody { body in
                let header = { request.headers.first(name: $0) ?? "" }
                let isRefused = self.state.mutex.withLock { state in
                    guard state.failures == 0 else {
                        state.failures -= 1
                        return true
                    }
                    state.taken.append(
                        Taken(
                            topic: header("X-Shopify-Topic"), event: header("X-Shopify-Event-Id"),
                            webhook: header("X-Shopify-Webhook-Id"), signature: header("X-Shopify-Hmac-Sha256"),
                            body: String(buffer: body)))
                    return false
                }
                exchange.respond(isRefused ? .serviceUnavailable : .ok)
            }
        }
    }

    fileprivate struct State: Sendable {
        var failures: Int
        var taken: [Taken] = []
    }

    private let state: Mutex<State>.Reference
    private let server: HTTPServer

    init(failures: Int) async throws {
        self.state = .init(State(failures: failures))
        self.server = try HTTPServer(Handler(state: self.state))
        try await self.server.start()
    }

    var url: String { "http://127.0.0.1:\(self.server.port ?? 0)/hooks" }
    var taken: [Taken] { self.state.mutex.withLock { $0.taken } }

    func stop() async { await self.server.drain() }
}

extension Mutex where Value: Sendable {
    /// A mutex that several can hold.
    fileprivate final class Reference: Sendable {
        let mutex: Mutex<Value>

        init(_ value: Value) { self.mutex = Mutex(value) }
    }
}
