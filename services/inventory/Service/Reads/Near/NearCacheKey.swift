internal import InventoryDomain
internal import Postgres

/// Whose entries they are, as the near cache has it.
struct NearCacheBrand {
    /// Stands in the brand's entries.
    let number: UInt16
    /// What the hashes of the brand's SKUs begin with.
    let seed: UInt64
}

/// Where an entry is looked for. Not the same in every process, so that nobody can choose SKUs that get into each other's
/// way.
struct NearCacheHash {
    let value: UInt64

    init(_ sku: borrowing RawSpan, of brand: NearCacheBrand) {
        let count = sku.byteCount
        var hash = brand.seed ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 8 <= count {
            hash = Self.mixed(hash ^ sku.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < count {
            rest = rest << 8 | UInt64(sku.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        self.value = Self.mixed(Self.mixed(hash ^ rest))
    }

    static func seed(of brand: PostgresUUID, in process: UInt64) -> UInt64 {
        self.mixed(self.mixed(process ^ brand.high) ^ brand.low)
    }

    /// Both halves of a product with an odd number of evenly many ones and zeros.
    private static func mixed(_ word: UInt64) -> UInt64 {
        let product = (word ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.high ^ product.low
    }
}
