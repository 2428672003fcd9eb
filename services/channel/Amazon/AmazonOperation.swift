internal import ChannelAdapter

/// A call of the Selling Partner API, and the limit that its model publishes: a token bucket for each seller and application.
struct AmazonOperation: Hashable, Sendable {
    /// As the model has it: "patchListingsItem". It is the bucket's name, too.
    let name: String
    let method: String
    let ratePerSecond: Double
    let burst: Double
    /// Whether it changes something, so that one without an answer may have been carried out.
    let isChange: Bool
    /// Whether its answers hold data of buyers, for which the platform wants a restricted token.
    let isRestricted: Bool

    private init(
        _ name: String, _ method: String = "GET", rate: Double, burst: Double, isChange: Bool = false,
        isRestricted: Bool = false
    ) {
        self.name = name
        self.method = method
        self.ratePerSecond = rate
        self.burst = burst
        self.isChange = isChange
        self.isRestricted = isRestricted
    }

    // Listings Items 2021-08-01.
    static let getListing = Self("getListingsItem", rate: 5, burst: 10)
    static let searchListings = Self("searchListingsItems", rate: 5, burst: 5)
    static let patchListing = Self("patchListingsItem", "PATCH", rate: 5, burst: 5, isChange: true)
    static let putListing = Self("putListingsItem", "PUT", rate: 5, burst: 10, isChange: true)

    // Feeds 2021-06-30. A document that nobody makes a feed of does nothing, so making one is no change.
    static let createFeedDocument = Self("createFeedDocument", "POST", rate: 0.5, burst: 15)
    static let createFeed = Self("createFeed", "POST", rate: 0.0083, burst: 15, isChange: true)
    static let getFeeds = Self("getFeeds", rate: 0.0222, burst: 10)
    static let getFeed = Self("getFeed", rate: 2, burst: 15)
    static let getFeedDocument = Self("getFeedDocument", rate: 0.0222, burst: 10)

    // Orders 2026-01-01, and what is left in v0.
    static let searchOrders = Self("searchOrders", rate: 0.0056, burst: 20)
    static let getOrder = Self("getOrder", rate: 0.5, burst: 30)
    static let confirmShipment = Self("confirmShipment", "POST", rate: 2, burst: 10, isChange: true)

    // Orders v0, for those that cannot be asked by the newer version.
    static let getOrdersV0 = Self("getOrders", rate: 0.0167, burst: 20, isRestricted: true)
    static let getOrderV0 = Self("getOrder", rate: 0.5, burst: 30, isRestricted: true)
    static let getOrderItemsV0 = Self("getOrderItems", rate: 0.5, burst: 30, isRestricted: true)

    // Tokens 2021-03-01. A token that nobody uses does nothing, so asking for one is no change.
    static let createRestrictedDataToken = Self("createRestrictedDataToken", "POST", rate: 1, burst: 10)

    // FBA Inventory v1.
    static let inventorySummaries = Self("getInventorySummaries", rate: 2, burst: 2)

    /// All that the adapter sends to the Selling Partner API.
    static let all = [
        getListing, searchListings, patchListing, putListing, createFeedDocument, createFeed, getFeeds, getFeed,
        getFeedDocument,
        searchOrders, getOrder, confirmShipment, inventorySummaries, getOrdersV0, getOrderV0, getOrderItemsV0,
        createRestrictedDataToken,
    ]

    /// How long one token takes to come back, in milliseconds.
    var tokenMilliseconds: Int64 { Int64((1_000 / self.ratePerSecond).rounded(.up)) }

    /// The operation of the engine that is limited by this one.
    func described(as name: String, rows: Int = 1) -> PlatformDescription.Operation {
        PlatformDescription.Operation(
            name, bucket: self.name, ratePerSecond: self.ratePerSecond, burst: self.burst, rows: rows)
    }
}

/// How much is sent and asked for at once.
enum AmazonLimits {
    /// SKUs of one search, which is also how many items its page has.
    static let readRows = 20
    /// Messages of one feed, and its greatest length in bytes.
    static let feedMessages = 25_000
    /// Messages of a feed of contents, which are longer.
    static let contentMessages = 2_000
    /// Fewer rows go one by one: they are through before a feed would be.
    static let feedMinimumMessages = 500
    /// How long a feed is thought to take before one was seen, in seconds: whatever it has, and for each message.
    static let feedSeconds = 60.0
    /// For how long a quantity that was accepted may wait before it is shown. Nothing is published: sellers see minutes.
    static let pushSettleSeconds: Int64 = 900
    static let feedSecondsPerMessage = 0.01
    /// How often the feeds of an account that have not ended are looked for, in milliseconds.
    static let openFeedsMilliseconds: Int64 = 60_000
    static let feedBytes = 10 * 1024 * 1024
    /// The longest report on a feed, in bytes, decompressed: it is read as a whole, which takes many times as much memory.
    static let reportBytes: Int64 = 32 * 1024 * 1024
    /// Orders of a page.
    static let ordersPage = 100
    /// Of a page of v0, which takes a call for the items of each: as many as may be asked for at once.
    static let ordersPageV0 = 30
    /// How long a page of v0 waits in all until its items may be asked for, in milliseconds.
    static let orderItemsMilliseconds: Int64 = 300_000
    /// Lines of an order.
    static let orderLines = 500
    /// The greatest quantity that is sent.
    static let quantity: Int64 = 999_999_999
    /// How long an answer may take, in milliseconds; an upload has longer.
    static let timeoutMilliseconds: Int64 = 30_000
    static let uploadMilliseconds: Int64 = 120_000
    /// Bytes of what the platform said that are kept.
    static let messageBytes = 500
    /// Bytes of a SKU of the platform.
    static let skuBytes = 40
}
