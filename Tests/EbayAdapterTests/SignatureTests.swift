import ChannelAdapter
import ChannelMessages
import Crypto
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("Calls that move money are signed, and notifications are believed by their signature")
struct SignatureTests {
    private static let pushed =
        #"{"metadata":{"topic":"ORDER_CONFIRMATION","schemaVersion":"1.0"},"notification":{"notificationId":"n-1","#
        + #""eventDate":"2026-03-01T10:00:00.000Z","publishDate":"2026-03-01T10:00:01.000Z","data":{"orderId":"12-1"}}}"#
    private static let receivedAt = PlatformTime.microseconds("2026-03-01T10:00:02Z") ?? 0

    /// A key pair, and the header of a body that is signed with it.
    private struct Signer {
        var key = P256.Signing.PrivateKey()
        var digest = "SHA256"

        /// What the platform answers to who asks for its public key.
        var answer: JSONValue {
            let pem = self.key.publicKey.pemRepresentation.split(separator: "\n").joined()
            return .members(["key": .string(pem), "algorithm": .string("ECDSA"), "digest": .string(self.digest)])
        }

        var publicKey: EbayPublicKey? { EbayPublicKey(self.answer) }

        func header(_ body: [UInt8], keyID: String = "k-1") throws -> String {
            let signature =
                self.digest == "SHA1"
                ? try self.key.signature(for: Insecure.SHA1.hash(data: body))
                : try self.key.signature(for: SHA256.hash(data: body))
            let json = JSONValue.members([
                "alg": .string("ecdsa"), "kid": .string(keyID),
                "signature": .string(Base64.text(Array(signature.derRepresentation))), "digest": .string(self.digest),
            ])
            return Base64.text(json.bytes)
        }
    }

    private static func notification(_ body: String, _ header: String) -> PlatformNotification {
        PlatformNotification(
            target: "/", headers: [.init("x-ebay-signature", header)], body: Array(body.utf8), receivedAt: receivedAt)
    }

    private static func content(
        _ body: String, _ signer: Signer, key: EbayPublicKey?, settings: [String: String] = [:]
    ) throws(PlatformFault) -> NotificationContent {
        let header = (try? signer.header(Array(body.utf8))) ?? ""
        return try EbayNotification.content(of: Self.notification(body, header), key: key, settings: settings)
    }

    @Test("a genuine notification is read: what, when, of which order", arguments: ["SHA1", "SHA256"])
    func genuine(_ digest: String) throws {
        let signer = Signer(digest: digest)
        let content = try Self.content(Self.pushed, signer, key: signer.publicKey)
        #expect(content.kind == .orderChanged && content.topic == "ORDER_CONFIRMATION" && content.eventID == "n-1")
        #expect(content.subject == "12-1" && content.happenedAt == PlatformTime.microseconds("2026-03-01T10:00:00Z"))
    }

