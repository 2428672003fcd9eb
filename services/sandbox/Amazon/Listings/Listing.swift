internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// A variant as a listing: what of it other platforms have no place for lies beside it.
struct Listing {
    static let stock = "fulfillment_availability"
    static let price = "purchasable_offer"
    static let name = "item_name"
    static let defaultType = "AUTO_PART"
    static let defaultChannel = "DEFAULT"
    private static let metafield = (namespace: "amazon", key: "attributes")

    let variant: Variant
    let state: ShopState
    private let account: AmazonAccount

    /// - Returns: `nil` where the seller has no such listing.
    init?(_ sku: String, _ state: ShopState) {
        guard let variant = state.variant(sku: sku) else { return nil }
        self.init(variant, state)
    }

    init(_ variant: Variant, _ state: ShopState) {
        self.variant = variant
        self.state = state
        self.account = AmazonAccount(state.settings)
    }

    private var owner: String { "amazon/\(self.variant.id)" }

    /// Attributes as they were submitted, without the quantity and the price, which the shelf has.
    var kept: JSONValue.JSONObject {
        guard let id = self.state.index.metafield(of: self.owner, "\(Self.metafield.namespace).\(Self.metafield.key)"),
            let text = self.state.metafields[id]?.value, let json = try? JSONValue(json: text)
        else { return [:] }
        return json.object ?? [:]
    }

    func keep(_ attributes: JSONValue.JSONObject, at moment: Moment) {
        let (namespace, key) = Self.metafield
        let known = self.state.index.metafield(of: self.owner, "\(namespace).\(key)")
        var metafield = Metafield(
            id: known ?? self.state.nextID(), ownerID: self.owner, namespace: namespace, key: key, type: "json",
            value: JSONValue.object(attributes).jsonText, at: moment)
        if let known, let before = self.state.metafields[known] { metafield.createdAt = before.createdAt }
        self.state.put(metafield)
    }

    var productType: String {
        let type = self.state.products[self.variant.productID]?.productType ?? ""
        return type.isEmpty ? Self.defaultType : type
    }

    /// Who sends it: the seller's `DEFAULT`, or the platform's warehouses.
    var channel: String {
        let entries = self.kept[Self.stock]?.array ?? []
        return entries.first?["fulfillment_channel_code"]?.text ?? Self.defaultChannel
    }

    var isFulfilledByPlatform: Bool { Self.isOfPlatform(self.channel) }

    static func isOfPlatform(_ channel: String) -> Bool { channel.hasPrefix("AMAZON") }

    /// What buyers may buy; the platform sells nothing that is not there.
    var quantity: Int { max(0, self.state.available(self.variant)) }

    private var updatedAt: Moment {
        let product = self.state.products[self.variant.productID]?.updatedAt ?? self.variant.updatedAt
        let levels = self.state.levels(of: self.variant.itemID).map(\.changedAt)
        return levels.reduce(max(product, self.variant.updatedAt)) { max($0, $1) }
    }
}

// MARK: - As the platform tells it

extension Listing {
    static let data = [
        "summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement", "relationships",
        "productTypes",
    ]

    /// - Parameter data: The parts that are asked for.
    func json(_ data: [String]) -> JSONValue {
        var members: JSONValue.JSONObject = ["sku": .string(self.variant.sku)]
        for part in data { members[part] = self.part(part) }
        return .object(members)
    }

    private func part(_ name: String) -> JSONValue? {
        let marketplace = JSONValue.string(self.account.marketplaceID)
        switch name {
        case "summaries": return [self.summary]
        case "attributes": return .object(self.attributes)
        case "offers": return .array(self.hasOffer ? [self.offer] : [])
        case "fulfillmentAvailability": return [self.availability]
        case "productTypes": return [["marketplaceId": marketplace, "productType": .string(self.productType)]]
        default: return []
        }
    }

    private var hasOffer: Bool { self.variant.price > .zero }

    private var summary: JSONValue {
        var status = ["DISCOVERABLE"]
        if self.hasOffer, self.quantity > 0 || self.isFulfilledByPlatform { status.insert("BUYABLE", at: 0) }
        return [
            "marketplaceId": .string(self.account.marketplaceID),
            "asin": .string(AmazonAccount.asin(of: self.variant)), "productType": .string(self.productType),
            "conditionType": "new_new", "status": .texts(status),
            "itemName": .string(self.state.products[self.variant.productID]?.title ?? self.variant.sku),
            "createdDate": .string(self.variant.createdAt.text), "lastUpdatedDate": .string(self.updatedAt.text),
        ]
    }

    private var offer: JSONValue {
        [
            "marketplaceId": .string(self.account.marketplaceID), "offerType": "B2C",
            "price": [
                "currencyCode": .string(self.state.settings.currency), "amount": .string(self.variant.price.text),
            ],
            "audience": ["value": "ALL", "displayName": "Sell on Amazon"],
        ]
    }

    private var availability: JSONValue {
        var members: JSONValue.JSONObject = ["fulfillmentChannelCode": .string(self.channel)]
        // Of stock in its own warehouses the platform tells by another interface.
        if !self.isFulfilledByPlatform { members["quantity"] = .number(self.quantity) }
        return .object(members)
    }

    /// As they were submitted, with the quantity and the price that hold now.
    private var attributes: JSONValue.JSONObject {
        var attributes = self.kept
        let marketplace = JSONValue.string(self.account.marketplaceID)
        if attributes[Self.name] == nil {
            let title = self.state.products[self.variant.productID]?.title ?? self.variant.sku
            attributes[Self.name] = [["value": .string(title), "marketplace_id": marketplace]]
        }
        var stock = attributes[Self.stock]?.array?.first?.object ?? [:]
        stock["fulfillment_channel_code"] = .string(self.channel)
        if !self.isFulfilledByPlatform { stock["quantity"] = .number(self.quantity) }
        attributes[Self.stock] = [.object(stock)]
        if self.hasOffer {
            var offer = attributes[Self.price]?.array?.first?.object ?? ["audience": "ALL"]
            offer["marketplace_id"] = marketplace
            offer["currency"] = .string(self.state.settings.currency)
            offer["our_price"] = [["schedule": [["value_with_tax": .decimal(self.variant.price.text)]]]]
            attributes[Self.price] = [.object(offer)]
        }
        return attributes
    }
}
