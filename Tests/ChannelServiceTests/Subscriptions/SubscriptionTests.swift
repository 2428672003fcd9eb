import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Postgres
import ServiceKit
import Testing

@testable import ChannelService

@Suite("Platforms are asked for their notifications", .timeLimit(.minutes(5)))
struct SubscriptionTests {
    private static let base = "https://api.example"

    /// Has a process work for the connection of a platform that takes subscriptions, and tell it of this address.
    private static func working(
        _ harness: SyncHarness, at base: String? = Self.base, _ body: () async throws -> Void
    ) async throws {
        try await harness.withWorkers(
            FakePlatformAdapter(harness.shop, subscribes: true), gateway: try base.map { try GatewayAddress($0) }, body)
    }

    private static func address(_ harness: SyncHarness, at base: String = Self.base) -> String {
        "\(base)/v1/notifications/\(harness.brand)"
    }

    private static func state(_ harness: SyncHarness) async throws -> SubscriptionState {
        try await SubscriptionRows.read(harness.key, from: harness.pool)
    }

    /// Returns when the workers have had something else to do, and have done it.
    private static func untilBusied(_ harness: SyncHarness, _ units: Int64) async throws {
        try await harness.stock("A", units)
        try await until { harness.shop.shelf["A"] == units }
        try await harness.untilInStep()
    }

    @Test("once, at the gateway's address with the connection's path, and not again by who has the connection next")
    func once() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"])
            for units in 1...2 {
                try await Self.working(harness) {
                    try await Self.untilBusied(harness, Int64(units))
                    try await until { try await Self.state(harness).subscribedAt != nil }
                }
            }
            #expect(harness.shop.subscriptions.addresses == [Self.address(harness)])
            let state = try await Self.state(harness)
            #expect(
                state.topics == ["orders", "stock"] && state.error.isEmpty && state.address == Self.address(harness))
            // Daily, a little earlier.
            let hours = try await harness.number(
                "select extract(epoch from due_at - now())::bigint / 3600 from subscription")
            #expect(hours == 22 || hours == 23)
        }
    }

    @Test("anew after a day, after a change of the connection, when it goes on after a pause, and at another address")
    func anew() async throws {
        try await SyncHarness.with { harness in
            let calls = { harness.shop.subscriptions.addresses.count }
            try await Self.working(harness) { try await until { try await Self.state(harness).subscribedAt != nil } }
            _ = try await harness.pool.query(PostgresStatement("update subscription set due_at = now()"))
            try await Self.working(harness) {
                try await until { calls() == 2 }
                try await harness.putConnection(Connection(pushContent: true))
                try await until { calls() == 3 }
                _ = try await harness.pool.query(
                    PostgresStatement("update connection set status = 2, version = version + 1"))
                // Longer than a worker goes without a look: nothing goes out for who is paused.
                try await Task.sleep(for: .milliseconds(1_200))
                #expect(calls() == 3)
                _ = try await harness.pool.query(
                    PostgresStatement("update connection set status = 1, version = version + 1"))
                try await until { calls() == 4 }
            }
            try await Self.working(harness, at: "https://other.example/base/") { try await until { calls() == 5 } }
            #expect(
                harness.shop.subscriptions.addresses.last == Self.address(harness, at: "https://other.example/base"))
        }
    }

    @Test("by nobody who was not told where the gateway is, and of no platform that has nothing to subscribe to")
    func never() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"])
            try await Self.working(harness, at: nil) { try await Self.untilBusied(harness, 3) }
            let gateway = try GatewayAddress(Self.base)
            try await harness.withWorkers(gateway: gateway) { try await Self.untilBusied(harness, 4) }
            #expect(harness.shop.subscriptions.addresses.isEmpty)
            #expect(try await harness.number("select count(*) from subscription") == 0)
        }
    }

    @Test("again after a pause where the platform failed, and what is to be sent is not held up by it")
    func failures() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"])
            harness.shop.subscriptions.fail(PlatformFault(.retry, code: "http-503", "busy"))
            try await Self.working(harness) {
                try await until { try await Self.state(harness).tries == 1 }
                let failed = try await Self.state(harness)
                #expect(failed.error == "http-503: busy" && failed.subscribedAt == nil)
                try await Self.untilBusied(harness, 5)
                try await until { try await Self.state(harness).subscribedAt != nil }
            }
            #expect(harness.shop.subscriptions.addresses.count == 2)
            let state = try await Self.state(harness)
            #expect(state.error.isEmpty && state.tries == 0)
        }
    }

    @Test("in an hour where the platform does not take it, and a connection whose credentials it refuses is stopped")
    func refusals() async throws {
        try await SyncHarness.with { harness in
            harness.shop.subscriptions.fail(PlatformFault(.refused, code: "ACCESS_DENIED", "the scope is missing"))
            try await Self.working(harness) { try await until { try await Self.state(harness).tries == 1 } }
            let minutes = try await harness.number(
                "select extract(epoch from due_at - now())::bigint / 60 from subscription")
            #expect(minutes == 59 || minutes == 60)
            let refusal = PlatformFault(.reauthenticate, code: "http-401", "who?")
            harness.shop.subscriptions.fail(refusal, refusal)
            try await harness.putConnection(Connection(pushContent: true))
            try await Self.working(harness) {
                try await until { try await harness.number("select status::bigint from connection") == 3 }
            }
            #expect(harness.shop.subscriptions.addresses.count == 3)
        }
    }

    @Test("what came of it is written by nobody who lost the connection meanwhile")
    func fencing() async throws {
        try await SyncHarness.with { harness in
            let pool = harness.pool
            harness.shop.subscriptions.whileCalled {
                _ = try await pool.query(PostgresStatement("update lease set token = token + 1"))
            }
            try await Self.working(harness) {
                try await until { !harness.shop.subscriptions.addresses.isEmpty }
                // Whoever lost it begins anew after a second.
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(try await harness.number("select count(*) from subscription") == 0)
        }
    }

    @Test("at a base of addresses, and nothing else is taken for one")
    func addresses() throws {
        #expect(try GatewayAddress.configured("") == nil)
        for (text, address) in [
            ("https://api.example", "https://api.example/v1"), ("http://127.0.0.1:7400/", "http://127.0.0.1:7400/v1"),
            ("https://api.example/shop", "https://api.example/shop/v1"),
        ] { #expect(try GatewayAddress(text).address(of: "/v1") == address) }
        for text in ["api.example", "ftp://api.example", "https://", "https://a?b", "https://a#b", "https://u@a", " "] {
            #expect(throws: StartupError.self, "\(text)") { try GatewayAddress(text) }
        }
    }
}
