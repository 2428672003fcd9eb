internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Makes notifications of what happens in a shop, for those who subscribed.
public struct WebhookNotifier: ShopNotifier {
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
            for subscription in subscribed {
                state.deliver(
                    Self.selected(body, subscription.includeFields).jsonText, eventID: eventID, of: topic,
                    to: subscription.id, at: subscription.uri)
            }
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

    private static func selected(_ body: JSONValue, _ fields: [String]) -> JSONValue {
        guard !fields.isEmpty, case .object(let members) = body else { return body }
        return .object(members.filter { fields.contains($0.key) })
    }
}
