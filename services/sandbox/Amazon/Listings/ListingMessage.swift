internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// What a seller submits for a listing: by a call, or as a message of a feed. It is kept as feeds have it.
struct ListingMessage {
    enum Kind: String {
        /// The whole listing.
        case update = "UPDATE"
        /// Some of its attributes.
        case partialUpdate = "PARTIAL_UPDATE"
        /// Some of its attributes, or entries of them.
        case patch = "PATCH"
        /// Takes it off the shelf.
        case delete = "DELETE"
    }

    struct Patch {
        let operation: String
        let attribute: String
        let value: [JSONValue.JSONObject]
    }

    static let requirements = ["LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"]
    static let operations = ["add", "replace", "merge", "delete"]
    private static let pathStart = "/attributes/"

    let sku: String
    let kind: Kind
    let productType: String
    let requirement: String
    let patches: [Patch]

    /// - Throws: What of its shape is wrong.
    init(_ json: JSONValue) throws(AmazonRefusal) {
        guard let sku = json["sku"]?.text, (1...40).contains(sku.utf8.count) else {
            throw .invalid("A SKU has 1 to 40 characters.")
        }
        guard let kind = Kind(rawValue: json["operationType"]?.text ?? "") else {
            throw .invalid("The operationType is none of UPDATE, PARTIAL_UPDATE, PATCH, DELETE.")
        }
        self.sku = sku
        self.kind = kind
        self.productType = json["productType"]?.text ?? ""
        self.requirement = json["requirements"]?.text ?? Self.requirements[0]
        guard kind == .delete || !self.productType.isEmpty else { throw .invalid("'productType' is required.") }
        guard Self.requirements.contains(self.requirement) else { throw .invalid("'requirements' is invalid.") }
        self.patches =
            switch kind {
            case .delete: []
            case .patch: try Self.patches(json["patches"])
            case .update, .partialUpdate:
                try Self.patches(json["attributes"], kind == .update ? "replace" : "add")
            }
    }

    private static func patches(_ list: JSONValue?) throws(AmazonRefusal) -> [Patch] {
        guard let list = list?.array, !list.isEmpty else { throw .invalid("'patches' must have at least one entry.") }
        return try list.map { patch throws(AmazonRefusal) in
            let operation = patch["op"]?.text ?? ""
            guard Self.operations.contains(operation) else { throw .invalid("'op' of a patch is invalid.") }
            let path = patch["path"]?.text ?? ""
            let name = path.dropFirst(Self.pathStart.count)
            guard path.hasPrefix(Self.pathStart), !name.isEmpty, !name.contains("/") else {
                throw .invalid("'path' of a patch must name one attribute as a whole, such as /attributes/item_name.")
            }
            guard patch["value"] != nil || operation == "delete" else {
                throw .invalid("'value' of a patch is missing.")
            }
            return Patch(
                operation: operation, attribute: String(name), value: try Self.entries(patch["value"] ?? [], name))
        }
    }

    private static func patches(
        _ attributes: JSONValue?, _ operation: String
    ) throws(AmazonRefusal) -> [Patch] {
        guard let attributes = attributes?.object, !attributes.isEmpty else {
            throw .invalid("'attributes' must be an object with at least one member.")
        }
        return try attributes.map { member throws(AmazonRefusal) in
            Patch(
                operation: operation, attribute: member.key,
                value: try Self.entries(member.value, member.key[...]))
        }
    }

    private static func entries(
        _ value: JSONValue, _ name: Substring
    ) throws(AmazonRefusal) -> [JSONValue.JSONObject] {
        let entries = value.array?.compactMap(\.object)
        guard let entries, entries.count == value.array?.count else {
            throw .invalid("The value of \(name) must be a list of objects.")
        }
        return entries
    }
}

/// What is wrong with what was submitted.
struct ListingIssue: Hashable {
    let code: String
    let message: String
    let attribute: String
    let category: String

    /// A value that is needed and missing.
    static func missing(_ attribute: String) -> ListingIssue {
        ListingIssue(
            code: "90220", message: "'\(attribute)' is required but not supplied.", attribute: attribute,
            category: "MISSING_ATTRIBUTE")
    }

