/// The code of a coupon. Two that differ in the case of letters only are the same.
public struct CouponCode: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes of a code.
    public static let maximumBytes = 64

    /// As it was said.
    public let description: String
    /// In capitals: what it is compared and stored by.
    public let folded: String

    /// A code of letters, digits, `_` and `-`, which begins with a letter or digit; nil for anything else, as no coupon has
    /// it.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= Self.maximumBytes, Self.isLetterOrDigit(first) else { return nil }
        let dashes = [UInt8(ascii: "_"), UInt8(ascii: "-")]
        guard bytes.allSatisfy({ Self.isLetterOrDigit($0) || dashes.contains($0) }) else { return nil }
        self.description = text
        self.folded = String(decoding: bytes.map { Self.isSmall($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }

    /// Whether they are of one coupon.
    public static func == (left: Self, right: Self) -> Bool { left.folded == right.folded }

    /// Goes by what makes codes equal.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.folded) }

    private static func isSmall(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        Self.isSmall(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
