public import ChannelAdapter
public import ChannelMessages
internal import FileFormats
public import OrderMessages

/// The adapter of Shopify's shops: Admin GraphQL, and notifications in the older REST shape.
///
/// docs/adapters.md tells which of its choices the platform's documents leave open, and the settings for them.
public struct ShopifyAdapter: ChannelAdapter {
    private let pace: ShopifyBulkPace

    /// It holds nothing.
    public init() { self.init(pace: ShopifyBulkPace()) }

    /// One that looks more often how far its bulk operations are.
    init(pace: ShopifyBulkPace) { self.pace = pace }

    /// What Shopify is and asks for.
    public var platform: PlatformDescription { Self.description }

    /// The operations with the points of the shop's plan.
    public func operations(with settings: [String: String]) -> [PlatformDescription.Operation] {
        Self.operations(ShopifySettings.points(in: settings))
    }

    /// A product with its texts, images and vehicles.
    public var defaultMapping: [MappingRule] { ShopifyMapping.rules }

    /// What is wrong with the settings of a connection.
    public func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        ShopifySettings.problems(in: settings)
    }

    /// What of a listing the platform would refuse.
    public func problems(in content: ContentRow) -> [String] { ShopifyListing(content).problems }

    /// What would be sent for a listing's content.
    public func document(for content: ContentRow) -> String { ShopifyListing(content).document.readableText }

    /// A shop, ready to be called.
    public func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        ShopifySession(account, transport: transport, pace: self.pace)
    }

    /// Verifies a notification's signature over its bytes, and reads what it is.
    public func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent
    {
        try ShopifyNotification.content(of: notification, account: account)
    }

    /// An order as ours, of the shape that is asked for or of the shape that notifications have.
    public func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        try ShopifyOrder(body).request(connection: account.connection)
    }

    /// Whether the order was cancelled.
    public func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        let order = try ShopifyOrder.json(body)
        return order["cancelledAt"] != nil || order["cancelled_at"] != nil
    }
}
