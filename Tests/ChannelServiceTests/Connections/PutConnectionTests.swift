import ChannelAPI
import ChannelAdapter
import ChannelMessages
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import ChannelDomain
@testable import ChannelService

@Suite("Connections as they are made and changed")
struct PutConnectionTests {
    /// A connection with something wrong.
    struct Case: Sendable {
        let change: @Sendable (inout Connection) -> Void
        let field: String
        let reason: String

        init(_ change: @escaping @Sendable (inout Connection) -> Void, _ field: String, _ reason: String) {
            self.change = change
            self.field = field
            self.reason = reason
        }
    }

    @Test("a connection is made, answered without its secrets, and put again changes nothing")
    func make() async throws {
        try await ConnectionHarness.with { harness in
            let made = try await harness.put()
            #expect(made.created)
            let connection = try #require(made.connection)
            #expect(connection.id == "shop" && connection.status == .active && connection.version == 1)
            #expect(connection.credentials.isEmpty && connection.credentialNames == ["accessToken"])
            #expect(connection.settings == ["domain": "shop.example"])
            #expect(connection.stock != nil && connection.prices != nil && connection.orders != nil)
            #expect(connection.createdAt != nil && connection.health?.circuit == .closed)
            let key = try #require(connection.notificationPath.split(separator: "/").last)
            #expect(connection.notificationPath == "/v1/notifications/\(key)" && key.count == 32)
            #expect(try await harness.connections.key(ofNotifications: String(key)) == harness.key())
            #expect(try await harness.connections.key(ofNotifications: "nobody's") == nil)

            let again = try await harness.put()
            #expect(!again.created && again.connection == connection)
            // What was read can be written back as it is.
            #expect(try await harness.put(connection).connection == connection)
            #expect(try await harness.client.getConnection(ConnectionRequest(id: "shop")) == connection)
            #expect(harness.concern.take() == [.changed("shop")])
            #expect(try await harness.connections.active() == [harness.key()])
        }
    }

    @Test("changes raise the version, tell what may have to be sent again, and leave secrets that are not named")
    func change() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put(ConnectionHarness.connection(["accessToken": "good", "webhookSecret": "w"]))
            _ = harness.concern.take()
            var changed = ConnectionHarness.connection([:])
            changed.stock = StockPolicy(buffer: 2)
            let answer = try await harness.put(changed, expecting: 1)
            #expect(answer.connection?.version == 2 && answer.connection?.stock?.buffer == 2)
            #expect(answer.connection?.credentialNames == ["accessToken", "webhookSecret"])
            #expect(harness.concern.take() == [.policy([.stock], "shop"), .changed("shop")])
            let known = try #require(try await harness.connections.connection(harness.key()))
            #expect(known.account.credentials == ["accessToken": "good", "webhookSecret": "w"])
            #expect(known.connection.version == 2)

