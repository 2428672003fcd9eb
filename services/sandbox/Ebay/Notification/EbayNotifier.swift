internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Makes notifications of what happens in a shop, for the destinations that are to be told.
public struct EbayNotifier: ShopNotifier {
    /// A notifier.
    public init() {}

    /// Adds deliveries to the state, with the faults that are switched on.
    public func notify(_ events: [ShopEvent], in state: ShopState) {
        guard state.settings.platform == .ebay, !state.records(of: "subscription").isEmpty else { return }
        for event in events {
            for (topic, data) in Self.notifications(of: event, state) { Self.tell(topic, data, in: state) }
        }
    }

    private static func tell(_ topic: EbayTopic, _ data: JSONValue, in state: ShopState) {
        for record in state.records(of: "subscription")
        where record.value["topicId"]?.text == topic.rawValue && record.value["status"] == "ENABLED" {
            Self.deliver(data, record.value, in: state)
        }
    }

    private static func deliver(_ data: JSONValue, _ subscription: JSONValue, in state: ShopState) {
        guard let id = subscription["subscriptionId"]?.text.flatMap({ Int64($0) }),
            let destination = state.value("destination", subscription["destinationId"]?.text ?? ""),
            destination["status"] == "ENABLED", let address = destination.at("deliveryConfig", "endpoint")?.text
        else { return }
        EbaySigningKey.make(in: state)
        state.deliver(
            data.jsonText, eventID: "\(UUID().uuidString.lowercased())_\(UUID().uuidString.lowercased())",
            of: subscription["topicId"]?.text ?? "", to: id, at: address)
    }

    /// Tells a destination something made up.
    static func test(_ subscription: JSONValue, in state: ShopState) {
        let name = state.settings.name
        let data: JSONValue
        switch EbayTopic(rawValue: subscription["topicId"]?.text ?? "") {
        case .orderConfirmation, .itemShipped: data = ["orderId": "00-00000-00000", "username": .string(name)]
        case .itemAvailability, .itemPrice: data = ["itemId": "0", "seller": ["username": .string(name)]]
        default: data = ["username": .string(name), "userId": .string(name), "eiasToken": "test"]
        }
        Self.deliver(data, subscription, in: state)
    }

    /// Takes away what waits for a subscription.
    static func forgetDeliveries(of subscriptionID: String, in state: ShopState) {
        for delivery in state.deliveries.values where "\(delivery.subscriptionID)" == subscriptionID {
            state.remove(delivery)
        }
    }

    /// Ends what a destination is told, since it does not take it.
    public static func markDown(_ subscriptionID: Int64, in state: ShopState) {
        guard let subscription = state.value("subscription", "\(subscriptionID)"),
            let id = subscription["destinationId"]?.text, let destination = state.value("destination", id)
        else { return }
        state.keep(destination.setting("status", to: "MARKED_DOWN"), "destination", id)
        Self.forgetDeliveries(of: "\(subscriptionID)", in: state)
    }

    // MARK: What has happened

    private static func notifications(of event: ShopEvent, _ state: ShopState) -> [(EbayTopic, JSONValue)] {
        switch event {
        case .orderCreated(let id):
            guard let order = state.orders[id] else { return [] }
            return order.lines.map { (EbayTopic.orderConfirmation, Self.line($0, order, state)) }
        case .orderUpdated(let id): return Self.shipped(id, state)
        case .orderCancelled: return []
        case .levelChanged(let key):
            guard let variant = state.variant(item: key.itemID), let item = Self.item(variant, state) else { return [] }
            let isThere = state.available(variant) > 0
            return [
                (
                    .itemAvailability,
                    item.setting("availability", to: isThere ? "AVAILABLE" : "TEMPORARILY_UNAVAILABLE")
                        .setting("categoryId", to: "33563")
                )
            ]
        case .productUpdated(let id):
            guard let product = state.products[id] else { return [] }
            return state.variants(of: product).compactMap { variant in
                Self.item(variant, state).map {
                    (EbayTopic.itemPrice, $0.setting("price", to: EbayGoods(state).price(variant)))
                }
            }
        case .appUninstalled:
            return [
                (
                    .authorizationRevocation,
                    [
                        "username": .string(state.settings.name), "userId": .string(state.settings.name),
                        "revokeReason": "REVOKED_BY_USER", "revocationDate": .string(EbayTime.text(.now())),
                    ]
                )
            ]
        }
    }

    private static func line(_ line: Order.Line, _ order: Order, _ state: ShopState) -> JSONValue {
        let offer = state.variants[line.variantID].flatMap { EbayGoods(state).offer(of: $0) }
        return [
            "orderId": .string(EbayOrderID.text(order, state.settings)), "lineItemId": .string("\(line.id)"),
            "itemId": .string(offer?.listingID ?? "\(line.productID)"), "sku": .string(line.sku),
            "quantity": .number(line.quantity), "seller": ["username": .string(state.settings.name)],
        ]
    }

    /// What was sent last, where that is the change.
    private static func shipped(_ id: Int64, _ state: ShopState) -> [(EbayTopic, JSONValue)] {
        guard let order = state.orders[id], let parcel = order.fulfilments.last, parcel.createdAt == order.updatedAt
        else { return [] }
        return order.lines.filter { line in parcel.lines.contains { $0.lineID == line.id } }
            .map { (EbayTopic.itemShipped, Self.line($0, order, state)) }
    }

    private static func item(_ variant: Variant, _ state: ShopState) -> JSONValue? {
        let goods = EbayGoods(state)
        return goods.offer(of: variant)?.listingID.map { id in
            [
                "itemId": .string(id), "listingMarketplaceId": .string(goods.marketplace),
                "buyingOptions": ["FIXED_PRICE"], "seller": ["username": .string(state.settings.name)],
            ]
        }
    }
}
