internal import Crypto
internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// The key that a shop's notifications are signed with.
struct EbaySigningKey {
    /// Of which signatures are taken: that of the platform's own examples.
    static let digest = "SHA1"

    let id: String
    private let key: P256.Signing.PrivateKey

    /// The shop's key; `nil` where none was needed yet.
    init?(_ state: ShopState) {
        guard let kept = state.value("signing-key", ""), let id = kept["id"]?.text,
            let data = kept["key"]?.text.flatMap({ Data(base64Encoded: $0) }),
            let key = try? P256.Signing.PrivateKey(rawRepresentation: data)
        else { return nil }
        self.id = id
        self.key = key
    }

    /// Makes a key, where there is none.
    static func make(in state: ShopState) {
        guard state.value("signing-key", "") == nil else { return }
        state.keep(
            [
                "id": .string(UUID().uuidString.lowercased()),
                "key": .string(P256.Signing.PrivateKey().rawRepresentation.base64EncodedString()),
            ], "signing-key", "")
    }

    /// What verifies its signatures, on one line as the platform has it.
    var json: JSONValue {
        let text = self.key.publicKey.pemRepresentation.filter { !$0.isNewline }
        return ["key": .string(text), "algorithm": "ECDSA", "digest": .string(Self.digest)]
    }

    /// The header of a body.
    func header(_ body: [UInt8]) -> String? {
        guard let signature = try? self.key.signature(for: Insecure.SHA1.hash(data: body)) else { return nil }
        let content: JSONValue = [
            "alg": "ecdsa", "kid": .string(self.id),
            "signature": .string(signature.derRepresentation.base64EncodedString()), "digest": .string(Self.digest),
        ]
        return Data(content.jsonBytes).base64EncodedString()
    }
}

/// A notification as it is sent.
public struct EbayPush: Sendable {
    /// Its headers.
    public let headers: [(name: String, value: String)]
    /// Its bytes, as they are signed.
    public let body: [UInt8]

    /// The next attempt at a delivery: each has a time of its own.
    public init(_ delivery: Delivery, in state: ShopState) {
        let data = (try? JSONValue(json: delivery.body)) ?? [:]
        let body: JSONValue = [
            "metadata": [
                "topic": .string(delivery.topic), "schemaVersion": .string(EbayTopic.schemaVersion),
                "deprecated": false,
            ],
            "notification": [
                "notificationId": .string(delivery.eventID), "eventDate": .string(EbayTime.text(delivery.triggeredAt)),
                "publishDate": .string(EbayTime.text(.now())), "publishAttemptCount": .number(delivery.attempts + 1),
                "data": data,
            ],
        ]
        self.body = body.jsonBytes
        let signature = EbaySigningKey(state)?.header(self.body) ?? ""
        self.headers = [
            ("Content-Type", "application/json"), ("User-Agent", "Driveline-Sandbox"), ("X-EBAY-SIGNATURE", signature),
        ]
    }
}
