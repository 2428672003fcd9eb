import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Foundation
import NIOHTTP1
import Postgres
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import ChannelService

/// A shop of the sandbox, a gateway with the services of channels behind it, and a worker that is told where the gateway is.
@Suite("What happens in a shop comes through the gateway, signed", .timeLimit(.minutes(5)))
struct NotificationTests {
    private static func connect(
        _ gateway: GatewayHarness, _ shop: SandboxControl.MadeShop, secret: String? = nil
    ) async throws {
        let body: [String: Any] = [
            "platform": "shopify", "settings": ["domain": "brakes.myshopify.com", "endpoint": shop.url],
            "credentials": ["accessToken": shop.token, "clientSecret": secret ?? shop.clientSecret],
            "orders": ["takeIn": true],
        ]
        let answer = try await gateway.send(
            .PUT, "/v1/connections/shop", headers: ["If-None-Match": "*"],
            body: String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self))
        #expect(answer.status == 201, "\(answer.body)")
    }

    /// Whether the shop sends notifications, as a process says that knows where the gateway is.
    private static func notifications(_ connections: Connections) async throws -> NotificationHealth? {
        let key = try #require(try await connections.active().first)
        let stored = try ConnectionRows.read(try await connections.pool.query(ConnectionRows.one(key))).first
        return stored.flatMap { connections.answer($0).health?.notifications }
    }

    private static func inbound(_ gateway: GatewayHarness) async throws -> [[String: Any]] {
        let answer = try await gateway.send(.GET, "/v1/inbound?connection=shop")
        return answer.json["messages"] as? [[String: Any]] ?? []
    }

    @Test("a purchase at the shop is here without anybody asking for it, and health says that the shop tells of them")
    func purchase() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("brakes", products: [SandboxProduct(sku: "PAD-1", quantity: 5)])
            try await GatewayHarness.withChannels(allowsPrivate: true) { gateway, beside in
                let connections = try beside.connections(at: "http://127.0.0.1:\(gateway.port)")
                try await Self.connect(gateway, shop)
                #expect(try await Self.notifications(connections)?.status == .pending)
                try await beside.working(connections) {
                    try await until { try await Self.notifications(connections)?.status == .subscribed }
                    #expect(try await Self.notifications(connections)?.topics.contains("orders/create") == true)
                    let id = try #require(try await sandbox.placeOrder("brakes", ["PAD-1": 2]))
                    let number = try #require(id.split(separator: "/").last.map(String.init))
                    try await until {
                        try await Self.inbound(gateway).contains {
                            $0["source"] as? String == "webhook" && $0["subject"] as? String == number
                                && $0["topic"] as? String == "orders/create"
                        }
                    }
                }
            }
        }
    }

    @Test("what a shop signs with another secret is refused, and kept nowhere")
    func signature() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("brakes", products: [SandboxProduct(sku: "PAD-1", quantity: 5)])
            try await GatewayHarness.withChannels(allowsPrivate: true) { gateway, beside in
                let connections = try beside.connections(at: "http://127.0.0.1:\(gateway.port)")
                try await Self.connect(gateway, shop, secret: "another-secret")
                try await beside.working(connections) {
                    try await until { try await Self.notifications(connections)?.status == .subscribed }
                    _ = try #require(try await sandbox.placeOrder("brakes", ["PAD-1": 2]))
                    // It was tried, and is to be tried again; or it was taken, which is wrong.
                    try await until {
                        guard try await Self.inbound(gateway).isEmpty else { return true }
                        let answer = try await sandbox.send("GET", "/control/shops/brakes/deliveries")
                        return answer.json["deliveries"]?.array?.contains { ($0["attempts"]?.integer ?? 0) > 0 }
                            ?? false
                    }
                    #expect(try await Self.inbound(gateway).isEmpty)
                }
            }
        }
    }
}
