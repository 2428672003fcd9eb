/// Where goods lie.
public struct Location: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// Its name.
    public var name: String
    /// Whether it takes part in selling.
    public var isActive: Bool
    /// When it was made.
    public var createdAt: Moment
}

/// What is sold, in one or more variants.
public struct Product: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// What it is called.
    public var title: String
    /// Its name in addresses, unique in the shop.
    public var handle: String
    /// Its description, in HTML.
    public var descriptionHTML = ""
    /// Who makes it.
    public var vendor: String
    /// What kind of product it is.
    public var productType = ""
    /// `ACTIVE`, `ARCHIVED`, `DRAFT` or `UNLISTED`.
    public var status = "ACTIVE"
    /// Words that it is found by.
    public var tags: [String] = []
    /// What its variants differ by.
    public var options: [Option]
    /// Its variants, in their order.
    public var variantIDs: [Int64] = []
    /// When it was made.
    public var createdAt: Moment
    /// When it was last changed.
    public var updatedAt: Moment

    /// Something that variants differ by.
    public struct Option: Codable, Sendable, Hashable {
        /// Its number.
        public var id: Int64
        /// What it is called, such as `Size`.
        public var name: String
        /// What it can be.
        public var values: [Value]

        /// Something that an option can be.
        public struct Value: Codable, Sendable, Hashable {
            /// Its number.
            public var id: Int64
            /// What it is called, such as `L`.
            public var name: String

            /// A value.
            public init(id: Int64, name: String) {
                self.id = id
                self.name = name
            }
        }

        /// An option.
        public init(id: Int64, name: String, values: [Value]) {
            self.id = id
            self.name = name
            self.values = values
        }
    }

    /// A product without variants.
    public init(id: Int64, title: String, handle: String, vendor: String, options: [Option], at moment: Moment) {
        self.id = id
        self.title = title
        self.handle = handle
        self.vendor = vendor
        self.options = options
        self.createdAt = moment
        self.updatedAt = moment
    }
}

/// What a buyer puts into the cart, with the item that its stock is counted by.
public struct Variant: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// The product that it is of.
    public var productID: Int64
    /// The number of its inventory item.
    public var itemID: Int64
    /// The seller's key of it; need not be unique.
    public var sku: String
    /// Its barcode.
    public var barcode: String?
    /// What it costs.
    public var price: Price
    /// What it cost before, or elsewhere.
    public var compareAtPrice: Price?
    /// `DENY` or `CONTINUE`: whether it is sold when there is none.
    public var policy = "DENY"
    /// Whether its stock is counted.
    public var isTracked = true
    /// What each of the product's options is, in their order.
    public var optionValues: [String]
    /// When it was made.
    public var createdAt: Moment
    /// When it was last changed.
    public var updatedAt: Moment
    /// Grows with each change of the price.
    public var priceVersion: Int64 = 0

    /// A variant.
    public init(
        id: Int64, productID: Int64, itemID: Int64, sku: String, price: Price, optionValues: [String],
        at moment: Moment
    ) {
        self.id = id
        self.productID = productID
        self.itemID = itemID
        self.sku = sku
        self.price = price
        self.optionValues = optionValues
        self.createdAt = moment
        self.updatedAt = moment
    }

    /// What its options are, such as `S / Red`.
    public var title: String { self.optionValues.joined(separator: " / ") }
}

/// How much of an item lies at a location.
public struct Level: Codable, Sendable, Hashable {
    /// The item.
    public var itemID: Int64
    /// The location.
    public var locationID: Int64
    /// What can be sold.
    public var available = 0
    /// What is sold and not yet sent.
    public var committed = 0
    /// Other quantities by their names, such as `damaged`; what is 0 is left out.
    public var others: [String: Int]?
    /// Grows with each change.
    public var version: Int64 = 0
    /// When it was made.
    public var createdAt: Moment
    /// When what can be sold was last changed.
    public var changedAt: Moment

    /// An empty level.
    public init(itemID: Int64, locationID: Int64, at moment: Moment) {
        self.itemID = itemID
        self.locationID = locationID
        self.createdAt = moment
        self.changedAt = moment
    }

    /// The quantities beside those that have a place of their own.
    public static let otherNames = ["incoming", "damaged", "quality_control", "reserved", "safety_stock"]

    /// All that lies there: what can be sold, what is sold, and what is kept back.
    public var onHand: Int {
        self.available + self.committed
            + Self.otherNames.dropFirst().reduce(0) { $0 + (self.others?[$1] ?? 0) }
    }

    /// A quantity by its name; `nil` for a name that there is not.
    public subscript(_ name: String) -> Int? {
        switch name {
        case "available": self.available
        case "on_hand": self.onHand
        case "committed": self.committed
        case _ where Self.otherNames.contains(name): self.others?[name] ?? 0
        default: nil
        }
    }
}

/// A value of the seller's on a product, a variant or another thing.
public struct Metafield: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// Whose it is, as `gid://shopify/Product/1`.
    public var ownerID: String
    /// The first part of its name.
    public var namespace: String
    /// The second part of its name.
    public var key: String
    /// The type of its value, such as `json`.
    public var type: String
    /// The value, as text.
    public var value: String
    /// When it was made.
    public var createdAt: Moment
    /// When it was last changed.
    public var updatedAt: Moment

    /// A metafield.
    public init(
        id: Int64, ownerID: String, namespace: String, key: String, type: String, value: String, at moment: Moment
    ) {
        self.id = id
        self.ownerID = ownerID
        self.namespace = namespace
        self.key = key
        self.type = type
        self.value = value
        self.createdAt = moment
        self.updatedAt = moment
    }

    /// Namespace and key.
    public var name: String { "\(self.namespace).\(self.key)" }
}
