import ChannelAdapter
import ChannelMessages
import Crypto
import Testing

@testable import ShopifyAdapter

@Suite("Notifications are believed by the signature over their bytes")
struct NotificationTests {
    static let now: Int64 = 1_790_000_000_000_000

    /// One that is signed.
    static func signed(
        _ body: String, topic: String = "orders/create", secret: String = PlatformAccount.secret,
        _ headers: [String: String?] = [:]
    ) -> PlatformNotification {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(body.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        var all: [String: String?] = [
            "x-shopify-hmac-sha256": Base64.text(Array(code)), "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": "brake-parts.myshopify.com", "X-Shopify-API-Version": "2026-04",
            "X-Shopify-Webhook-Id": "webhook-1", "X-Shopify-Event-Id": "event-1",
        ]
        all.merge(headers) { $1 }
        return PlatformNotification(
            target: "/", headers: all.compactMap { name, value in value.map { PlatformHeader(name, $0) } },
            body: Array(body.utf8), receivedAt: Self.now)
    }

    private static func read(
        _ notification: PlatformNotification, _ account: PlatformAccount = .example()
    )
        throws(PlatformFault) -> NotificationContent
    {
        try ShopifyAdapter().content(of: notification, account: account)
    }

    private static func code(_ notification: PlatformNotification, _ account: PlatformAccount = .example()) -> String {
        do throws(PlatformFault) {
            _ = try Self.read(notification, account)
            return "taken"
        } catch {
            return error.kind == .refused ? error.code : "\(error.kind)"
        }
    }

    static let order = #"{"id": 820982911946154500, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"}"#

    @Test("a notification says what it is, what it is about, and by which a repeat is known")
    func order() throws {
        let content = try Self.read(Self.signed(Self.order, ["X-Shopify-Triggered-At": "2026-09-21T14:13:20Z"]))
        #expect(content.kind == .order && content.topic == "orders/create")
        #expect(content.eventID == "event-1 orders/create" && content.subject == "820982911946154508")
        #expect(content.happenedAt == Self.now)
        let older = try Self.read(Self.signed(Self.order, ["X-Shopify-Event-Id": nil]))
        #expect(older.eventID == "webhook-1" && older.happenedAt == nil)
    }

    @Test("kinds and subjects by topic")
    func kinds() throws {
        let level = #"""
            {"inventory_item_id":271878346596884000,"location_id":24826418,
            "admin_graphql_api_id":"gid://shopify/InventoryLevel/24826418?inventory_item_id=271878346596884015"}
            """#
        let stock = try Self.read(Self.signed(level, topic: "inventory_levels/update"))
        #expect(stock.kind == .stock && stock.subject == "gid://shopify/InventoryItem/271878346596884015")
        let product = try Self.read(Self.signed(#"{"id":788032119674292922}"#, topic: "products/update"))
        #expect(product.kind == .product && product.subject == "gid://shopify/Product/788032119674292922")
        #expect(try Self.read(Self.signed(#"{"id":1}"#, topic: "app/uninstalled")).kind == .disconnected)
        #expect(try Self.read(Self.signed(#"{"id":1}"#, topic: "orders/delete")).kind == .other)
        #expect(try Self.read(Self.signed(#"{}"#, topic: "themes/publish")).kind == .other)
    }

    @Test("bytes that mean the same are not the same bytes")
    func reencodedBody() {
        var notification = Self.signed(Self.order)
        #expect(Self.code(notification) == "taken")
        notification.body = Array(Self.order.replacing(": ", with: ":").utf8)
        #expect(Self.code(notification) == "signature-invalid")
    }

    @Test("a signature that is missing, cut, of another secret or of another body is none")
    func wrongSignatures() {
        let cases: [PlatformNotification] = [
            Self.signed(Self.order, ["x-shopify-hmac-sha256": nil]), Self.signed(Self.order, secret: "another"),
            Self.signed(Self.order, ["x-shopify-hmac-sha256": "AAAA"]),
            Self.signed(Self.order, ["x-shopify-hmac-sha256": ""]), Self.signed(""),
        ]
        for notification in cases { #expect(Self.code(notification) == "signature-invalid") }
        var keyless = PlatformAccount.example()
        keyless.credentials["clientSecret"] = ""
        #expect(Self.code(Self.signed(Self.order, secret: ""), keyless) == "signature-invalid")
    }

    @Test("while a secret is rotated, either signs")
    func rotation() {
        var account = PlatformAccount.example()
        account.credentials["previousClientSecret"] = "older"
        #expect(Self.code(Self.signed(Self.order), account) == "taken")
        #expect(Self.code(Self.signed(Self.order, secret: "older"), account) == "taken")
        #expect(Self.code(Self.signed(Self.order, secret: "oldest"), account) == "signature-invalid")
    }

    @Test("another shop's notification is none of ours, though the app's secret signs it")
    func otherShop() {
        let notification = Self.signed(Self.order, ["X-Shopify-Shop-Domain": "other.myshopify.com"])
        #expect(Self.code(notification) == "signature-invalid")
    }

    @Test("a notification without a header that each has, or with a body that is none, is not understood")
    func notUnderstood() {
        for header in ["Topic", "Shop-Domain", "API-Version", "Webhook-Id"] {
            #expect(Self.code(Self.signed(Self.order, ["X-Shopify-\(header)": nil])) == "not-understood")
        }
        for body in ["[]", "{", "no", #"{"id":1.5}"#, #"{"id":-3}"#, #"{"id":"gid://shopify/Product/1"}"#] {
            #expect(Self.code(Self.signed(body)) == "not-understood", "\(body)")
        }
        #expect(Self.code(Self.signed(Self.order, ["X-Shopify-Triggered-At": "yesterday"])) == "not-understood")
    }

    @Test("what is older than the platform repeats it, or from ahead, is not taken")
    func skew() {
        let at = { (seconds: Int64) in
            Self.signed(
                Self.order, ["X-Shopify-Triggered-At": PlatformTime.text(Self.now + seconds * 1_000_000)])
        }
        #expect(Self.code(at(-4 * 3600)) == "taken")
        #expect(Self.code(at(-5 * 3600)) == "too-old")
        #expect(Self.code(at(299)) == "taken")
        #expect(Self.code(at(301)) == "too-old")
        let strict = PlatformAccount.example(["notificationAgeSeconds": "300"])
        #expect(Self.code(at(-301), strict) == "too-old")
    }
}
