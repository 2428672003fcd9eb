internal import ChannelAdapter
internal import ChannelMessages
internal import Crypto
internal import FileFormats

/// Notifications of the platform: whether they are genuine, and what they are.
enum EbayNotification {
    static let signatureHeader = "X-EBAY-SIGNATURE"
    /// How old a notification may be where the settings do not say: by its time of publication, which is that of the try.
    static let defaultAgeSeconds: Int64 = 24 * 3600

    /// The signature of a notification, as its header has it.
    struct Signature: Hashable, Sendable {
        /// Of the public key that verifies it.
        let keyID: String
        /// DER, of the body.
        let bytes: [UInt8]

        /// Reads a header; nil: it is none.
        init?(_ header: String) {
            guard header.utf8.count <= 4_096, let bytes = Base64.bytes(header), let json = try? JSONValue(bytes[...]),
                json["alg"]?.text?.lowercased() == "ecdsa", let keyID = json["kid"]?.text, Self.isKeyID(keyID),
                let signature = json["signature"]?.text.flatMap({ Base64.bytes($0) })
            else { return nil }
            self.keyID = keyID
            self.bytes = signature
        }

        /// It goes into an address, and who sends it is not known yet.
        private static func isKeyID(_ text: String) -> Bool {
            (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                }
        }
    }

    /// What the platform is answered that asks whether an address is ours: in hexadecimal.
    ///
    /// - Parameters:
    ///   - code: Of its query.
    ///   - address: As it was given to the platform, to the letter.
    static func challengeResponse(code: String, verificationToken: String, address: String) -> String {
        SHA256.hash(data: Array("\(code)\(verificationToken)\(address)".utf8))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Verifies a notification and reads what it is.
    ///
    /// - Parameter key: That of the signature; nil: there is none such.
    static func content(
        of notification: PlatformNotification, key: EbayPublicKey?, settings: [String: String]
    ) throws(PlatformFault) -> NotificationContent {
        guard let signature = notification.header(Self.signatureHeader).flatMap({ Signature($0) }), let key,
            key.isGenuine(notification.body, signature.bytes)
        else {
            throw PlatformFault(
                .refused, code: "signature-invalid",
                "\(Self.signatureHeader) is missing, or not the signature of these bytes with the platform's key")
        }
        let body = try EbayFields.object(notification.body)
        let said = EbayFields(body["notification"] ?? .null, at: "notification")
        let topic = try EbayFields(body["metadata"] ?? .null, at: "metadata").neededText("topic")
        let happenedAt = try said.instant("eventDate")
        try Self.checkAge(try said.instant("publishDate"), notification.receivedAt, settings)
        let kind = Self.kinds[topic] ?? .other
        return NotificationContent(
            kind: kind, topic: topic, eventID: try said.neededText("notificationId"),
            subject: try Self.subject(of: said.json["data"] ?? .null, kind), happenedAt: happenedAt)
    }

    private static func checkAge(
        _ published: Int64, _ receivedAt: Int64, _ settings: [String: String]
    ) throws(PlatformFault) {
        let age = (receivedAt - published) / 1_000_000
        let oldest = settings["notificationAgeSeconds"].flatMap { Int64($0) } ?? Self.defaultAgeSeconds
        guard (-PlatformLimits.clockSkewSeconds...max(0, oldest)).contains(age) else {
            throw PlatformFault(
                .refused, code: "too-old",
                "the notification is \(age) s old; at most \(oldest) s, and \(PlatformLimits.clockSkewSeconds) s from "
                    + "ahead, are taken")
        }
    }

    /// A consent that was taken back (`AUTHORIZATION_REVOCATION`) may be any seller's of the application, as the platform does
    /// not name the connection: ours stops when its next token is refused.
    private static let kinds: [String: InboundKind] = [
        "ORDER_CONFIRMATION": .orderChanged, "ITEM_MARKED_SHIPPED": .orderChanged,
        "ITEM_AVAILABILITY": .stock, "ITEM_PRICE_REVISION": .product, "PRIORITY_LISTING_REVISION": .product,
    ]

    /// What is asked for. What an application is told of, whichever seller it is about, is subscribed to by hand: it goes to
    /// one address for all connections.
    static let subscribed = ["ORDER_CONFIRMATION", "ITEM_AVAILABILITY", "ITEM_PRICE_REVISION"]

    /// The id of what it is about: orders by theirs, items by their listing's.
    private static func subject(of data: JSONValue, _ kind: InboundKind) throws(PlatformFault) -> String {
        let names = kind == .orderChanged ? ["orderId"] : ["itemId", "listingId", "userId", "username"]
        let found = ([data, data["order"] ?? .null, data["item"] ?? .null]).lazy.flatMap { place in
            names.compactMap { place[$0]?.digits }
        }.first { !$0.isEmpty }
        if kind == .orderChanged, found == nil {
            throw .notUnderstood("notification.data.orderId", "is missing or no text")
        }
        return EbayText.shortened(found ?? "", toBytes: 128)
    }
}

/// A public key of the platform.
struct EbayPublicKey: Sendable {
    /// Of which the signature is taken.
    enum Digest: String, Sendable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
    }

    private let key: P256.Signing.PublicKey
    private let digest: Digest

    /// Reads what the platform answers to who asks for a key; nil: it is none that is known.
    init?(_ json: JSONValue) {
        guard json["algorithm"]?.text?.uppercased() == "ECDSA",
            let digest = json["digest"]?.text.flatMap({ Digest(rawValue: $0.uppercased().replacing("-", with: "")) }),
            let text = json["key"]?.text, text.utf8.count <= 4_096
        else { return nil }
        // It stands between its two marks, on one line or several.
        let marks = ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"]
        let base64 = marks.reduce(text) { $0.replacing($1, with: "") }.filter { !$0.isWhitespace }
        guard let der = Base64.bytes(base64), let key = try? P256.Signing.PublicKey(derRepresentation: der) else {
            return nil
        }
        self.key = key
        self.digest = digest
    }

    /// Whether a signature is that of the bytes.
    func isGenuine(_ body: [UInt8], _ signature: [UInt8]) -> Bool {
        guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
        return switch self.digest {
        case .sha1: self.key.isValidSignature(signature, for: Insecure.SHA1.hash(data: body))
        case .sha256: self.key.isValidSignature(signature, for: SHA256.hash(data: body))
        }
    }
}
