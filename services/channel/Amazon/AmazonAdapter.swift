public import ChannelAdapter
public import ChannelMessages
internal import FileFormats
public import OrderMessages

/// The adapter of Amazon: the Selling Partner API, for one seller in one marketplace.
///
/// It keeps the access tokens of its accounts, and nothing else. docs/adapters.md tells which of its choices the platform's
/// documents leave open, and the settings for them.
public struct AmazonAdapter: ChannelAdapter {
    private let tokens: AccessTokens
    private let clock: AmazonClock

    /// One that keeps tokens of its own.
    public init() { self.init(tokens: AccessTokens(), clock: .machine) }

    init(tokens: AccessTokens, clock: AmazonClock) {
        self.tokens = tokens
        self.clock = clock
    }

    /// What Amazon is and asks for.
    public var platform: PlatformDescription { Self.description }

    /// A product with its texts.
    public var defaultMapping: [MappingRule] { AmazonMapping.rules }

    /// What is wrong with the settings of a connection.
    public func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        AmazonSettings.problems(in: settings)
    }

    /// What of a listing the platform would refuse, without asking it.
    public func problems(in content: ContentRow) -> [String] { Self.content(content).problems }

    /// What would be sent for a listing's content. The marketplace and the product type are the connection's, and stand here
    /// as examples.
    public func document(for content: ContentRow) -> String {
        let content = Self.content(content)
        return content.putBody(content.productType.isEmpty ? "PRODUCT_TYPE" : content.productType).readableText
    }

    private static func content(_ row: ContentRow) -> AmazonContent {
        AmazonContent(row, marketplaceID: "MARKETPLACE", language: AmazonSettings.defaultLanguage)
    }

    /// An account, ready to be called; its sessions share its access token.
    public func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        AmazonSession(account, transport: transport, tokens: self.tokens, clock: self.clock)
    }

    /// Refuses each: the platform sends notifications to queues alone, and one that comes by HTTP is none of its own.
    public func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent
    {
        throw PlatformFault(
            .refused, code: "signature-invalid",
            "the platform sends notifications to queues alone; one that comes by HTTP has nothing that it is known by")
    }

    /// An order as ours, of the shape of Orders 2026-01-01 or of v0 with its items.
    public func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        try AmazonOrder(body).request(connection: account.connection)
    }

    /// Whether the order was cancelled.
    public func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        let order = try AmazonOrder.json(body)
        let status = AmazonOrderV0.status(order) ?? order.at("fulfillment", "fulfillmentStatus")?.text ?? ""
        return AmazonOrder.cancelledStatuses.contains(status)
    }
}

extension AmazonSession: PlatformSession {
    /// Nothing: notifications come by queues, which a connection's brand sets up.
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics { SubscribedTopics(topics: []) }
}
