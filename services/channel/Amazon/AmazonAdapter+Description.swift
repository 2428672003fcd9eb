public import ChannelAdapter

extension AmazonAdapter {
    static let description = PlatformDescription(
        id: "amazon", name: "Amazon", settings: Self.settings, credentials: Self.credentials,
        operations: Self.operations, tasks: [.ship, .cancel, .refund], pollsOrders: true, sellsFromShelf: true,
        subscribes: false, pushSettleSeconds: AmazonLimits.pushSettleSeconds)

    private static let settings: [PlatformDescription.Field] = [
        .init("sellerId", isRequired: true, "The seller's id.", example: "A3TH9S8BH6GOGM"),
        .init("marketplaceId", isRequired: true, "The marketplace's id.", example: "ATVPDKIKX0DER"),
        .init("region", isRequired: false, "The region of the marketplace: na, eu or fe; empty: na.", example: "na"),
        .init(
            "language", isRequired: false,
            "The language of the listings' texts; empty: \(AmazonSettings.defaultLanguage).", example: "de_DE"),
        .init(
            "productType", isRequired: false,
            "The product type of listings for which neither the platform nor the mapping has one.", example: "AUTO_PART"
        ),
        .init(
            "fulfillmentChannel", isRequired: false,
            "The channel of the seller's own stock; empty: \(AmazonSettings.defaultChannel).",
            example: AmazonSettings.defaultChannel),
        .init(
            "audience", isRequired: false, "Who sees the prices; empty: \(AmazonSettings.defaultAudience).",
            example: AmazonSettings.defaultAudience),
        .init(
            "pricePatch", isRequired: false,
            "merge leaves what else the offer has, such as a lowest price allowed; replace drops it; empty: merge.",
            example: "merge"),
        .init(
            "previewContent", isRequired: false,
            "Whether the platform checks content before it is sent: true or false; empty: true.", example: "true"),
        .init(
            "orderFeeds", isRequired: false,
            "Whether cancellations and refunds go by feeds, whose schemas the platform does not publish: true or false; "
                + "empty: false.",
            example: "false"),
        .init(
            "ordersVersion", isRequired: false,
            "By which version orders are read: \(AmazonSettings.ordersVersion) or \(AmazonSettings.ordersVersionV0), which "
                + "asks for a restricted token and is slower; empty: \(AmazonSettings.ordersVersion).",
            example: AmazonSettings.ordersVersion),
        .init(
            "feedSeconds", isRequired: false,
            "How long a feed may take until it counts as stuck; empty: \(AmazonSettings.defaultFeedSeconds).",
            example: "3600"),
        .init(
            PlatformDescription.fulfilmentLocation, isRequired: false,
            "Our location, of the kind marketplace, that stock in the platform's warehouses is written to; empty: it is not "
                + "read.",
            example: "FBA-US"),
        .init(
            "endpoint", isRequired: false, "The base of another address to call: a sandbox's.",
            example: "http://127.0.0.1:8090"),
        .init(
            "tokenEndpoint", isRequired: false,
            "The base of another address to ask for access tokens; empty: the endpoint's, or the platform's.",
            example: "http://127.0.0.1:8090"),
    ]

    private static let credentials: [PlatformDescription.Field] = [
        .init("clientId", isRequired: true, "The application's id.", example: "amzn1.application-oa2-client.…"),
        .init("clientSecret", isRequired: true, "The application's secret."),
        .init("refreshToken", isRequired: true, "What the seller's consent gave the application.", example: "Atzr|…"),
    ]

    /// Content is a call to look, one to check and one to send; those that patch are limited hardest, and share their limit
    /// with stock and prices. Many of either go by a feed, which is limited apart.
    private static let operations: [PlatformDescription.Operation] = {
        var (stock, price, content) = (
            AmazonOperation.patchListing.described(as: "stock"), AmazonOperation.patchListing.described(as: "price"),
            AmazonOperation.patchListing.described(as: "content")
        )
        content.cost = 2
        stock.bulk = Self.feed(rows: AmazonLimits.feedMessages)
        price.bulk = Self.feed(rows: AmazonLimits.feedMessages)
        content.bulk = Self.feed(rows: AmazonLimits.contentMessages)
        return [
            stock, price, content, AmazonOperation.searchListings.described(as: "read", rows: AmazonLimits.readRows),
            AmazonOperation.searchOrders.described(as: "orders"),
            AmazonOperation.confirmShipment.described(as: "order-task"),
            AmazonOperation.inventorySummaries.described(as: PlatformDescription.fulfilledStock),
        ]
    }()

    /// Those of the platform, with the limit of v0 where orders are read by that.
    public func operations(with settings: [String: String]) -> [PlatformDescription.Operation] {
        guard AmazonSettings.readsOrdersByV0(settings) else { return Self.operations }
        return Self.operations.map { $0.name == "orders" ? AmazonOperation.getOrdersV0.described(as: "orders") : $0 }
    }

    /// The platform says nothing of how long a feed takes: what is told of the first one is a guess, and of the others what
    /// the last one took.
    private static func feed(rows: Int) -> PlatformDescription.Operation.Bulk {
        let create = AmazonOperation.createFeed
        return .init(
            minimumRows: AmazonLimits.feedMinimumMessages, maximumRows: rows, cost: 1,
            limit: .init(bucket: create.name, ratePerSecond: create.ratePerSecond, burst: create.burst),
            seconds: AmazonLimits.feedSeconds, secondsPerRow: AmazonLimits.feedSecondsPerMessage)
    }
}
