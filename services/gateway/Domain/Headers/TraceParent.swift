/// A W3C trace context's `traceparent`.
public struct TraceParent: Sendable, Hashable {
    /// 32 hexadecimal digits, not all zero.
    public let traceID: String
    /// 16 hexadecimal digits, not all zero: who asks.
    public let spanID: String
    /// Whether the trace is recorded.
    public let isSampled: Bool

    /// Reads the header; `nil` where it is none, which means that a new trace begins.
    public init?(_ header: String?) {
        guard let header, header.utf8.count >= 55, header.utf8.count <= 512 else { return nil }
        let parts = header.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, Self.isHexadecimal(parts[0]), parts[0] != "ff",
            parts[0] != "00" || parts.count == 4, parts[1].utf8.count == 32, Self.isID(parts[1]),
            parts[2].utf8.count == 16, Self.isID(parts[2]), parts[3].utf8.count == 2,
            let flags = UInt8(parts[3], radix: 16), Self.isHexadecimal(parts[3])
        else { return nil }
        self.traceID = String(parts[1])
        self.spanID = String(parts[2])
        self.isSampled = flags & 1 == 1
    }

    /// A trace that begins here.
    public init(using generator: inout some RandomNumberGenerator) {
        self.traceID = Self.hexadecimal(generator.next() | 1) + Self.hexadecimal(generator.next())
        self.spanID = Self.hexadecimal(generator.next() | 1)
        self.isSampled = false
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// The same trace with a span of our own.
    public func child(using generator: inout some RandomNumberGenerator) -> TraceParent {
        TraceParent(
            traceID: self.traceID, spanID: Self.hexadecimal(generator.next() | 1), isSampled: self.isSampled)
    }

    /// As it stands in the header.
    public var text: String { "00-\(self.traceID)-\(self.spanID)-\(self.isSampled ? "01" : "00")" }

    private static func isID(_ text: Substring) -> Bool {
        self.isHexadecimal(text) && !text.utf8.allSatisfy { $0 == 0x30 }
    }

    private static func isHexadecimal(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    static func hexadecimal(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 0xF
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 16
        }
    }
}

/// What a request is called in logs and in talks about it.
public enum RequestID {
    /// The header's name, in requests and answers.
    public static let name = "X-Request-Id"
    /// The most characters of an id that a client may choose.
    public static let maximumLength = 128

    /// The client's own id where it has the form of one: letters, digits, `.`, `_` and `-`. Everything else is passed
    /// over, since it may be made to look like something else in a log.
    public static func chosen(_ header: String?) -> String? {
        guard let header, (1...self.maximumLength).contains(header.utf8.count),
            header.utf8.allSatisfy({ byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x2E || byte == 0x5F
            })
        else { return nil }
        return header
    }
}
