import ChannelAdapter
import FileFormats
import Synchronization
import Testing

@testable import EbayAdapter

@Suite("Notifications are asked for by a destination and subscriptions")
struct SubscriptionTests {
    private static let address = "https://us.example/v1/notifications/0a1b"
    private static let old = "https://old.example/v1/notifications/0a1b"
    private static let topics = EbayNotification.subscribed

    /// Subscriptions of all topics that go to a destination.
    private static func all(to destination: String) -> [ScriptedNotifications.Subscription] {
        Self.topics.map { .init(id: "s-\($0)", topic: $0, destination: destination) }
    }

    /// The calls that change something: methods and what is changed.
    private static func changes(_ platform: ScriptedPlatform) -> [String] {
        platform.lines.filter { !$0.hasPrefix("GET ") }.map { $0.replacing(ScriptedNotifications.path + "/", with: "") }
    }

    @Test(
        "an application without anything is configured first, then told the address, then each topic; a repeat only reads"
    )
    func fresh() async throws {
        let known = ScriptedNotifications(.init(hasConfig: false))
        let platform = known.platform
        let session = ScriptedNotifications.session(platform)
        #expect(try await session.subscribe(to: Self.address).topics == Self.topics)
        #expect(
            Self.changes(platform) == ["PUT config", "POST destination"] + Self.topics.map { _ in "POST subscription" })
        let made = try #require(platform.calls.first { $0.method == "POST" && $0.path.hasSuffix("/destination") })
        #expect((1...64).contains(made.body["name"]?.text?.utf8.count ?? 0) && made.body["status"]?.text == "ENABLED")
        #expect(made.body.at("deliveryConfig", "endpoint")?.text == Self.address)
        #expect(made.body.at("deliveryConfig", "verificationToken")?.text == ScriptedNotifications.token)
        let asked = platform.calls.filter { $0.method == "POST" && $0.path.hasSuffix("/subscription") }
        #expect(asked.map { $0.body["topicId"]?.text } == Self.topics)
        #expect(asked.allSatisfy { $0.body.at("payload", "schemaVersion")?.text == "1.10" })
        let count = platform.calls.count
        #expect(try await session.subscribe(to: Self.address).topics == Self.topics)
        #expect(platform.calls.dropFirst(count).allSatisfy { $0.method == "GET" })
    }

    @Test("subscriptions are the seller's, and all else is the application's")
    func owners() async throws {
        let platform = ScriptedNotifications(.init(hasConfig: false)).platform
        _ = try await ScriptedNotifications.session(platform).subscribe(to: Self.address)
        let isApplications = platform.tokenCalls.map { $0.text.contains("grant_type=client_credentials") }
        #expect(isApplications.sorted { $0 && !$1 } == [true, false])
        let application = try #require(isApplications.firstIndex(of: true))
        for call in platform.calls {
            let isSellers = call.header("Authorization") != "Bearer token-\(application)"
            #expect(isSellers == call.path.contains("/subscription"), "\(call.method) \(call.path)")
        }
    }

    @Test("what was sent to the connection at other addresses goes to the new one, once; all else is left alone")
    func moved() async throws {
        let strangers = ScriptedNotifications.Destination(
            id: "d-3", address: "https://us.example/v1/notifications/ffff")
        for isKnown in [false, true] {
            var state = ScriptedNotifications.State()
            state.destinations = [.init(id: "d-1", address: Self.old), strangers]
            if isKnown { state.destinations.append(.init(id: "d-2", address: Self.address)) }
            state.subscriptions = Self.all(to: "d-1")
            state.subscriptions[0].status = "DISABLED"
            state.subscriptions[1].destination = strangers.id
            let known = ScriptedNotifications(state)
            let platform = known.platform
            let topics = try await ScriptedNotifications.session(platform).subscribe(to: Self.address).topics
            #expect(topics == [Self.topics[0], Self.topics[2]])
            let left = known.state.withLock { $0 }
            #expect(Set(left.destinations.map(\.address)) == [Self.address, strangers.address])
            #expect(left.subscriptions[1] == state.subscriptions[1])
            let here = isKnown ? "d-2" : "d-1"
            #expect([0, 2].allSatisfy { left.subscriptions[$0].destination == here })
            #expect(left.subscriptions.allSatisfy { $0.status == "ENABLED" })
            #expect(!platform.lines.contains { !$0.hasPrefix("GET ") && $0.contains(strangers.id) })
        }
    }

    @Test("an old address that somebody has put another topic to keeps it, and is no fault")
    func inUse() async throws {
        var state = ScriptedNotifications.State()
        state.destinations = [.init(id: "d-1", address: Self.old), .init(id: "d-2", address: Self.address)]
        state.subscriptions = Self.all(to: "d-1") + [.init(id: "s-x", topic: "ITEM_MARKED_SHIPPED", destination: "d-1")]
        let known = ScriptedNotifications(state)
        let topics = try await ScriptedNotifications.session(known.platform).subscribe(to: Self.address).topics
        #expect(topics == Self.topics)
        let left = known.state.withLock { $0 }
        #expect(left.destinations.count == 2 && left.subscriptions.last == state.subscriptions.last)
    }

    @Test(
        "a destination that is off or has another verification token is set right, and a topic that is off is sent again"
    )
    func setRight() async throws {
        var state = ScriptedNotifications.State()
        for (token, status) in [(ScriptedNotifications.token, "MARKED_DOWN"), ("another-token", "ENABLED")] {
            state.destinations = [.init(id: "d-1", address: Self.address, token: token, status: status)]
            state.subscriptions = Self.all(to: "d-1")
            state.subscriptions[2].status = "DISABLED"
            let known = ScriptedNotifications(state)
            let platform = known.platform
            _ = try await ScriptedNotifications.session(platform).subscribe(to: Self.address)
            #expect(
                Self.changes(platform) == [
                    "PUT destination/d-1", "POST subscription/s-\(Self.topics[2])/enable",
                ])
            let left = known.state.withLock { $0.destinations }
            #expect(left.first?.token == ScriptedNotifications.token && left.first?.status == "ENABLED")
        }
    }

    @Test("a topic that is for others is left out; what fails otherwise is a fault")
    func refusals() async throws {
        for (code, status) in [(195011, 403), (195027, 400), (195002, 404)] {
            let isRead = code == 195002
            var state = ScriptedNotifications.State()
            state.refusals[isRead ? "GET topic/\(Self.topics[0])" : "POST subscription"] = (code, status)
            let platform = ScriptedNotifications(state).platform
            let topics = try await ScriptedNotifications.session(platform).subscribe(to: Self.address).topics
            #expect(topics == (isRead ? Array(Self.topics.dropFirst()) : []), "\(code)")
        }
        for call in ["GET config", "GET destination", "POST destination", "GET subscription", "POST subscription"] {
            var state = ScriptedNotifications.State()
            state.refusals[call] = (195000, 500)
            let platform = ScriptedNotifications(state).platform
            let fault = await #expect(throws: PlatformFault.self) {
                try await ScriptedNotifications.session(platform).subscribe(to: Self.address)
            }
            #expect(fault?.code == "195000" && fault?.kind == .retry, "\(call)")
        }
    }

    @Test("what somebody made at the same moment is read and used, and one that is nowhere to be read is a fault")
    func races() async throws {
        var state = ScriptedNotifications.State()
        state.destinations = [.init(id: "d-1", address: Self.address)]
        state.subscriptions = Self.all(to: "d-1")
        state.subscriptions[1].destination = "d-9"
        state.lateLists = ["destination", "subscription"]
        let known = ScriptedNotifications(state)
        let topics = try await ScriptedNotifications.session(known.platform).subscribe(to: Self.address).topics
        #expect(topics == [Self.topics[0], Self.topics[2]])
        let left = known.state.withLock { $0 }
        #expect(left.destinations.count == 1 && left.subscriptions == state.subscriptions)
        var closed = ScriptedNotifications.State()
        closed.refusals["POST destination"] = (195021, 409)
        let platform = ScriptedNotifications(closed).platform
        let fault = await #expect(throws: PlatformFault.self) {
            try await ScriptedNotifications.session(platform).subscribe(to: Self.address)
        }
        #expect(fault?.code == "195021" && Self.changes(platform).count == 2)
    }

    @Test("without a verification token or an address for alerts nothing is asked for")
    func nothing() async throws {
        let platform = ScriptedNotifications().platform
        for session in [
            platform.session(ScriptedNotifications.settings),
            platform.session(credentials: ["verificationToken": ScriptedNotifications.token]),
        ] {
            #expect(try await session.subscribe(to: Self.address).topics.isEmpty)
        }
        #expect(platform.calls.isEmpty && platform.tokenCalls.isEmpty)
    }

    /// Every kind of call that asks for notifications.
    static func calls() async -> [ScriptedPlatform.Call] {
        var moved = ScriptedNotifications.State()
        moved.destinations = [
            .init(id: "1", address: Self.old), .init(id: "2", address: Self.address, status: "DISABLED"),
        ]
        moved.subscriptions = [
            .init(id: "3", topic: Self.topics[0], destination: "1"),
            .init(id: "4", topic: Self.topics[1], destination: "2", status: "DISABLED"),
        ]
        var calls: [ScriptedPlatform.Call] = []
        for state in [ScriptedNotifications.State(hasConfig: false), moved] {
            let platform = ScriptedNotifications(state).platform
            _ = try? await ScriptedNotifications.session(platform).subscribe(to: Self.address)
            calls += platform.calls
        }
        return calls
    }
}
