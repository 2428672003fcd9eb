internal import ChannelAdapter
internal import Crypto

/// Signs calls that move money, as sellers of the EU and the United Kingdom must: HTTP message signatures with Ed25519.
struct EbaySignature: Sendable {
    /// What stands for the public key with the platform, as its key management gave it.
    let publicKeyJWE: String
    let privateKey: Curve25519.Signing.PrivateKey

    /// The bytes before the key itself in the form that the platform gives keys in (PKCS#8, RFC 8410).
    private static let pkcs8Prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    init(publicKeyJWE: String, privateKey: Curve25519.Signing.PrivateKey) {
        self.publicKeyJWE = publicKeyJWE
        self.privateKey = privateKey
    }

    /// The key of a connection; nil: it has none, and calls are not signed.
    init?(_ credentials: [String: String]) throws(PlatformFault) {
        let jwe = credentials["signingKey", default: ""]
        let text = credentials["signingPrivateKey", default: ""]
        guard !jwe.isEmpty || !text.isEmpty else { return nil }
        guard let key = Self.privateKey(text), !jwe.isEmpty, jwe.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PlatformFault(
                .refused, code: "credentials-invalid",
                "signingKey and signingPrivateKey must both be there: the JWE and the private key that the platform gave"
            )
        }
        self.init(publicKeyJWE: jwe, privateKey: key)
    }

    /// The 32 bytes of a key, or the form that has them at its end, in Base64, with or without lines around it.
    private static func privateKey(_ text: String) -> Curve25519.Signing.PrivateKey? {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        guard let bytes = Base64.bytes(lines.joined()) else { return nil }
        let isWrapped = bytes.count == Self.pkcs8Prefix.count + 32 && bytes.starts(with: Self.pkcs8Prefix)
        return try? Curve25519.Signing.PrivateKey(rawRepresentation: isWrapped ? Array(bytes.suffix(32)) : bytes)
    }

    /// The headers that a signed call has beside the others.
    ///
    /// - Parameters:
    ///   - path: From the host on; its query is not signed.
    ///   - created: In seconds since 1970.
    func headers(
        method: String, path: String, authority: String, body: [UInt8], created: Int64
    ) throws(PlatformFault) -> [PlatformHeader] {
        let digest = body.isEmpty ? nil : Self.contentDigest(body)
        let input = Self.input(hasBody: digest != nil, created: created)
        let base = self.base(
            method: method, path: String(path.prefix { $0 != "?" }), authority: authority, digest: digest, input: input)
        guard let signature = try? self.privateKey.signature(for: Array(base.utf8)) else {
            throw PlatformFault(.refused, code: "credentials-invalid", "signingPrivateKey does not sign")
        }
        return (digest.map { [PlatformHeader("Content-Digest", $0)] } ?? []) + [
            PlatformHeader("x-ebay-signature-key", self.publicKeyJWE),
            PlatformHeader("Signature-Input", "sig1=\(input)"),
            PlatformHeader("Signature", "sig1=:\(Base64.text(Array(signature))):"),
        ]
    }

    static func contentDigest(_ body: [UInt8]) -> String {
        "sha-256=:\(Base64.text(Array(SHA256.hash(data: body)))):"
    }

    /// What is signed, in its order.
    static func input(hasBody: Bool, created: Int64) -> String {
        let parts = (hasBody ? ["content-digest"] : []) + ["x-ebay-signature-key", "@method", "@path", "@authority"]
        return "(\(parts.map { "\"\($0)\"" }.joined(separator: " ")));created=\(created)"
    }

    /// The text that is signed.
    func base(method: String, path: String, authority: String, digest: String?, input: String) -> String {
        var lines = digest.map { ["\"content-digest\": \($0)"] } ?? []
        lines += [
            "\"x-ebay-signature-key\": \(self.publicKeyJWE)", "\"@method\": \(method)", "\"@path\": \(path)",
            "\"@authority\": \(authority)", "\"@signature-params\": \(input)",
        ]
        return lines.joined(separator: "\n")
    }
}