    @Test("another key, digest, body or header is not believed")
    func forged() throws {
        let signer = Signer()
        let bytes = Array(Self.pushed.utf8)
        let header = try signer.header(bytes)
        let keys = [Signer().publicKey, Signer(key: signer.key, digest: "SHA1").publicKey, nil]
        for key in keys {
            let fault = #expect(throws: PlatformFault.self) { try Self.content(Self.pushed, signer, key: key) }
            #expect(fault?.code == "signature-invalid")
        }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            let notification = PlatformNotification(
                target: "/", headers: [.init("X-EBAY-SIGNATURE", header)], body: changed, receivedAt: Self.receivedAt)
            let fault = #expect(throws: PlatformFault.self) {
                try EbayNotification.content(of: notification, key: signer.publicKey, settings: [:])
            }
            #expect(fault?.code == "signature-invalid")
        }
        for header in ["", "x", String(header.dropLast(8)), Base64.text(Array("{}".utf8))] {
            #expect(throws: PlatformFault.self) {
                try EbayNotification.content(
                    of: Self.notification(Self.pushed, header), key: signer.publicKey, settings: [:])
            }
        }
    }

    @Test("one that is too old, from ahead or not what the platform promises is refused by name")
    func refused() throws {
        let signer = Signer()
        for (part, other, code) in [
            ("2026-03-01T10:00:01.000Z", "2026-02-27T10:00:01.000Z", "too-old"),
            ("2026-03-01T10:00:01.000Z", "2026-03-01T10:06:00.000Z", "too-old"),
            (#""orderId":"12-1""#, #""orderId":"""#, "not-understood"),
            (#""notificationId":"n-1","#, "", "not-understood"),
            (#""topic":"ORDER_CONFIRMATION","#, "", "not-understood"),
            ("2026-03-01T10:00:00.000Z", "x", "not-understood"),
        ] {
            let body = Self.pushed.replacing(part, with: other)
            let fault = #expect(throws: PlatformFault.self) { try Self.content(body, signer, key: signer.publicKey) }
            #expect(fault?.code == code, "\(other)")
        }
        let other = Self.pushed.replacing("ORDER_CONFIRMATION", with: "SOMETHING_NEW")
        #expect(try Self.content(other, signer, key: signer.publicKey).kind == .other)
        let revoked = Self.pushed.replacing("ORDER_CONFIRMATION", with: "AUTHORIZATION_REVOCATION")
        #expect(try Self.content(revoked, signer, key: signer.publicKey).kind == .other)
    }

    @Test("a key is asked for once an hour, one that there is not once a minute")
    func keys() async throws {
        let signer = Signer()
        let pem = signer.key.publicKey.pemRepresentation.replacing("\n", with: "\\n")
        let platform = ScriptedPlatform { (call, _) in
            call.path.hasSuffix("/known")
                ? .json(#"{"key":"\#(pem)","algorithm":"ECDSA","digest":"SHA256"}"#) : .errors(195001, status: 404)
        }
        let clock = TestSeconds()
        let keys = EbayPublicKeys(seconds: { clock.now })
        let session = platform.session()
        for _ in 0..<3 { try await session.fetchKey("known", into: keys) }
        for _ in 0..<3 { try await session.fetchKey("unknown", into: keys) }
        #expect(platform.calls.count == 2)
        #expect(keys.key(Self.name("known")) != nil && keys.key(Self.name("unknown")) == nil)
        #expect(platform.lines[0] == "GET /commerce/notification/v1/public_key/known")
        #expect(platform.tokenCalls.map(\.text).allSatisfy { $0.hasPrefix("grant_type=client_credentials&") })
        clock.now = 61
        for id in ["known", "unknown"] { try await session.fetchKey(id, into: keys) }
        #expect(platform.calls.count == 3)
        clock.now = 3_601
        try await session.fetchKey("known", into: keys)
        #expect(platform.calls.count == 4)
        for number in 0..<5_000 { keys.keep(nil, as: Self.name("\(number)")) }
        #expect(keys.key(Self.name("known")) != nil)
    }

    private static func name(_ id: String) -> EbayPublicKeys.Name {
        EbayPublicKeys.Name(base: ScriptedPlatform.base, id: id)
    }

    @Test("a key of one address verifies nothing for who asks another, and one that it has not is asked for there")
    func keysOfAddresses() async throws {
        let (forger, genuine) = (Signer(), Signer())
        let (forged, right) = (forger.answer.bytes, genuine.answer.bytes)
        let platform = ScriptedPlatform { (call, _) in
            guard call.request.url.hasPrefix("https://forger.example/") else {
                return PlatformResponse(status: 200, body: right)
            }
            return call.path.hasSuffix("/k-1")
                ? PlatformResponse(status: 200, body: forged) : .errors(195001, status: 404)
        }
        let adapter = EbayAdapter()
        let (other, own) = (PlatformAccount.example(["endpoint": "https://forger.example"]), PlatformAccount.example())
        let body = Array(Self.pushed.utf8)
        let first = Self.notification(Self.pushed, try forger.header(body, keyID: "k-1"))
        let second = Self.notification(Self.pushed, try genuine.header(body, keyID: "k-2"))
        for notification in [first, second] {
            try await adapter.prepare(for: notification, account: other, transport: platform)
        }
        #expect(try adapter.content(of: first, account: other).kind == .orderChanged)
        for isPrepared in [false, true] {
            if isPrepared { try await adapter.prepare(for: first, account: own, transport: platform) }
            let fault = #expect(throws: PlatformFault.self) { try adapter.content(of: first, account: own) }
            #expect(fault?.code == "signature-invalid")
        }
        try await adapter.prepare(for: second, account: own, transport: platform)
        #expect(try adapter.content(of: second, account: own).kind == .orderChanged)
    }

    @Test("only that there is no such key is kept; other refusals are told, and it is asked for again")
    func refusedKeys() async throws {
        for response in [PlatformResponse.errors(195026, status: 400), .json("", status: 403)] {
            let platform = ScriptedPlatform { (_, _) in response }
            let keys = EbayPublicKeys(seconds: { 0 })
            for _ in 0..<2 {
                await #expect(throws: PlatformFault.self) { try await platform.session().fetchKey("k", into: keys) }
            }
            #expect(platform.calls.count == 2 && keys.isMissing(Self.name("k")))
        }
    }

    @Test("of ids that anybody may invent few are asked for in a minute, and a key that was there is always renewed")
    func manyKeys() async throws {
        let known = Signer().answer.bytes
        let platform = ScriptedPlatform { (call, _) in
            call.path.hasSuffix("/known") ? PlatformResponse(status: 200, body: known) : .errors(195001, status: 404)
        }
        let clock = TestSeconds()
        let keys = EbayPublicKeys(seconds: { clock.now })
        let session = platform.session()
        try await session.fetchKey("known", into: keys)
        clock.now = 3_600
        var faults: [PlatformFault] = []
        for number in 0..<100 {
            do throws(PlatformFault) { try await session.fetchKey("k-\(number)", into: keys) } catch {
                faults.append(error)
            }
        }
        #expect(platform.calls.count == 31 && faults.count == 70)
        #expect(faults.allSatisfy { $0.kind == .throttled && $0.code == "keys-busy" })
        try await session.fetchKey("known", into: keys)
        #expect(platform.calls.count == 32 && keys.key(Self.name("known")) != nil)
        try await platform.session(["endpoint": "https://other.example"]).fetchKey("k-99", into: keys)
        #expect(platform.calls.count == 33)
        clock.now = 3_660
        try await session.fetchKey("k-99", into: keys)
        #expect(platform.calls.count == 34)
    }

    @Test("a refund is signed where the connection has a key, and its query is not part of what is signed")
    func signedCalls() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let platform = ScriptedPlatform { (_, _) in .json(#"{"refundId":"1"}"#) }
        let task = OrderTaskCall(
            key: "k", kind: .refund, orderID: "12-1", reason: "return", currency: "EUR", amountMicros: 1_000_000)
        let credentials = [
            "signingKey": "jwe", "signingPrivateKey": Base64.text(Array(key.rawRepresentation)),
        ]
        #expect(await platform.session(credentials: credentials).carryOut(task).fault == nil)
        let call = try #require(platform.calls.first)
        let input = #"("content-digest" "x-ebay-signature-key" "@method" "@path" "@authority");created=1663459378"#
        #expect(call.header("Signature-Input") == "sig1=\(input)" && call.header("x-ebay-signature-key") == "jwe")
        let digest = try #require(call.header("Content-Digest"))
        let base =
            "\"content-digest\": \(digest)\n\"x-ebay-signature-key\": jwe\n\"@method\": POST\n\"@path\": \(call.path)\n"
            + "\"@authority\": api.ebay.com\n\"@signature-params\": \(input)"
        let signature = try #require(
            call.header("Signature").flatMap { Base64.bytes(String($0.dropFirst(6).dropLast())) })
        #expect(key.publicKey.isValidSignature(signature, for: Array(base.utf8)))
        let plain = ScriptedPlatform { (_, _) in .json(#"{"refundId":"1"}"#) }
        _ = await plain.session().carryOut(task)
        #expect(plain.calls.first?.header("Signature") == nil)
        for wrong in [["signingKey": "jwe"], ["signingKey": "jwe", "signingPrivateKey": "x"]] {
            let fault = await plain.session(credentials: wrong).carryOut(task).fault
            #expect(fault?.code == "credentials-invalid")
        }
    }
}
