/// The mark of one state of an object (RFC 9110, 8.8.3).
public struct EntityTag: Sendable, Hashable {
    /// What is behind the opaque tag of an answer that was compressed: it is another sequence of bytes, and so has
    /// another tag, by which the object's version can be read all the same.
    static let compressedSuffix = "-gzip"

    /// Whether it only says that two states are as good as the same.
    public let isWeak: Bool
    /// The text between the quotes.
    public let opaque: String

    /// A strong tag of a version.
    public init(version: UInt64) {
        self.isWeak = false
        self.opaque = String(version)
    }

    /// A strong tag of a body: its 64-bit FNV-1a hash and its length.
    ///
    /// That two states of one list meet in both is too unlikely to count, and nothing but a cached page is at stake.
    public init(body: RawSpan) {
        let hash = body.withUnsafeBytes { bytes in
            bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
        self.isWeak = false
        self.opaque = "\(String(hash, radix: 16))-\(String(body.byteCount, radix: 16))"
    }

    private init(opaque: String) {
        self.isWeak = false
        self.opaque = opaque
    }

    /// Reads one tag; `nil` where it is none.
    init?(_ text: Substring) {
        var rest = text
        self.isWeak = rest.hasPrefix("W/")
        if self.isWeak { rest = rest.dropFirst(2) }
        guard rest.utf8.count >= 2, rest.first == "\"", rest.last == "\"" else { return nil }
        let opaque = rest.dropFirst().dropLast()
        guard opaque.isVisibleASCII, !opaque.contains("\"") else { return nil }
        self.opaque = String(opaque)
    }

    /// As it stands in a header.
    public var text: String { "\(self.isWeak ? "W/" : "")\"\(self.opaque)\"" }

    /// The tag of the same state in gzip, where this is that of the plain bytes.
    public var compressed: EntityTag { EntityTag(opaque: self.opaque + Self.compressedSuffix) }

    /// The opaque tag of the answer as it is before compression.
    var plainOpaque: Substring {
        self.opaque.hasSuffix(Self.compressedSuffix)
            ? self.opaque.dropLast(Self.compressedSuffix.count) : self.opaque[...]
    }

    /// The version that a tag of ours stands for; `nil`: it is weak, or none of ours, and matches no version.
    var version: UInt64? {
        guard !self.isWeak, let version = UInt64(self.plainOpaque), String(version) == self.plainOpaque else {
            return nil
        }
        return version
    }
}

/// The value of `If-Match` or `If-None-Match`.
enum EntityTagCondition: Sendable, Hashable {
    /// The tags of one header that are read at most.
    static let maximumTags = 32

    /// `*`
    case any
    case tags([EntityTag])

    /// - Throws: The 400 that says what the header may be.
    init(_ header: String, named name: String) throws(ProblemDocument) {
        let members = header.listMembers
        if members == ["*"] {
            self = .any
            return
        }
        let tags = members.compactMap { EntityTag($0) }
        guard !members.isEmpty, tags.count == members.count, tags.count <= Self.maximumTags else {
            throw .headerInvalid(
                name, "is no list of entity tags",
                expected: "1 to \(Self.maximumTags) tags in quotes, such as \"7\", or *")
        }
        self = .tags(tags)
    }
}
