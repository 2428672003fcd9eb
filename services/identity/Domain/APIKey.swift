/// An API key as its holder has it: a public id and 256 random bits.
///
/// ```text
/// dl_live_ 0AbC…(22) 7fGh…(43) 1kLmNo
/// prefix   id        secret    checksum
/// ```
///
/// Id, secret and checksum are numbers in base 62, of fixed width. The prefix and the checksum let scanners for leaked
/// secrets recognise a key with certainty, and a slip in copying is found without asking anybody.
public struct APIKey: Hashable, Sendable {
    /// What every key begins with.
    public static let prefix = "dl_live_"
    /// The random bytes of a key.
    public static let secretBytes = 32
    /// The characters of a key.
    public static let length = prefix.utf8.count + idDigits + secretDigits + checksumDigits

    static let idDigits = 22
    static let secretDigits = 43
    static let checksumDigits = 6

    /// What is wrong with a text that is no key.
    public enum Fault: Error, Hashable, Sendable {
        /// It does not begin with the prefix, is too long or too short, or has characters that no key has.
        case notAKey
        /// It is mistyped.
        case wrongChecksum
    }

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
        self.secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Reads a key's text. Costs a few microseconds, and no more for a text that is too long.
    ///
    /// - Throws: ``Fault``.
    public init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8.prefix(Self.length + 1))
        guard bytes.count == Self.length, bytes.starts(with: Self.prefix.utf8) else { throw .notAKey }
        let body = bytes.dropLast(Self.checksumDigits)
        let digits = body.dropFirst(Self.prefix.utf8.count)
        guard let id = Base62.decode(digits.prefix(Self.idDigits), count: 16),
            let secret = Base62.decode(digits.dropFirst(Self.idDigits), count: Self.secretBytes),
            let checksum = Base62.decode(bytes.suffix(Self.checksumDigits), count: 4)
        else { throw .notAKey }
        guard checksum == Self.bytes(of: CRC32.checksum(body)) else { throw .wrongChecksum }
        self.id = KeyID(high: Self.integer(id.prefix(8)), low: Self.integer(id.suffix(8)))
        self.secret = secret
    }

    /// The key's text: what is shown once, to whoever creates it.
    public var text: String {
        let body = Array(Self.publicPart(of: self.id).utf8) + Base62.encode(self.secret, digits: Self.secretDigits)
        let checksum = Base62.encode(Self.bytes(of: CRC32.checksum(body)), digits: Self.checksumDigits)
        return String(decoding: body + checksum, as: UTF8.self)
    }

    /// What stands in the database instead of the secret.
    public var digest: SecretDigest { SecretDigest(of: self.secret) }

    /// The beginning of a key's text, by which its holder recognises it in a list: prefix and id, nothing secret.
    public static func publicPart(of id: KeyID) -> String {
        let bytes = Self.bytes(of: id.high) + Self.bytes(of: id.low)
        return Self.prefix + String(decoding: Base62.encode(bytes, digits: Self.idDigits), as: UTF8.self)
    }

    private static func bytes<Value: FixedWidthInteger>(of value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
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
