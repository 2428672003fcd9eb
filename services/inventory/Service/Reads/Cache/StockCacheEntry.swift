/// What stands under a key of the cache: an item, or the token of somebody who is about to bring one.
///
/// An item is `V`, its version in 16 decimal digits, and the encoded answer. A token is `T` and 16 hexadecimal digits.
enum StockCacheEntry {
    /// What stands before the encoded answer, in bytes.
    static let headerBytes = 17
    /// The least version that has more digits than stand there.
    private static let versionsEnd: Int64 = 10_000_000_000_000_000
    /// The longest answer that is kept, in bytes: 64 KiB.
    static let maximumAnswerBytes = 1 << 16

    /// An item's entry; nil where it is too long to be kept.
    static func item(version: Int64, answer: [UInt8]) -> [UInt8]? {
        guard version >= 0, version < Self.versionsEnd, answer.count <= Self.maximumAnswerBytes else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + answer.count)
        bytes.append(UInt8(ascii: "V"))
        bytes.append(contentsOf: Self.digits(of: version))
        bytes.append(contentsOf: answer)
        return bytes
    }

    /// A version as entries have it: as many digits as stand in an entry.
    private static func digits(of version: Int64) -> [UInt8] {
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: Self.headerBytes - 1)
        var rest = version
        var place = digits.count
        while rest > 0 && place > 0 {
            place -= 1
            digits[place] += UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }

    /// The version of an entry that holds an answer; nil where it is none of ours.
    static func version(of entry: borrowing RawSpan) -> Int64? {
        guard self.holdsAnswer(entry) else { return nil }
        var version: Int64 = 0
        for place in 1..<self.headerBytes {
            let digit = entry.unsafeLoad(fromByteOffset: place, as: UInt8.self) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            version = version * 10 + Int64(digit)
        }
        return version
    }

    /// A new token, which nobody else has.
    static func newToken() -> [UInt8] {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return Array("T\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)".utf8)
    }

    /// Whether an entry holds an answer, behind the header.
    static func holdsAnswer(_ entry: borrowing RawSpan) -> Bool {
        entry.byteCount >= Self.headerBytes && entry.unsafeLoad(as: UInt8.self) == UInt8(ascii: "V")
    }
}
