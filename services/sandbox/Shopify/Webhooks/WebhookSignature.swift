internal import Crypto
internal import Foundation
public import SandboxShop

/// What goes with the body of a notification.
public enum WebhookSignature {
    /// The version that headers name.
    static let version = AdminAPI.version

    /// The signature of a body: HMAC-SHA256 with the app's secret over the bytes as they are sent, in base64.
    public static func signature(of body: String, secret: String) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: key)).base64EncodedString()
    }

    /// The headers of a delivery.
    public static func headers(of delivery: Delivery, _ settings: ShopSettings) -> [(name: String, value: String)] {
        [
            ("Content-Type", "application/json"), ("User-Agent", "Driveline-Sandbox"),
            ("X-Shopify-Topic", delivery.topic), ("X-Shopify-Shop-Domain", settings.domain),
            ("X-Shopify-API-Version", self.version), ("X-Shopify-Webhook-Id", delivery.webhookID),
            ("X-Shopify-Event-Id", delivery.eventID), ("X-Shopify-Triggered-At", delivery.triggeredAt.text),
            ("X-Shopify-Hmac-Sha256", self.signature(of: delivery.body, secret: settings.clientSecret)),
        ]
    }
}
