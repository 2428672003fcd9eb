/// The characters of VINs, as numbers and as bits of a set.
enum VINAlphabet {
    /// The characters in the order of their numbers: digits and capitals without I, O and Q, and the bar that stands
    /// between descriptor and model year in what patterns are compared with.
    static let characters: [UInt8] = Array("0123456789ABCDEFGHJKLMNPRSTUVWXYZ|".utf8)

    /// The number of each ASCII character; nil: no VIN has it.
    private static let numbers: [UInt8?] = (0..<128).map { character in
        Self.characters.firstIndex(of: character).map { UInt8($0) }
    }

    /// The set that has only this character; nil: no VIN has it.
    static func bit(_ character: UInt8) -> UInt64? {
        guard character < 128, let number = self.numbers[Int(character)] else { return nil }
        return 1 << UInt64(number)
    }

    /// Whether it may stand in a VIN.
    static func contains(_ character: UInt8) -> Bool {
        character != Self.separator && self.bit(character) != nil
    }

    /// The bar.
    static let separator = UInt8(ascii: "|")
    /// All characters.
    static let all: UInt64 = (1 << UInt64(Self.characters.count)) - 1
}
