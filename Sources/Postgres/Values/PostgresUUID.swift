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
    public init?(_ text: some StringProtocol) {
        var halves: [UInt64] = [0, 0]
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard digits < 32, let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: halves[0], low: halves[1])
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
