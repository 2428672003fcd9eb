public import APIKeys

/// An API key as its holder has it: a public id and 256 random bits, in the form of ``KeyFormat``.
public struct APIKey: Hashable, Sendable {
    /// What every key begins with.
    public static let prefix = KeyFormat.prefix
    /// The characters of a key.
    public static let length = KeyFormat.length

    /// What is wrong with a text that is no key.
    public typealias Fault = KeyFormat.Fault

    /// The public half.
    public let id: KeyID
    /// The secret half.
    private let secret: [UInt8]

    /// A new key.
    ///
    /// - Parameters:
    ///   - milliseconds: The time, since 1970-01-01 00:00 UTC.
    ///   - generator: Must be cryptographically secure, as `SystemRandomNumberGenerator` is, but in tests.
    public init(milliseconds: Int64, using generator: inout some RandomNumberGenerator) {
        self.id = KeyID(milliseconds: milliseconds, using: &generator)
        self.secret = (0..<KeyFormat.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Reads a key's text. Costs a few microseconds, and no more for a text that is too long.
    ///
    /// - Throws: ``Fault``.
    public init(_ text: String) throws(Fault) {
        let (id, secret) = try KeyFormat.read(text)
        self.id = KeyID(high: Self.integer(id.prefix(8)), low: Self.integer(id.suffix(8)))
        self.secret = secret
    }

    /// The key's text: what is shown once, to whoever creates it.
    public var text: String { KeyFormat.text(id: Self.bytes(of: self.id), secret: self.secret) }

    /// What stands in the database instead of the secret.
    public var digest: SecretDigest { SecretDigest(of: self.secret) }

    /// The beginning of a key's text, by which its holder recognises it in a list: prefix and id, nothing secret.
    public static func publicPart(of id: KeyID) -> String { KeyFormat.publicPart(id: self.bytes(of: id)) }

    private static func bytes(of id: KeyID) -> [UInt8] {
        [id.high, id.low].flatMap { half in withUnsafeBytes(of: half.bigEndian) { Array($0) } }
    }

    private static func integer(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

// A key must not end in a log because somebody printed a value that holds it.
extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public part.
    public var description: String { Self.publicPart(of: self.id) + "…" }
    /// The public part.
    public var debugDescription: String { self.description }
    /// The public part, whatever dumps it.
    public var customMirror: Mirror { Mirror(self, children: ["id": self.id]) }
}
