import ChannelAPI
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite("A connection says whether its platform sends notifications", .timeLimit(.minutes(5)))
struct NotificationHealthTests {
    private static func notifications(_ harness: ConnectionHarness) async throws -> NotificationHealth? {
        let connection = try await harness.client.getConnection(ConnectionRequest(id: "shop"))
        let listed = try await harness.client.listConnections(ListConnectionsRequest()).connections
        #expect(listed.first?.health?.notifications == connection.health?.notifications)
        return connection.health?.notifications
    }

    @Test("without an address of the gateway it says that orders are polled for alone")
    func noAddress() async throws {
        try await ConnectionHarness.with { harness in
            let made = try await harness.put().connection
            #expect(made?.health?.notifications?.status == .noAddress)
            #expect(try await Self.notifications(harness)?.status == .noAddress)
        }
    }

    @Test("a platform that has nothing to subscribe to is told apart")
    func notOffered() async throws {
        let adapter = SampleAdapter(subscribes: false)
        try await ConnectionHarness.with(adapters: [adapter], gateway: try GatewayAddress("https://a.example")) {
            harness in
            let made = try await harness.put().connection
            #expect(made?.health?.notifications?.status == .notOffered)
        }
    }

    @Test(
        "it waits, is subscribed, or failed with the reason and the time of the next try; another address counts anew")
    func states() async throws {
        try await ConnectionHarness.with(gateway: try GatewayAddress("https://a.example")) { harness in
            let made = try #require(try await harness.put().connection)
            let address = "https://a.example\(made.notificationPath)"
            #expect(made.health?.notifications == NotificationHealth(status: .pending, address: address))
            let write = { (address: String, subscribed: Bool, error: String) in
                let rows = PostgresStatement(
                    """
                    insert into subscription
                    select $1, 'shop', $2, 1, '{orders}', case when $3 then now() end, now() + interval '1 hour', 0, $4
                    on conflict (brand_id, connection_id) do update
                        set address = excluded.address, subscribed_at = excluded.subscribed_at, error = excluded.error
                    """)
                _ = try await harness.pool.query(rows, harness.brand, address, subscribed, error)
                return try #require(try await Self.notifications(harness))
            }
            let subscribed = try await write(address, true, "")
            #expect(subscribed.status == .subscribed && subscribed.topics == ["orders"])
            #expect(subscribed.subscribedAt != nil && subscribed.nextAt != nil)
            let failed = try await write(address, true, "http-503: busy")
            #expect(failed.status == .failed && failed.error == "http-503: busy" && failed.subscribedAt != nil)
            #expect(try await write("https://b.example/x", true, "").status == .pending)
        }
    }
}
