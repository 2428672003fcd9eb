/// What a shop is, beside what it sells.
public struct ShopSettings: Codable, Sendable, Hashable {
    /// The platforms that the sandbox stands in for.
    public enum Platform: String, Codable, Sendable, Hashable, CaseIterable {
        /// Shopify's Admin API.
        case shopify
        /// Files of stock and prices in, files of orders out.
        case feed
        /// Amazon's Selling Partner API.
        case amazon
        /// eBay's interfaces for sellers.
        case ebay
    }

    /// Its number among all shops, from which its ids are made.
    public var number: Int64
    /// The name, as in paths.
    public var name: String
    /// The host that it is reached by.
    public var domain: String
    /// What it speaks.
    public var platform: Platform
    /// What callers show; more than one while they are exchanged.
    public var tokens: [String]
    /// The app's public name in the exchange of codes for tokens.
    public var clientID: String
    /// The app's secret, by which notifications are signed.
    public var clientSecret: String
    /// The currency of all prices.
    public var currency: String
    /// Whether buyers may buy what is not there.
    public var allowsOversell: Bool
    /// When it was made.
    public var createdAt: Moment
    /// The marketplace that is sold on, where the platform has several; `nil` for its usual one.
    public var marketplace: String?

    /// A shop.
    public init(
        number: Int64, name: String, domain: String, platform: Platform, tokens: [String], clientID: String,
        clientSecret: String, currency: String = "USD", allowsOversell: Bool = false, createdAt: Moment,
        marketplace: String? = nil
    ) {
        self.number = number
        self.name = name
        self.domain = domain
        self.platform = platform
        self.tokens = tokens
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.currency = currency
        self.allowsOversell = allowsOversell
        self.createdAt = createdAt
        self.marketplace = marketplace
    }
}
