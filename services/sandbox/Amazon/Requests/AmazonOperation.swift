/// A call of the Selling Partner API, with the rate that its model publishes.
struct AmazonOperation: Hashable, Sendable {
    let name: String
    let method: String
    /// Its path; parts in braces stand for any.
    let path: [String]
    /// Calls in a second, and at once.
    let rate: Double
    let burst: Double
    /// Whether it takes a restricted token, as what it answers has data of buyers.
    let isRestricted: Bool
    /// Whether its model has the rate in answers of all kinds, and not of those alone for which the call was looked at.
    let alwaysTellsRate: Bool

    private init(
        _ name: String, _ method: String, _ path: String, rate: Double, burst: Double, isRestricted: Bool = false,
        alwaysTellsRate: Bool = false
    ) {
        self.name = name
        self.method = method
        self.path = path.split(separator: "/").map(String.init)
        self.rate = rate
        self.burst = burst
        self.isRestricted = isRestricted
        self.alwaysTellsRate = alwaysTellsRate
    }

    private static let item = "/listings/2021-08-01/items/{sellerId}/{sku}"
    private static let feeds = "/feeds/2021-06-30"
    private static let orders = "/orders/2026-01-01/orders"
    private static let ordersV0 = "/orders/v0/orders"
    /// The part of a path for which any order may stand.
    static let anyOrder = "{orderId}"

    static let searchListings = Self(
        "searchListingsItems", "GET", "/listings/2021-08-01/items/{sellerId}", rate: 5, burst: 5)
    static let getListing = Self("getListingsItem", "GET", Self.item, rate: 5, burst: 10)
    static let putListing = Self("putListingsItem", "PUT", Self.item, rate: 5, burst: 10)
    static let patchListing = Self("patchListingsItem", "PATCH", Self.item, rate: 5, burst: 5)
    static let deleteListing = Self("deleteListingsItem", "DELETE", Self.item, rate: 5, burst: 5)
    static let createDocument = Self("createFeedDocument", "POST", "\(Self.feeds)/documents", rate: 0.5, burst: 15)
    static let getDocument = Self(
        "getFeedDocument", "GET", "\(Self.feeds)/documents/{id}", rate: 0.0222, burst: 10)
    static let createFeed = Self("createFeed", "POST", "\(Self.feeds)/feeds", rate: 0.0083, burst: 15)
    static let getFeeds = Self("getFeeds", "GET", "\(Self.feeds)/feeds", rate: 0.0222, burst: 10)
    static let getFeed = Self("getFeed", "GET", "\(Self.feeds)/feeds/{id}", rate: 2, burst: 15)
    static let cancelFeed = Self("cancelFeed", "DELETE", "\(Self.feeds)/feeds/{id}", rate: 2, burst: 15)
    static let searchOrders = Self("searchOrders", "GET", Self.orders, rate: 0.0056, burst: 20)
    static let getOrder = Self("getOrder", "GET", "\(Self.orders)/{id}", rate: 0.5, burst: 30)
    static let confirmShipment = Self(
        "confirmShipment", "POST", "\(Self.ordersV0)/{id}/shipmentConfirmation", rate: 2, burst: 10)
    static let getOrdersV0 = Self("getOrders", "GET", Self.ordersV0, rate: 0.0167, burst: 20, isRestricted: true)
    static let getOrderV0 = Self(
        "getOrder of v0", "GET", "\(Self.ordersV0)/{id}", rate: 0.5, burst: 30, isRestricted: true)
    static let getOrderItemsV0 = Self(
        "getOrderItems", "GET", "\(Self.ordersV0)/{id}/orderItems", rate: 0.5, burst: 30, isRestricted: true)
    static let createRestrictedToken = Self(
        "createRestrictedDataToken", "POST", "/tokens/2021-03-01/restrictedDataToken", rate: 1, burst: 10,
        alwaysTellsRate: true)
    static let inventorySummaries = Self(
        "getInventorySummaries", "GET", "/fba/inventory/v1/summaries", rate: 2, burst: 2)

    static let all = [
        searchListings, getListing, putListing, patchListing, deleteListing, createDocument, getDocument, createFeed,
        getFeeds, getFeed, cancelFeed, searchOrders, getOrder, confirmShipment, getOrdersV0, getOrderV0,
        getOrderItemsV0, createRestrictedToken, inventorySummaries,
    ]

    /// The operation that a request asks for.
    static func asked(_ method: String, _ path: [String]) -> AmazonOperation? {
        self.all.first { $0.method == method && $0.matches(path) }
    }

    private func matches(_ path: [String]) -> Bool {
        path.count == self.path.count && zip(self.path, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