            // A new secret is a change; the same one is none; an empty one is forgotten.
            changed.credentials = ["accessToken": "better"]
            #expect(try await harness.put(changed).connection?.version == 3)
            #expect(try await harness.put(changed).connection?.version == 3)
            #expect(
                try await harness.connections.connection(harness.key())?.account.credentials["accessToken"] == "better")
            changed.credentials = ["webhookSecret": ""]
            #expect(try await harness.put(changed).connection?.credentialNames == ["accessToken"])
            #expect(try await harness.put(changed).connection?.version == 4)
        }
    }

    @Test("an expected version that is not there is refused with the one that is")
    func versions() async throws {
        try await ConnectionHarness.with { harness in
            let missing = try await harness.problem { try await harness.put(expecting: 3) }
            #expect(missing?.type == "version-conflict" && missing?.version == 0)
            try await harness.put(expecting: 0)
            let conflict = try await harness.problem { try await harness.put(expecting: 0) }
            #expect(conflict?.type == "version-conflict" && conflict?.version == 1)
            #expect(try await harness.put(expecting: 1).connection?.version == 1)
        }
    }

    @Test(
        "each field that is wrong is named, with what would be valid",
        arguments: [
            Case({ $0.settings = [:] }, "settings.domain", "is missing"),
            Case({ $0.settings["domain"] = "" }, "settings.domain", "is missing"),
            Case({ $0.settings["domain"] = "a/b" }, "settings.domain", "has a slash"),
            Case({ $0.settings["domain"] = "a\nb" }, "settings.domain", "has a control character"),
            Case({ $0.settings["domain"] = String(repeating: "a", count: 2_001) }, "settings.domain", "has 2001 bytes"),
            Case({ $0.settings["host"] = "x" }, "settings.host", "is none that Sample has"),
            Case({ $0.credentials = [:] }, "credentials.accessToken", "is missing"),
            Case({ $0.credentials["accessToken"] = "" }, "credentials.accessToken", "is missing"),
            Case({ $0.credentials["password"] = "x" }, "credentials.password", "is none that Sample has"),
            Case(
                { $0.credentials["webhookSecret"] = "a\u{7}b" }, "credentials.webhookSecret", "has a control character"),
            Case(
                { $0.credentials["webhookSecret"] = String(repeating: "a", count: 8_193) }, "credentials.webhookSecret",
                "has 8193 bytes"),
            Case({ $0.stock = StockPolicy(cap: 1, minimumToPublish: 2) }, "stock.minimumToPublish", "is 2"),
            Case({ $0.stock = StockPolicy(buffer: -1) }, "stock.buffer", "is -1"),
            Case({ $0.stock = StockPolicy(shareBasisPoints: 10_001) }, "stock.shareBasisPoints", "is 10001"),
            Case({ $0.prices = PricePolicy(push: true) }, "prices.currency", "is empty"),
            Case({ $0.prices = PricePolicy(currency: "usd") }, "prices.currency", ""),
            Case({ $0.prices = PricePolicy(channel: "A B") }, "prices.channel", ""),
            Case({ $0.prices = PricePolicy(region: "us") }, "prices.region", ""),
            Case(
                { $0.orders = OrderPolicy(pollEvery: ProtoDuration(seconds: 0, nanos: 5)) }, "orders.pollEvery",
                "is out of its range"),
            Case(
                { $0.orders = OrderPolicy(overlap: ProtoDuration(seconds: 90_000, nanos: 0)) }, "orders.overlap",
                "is out of its range"),
            Case({ $0.platform = "" }, "platform", ""),
            Case({ $0.name = String(repeating: "n", count: 201) }, "name", ""),
            Case({ $0.id = "other" }, "id", "is another than that of the path"),
        ])
    func fields(_ wrong: Case) async throws {
        let (field, reason) = (wrong.field, wrong.reason)
        try await ConnectionHarness.with { harness in
            var connection = ConnectionHarness.connection()
            wrong.change(&connection)
            let given = connection
            let problem = try #require(try await harness.problem { try await harness.put(given) })
            let fault = try #require(problem.fields.first)
            #expect(fault.field == "connection.\(field)" && fault.reason.contains(reason), "\(problem)")
            #expect(!fault.expected.isEmpty)
            #expect(try await harness.number("select count(*) from connection") == 0)
        }
    }

    @Test("a platform that is not known is refused, and that of a connection stays")
    func platform() async throws {
        try await ConnectionHarness.with(adapters: [SampleAdapter(), SampleAdapter(id: "second")]) { harness in
            var other = ConnectionHarness.connection()
            other.platform = "bazaar"
            let given = other
            let unknown = try await harness.problem { try await harness.put(given) }
            #expect(unknown?.type == "unknown-platform" && unknown?.fields.first?.expected == "one of sample, second")
            try await harness.put()
            other.platform = "second"
            let second = other
            let fixed = try await harness.problem { try await harness.put(second) }
            #expect(fixed?.type == "platform-fixed" && fixed?.fields.first?.field == "connection.platform")
        }
    }

    @Test("a brand has no more connections than it may, and another brand's do not count")
    func limit() async throws {
        try await ConnectionHarness.with { harness in
            for number in 0..<ConnectionLimits.connectionsOfBrand { try await harness.put(id: "c\(number)") }
            let refused = try await harness.problem { try await harness.put(id: "one-more") }
            #expect(refused?.type == "too-many")
            #expect(try await harness.put(id: "c7").connection?.version == 1)
            let other = PutConnectionRequest(id: "one-more", connection: ConnectionHarness.connection())
            #expect(try await harness.stranger.putConnection(other).created)
        }
    }

    @Test("of many that are made at the same time, no more are made than may be")
    func race() async throws {
        try await ConnectionHarness.with { harness in
            for number in 0..<(ConnectionLimits.connectionsOfBrand - 2) { try await harness.put(id: "c\(number)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { _ = try await harness.problem { try await harness.put(id: "x\(number)") } }
                }
                try await group.waitForAll()
            }
            #expect(
                try await harness.number("select count(*) from connection")
                    == Int64(ConnectionLimits.connectionsOfBrand))
        }
    }
}
