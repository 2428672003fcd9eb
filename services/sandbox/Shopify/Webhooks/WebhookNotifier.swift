internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Makes notifications of what happens in a shop, for those who subscribed.
public struct WebhookNotifier: ShopNotifier {
    /// The deliveries that may wait in a shop; what happens beyond that is told to nobody.
    public static let maximumWaiting = 200_000

    /// A notifier.
    public init() {}

    /// Adds deliveries to the state, with the faults that are switched on.
    public func notify(_ events: [ShopEvent], in state: ShopState) {
        guard state.settings.platform == .shopify, state.subscriptions.count > 0 else { return }
        for event in events {
            let topic = Self.topic(of: event)
            let subscribed = state.subscriptions.values.filter { $0.topic == topic }.sorted { $0.id < $1.id }
            guard !subscribed.isEmpty, let body = WebhookBody(state: state).body(of: event) else { continue }
            let eventID = UUID().uuidString.lowercased()
            for subscription in subscribed { self.add(body, eventID, subscription, to: state) }
        }
    }

    private static func topic(of event: ShopEvent) -> String {
        switch event {
        case .orderCreated: "orders/create"
        case .orderUpdated: "orders/updated"
        case .orderCancelled: "orders/cancelled"
        case .levelChanged: "inventory_levels/update"
        case .productUpdated: "products/update"
        case .appUninstalled: "app/uninstalled"
        }
    }

    private func add(
        _ body: JSONValue, _ eventID: String, _ subscription: WebhookSubscription, to state: ShopState
    ) {
        let faults = state.faults
        var dice = NotificationDice(seed: faults.seed, id: state.nextID())
        guard !dice.happens(faults.notificationDropRate) else { return }
        let isDoubled = dice.happens(faults.notificationDuplicateRate)
        let text = Self.selected(body, subscription.includeFields).jsonText
        for _ in 0..<(isDoubled ? 2 : 1) where state.deliveries.count < Self.maximumWaiting {
            let now = Moment.now()
            let delay =
                faults.notificationDelayMilliseconds
                + Int(dice.next() * Double(faults.notificationReorderMilliseconds))
            state.put(
                Delivery(
                    id: state.nextID(), subscriptionID: subscription.id, eventID: eventID,
                    webhookID: UUID().uuidString.lowercased(), topic: subscription.topic, uri: subscription.uri,
                    body: text, triggeredAt: now, dueAt: now + delay))
        }
    }

    private static func selected(_ body: JSONValue, _ fields: [String]) -> JSONValue {
        guard !fields.isEmpty, case .object(let members) = body else { return body }
        return .object(members.filter { fields.contains($0.key) })
    }
}

/// Random numbers that the seed and the number of a notification determine (SplitMix64), whatever happened before.
private struct NotificationDice {
    private var word: UInt64

    init(seed: UInt64, id: Int64) { self.word = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(bitPattern: id) }

    /// From 0 to below 1.
    mutating func next() -> Double {
        self.word &+= 0x9E37_79B9_7F4A_7C15
        var word = self.word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) / Double(1 << 53)
    }

    mutating func happens(_ rate: Double) -> Bool { self.next() < rate }
}
