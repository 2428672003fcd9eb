/// One of the 64 fixed slots of a brand's SKUs or orders: the unit of locking, of event order, and of distribution.
///
/// A bucket stands in the rows of every hot table and in order ids, so how it is computed never changes: FNV-1a (64 bits)
/// over the brand's 16 bytes and the key's UTF-8, folded to its upper half and cut to six bits.
public struct Bucket: Hashable, Sendable, Comparable {
    /// How many buckets there are.
    public static let count = 64

    /// 0 to 63.
    public let number: Int16

    /// A bucket read back from a row or an id; nil outside 0 to 63.
    public init?(number: Int16) {
        guard (0..<Int16(Self.count)).contains(number) else { return nil }
        self.number = number
    }

    /// The bucket of a brand's SKU, or of an order's natural key.
    ///
    /// - Parameters:
    ///   - brand: The brand's UUID as two halves, the first eight bytes first.
    ///   - key: The SKU or natural key. Its case matters.
    public init(brand: (UInt64, UInt64), key: String) {
        var hash = FNV1a()
        hash.add(brand.0)
        hash.add(brand.1)
        for byte in key.utf8 { hash.add(byte) }
        // The lowest bits of FNV-1a depend on the lowest bits of the input only.
        self.number = Int16(truncatingIfNeeded: (hash.value ^ (hash.value >> 32)) & UInt64(Self.count - 1))
    }

    /// Every bucket, ascending: the order in which locks are taken.
    public static var all: [Bucket] { (0..<Int16(Self.count)).compactMap { Bucket(number: $0) } }

    /// Whether the left one comes first.
    public static func < (left: Bucket, right: Bucket) -> Bool { left.number < right.number }
}

/// FNV-1a with 64 bits, see the IETF draft "The FNV Non-Cryptographic Hash Algorithm".
private struct FNV1a {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { self.value = (self.value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { self.add(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }
}
