internal import ChannelAdapter

extension ShopifyAdapter {
    /// The bucket that all calls share: points of the shop's plan.
    static let bucket = "points"

    static let description = PlatformDescription(
        id: "shopify", name: "Shopify",
        settings: [
            .init(
                "domain", isRequired: true, "The shop's own domain: a name and .myshopify.com.",
                example: "brake-parts.myshopify.com"),
            .init(
                "apiVersion", isRequired: false,
                "The version of the Admin API; empty: \(ShopifySettings.defaultVersion).",
                example: ShopifySettings.defaultVersion),
            .init(
                "locationId", isRequired: false,
                "The location whose stock is kept in step; empty: the shop's own is asked for.",
                example: "gid://shopify/Location/106318430514"),
            .init(
                "points", isRequired: false,
                "The points that gather by the shop's plan; empty: \(Int(ShopifySettings.defaultPoints)).",
                example: "2000"),
            .init(
                "pointsPerSecond", isRequired: false,
                "The points that come back in a second by the shop's plan; empty: "
                    + "\(Int(ShopifySettings.defaultPointsPerSecond)).",
                example: "100"),
            .init(
                "notifyCustomers", isRequired: false,
                "Whether the shop tells buyers of parcels and cancellations: true or false; empty: true.",
                example: "true"),
            .init(
                "notificationAgeSeconds", isRequired: false,
                "How old a notification may be when it comes, as the platform repeats what was not taken; empty: "
                    + "\(ShopifyNotification.defaultAgeSeconds).",
                example: "900"),
            .init(
                "endpoint", isRequired: false, "The base of another address to call: a sandbox's.",
                example: "http://127.0.0.1:8090"),
        ],
        credentials: [
            .init("accessToken", isRequired: true, "The token that the shop gave the app.", example: "shpat_…"),
            .init("clientSecret", isRequired: true, "The app's secret, which signs notifications."),
            .init(
                "previousClientSecret", isRequired: false,
                "The secret before, while it is rotated: notifications are signed with either."),
        ],
        operations: Self.operations(
            (ShopifySettings.defaultPoints, ShopifySettings.defaultPointsPerSecond)),
        tasks: [.ship, .cancel, .refund], pollsOrders: true, sellsFromShelf: true, subscribes: true)

    /// The kinds of calls with the points of a plan. Costs are what the platform asks for before a call; its answers say
    /// what they were.
    static func operations(_ points: (maximum: Double, perSecond: Double)) -> [PlatformDescription.Operation] {
        let operation = { (name: String, cost: Double, rows: Int) in
            PlatformDescription.Operation(
                name, bucket: Self.bucket, ratePerSecond: points.perSecond, burst: points.maximum, cost: cost,
                rows: rows)
        }
        var content = operation("content", 40, 1)
        content.bulk = PlatformDescription.Operation.Bulk(
            minimumRows: ShopifyLimits.bulkMinimumRows, maximumRows: ShopifyLimits.bulkRows, cost: 100)
        return [
            operation("stock", 12, ShopifyLimits.stockRows),
            operation("price", 11 * Double(ShopifyLimits.priceRows), ShopifyLimits.priceRows),
            content,
            operation("read", 150, ShopifyLimits.readRows),
            operation("orders", 100, 1),
            operation("order-task", 60, 1),
            // The list alone: what is missing in it is made once.
            operation("subscribe", 12, 1),
        ]
    }
}

/// How much is sent and asked for at once.
enum ShopifyLimits {
    /// Entries of one call that sets quantities.
    static let stockRows = 250
    /// Calls that one push of stock may come to, as refused entries are taken out.
    static let stockCalls = 24
    /// Further keys under which a call is sent whose earlier tries the platform says have failed.
    static let keyAttempts = 4
    /// Prices of one push; each product is a call of its own.
    static let priceRows = 10
    /// Listings whose shelves are read at once.
    static let readRows = 50
    /// Entries of one call that sets metafields.
    static let metafieldRows = 25
    /// Listings of which a bulk operation is made: fewer go one by one, as an operation takes some seconds however few.
    static let bulkMinimumRows = 20
    /// Listings of one bulk operation.
    static let bulkRows = 500
    /// Bytes of the file of one: the platform takes 20 MB.
    static let bulkBytes = 20_000_000
    /// SKUs that are looked for in one query, and variants that one finds: the search also finds parts of words.
    static let lookupRows = 25
    static let lookupVariants = 50
    /// The latest bulk operations that are looked through for one that was left behind.
    static let bulkOperations = 10
    /// How often a file of results is asked for.
    static let downloadTries = 3
    /// How long is waited where the app's bulk operations all run, in milliseconds.
    static let bulkBusyMilliseconds: Int64 = 30_000
    /// Variants of a page.
    static let listingsPage = 100
    /// Orders of a page, and lines that come with each.
    static let ordersPage = 10
    static let linesPage = 50
    /// Pages of the subscriptions of the app, of 100 each.
    static let subscriptionPages = 20
    /// Lines of an order.
    static let orderLines = 500
    /// The greatest quantity that the platform has.
    static let quantity: Int64 = 1_000_000_000
    /// How long an answer may take, in milliseconds.
    static let timeoutMilliseconds: Int64 = 30_000
    /// The longest that a bulk waits for points before it goes on, in seconds.
    static let pointsSeconds = 60.0
    /// How long a file may take either way, in milliseconds.
    static let uploadMilliseconds: Int64 = 120_000
    /// How long is waited where the platform throttles and does not say for how long, in milliseconds.
    static let throttleMilliseconds: Int64 = 1_000
    /// Bytes of what the platform said that are kept.
    static let messageBytes = 500
}