    /// A value that is none of the attribute's.
    static func invalid(_ attribute: String, _ what: String, category: String = "INVALID_ATTRIBUTE") -> ListingIssue {
        ListingIssue(
            code: "99022", message: "The value of the attribute '\(attribute)' is invalid: \(what).",
            attribute: attribute,
            category: category)
    }

    /// As answers to submissions have it.
    var json: JSONValue {
        [
            "code": .string(self.code), "message": .string(self.message), "severity": "ERROR",
            "attributeNames": [.string(self.attribute)], "categories": [.string(self.category)],
        ]
    }

    /// As reports on feeds have it.
    func json(messageID: Int, sku: String) -> JSONValue {
        [
            "messageId": .number(messageID), "sku": .string(sku), "code": .string(self.code), "severity": "ERROR",
            "message": .string(self.message), "attributeName": .string(self.attribute),
        ]
    }
}

// MARK: - Checks

extension ListingMessage {
    /// What would be refused now.
    func issues(_ state: ShopState) -> [ListingIssue] {
        let listing = Listing(self.sku, state)
        switch self.kind {
        case .delete: return listing == nil ? [self.unknown] : []
        case .patch, .partialUpdate:
            guard let listing else { return [self.unknown] }
            guard self.productType == listing.productType || self.productType == "PRODUCT" else {
                return [.invalid("productType", "the listing is of the product type \(listing.productType)")]
            }
        case .update:
            let given = Set(self.patches.map(\.attribute))
            var needed = self.requirement == Self.requirements[2] ? [] : [Listing.name]
            if self.requirement != Self.requirements[1] { needed.append(Listing.price) }
            let missing = needed.filter { !given.contains($0) }
            guard missing.isEmpty else { return missing.map { .missing($0) } }
        }
        return self.patches.flatMap { Self.issues($0, state) }
    }

    private var unknown: ListingIssue {
        .invalid("sku", "the seller has no listing \(self.sku)")
    }

    private static func issues(_ patch: Patch, _ state: ShopState) -> [ListingIssue] {
        guard patch.operation != "delete" else { return [] }
        switch patch.attribute {
        case Listing.stock: return patch.value.compactMap { Self.stockIssue($0) }
        case Listing.price: return patch.value.compactMap { Self.priceIssue($0, state) }
        case Listing.name:
            let title = patch.value.first?["value"]?.text ?? ""
            return (1...500).contains(title.utf8.count)
                ? [] : [.invalid(Listing.name, "it must be a text of 1 to 500 bytes")]
        default: return []
        }
    }

    private static func stockIssue(_ entry: JSONValue.JSONObject) -> ListingIssue? {
        let channel = entry["fulfillment_channel_code"]?.text ?? ""
        if Listing.isOfPlatform(channel) {
            return entry["quantity"] == nil
                ? nil : .invalid(Listing.stock, "the quantity of \(channel) is counted by the platform")
        }
        guard channel == Listing.defaultChannel else {
            return .invalid(Listing.stock, "there is no channel '\(channel)'")
        }
        guard let quantity = entry["quantity"] else { return nil }
        guard let number = quantity.integer, (0...Int64(ShopState.maximumQuantity)).contains(number) else {
            return .invalid(Listing.stock, "a quantity is a whole number from 0 on")
        }
        return nil
    }

    private static func priceIssue(_ entry: JSONValue.JSONObject, _ state: ShopState) -> ListingIssue? {
        let account = AmazonAccount(state.settings)
        guard entry["marketplace_id"]?.text ?? account.marketplaceID == account.marketplaceID else {
            return .invalid(Listing.price, "the seller sells in \(account.marketplaceID) alone")
        }
        guard entry["currency"]?.text == state.settings.currency else {
            return .invalid(
                Listing.price, "the marketplace's currency is \(state.settings.currency)", category: "INVALID_PRICE")
        }
        guard entry["our_price"] != nil else { return nil }
        guard let price = Self.price(entry), price > .zero else {
            return .invalid(Listing.price, "the price is no amount above zero", category: "INVALID_PRICE")
        }
        return nil
    }

    static func price(_ entry: JSONValue.JSONObject) -> Price? {
        switch entry["our_price"]?.array?.first?["schedule"]?.array?.first?["value_with_tax"] {
        case .integer(let number): Price(text: String(number))
        case .decimal(let text): Price(text: text)
        default: nil
        }
    }
}
