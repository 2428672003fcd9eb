internal import Postgres

/// A brand as a ring of entries has it.
struct BrandNumber {
    /// Stands in the brand's entries.
    let number: UInt16
    /// What the hashes of the brand's names begin with.
    let seed: UInt64

    /// The number of brands beyond the most: nothing of theirs is kept.
    static let none = UInt16.max
}

/// The numbers of brands, as they are asked for.
struct BrandNumbers {
    private var numbers: [PostgresUUID: BrandNumber] = [:]
    private var seeds: [UInt64] = []
    private let processSeed = UInt64.random(in: .min ... .max)

    /// A brand's number, ``BrandNumber/none`` where there are too many.
    mutating func number(of brand: PostgresUUID) -> BrandNumber {
        if let known = self.numbers[brand] { return known }
        let seed = KeyHash.seed(of: brand, in: self.processSeed)
        guard self.seeds.count < Int(BrandNumber.none) else { return BrandNumber(number: BrandNumber.none, seed: seed) }
        let made = BrandNumber(number: UInt16(self.seeds.count), seed: seed)
        self.numbers[brand] = made
        self.seeds.append(seed)
        return made
    }

    /// The brand that has a number.
    subscript(_ number: UInt16) -> BrandNumber { BrandNumber(number: number, seed: self.seeds[Int(number)]) }
}

/// Where a name of a brand is looked for. Not the same in every process, so that nobody can choose names that get into each
/// other's way.
struct KeyHash {
    let value: UInt64

    init(_ name: borrowing RawSpan, of brand: BrandNumber) {
        let count = name.byteCount
        var hash = brand.seed ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 8 <= count {
            hash = Self.mixed(hash ^ name.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < count {
            rest = rest << 8 | UInt64(name.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        self.value = Self.mixed(Self.mixed(hash ^ rest))
    }

    fileprivate static func seed(of brand: PostgresUUID, in process: UInt64) -> UInt64 {
        self.mixed(self.mixed(process ^ brand.high) ^ brand.low)
    }

    /// Both halves of a product with an odd number of about as many ones as zeros.
    private static func mixed(_ word: UInt64) -> UInt64 {
        let product = (word ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.high ^ product.low
    }
}
