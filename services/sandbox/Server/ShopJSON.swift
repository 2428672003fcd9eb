internal import OrderedCollections
internal import SandboxAmazon
internal import SandboxEbay
internal import SandboxJSON
internal import SandboxShop

/// Shops as the control interface and the page show them.
enum ShopJSON {
    /// The orders that a list has, the newest first.
    static let maximumOrders = 1_000
    /// The changes of a shelf that a list has, the oldest first.
    static let maximumChanges = 10_000

    static func summary(_ state: ShopState) -> JSONValue {
        let settings = state.settings
        let summary: JSONValue = [
            "name": .string(settings.name), "platform": .string(settings.platform.rawValue),
            "domain": .string(settings.domain), "token": .text(settings.tokens.first),
            "clientId": .string(settings.clientID), "clientSecret": .string(settings.clientSecret),
            "currency": .string(settings.currency), "allowsOversell": .bool(settings.allowsOversell),
            "locations": .array(
                state.index.locationIDs.compactMap { state.locations[$0] }.map {
                    ["id": .string("gid://shopify/Location/\($0.id)"), "name": .string($0.name)]
                }),
            "products": .number(state.products.count), "orders": .number(state.orders.count),
        ]
        guard settings.platform == .amazon, var members = summary.object else { return summary }
        members["sellerId"] = .string(AmazonAccount(settings).sellerID)
        members["marketplaceId"] = .string(AmazonAccount(settings).marketplaceID)
        return .object(members)
    }

    static func shelf(_ state: ShopState) -> JSONValue {
        var entries: JSONValue.JSONObject = [:]
        entries.reserveCapacity(state.variants.count)
        for id in state.index.variantIDs {
            // Of variants with the same SKU the oldest counts, as it does for buyers.
            guard let variant = state.variants[id], !variant.sku.isEmpty, entries[variant.sku] == nil else { continue }
            entries[variant.sku] = self.entry(variant, state)
        }
        return .object(entries)
    }

    static func entry(_ variant: Variant, _ state: ShopState) -> JSONValue {
        let levels = state.levels(of: variant.itemID)
        return [
            "available": .number(levels.reduce(0) { $0 + $1.available }),
            "committed": .number(levels.reduce(0) { $0 + $1.committed }), "price": .string(variant.price.text),
            "version": .integer(levels.reduce(variant.priceVersion) { $0 + $1.version }),
            "changedAt": .integer(
                max(levels.map(\.changedAt).max() ?? variant.createdAt, variant.updatedAt).milliseconds),
            "title": .text(state.products[variant.productID]?.title),
        ]
    }

    static func changes(_ state: ShopState, after number: Int64) -> JSONValue {
        let changes = state.shelfChanges.after(number, limit: self.maximumChanges)
        return [
            "last": .integer(state.shelfChanges.last),
            "changes": .array(
                changes.map {
                    [
                        "number": .integer($0.number), "sku": .string($0.sku), "available": .number($0.available),
                        "at": .integer($0.at.milliseconds),
                    ]
                }),
        ]
    }

    static func orders(_ state: ShopState) -> JSONValue {
        let ids = state.index.orderIDs.suffix(self.maximumOrders).reversed()
        return [
            "total": .number(state.orders.count),
            "orders": .array(ids.compactMap { state.orders[$0] }.map { self.order($0, state) }),
        ]
    }

    static func order(_ order: Order, _ state: ShopState) -> JSONValue {
        [
            "id": .string("gid://shopify/Order/\(order.id)"), "name": .string(order.name),
            "platformId": .string(self.platformID(of: order, state.settings)),
            "state": .string(order.cancelledAt == nil ? order.fulfilmentStatus : "CANCELLED"),
            "financialStatus": .string(order.financialStatus), "total": .string(order.total.text),
            "refunded": .string(order.refunded.text), "currency": .string(order.currency),
            "buyer": .string(order.buyer.name), "cancelReason": .text(order.cancelReason),
            "createdAt": .integer(order.createdAt.milliseconds), "updatedAt": .integer(order.updatedAt.milliseconds),
            "lines": .array(
                order.lines.map { line in
                    [
                        "sku": .string(line.sku), "quantity": .number(line.quantity), "price": .string(line.price.text),
                        "fulfilled": .number(line.fulfilled), "refunded": .number(line.refunded),
                    ]
                }),
            "fulfilments": .array(
                order.fulfilments.map { fulfilment in
                    [
                        "name": .string(fulfilment.name), "status": .string(fulfilment.status),
                        "tracking": .array(
                            fulfilment.tracking.map {
                                ["number": .text($0.number), "url": .text($0.url), "company": .text($0.company)]
                            }),
                    ]
                }),
        ]
    }

    /// As sellers know it.
    private static func platformID(of order: Order, _ settings: ShopSettings) -> String {
        switch settings.platform {
        case .amazon: AmazonOrderID.text(order.id)
        case .ebay: EbayOrderID.text(order, settings)
        case .shopify, .feed: "\(order.id)"
        }
    }

    static func deliveries(_ state: ShopState) -> JSONValue {
        let waiting = state.deliveries.values.sorted { $0.id < $1.id }.prefix(self.maximumOrders)
        return [
            "waiting": .number(state.deliveries.count),
            "deliveries": .array(
                waiting.map {
                    [
                        "topic": .string($0.topic), "uri": .string($0.uri), "eventId": .string($0.eventID),
                        "webhookId": .string($0.webhookID), "attempts": .number($0.attempts),
                        "dueAt": .integer($0.dueAt.milliseconds),
                    ]
                }),
        ]
    }
}
