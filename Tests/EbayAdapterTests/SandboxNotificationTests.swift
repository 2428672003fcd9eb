import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Foundation
internal import NIOHTTP1
import OrderMessages
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("The stand-in of eBay's notifications come to the adapter", .timeLimit(.minutes(5)))
struct SandboxNotificationTests {
    static let path = "/commerce/notification/v1"
    static let topics = [
        "ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED", "ITEM_AVAILABILITY", "ITEM_PRICE_REVISION",
        "AUTHORIZATION_REVOCATION",
    ]

    static func receiver(
        _ shop: SandboxShop, status: HTTPResponseStatus = .noContent, path: String = "/notifications"
    ) async throws -> NotificationReceiver {
        let (adapter, account) = (shop.adapter, shop.account)
        return try await NotificationReceiver(status: status, path: path) { code, address in
            let answer = adapter.answer(toChallenge: code, address: address, account: account) ?? ""
            let body: JSONValue = ["challengeResponse": .string(answer)]
            return body.jsonBytes
        }
    }

    static func destination(_ url: String, token: String = SandboxShop.verificationToken) -> JSONValue {
        [
            "name": "driveline", "status": "ENABLED",
            "deliveryConfig": ["endpoint": .string(url), "verificationToken": .string(token)],
        ]
    }

    static func subscription(_ topic: String, _ destination: String) -> JSONValue {
        [
            "topicId": .string(topic), "destinationId": .string(destination), "status": "ENABLED",
            "payload": ["format": "JSON", "deliveryProtocol": "HTTPS", "schemaVersion": "1.0"],
        ]
    }

    /// Subscribes all topics, in the order that the platform asks for.
    static func subscribe(_ url: String, _ shop: SandboxShop, _ token: String) async throws -> String {
        #expect(try await shop.send("GET", "\(Self.path)/config", token: token).status == 404)
        let early = try await shop.send("POST", "\(Self.path)/destination", Self.destination(url), token: token)
        #expect(early.status == 409 && early.json["errors"]?.array?.first?["errorId"] == 195003)
        let config: JSONValue = ["alertEmail": "alerts@example.com"]
        #expect(try await shop.send("PUT", "\(Self.path)/config", config, token: token).status == 204)
        let other = Self.destination(url, token: "another-token-of-32-characters-0123456")
        let refused = try await shop.send("POST", "\(Self.path)/destination", other, token: token)
        #expect(refused.json["errors"]?.array?.first?["errorId"] == 195020)
        let made = try await shop.send("POST", "\(Self.path)/destination", Self.destination(url), token: token)
        #expect(made.status == 201)
        let id = String((made.headers.first { $0.name == "Location" }?.value ?? "").split(separator: "/").last ?? "")
        let again = try await shop.send("POST", "\(Self.path)/destination", Self.destination(url), token: token)
        #expect(again.json["errors"]?.array?.first?["errorId"] == 195021)
        for topic in Self.topics {
            for status in [201, 409] {
                let answer = try await shop.send(
                    "POST", "\(Self.path)/subscription", Self.subscription(topic, id), token: token)
                #expect(answer.status == status)
            }
        }
        for list in ["destination", "subscription", "topic", "config"] {
            #expect(try await shop.send("GET", "\(Self.path)/\(list)", token: token).status == 200)
        }
        return id
    }

    /// What a notification is, believed as the gateway believes it.
    static func content(
        _ notification: PlatformNotification, _ shop: SandboxShop
    ) async throws -> NotificationContent {
        try await shop.adapter.prepare(for: notification, account: shop.account, transport: shop.transport)
        return try shop.adapter.content(of: notification, account: shop.account)
    }

    /// One whose bytes are not those that were signed.
    private static func forged(_ notification: PlatformNotification) -> PlatformNotification {
        var forged = notification
        forged.body[forged.body.count / 2] ^= 1
        return forged
    }

