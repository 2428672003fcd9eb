import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Foundation
import Postgres
import SandboxTestSupport
import Synchronization
import Testing

@testable import ChannelService
@testable import FeedAdapter

@Suite("Orders of a stand-in partner of files come in by HTTP", .timeLimit(.minutes(5)))
struct FeedOrderTests {
    /// Carries calls to the partner, whose file of one name comes as half of a table.
    private struct SpoilingTransport: PlatformTransport {
        let client: PlatformClient
        let spoiled: String

        func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
            var response = try await self.client.send(request)
            if request.url.hasSuffix(self.spoiled) { response.body = Array("\"order_id".utf8) }
            return response
        }
    }

    /// Asks the partner for its orders, and deals with them.
    private static func take(
        _ key: ConnectionKey, _ harness: OrderFlowHarness, _ transport: any PlatformTransport
    ) async throws {
        let polling = OrderPolling(
            harness.pool, connections: harness.connections, transport: transport, intake: harness.intake,
            inbound: harness.inbound, logger: OrderFlowHarness.logger)
        try await harness.makeDue()
        for poll in try await OrderPollRows.take(8, from: harness.pool) where poll.key == key {
            try await polling.turn(of: poll)
        }
        try await harness.process()
    }

    private static func settings(_ shop: SandboxControl.MadeShop) -> [String: String] {
        [
            "url": shop.url, "ordersUrl": "\(shop.url)/orders?since={since}&limit=2",
            "orderColumns": "orderId=order_id,orderDate=created_at,price=unit_price",
        ]
    }

    @Test("each of a partner's files is an order, once; a broken one is a dead letter, and an order when it is mended")
    func files() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop(
                "trade", platform: "feed", products: [SandboxProduct(sku: "A", quantity: 50)])
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try #require(try await sandbox.placeOrder("trade", ["A": 2]))) }
            try await OrderFlowHarness.with { harness in
                let key = ConnectionKey(brand: harness.key.brand, id: "hub")
                let clock: @Sendable () -> Int64 = { Int64((Date().timeIntervalSince1970 + 10) * 1_000_000) }
                try await harness.connections.add(
                    key, notificationKey: "key-hub", adapter: FeedAdapter(root: nil, clock: clock),
                    settings: Self.settings(shop), credentials: ["token": shop.token])
                var configuration = PlatformClientConfiguration()
                configuration.allowsPrivate = true
                let client = PlatformClient(configuration)
                try await withEnd {
                    for _ in 0..<2 {
                        try await Self.take(
                            key, harness, SpoilingTransport(client: client, spoiled: "order-1002.csv"))
                        let messages = try await harness.messages()
                        #expect(messages.count == 5)
                        #expect(harness.desk.state.withLock { $0.placed } == 4)
                        let dead = messages.filter { $0.status == .dead }
                        #expect(dead.map(\.subject) == ["file order-1002.csv"])
                        #expect(dead.first?.problem == "not-understood")
                    }
                    for _ in 0..<2 {
                        try await Self.take(key, harness, client)
                        #expect(harness.desk.state.withLock { $0.placed } == 5)
                    }
                    try await sandbox.cancelOrder("trade", ids[3])
                    try await Self.take(key, harness, client)
                    let counts = harness.desk.state.withLock { ($0.placed, $0.cancellations) }
                    #expect(counts == (5, 1))
                    #expect(try await harness.messages().count == 7)
                } end: {
                    await client.stop()
                }
            }
        }
    }
}
