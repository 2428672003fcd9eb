internal import SandboxJSON
public import SandboxShop

/// The seller's account that a shop is: what it is called in paths, and where it sells.
public struct AmazonAccount: Sendable, Hashable {
    private static let marketplaces = [
        "USD": "ATVPDKIKX0DER", "CAD": "A2EUQ1WTGCTBG2", "MXN": "A1AM78C64UM0Y8", "GBP": "A1F83G8C2ARO7P",
        "EUR": "A1PA6795UKMFR9",
    ]

    /// The seller, as capital letters and digits.
    public let sellerID: String
    /// The one marketplace that the seller sells in: the one whose prices are in the shop's currency, or the first.
    public let marketplaceID: String

    /// The account of a shop.
    public init(_ settings: ShopSettings) {
        let digits = String(Self.hash(settings.name), radix: 36, uppercase: true)
        self.sellerID = "A" + String(repeating: "0", count: 13 - digits.count) + digits
        self.marketplaceID = Self.marketplaces[settings.currency] ?? "ATVPDKIKX0DER"
    }

    /// FNV-1a of a text: the same in each process.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The platform's own number of a product.
    static func asin(of variant: Variant) -> String { self.asin(ofVariant: variant.id) }

    /// That of a product by the number of its variant.
    static func asin(ofVariant id: Int64) -> String {
        let digits = String(id & 0xFF_FFFF_FFFF, radix: 36, uppercase: true)
        return "B0" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

/// The platform's numbers of orders, such as `100-0001099-5116278`.
public enum AmazonOrderID {
    /// That of an order.
    public static func text(_ id: Int64) -> String {
        let digits = Array(String(id))
        let padded = Array(repeating: Character("0"), count: max(0, 17 - digits.count)) + digits
        return "\(String(padded[..<3]))-\(String(padded[3..<10]))-\(String(padded[10...]))"
    }

    /// - Returns: `nil` for a text of another shape.
    static func number(_ text: String) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [3, 7, 7], parts.joined().allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        return Int64(parts.joined())
    }
}