    @Test("an address that answers its challenge is told of orders, parcels, units and prices, signed")
    func pushes() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(2))) { shop in
            let receiver = try await Self.receiver(shop)
            _ = try await Self.subscribe(receiver.url, shop, try await shop.token())
            _ = try #require(try await shop.sandbox.placeOrder(SandboxShop.name, ["PAD/0": 1, "PAD/1": 2]))
            // A push for each line, and one for the units of each item.
            try await until { receiver.taken.count == 4 }
            let order = try await shop.session.orders(since: SandboxShopTests.recently(), page: "").orders[0]
            var contents: [NotificationContent] = []
            for notification in receiver.taken { contents.append(try await Self.content(notification, shop)) }
            #expect(contents.filter { $0.kind == .orderChanged }.map(\.subject) == [order.id, order.id])
            #expect(contents.filter { $0.kind == .stock }.count == 2)
            #expect(Set(contents.map(\.eventID)).count == 4)
            _ = await shop.session.carryOut(
                OrderTaskCall(
                    key: "s", kind: .ship, orderID: order.id,
                    lines: try shop.adapter.order(from: order.body, account: shop.account).items.map {
                        .init(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.quantity)
                    }, happenedAt: SandboxShopTests.recently()))
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", price: "9.90")
            try await until { receiver.taken.count == 7 }
            _ = try await shop.sandbox.send("POST", "/control/shops/\(SandboxShop.name)/uninstall")
            try await until { receiver.taken.count == 8 }
            let forged = Self.forged(try #require(receiver.taken.first))
            await #expect(throws: PlatformFault.self) { try await Self.content(forged, shop) }
            await receiver.stop()
        }
    }

    @Test(
        "the adapter has its notifications sent, and a repeat, a restart or a move of the gateway makes nothing twice")
    func subscribing() async throws {
        let settings = ["alertEmail": "alerts@example.com"]
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1)), settings: settings) { shop in
            let receiver = try await Self.receiver(shop, path: "/n/abc")
            let moved = try await Self.receiver(shop, path: "/m/abc")
            let (first, second) = (receiver.url, moved.url)
            for _ in 0..<2 {
                #expect(try await shop.session.subscribe(to: first).topics == EbayNotification.subscribed)
            }
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 77)
            try await until { receiver.taken.count == 1 }
            #expect(try await Self.content(try #require(receiver.taken.first), shop).kind == .stock)
            #expect(try await shop.session.subscribe(to: second).topics == EbayNotification.subscribed)
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 78)
            try await until { moved.taken.count == 1 }
            let token = try await shop.token()
            let destinations = try await shop.send("GET", "\(Self.path)/destination", token: token).json
            #expect(destinations["destinations"]?.array?.count == 1)
            let subscriptions = try await shop.send("GET", "\(Self.path)/subscription", token: token).json
            let known = subscriptions["subscriptions"]?.array ?? []
            #expect(known.compactMap { $0["topicId"]?.text }.sorted() == EbayNotification.subscribed.sorted())
            let id = known.first?["subscriptionId"]?.text ?? ""
            _ = try await shop.send("POST", "\(Self.path)/subscription/\(id)/disable", token: token)
            #expect(try await shop.session.subscribe(to: second).topics == EbayNotification.subscribed)
            let enabled = try await shop.send("GET", "\(Self.path)/subscription/\(id)", token: token).json
            #expect(enabled["status"] == "ENABLED" && receiver.taken.count == 1)
            await receiver.stop()
            await moved.stop()
        }
    }

    @Test("without an address for alerts nothing is asked for, and what somebody else is sent stays theirs")
    func notSubscribing() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1))) { shop in
            let subscribed = try await shop.session.subscribe(to: "https://us.example/n/abc")
            #expect(subscribed.topics.isEmpty)
            #expect(shop.transport.exchanges.isEmpty)
        }
        let settings = ["alertEmail": "alerts@example.com"]
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1)), settings: settings) { shop in
            let receiver = try await Self.receiver(shop, path: "/n/abc")
            let other = try await Self.receiver(shop)
            let id = try await Self.subscribe(other.url, shop, try await shop.token())
            #expect(try await shop.session.subscribe(to: receiver.url).topics.isEmpty)
            let token = try await shop.token()
            let known = try await shop.send("GET", "\(Self.path)/subscription", token: token).json
            #expect((known["subscriptions"]?.array ?? []).allSatisfy { $0["destinationId"]?.text == id })
            await receiver.stop()
            await other.stop()
        }
    }

    @Test("notifications come late, twice and in any order where that is switched on, or never")
    func faults() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1))) { shop in
            let receiver = try await Self.receiver(shop)
            _ = try await Self.subscribe(receiver.url, shop, try await shop.token())
            try await shop.setFaults(["notificationDuplicateRate": 1, "notificationReorderMilliseconds": 60])
            for number in 0..<10 {
                try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 100 + number)
            }
            try await until { receiver.taken.count == 20 }
            var events: [(id: String, at: Int64)] = []
            for notification in receiver.taken {
                let content = try await Self.content(notification, shop)
                events.append((content.eventID, try #require(content.happenedAt)))
            }
            let times = events.map { $0.at }
            #expect(Set(events.map { $0.id }).count == 10 && times != times.sorted())
            try await shop.setFaults(["notificationDropRate": 1])
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 1)
            let waiting = try await shop.sandbox.send("GET", "/control/shops/\(SandboxShop.name)/deliveries").json
            #expect(waiting["waiting"] == 0 && receiver.taken.count == 20)
            await receiver.stop()
        }
    }

    @Test("an address that takes nothing is marked down, and told nothing more")
    func markedDown() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1))) { shop in
            let receiver = try await Self.receiver(shop, status: .preconditionFailed)
            let token = try await shop.token()
            let id = try await Self.subscribe(receiver.url, shop, token)
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 1)
            try await until {
                try await shop.send("GET", "\(Self.path)/destination/\(id)", token: token).json["status"]
                    == "MARKED_DOWN"
            }
            let counts = receiver.taken.map { notification in
                (try? JSONValue(json: notification.body))?["notification"]?["publishAttemptCount"]?.integer
            }
            #expect(counts == (1...9).map(Int64.init))
            try await shop.sandbox.editShelf(SandboxShop.name, "PAD/0", available: 2)
            let waiting = try await shop.sandbox.send("GET", "/control/shops/\(SandboxShop.name)/deliveries").json
            #expect(waiting["waiting"] == 0)
            await receiver.stop()
        }
    }
}
