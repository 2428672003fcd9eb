/// What stands under a key of the cache: an item, or the token of somebody who is about to bring one.
///
/// An item is `V`, its version in 16 decimal digits, and the encoded answer. A token is `T` and 16 hexadecimal digits. The
/// scripts compare versions as numbers, which in Lua are exact up to 2^53: the largest version there is.
enum StockCacheEntry {
    /// What stands before the encoded answer, in bytes.
    static let headerBytes = 17
    /// The longest answer that is kept, in bytes: 64 KiB.
    static let maximumAnswerBytes = 1 << 16

    /// An item's entry; nil where it is too long to be kept.
    static func item(version: Int64, answer: [UInt8]) -> [UInt8]? {
        guard version >= 0, answer.count <= Self.maximumAnswerBytes else { return nil }
        let digits = String(version)
        guard digits.utf8.count < Self.headerBytes else { return nil }
        var bytes = [UInt8(ascii: "V")]
        bytes.reserveCapacity(Self.headerBytes + answer.count)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: Self.headerBytes - 1 - digits.utf8.count))
        bytes.append(contentsOf: digits.utf8)
        bytes.append(contentsOf: answer)
        return bytes
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
