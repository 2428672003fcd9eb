/// The marketplaces that the demo brand has a shop on.
public enum DemoShopPlace: String, CaseIterable, Sendable {
    /// Its own shop.
    case shopify
    /// A seller's account.
    case amazon
    /// A seller's account.
    case ebay
    /// A partner that takes files.
    case feed

    /// What the marketplace calls the shop.
    public var name: String { self == .shopify ? "demo-auto-parts" : "demo-\(self.rawValue)" }

    /// What the brand calls its connection to it; the orders of the demo day have others.
    public var connection: String {
        switch self {
        case .shopify: "shopify"
        case .amazon: "amazon-us"
        case .ebay: "ebay-us"
        case .feed: "partner"
        }
    }

    /// For people.
    public var title: String {
        switch self {
        case .shopify: "The demo shop"
        case .amazon: "Amazon"
        case .ebay: "eBay"
        case .feed: "A partner that takes files"
        }
    }

    /// How many parts it has: Amazon takes five changes a second.
    var articles: Int { self == .shopify ? 60 : 20 }

    /// How often it is asked for orders, in seconds; no more often than the marketplace allows.
    var pollSeconds: Int64 { 5 }
}
