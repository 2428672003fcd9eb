/// How long an answer may be kept.
public struct CacheLifetime: Sendable, Hashable {
    /// The header that clients go by, which every answer has once.
    public static let headerName = "Cache-Control"
    /// That of answers of which nothing is said: they belong to the key's brand, and a change must be seen at once.
    public static let none = CacheLifetime(clientSeconds: 0, sharedSeconds: 0)

    /// How long a client may use it without asking again, in seconds; 0: not at all.
    public let clientSeconds: Int
    /// How long a cache may that can be told to drop it, in seconds; 0: not at all.
    public let sharedSeconds: Int

    /// A lifetime.
    public init(clientSeconds: Int, sharedSeconds: Int) {
        self.clientSeconds = clientSeconds
        self.sharedSeconds = sharedSeconds
    }

    /// What clients are told.
    public var clientText: String {
        self.clientSeconds > 0 ? "private, max-age=\(self.clientSeconds)" : "private, no-cache"
    }

    /// What an answer says of it.
    ///
    /// `private` keeps what belongs to a brand out of caches that nobody can tell to drop it; those that can be told go by
    /// `Surrogate-Control` in its place (docs/gateway.md).
    public var fields: [HeaderField] {
        let shared = HeaderField("Surrogate-Control", "max-age=\(self.sharedSeconds)")
        return [HeaderField(Self.headerName, self.clientText)] + (self.sharedSeconds > 0 ? [shared] : [])
            // An answer to one key is none to another.
            + [HeaderField("Vary", "Authorization")]
    }
}

/// The names by which caches in front are told to drop answers.
public enum SurrogateKeys {
    /// A field's value as it stands in a key: what is neither letter, digit, `-`, `.`, `_` nor `~` is percent-encoded, so
    /// that it parts no keys and no segments of one.
    public static func encoded(_ value: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count)
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The header of an answer.
    ///
    /// - Parameters:
    ///   - keys: The keys within the brand, encoded.
    ///   - brand: Whose answer it is: its id goes before each.
    ///   - lifetime: Where no cache may keep the answer, none needs keys.
    public static func fields(_ keys: [String], brand: String, _ lifetime: CacheLifetime) -> [HeaderField] {
        guard lifetime.sharedSeconds > 0, !keys.isEmpty else { return [] }
        let prefix = "brand-\(self.encoded(brand))/"
        return [HeaderField("Surrogate-Key", keys.map { prefix + $0 }.joined(separator: " "))]
    }
}
