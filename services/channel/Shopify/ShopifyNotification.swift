internal import ChannelAdapter
internal import ChannelMessages
internal import Crypto
internal import FileFormats

/// Notifications of a shop: whether they are genuine, and what they are.
enum ShopifyNotification {
    /// Something that happens in a shop.
    struct Topic: Hashable {
        /// As notifications have it: "orders/create".
        let name: String

        /// As GraphQL has it: "ORDERS_CREATE".
        var graphQLName: String { self.name.replacing("/", with: "_").uppercased() }
    }

    /// What a connection asks for.
    static let subscribed = [
        "orders/create", "orders/updated", "orders/cancelled", "inventory_levels/update", "products/update",
        "app/uninstalled",
    ].map { Topic(name: $0) }

    /// How old a notification may be where the settings do not say: the platform repeats one that was not taken for four
    /// hours.
    static let defaultAgeSeconds: Int64 = 4 * 3600 + PlatformLimits.clockSkewSeconds
    private static let signatureHeader = "X-Shopify-Hmac-Sha256"

    /// Verifies a notification and reads what it is.
    static func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent
    {
        let secrets = [account.credentials["clientSecret"], account.credentials["previousClientSecret"]]
            .compactMap { $0 }.filter { !$0.isEmpty }
        guard let signature = notification.header(Self.signatureHeader),
            Self.isGenuine(notification.body, signature: signature, secrets: secrets)
        else {
            throw PlatformFault(
                .refused, code: "signature-invalid",
                "\(Self.signatureHeader) is missing, or not the signature of these bytes with the app's secret")
        }
        var named: [String: String] = [:]
        for header in ["Topic", "Shop-Domain", "API-Version", "Webhook-Id"] {
            guard let value = notification.header("X-Shopify-\(header)"), !value.isEmpty else {
                throw .notUnderstood("X-Shopify-\(header)", "is missing; each notification has it")
            }
            named[header] = value
        }
        guard named["Shop-Domain"] == account.settings["domain"] else {
            throw PlatformFault(
                .refused, code: "signature-invalid",
                "the notification is of the shop \(named["Shop-Domain"].debugDescription), which is not the connection's"
            )
        }
        let happenedAt = try Self.triggeredAt(notification, account)
        let topic = named["Topic", default: ""]
        let body = try ShopifyOrder.json(notification.body)
        let kind = Self.kind(of: topic)
        let event = notification.header("X-Shopify-Event-Id").flatMap { $0.isEmpty ? nil : "\($0) \(topic)" }
        return NotificationContent(
            kind: kind, topic: topic, eventID: event ?? named["Webhook-Id", default: ""],
            subject: try Self.subject(of: body, kind), happenedAt: happenedAt)
    }

    /// Whether a signature is that of the bytes with one of the secrets. Takes the same time wherever they differ.
    static func isGenuine(_ body: [UInt8], signature: String, secrets: [String]) -> Bool {
        guard !body.isEmpty, let code = Base64.bytes(signature) else { return false }
        var isGenuine = false
        for secret in secrets {
            let key = SymmetricKey(data: Array(secret.utf8))
            if HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key) { isGenuine = true }
        }
        return isGenuine
    }

    private static func triggeredAt(
        _ notification: PlatformNotification, _ account: PlatformAccount
    )
        throws(PlatformFault) -> Int64?
    {
        guard let text = notification.header("X-Shopify-Triggered-At") else { return nil }
        guard let instant = PlatformTime.microseconds(text) else {
            throw .notUnderstood("X-Shopify-Triggered-At", "is no time: \(text.prefix(40).debugDescription)")
        }
        let age = (notification.receivedAt - instant) / 1_000_000
        let oldest = account.settings["notificationAgeSeconds"].flatMap { Int64($0) } ?? Self.defaultAgeSeconds
        guard age <= oldest else {
            throw PlatformFault(
                .refused, code: "too-old", "the notification is \(age) s old; at most \(oldest) s are taken")
        }
        guard age >= -PlatformLimits.clockSkewSeconds else {
            throw PlatformFault(
                .refused, code: "too-old",
                "the notification is from \(-age) s ahead; at most \(PlatformLimits.clockSkewSeconds) s are taken")
        }
        return instant
    }

    private static func kind(of topic: String) -> InboundKind {
        switch topic {
        case "app/uninstalled": return .disconnected
        // It names the order and has nothing of it.
        case "orders/delete": return .other
        default: break
        }
        switch topic.prefix(while: { $0 != "/" }) {
        case "orders": return .order
        case "inventory_levels": return .stock
        case "products": return .product
        default: return .other
        }
    }

    /// The id of what it is about, as listings and orders have it: digits of an order, global ids of items and products.
    private static func subject(of body: JSONValue, _ kind: InboundKind) throws(PlatformFault) -> String {
        switch kind {
        case .order:
            guard let id = ShopifyID.digits(in: body, of: .order) else {
                throw .notUnderstood("admin_graphql_api_id", "and id are missing, or no ids of an order")
            }
            return id
        case .stock:
            guard let id = Self.inventoryItem(of: body) else {
                throw .notUnderstood("inventory_item_id", "is missing, or no id of an item")
            }
            return id
        case .product:
            guard let id = ShopifyID.digits(in: body, of: .product).flatMap({ ShopifyID.global($0, of: .product) })
            else { throw .notUnderstood("admin_graphql_api_id", "and id are missing, or no ids of a product") }
            return id
        default:
            return ShopifyText.shortened(body["admin_graphql_api_id"]?.text ?? body["id"]?.digits ?? "", toBytes: 128)
        }
    }

    /// The level's global id names the item as text, behind a question mark; the member has it as a number.
    private static func inventoryItem(of level: JSONValue) -> String? {
        let mark = "inventory_item_id="
        if let global = level["admin_graphql_api_id"]?.text, let start = global.firstRange(of: mark)?.upperBound {
            return ShopifyID.global(String(global[start...].prefix { $0 != "&" }), of: .inventoryItem)
        }
        return level["inventory_item_id"]?.digits.flatMap { ShopifyID.global($0, of: .inventoryItem) }
    }
}
