import ChannelAdapter
import ChannelMessages
import FileFormats
import TestSupport
import Testing

@testable import AmazonAdapter

@Suite("Notifications are read in either spelling")
struct NotificationTests {
    static let quantity =
        #"{"NotificationVersion":"1.0","NotificationType":"LISTINGS_ITEM_MFN_QUANTITY_CHANGE","PayloadVersion":"1.0","#
        + #""EventTime":"2026-01-01T00:00:00.5Z","Payload":{"SellerId":"A3TH9S8BH6GOGM","FulfillmentChannelCode":"DEFAULT","#
        + #""Sku":"PAD-1","Quantity":99},"NotificationMetadata":{"ApplicationId":"a","SubscriptionId":"s","#
        + #""PublishTime":"2026-01-01T00:00:01Z","NotificationId":"n-1"}}"#

    private static func read(_ text: String) throws(PlatformFault) -> AmazonNotification {
        try AmazonNotification(Array(text.utf8))
    }

    @Test("one is read whole, with names in either case")
    func whole() throws {
        let small = Self.quantity.replacing(#""Notification"#, with: #""notification"#).replacing(
            #""Payload""#, with: #""payload""#
        ).replacing(#""EventTime""#, with: #""eventTime""#).replacing(#""NotificationId""#, with: #""notificationId""#)
        for text in [Self.quantity, small] {
            let notification = try Self.read(text)
            #expect(notification.type == "LISTINGS_ITEM_MFN_QUANTITY_CHANGE" && notification.id == "n-1")
            #expect(notification.subject == "PAD-1" && notification.quantity == 99 && notification.kind == .stock)
            #expect(notification.seller == "A3TH9S8BH6GOGM" && notification.happenedAt == 1_767_225_600_500_000)
            #expect(notification.content.eventID == "n-1" && notification.content.subject == "PAD-1")
        }
    }

    @Test("a type that is not known is read, too, without a subject")
    func unknown() throws {
        let notification = try Self.read(Self.quantity.replacing("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", with: "NEW_TYPE"))
        #expect(notification.kind == .other && notification.subject.isEmpty && notification.quantity == nil)
    }

    @Test(
        "what is missing is named",
        arguments: [
            ("NotificationType", "NotificationType"), ("NotificationId", "NotificationId"), ("Payload", "Payload"),
            ("Sku", "Payload"),
        ])
    func missing(name: String, told: String) {
        let fault = #expect(throws: PlatformFault.self) {
            try Self.read(Self.quantity.replacing("\"\(name)\"", with: "\"x\""))
        }
        #expect(fault?.code == "not-understood" && fault?.message.contains(told) == true)
    }

    @Test("one that comes by HTTP is refused: nothing says whose it is")
    func pushed() {
        let notification = PlatformNotification(
            target: "/", headers: [], body: Array(Self.quantity.utf8), receivedAt: 0)
        let fault = #expect(throws: PlatformFault.self) {
            try AmazonAdapter().content(of: notification, account: .example())
        }
        #expect(fault?.code == "signature-invalid" && fault?.kind == .refused)
    }

    @Test("bytes of any kind are a notification or a fault")
    func damaged() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let bytes = Array(Self.quantity.utf8)
        for count in bytes.indices {
            #expect(throws: PlatformFault.self) { try AmazonNotification(Array(bytes[..<count])) }
        }
        for _ in 0..<3_000 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? AmazonNotification(damaged)
        }
    }
}
