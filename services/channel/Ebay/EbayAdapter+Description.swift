internal import ChannelAdapter

extension EbayAdapter {
    static let description = PlatformDescription(
        id: "ebay", name: "eBay", settings: Self.settings, credentials: Self.credentials,
        operations: Self.operations, tasks: [.ship, .cancel, .refund], pollsOrders: true, sellsFromShelf: true,
        subscribes: true, withdraws: true, pushSettleSeconds: EbayLimits.pushSettleSeconds,
        revisions: .init(perDay: 250, burst: 150, keptForZero: 20), wrongSignatureStatus: 412)

    private static let settings: [PlatformDescription.Field] = [
        .init(
            "marketplace", isRequired: true, "The marketplace that is sold on, by the platform's name.",
            example: "EBAY_MOTORS_US"),
        .init(
            "language", isRequired: false,
            "The language of what listings say; empty: \(EbaySettings.defaultLanguage).", example: "de-DE"),
        .init(
            "merchantLocation", isRequired: false,
            "The key of the location that new offers are sent from; one without is not published.", example: "main"),
        .init("fulfillmentPolicy", isRequired: false, "The id of the fulfilment policy of new offers."),
        .init("paymentPolicy", isRequired: false, "The id of the payment policy of new offers."),
        .init("returnPolicy", isRequired: false, "The id of the return policy of new offers."),
        .init(
            "quantityTarget", isRequired: false,
            "Where quantities are written: item, offer or both; empty: item.", example: "item"),
        .init(
            "revisionRows", isRequired: false,
            "The items of one call that sets quantities or prices; empty: \(EbayLimits.revisionRows).", example: "1"),
        .init(
            "fitmentCheck", isRequired: false,
            "Whether vehicles are compared with what their category allows before they are sent: on or off; empty: on.",
            example: "off"),
        .init(
            "defaultCarrier", isRequired: false,
            "The carrier of parcels that have a tracking number and name none; empty: they are refused.",
            example: "Other"),
        .init(
            "cancellationScheme", isRequired: false,
            "The word before the token of calls that cancel: IAF, TOKEN or Bearer; empty: "
                + "\(EbaySettings.defaultCancellationScheme).", example: "IAF"),
        .init(
            "alertEmail", isRequired: false,
            "Whom the platform tells of notifications that it cannot deliver; empty, or without a verificationToken: none "
                + "are asked for.",
            example: "alerts@example.com"),
        .init(
            "notificationAgeSeconds", isRequired: false,
            "How old a notification may be when it comes, by its time of publication; empty: "
                + "\(EbayNotification.defaultAgeSeconds).", example: "900"),
        .init(
            "endpoint", isRequired: false, "The base of another address to call: a sandbox's.",
            example: "http://127.0.0.1:8090"),
    ]

    private static let credentials: [PlatformDescription.Field] = [
        .init("clientId", isRequired: true, "The app's id."),
        .init("clientSecret", isRequired: true, "The app's secret."),
        .init("refreshToken", isRequired: true, "What the seller's consent gave; it lasts 18 months."),
        .init(
            "verificationToken", isRequired: false,
            "What the platform is given with the address of notifications: 32 to 80 letters, digits, _ and -."),
        .init(
            "signingKey", isRequired: false,
            "The JWE of the key that signs refunds of sellers in the EU and the United Kingdom."),
        .init("signingPrivateKey", isRequired: false, "The private key of that, Ed25519, in Base64."),
    ]

    /// The platform publishes quotas by day and application, and none by second: these keep a seller below them.
    ///
    /// A listing can be changed 250 times a calendar day: content may come to three changes of a listing, and everything
    /// else is one.
    private static let operations: [PlatformDescription.Operation] = [
        .init("stock", bucket: "revisions", ratePerSecond: 5, burst: 25, rows: EbayLimits.revisionRows),
        .init("price", bucket: "revisions", ratePerSecond: 5, burst: 25, rows: EbayLimits.revisionRows),
        .init("content", bucket: "listings", ratePerSecond: 2, burst: 20, cost: 5, rows: 1, revisions: 3),
        .init("read", bucket: "reads", ratePerSecond: 10, burst: 50, cost: 11, rows: EbayLimits.readRows),
        .init("orders", bucket: "orders", ratePerSecond: 2, burst: 20, rows: 1),
        .init("order-task", bucket: "order-tasks", ratePerSecond: 2, burst: 20, cost: 2, rows: 1),
        .init("subscribe", bucket: "notifications", ratePerSecond: 1, burst: 20, cost: 6, rows: 1),
    ]
}
