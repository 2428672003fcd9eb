/// 16 bytes that are unique: an id that a service made, or a brand.
public struct PostgresUUID: PostgresScalar, Hashable, Comparable, CustomStringConvertible {
    /// The first eight bytes, the first of them highest.
    public var high: UInt64
    /// The last eight bytes.
    public var low: UInt64

    /// A UUID by its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A UUID of version 7: 48 bits of milliseconds, 74 random bits. Source: RFC 9562, section 5.7.
    public init(milliseconds: Int64, using generator: inout some RandomNumberGenerator) {
        let time = UInt64(truncatingIfNeeded: milliseconds) << 16
        self.high = time | 0x7000 | UInt64.random(in: 0...0xfff, using: &generator)
        self.low = 0x8000_0000_0000_0000 | (UInt64.random(in: .min ... .max, using: &generator) >> 2)
    }

    /// Reads the form `018f2d6e-0000-7000-8000-000000000000`, in any case; nil for anything else.
    public init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count == 36 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for index in bytes.indices {
            let byte = bytes[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.digit(byte) else { return nil }
            if index < 18 { halves.high = halves.high << 4 | digit } else { halves.low = halves.low << 4 | digit }
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// Reads the same form; nil for anything else.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// 36 characters, in lower case.
    public var description: String {
        let digits = Self.digits(self.high) + Self.digits(self.low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// The type that the server is told.
    public static var postgresType: PostgresType { .uuid }

    /// Whether the left one comes first.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.append(self.high)
        bytes.append(self.low)
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self {
        guard field.type == .uuid else { throw .unexpected(field.type, for: Self.self) }
        var field = field
        let uuid = Self(high: try field.integer(), low: try field.integer())
        try field.expectEnd()
        return uuid
    }

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
