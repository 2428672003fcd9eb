public import ChannelAdapter
public import ChannelMessages
internal import FileFormats
internal import Glibc
public import OrderMessages

/// The adapter of eBay's marketplaces: Sell Inventory, Sell Fulfillment, Sell Metadata, Commerce
/// Notification, Commerce Taxonomy and Developer Analytics.
///
/// docs/adapters.md tells which of its choices the platform's documents leave open, and the settings for them. It keeps
/// what can be asked for again: sellers' tokens, the keys that verify notifications, what is left of quotas, and
/// what listings may say.
public struct EbayAdapter: ChannelAdapter {
    private let tokens: AccessTokens
    private let keys: EbayPublicKeys
    private let quotas: EbayQuotas
    private let allowedValues: EbayAllowedValues
    /// The time, in microseconds since 1970; signatures have it.
    private let clock: @Sendable () -> Int64

    /// An adapter that has no token and no key yet.
    public init() {
        self.init(
            tokens: AccessTokens(), keys: EbayPublicKeys(), quotas: EbayQuotas(), allowedValues: EbayAllowedValues(),
            clock: Self.now)
    }

    init(
        tokens: AccessTokens, keys: EbayPublicKeys, quotas: EbayQuotas, allowedValues: EbayAllowedValues,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.tokens = tokens
        self.keys = keys
        self.quotas = quotas
        self.allowedValues = allowedValues
        self.clock = clock
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// What eBay is and asks for.
    public var platform: PlatformDescription { Self.description }

    /// A product with its texts, images and item specifics.
    public var defaultMapping: [MappingRule] { EbayMapping.rules }

    /// What is wrong with the settings of a connection.
    public func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        EbaySettings.problems(in: settings)
    }

    /// What of a listing the platform would refuse.
    public func problems(in content: ContentRow) -> [String] { EbayListing(content).problems }

    /// What would be sent for a listing's content.
    public func document(for content: ContentRow) -> String { EbayListing(content).document.readableText }

    /// A seller's account, ready to be called.
    public func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        self.ebaySession(account, transport)
    }

    private func ebaySession(_ account: PlatformAccount, _ transport: any PlatformTransport) -> EbaySession {
        EbaySession(
            account, tokens: self.tokens, quotas: self.quotas, allowedValues: self.allowedValues,
            transport: transport, clock: self.clock)
    }

    /// Asks the platform for the key that a notification is signed with, where it is not kept: to be awaited before
    /// ``content(of:account:)``, which does no I/O.
    ///
    /// - Throws: What the platform's answer comes to. A key that the platform does not know is no fault: the notification is
    ///   not believed then.
    public func prepare(
        for notification: PlatformNotification, account: PlatformAccount, transport: any PlatformTransport
    ) async throws(PlatformFault) {
        guard
            let signature = notification.header(EbayNotification.signatureHeader)
                .flatMap({ EbayNotification.Signature($0) })
        else { return }
        try await self.ebaySession(account, transport).fetchKey(signature.keyID, into: self.keys)
    }

    /// Verifies a notification's signature over its bytes with a key that is kept, and reads what it is.
    public func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault) -> NotificationContent {
        var key: EbayPublicKey?
        if let signature = notification.header(EbayNotification.signatureHeader)
            .flatMap({ EbayNotification.Signature($0) })
        {
            key = self.keys.key(.init(base: try EbaySettings(account.settings).base, id: signature.keyID))
        }
        return try EbayNotification.content(of: notification, key: key, settings: account.settings)
    }

    /// The digest of the question, the connection's verification token and the address, to the letter; nil: the connection
    /// has no token.
    public func answer(toChallenge code: String, address: String, account: PlatformAccount) -> String? {
        let token = account.credentials["verificationToken", default: ""]
        guard !token.isEmpty else { return nil }
        return EbayNotification.challengeResponse(code: code, verificationToken: token, address: address)
    }

    /// An order as ours.
    public func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        try EbayOrder(EbayFields.object(body)).request(connection: account.connection)
    }

    /// Whether the order was cancelled as a whole.
    public func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        EbayOrder.isCancelled(try EbayFields.object(body))
    }
}

extension EbaySession: PlatformSession {}
