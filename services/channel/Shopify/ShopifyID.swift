internal import ChannelAdapter
internal import FileFormats

/// Ids of the platform: 64 bits without a sign, as digits or as global ids. They are text or integers everywhere, as a
/// binary fraction would lose their last digits.
enum ShopifyID {
    /// The kinds of objects that ids are of.
    enum Kind: String {
        case location = "Location"
        case product = "Product"
        case variant = "ProductVariant"
        case inventoryItem = "InventoryItem"
        case order = "Order"
        case lineItem = "LineItem"
    }

    private static let prefix = "gid://shopify/"

    /// The global id of digits, or of a global id of that kind; nil: it is neither.
    static func global(_ text: String, of kind: Kind) -> String? {
        guard let digits = Self.digits(text, of: kind) else { return nil }
        return "\(Self.prefix)\(kind.rawValue)/\(digits)"
    }

    /// The digits of an id; nil: it is none of that kind.
    static func digits(_ text: String, of kind: Kind) -> String? {
        let prefix = "\(Self.prefix)\(kind.rawValue)/"
        var rest = Substring(text)
        if rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
        // What is behind a question mark says by what else it is found.
        rest = rest.prefix { $0 != "?" }
        guard UInt64(rest) != nil, rest.utf8.first != UInt8(ascii: "+") else { return nil }
        return String(rest)
    }

    /// The digits of the id of an object in a body of the older, REST shape: of its global id, which is text, rather than
    /// of the number.
    static func digits(in object: JSONValue, of kind: Kind) -> String? {
        if let global = object["admin_graphql_api_id"]?.text { return Self.digits(global, of: kind) }
        return object["id"]?.digits.flatMap { Self.digits($0, of: kind) }
    }
}

extension ListingReference {
    /// The global id of something of the listing; nil: it is not known.
    func globalID(_ name: String, of kind: ShopifyID.Kind) -> String? {
        self.ids[name].flatMap { ShopifyID.global($0, of: kind) }
    }
}
