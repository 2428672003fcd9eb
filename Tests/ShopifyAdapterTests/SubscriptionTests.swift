import ChannelAdapter
import FileFormats
import TestSupport
import Testing

@testable import ShopifyAdapter

@Suite("Notifications are asked for by subscriptions")
struct SubscriptionTests {
    private static let address = "https://us.example/v1/notifications/0a1b"

    /// A shop that has subscriptions, two on a page, and takes all changes.
    private static func shop(
        _ known: [(id: String, topic: String, uri: String)], errors: String = ""
    ) -> ScriptedShop {
        ScriptedShop { (call, _) in
            switch call.operation {
            case "Subscriptions":
                let start = call.variables["after"]?.text.flatMap { Int($0) } ?? 0
                let nodes = known.dropFirst(start).prefix(2).map {
                    #"{"id":"\#($0.id)","topic":"\#($0.topic)","uri":"\#($0.uri)"}"#
                }
                return .data(
                    #"{"webhookSubscriptions":{"nodes":[\#(nodes.joined(separator: ","))],"pageInfo":"#
                        + #"{"hasNextPage":\#(start + 2 < known.count),"endCursor":"\#(start + 2)"}}}"#)
            case "CreateSubscription": return .data(#"{"webhookSubscriptionCreate":{"userErrors":[\#(errors)]}}"#)
            case "MoveSubscription": return .data(#"{"webhookSubscriptionUpdate":{"userErrors":[\#(errors)]}}"#)
            default: return .data(#"{"webhookSubscriptionDelete":{"userErrors":[\#(errors)]}}"#)
            }
        }
    }

    /// The calls that change something: what they are and of what.
    private static func changes(_ shop: ScriptedShop) -> [String] {
        shop.calls.filter { $0.operation != "Subscriptions" }.map { call in
            "\(call.operation) \(call.variables["topic"]?.text ?? call.variables["id"]?.text ?? "")"
        }
    }

    @Test("what is there stays, what is missing is made, what is ours at another address is moved, and all else stays")
    func each() async throws {
        let old = "https://old.example/v1/notifications/0a1b"
        let shop = Self.shop([
            ("1", "ORDERS_CREATE", Self.address), ("2", "APP_UNINSTALLED", "https://us.example/v1/notifications/ffff"),
            ("3", "ORDERS_UPDATED", old), ("4", "ORDERS_CREATE", old), ("5", "ORDERS_UPDATED", old + "?x=1"),
            ("6", "PRODUCTS_CREATE", old), ("7", "PRODUCTS_UPDATE", "pubsub://project:topic"),
        ])
        let subscribed = try await shop.session().subscribe(to: Self.address)
        #expect(subscribed.topics.count == 6 && subscribed.topics.contains("inventory_levels/update"))
        #expect(
            Self.changes(shop) == [
                "MoveSubscription 3", "CreateSubscription ORDERS_CANCELLED",
                "CreateSubscription INVENTORY_LEVELS_UPDATE", "CreateSubscription PRODUCTS_UPDATE",
                "CreateSubscription APP_UNINSTALLED", "EndSubscription 4", "EndSubscription 5",
            ])
        #expect(
            shop.calls.allSatisfy { $0.operation != "MoveSubscription" || $0.variables["uri"]?.text == Self.address })
        // Four pages and seven changes, of 10 points each.
        #expect(subscribed.quotas.map(\.cost) == [110])
    }

    @Test("whatever there is, afterwards each topic is sent there once, and a repeat changes nothing")
    func random() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let topics = ["A", "B", "C"]
        let addresses = [
            Self.address, "https://old.example/0a1b", "https://older.example/x/0a1b", "https://us.example/0",
        ]
        for _ in 0..<2_000 {
            var known = (0..<Int.random(in: 0...8, using: &random)).map { id in
                ShopifySubscriptions.Known(
                    id: "\(id)", topic: (topics + ["D"]).randomElement(using: &random) ?? "",
                    uri: addresses.randomElement(using: &random) ?? "")
            }
            let others = known.filter { $0.uri.hasSuffix("/0") || $0.topic == "D" }
            for step in ShopifySubscriptions(known, topics: topics, to: Self.address).steps {
                switch step {
                case .make(let topic): known.append(.init(id: "new \(topic)", topic: topic, uri: Self.address))
                case .move(let id):
                    guard let index = known.firstIndex(where: { $0.id == id }) else { continue }
                    known[index] = .init(id: id, topic: known[index].topic, uri: Self.address)
                case .end(let id): known.removeAll { $0.id == id }
                }
            }
            // The platform has a topic at one address once; a state that never was one may have it there more often.
            let there = known.filter { $0.uri == Self.address && $0.topic != "D" }
            #expect(Set(there.map(\.topic)) == Set(topics), "seed \(seed)")
            #expect(known.filter { $0.topic != "D" && $0.uri != Self.address && !$0.uri.hasSuffix("/0") }.isEmpty)
            #expect(Set(others).isSubset(of: known), "seed \(seed)")
            #expect(ShopifySubscriptions(known, topics: topics, to: Self.address).steps.isEmpty, "seed \(seed)")
        }
    }

    @Test("what the platform says against it is a fault, as is a list without an end, or none")
    func faults() async {
        let error = #"{"field":["webhookSubscription","callbackUrl"],"message":"Address is invalid"}"#
        let cases: [(ScriptedShop, String, PlatformFault.Kind)] = [
            (Self.shop([], errors: error), "user-error", .refused),
            (ScriptedShop([#"{"data":{}}"#]), "answer-unreadable", .retry),
            (
                ScriptedShop { (_, _) in
                    .data(#"{"webhookSubscriptions":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}"#)
                }, "too-many-subscriptions", .unknown
            ),
            (ScriptedShop { (_, _) in .json("", status: 503) }, "http-503", .retry),
        ]
        for (shop, code, kind) in cases {
            let fault = await #expect(throws: PlatformFault.self) {
                try await shop.session().subscribe(to: Self.address)
            }
            #expect(fault?.code == code && fault?.kind == kind)
            #expect(shop.calls.count <= 20)
        }
    }

    @Test("an address that is not https is refused before a call, unless a stand-in is called")
    func plain() async throws {
        let shop = Self.shop([])
        let fault = await #expect(throws: PlatformFault.self) {
            try await shop.session().subscribe(to: "http://127.0.0.1:7400/v1/notifications/0a1b")
        }
        #expect(fault?.code == "address-not-https" && fault?.kind == .refused && shop.calls.isEmpty)
        let session = shop.session(["endpoint": "http://127.0.0.1:8090/shops/brakes"])
        #expect(try await session.subscribe(to: "http://127.0.0.1:7400/v1/notifications/0a1b").topics.count == 6)
    }
}
