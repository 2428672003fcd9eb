/// A vehicle identification number: 17 digits and capitals without I, O and Q (ISO 3779, 49 CFR 565).
///
/// Small letters are taken as capitals; nothing else is put right. Only the form is checked: a wrong check digit is for
/// ``VINDecoder`` to report, as outside of North America and China the position may hold anything.
///
/// A VIN identifies a person's car. Whatever prints one, by interpolation or reflection, prints it without its serial
/// number; only ``text`` has all of it, and does not belong into logs.
public struct VIN: Hashable, Sendable {
    /// How many characters each one has.
    public static let length = 17

    /// The characters in ASCII.
    let bytes: [UInt8]

    /// Reads a VIN.
    ///
    /// - Throws: ``VINError`` where it has another length, or a character that no VIN has.
    public init(_ text: some StringProtocol) throws(VINError) {
        // No more is looked at than tells that it is too long.
        let characters = Array(text.prefix(Self.length + 1))
        guard characters.count == Self.length else { throw .length(characters.count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        for (place, character) in characters.enumerated() {
            guard let byte = character.asciiValue.map(Self.uppercased), VINAlphabet.contains(byte) else {
                throw .character(character, position: place + 1)
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// All 17 characters. They identify a person's car: not for logs.
    public var text: String { self.characters(1...Self.length) }

    /// The world manufacturer identifier: characters 1 to 3.
    public var manufacturerIdentifier: String { self.characters(1...3) }

    /// The identifier of a maker of few vehicles, whose character 3 is 9: characters 1 to 3 and 12 to 14.
    public var smallSeriesIdentifier: String? {
        self.bytes[2] == UInt8(ascii: "9") ? self.characters(1...3) + self.characters(12...14) : nil
    }

    /// What the maker says about the vehicle: characters 4 to 8.
    public var descriptor: String { self.characters(4...8) }

    /// Character 9.
    public var checkDigit: Character { Character(UnicodeScalar(self.bytes[8])) }

    /// What character 9 would be by the rule of the check digit: 0 to 9 or X.
    public var expectedCheckDigit: Character {
        let sum = zip(self.bytes, Self.weights).reduce(0) { $0 + Self.value($1.0) * $1.1 }
        let digit = sum % 11
        return digit == 10 ? "X" : Character(UnicodeScalar(UInt8(ascii: "0") + UInt8(digit)))
    }

    /// Whether character 9 is the check digit.
    public var hasValidCheckDigit: Bool { self.checkDigit == self.expectedCheckDigit }

    /// Whether it was given out where the check digit is mandatory: the USA, Canada and Mexico.
    public var isNorthAmerican: Bool { (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(self.bytes[0]) }

    /// The code of the model year: character 10.
    public var modelYearCode: Character { Character(UnicodeScalar(self.bytes[9])) }

    /// The code of the plant: character 11.
    public var plantCode: Character { Character(UnicodeScalar(self.bytes[10])) }

    /// Where it was given out, as its first character says.
    public var region: Region { Region(self.bytes[0]) }

    /// Characters from a position to another, counted from 1.
    func characters(_ positions: ClosedRange<Int>) -> String {
        String(decoding: self.bytes[positions.lowerBound - 1...positions.upperBound - 1], as: UTF8.self)
    }

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    /// The weights of the positions; the check digit's own is 0.
    private static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

    /// What a character counts for: letters run from 1 to 9 as EBCDIC has them, in which S begins at 2.
    private static func value(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48
        case UInt8(ascii: "A")...UInt8(ascii: "H"): Int(byte) - 64
        case UInt8(ascii: "J")...UInt8(ascii: "R"): Int(byte) - 73
        default: Int(byte) - 81
        }
    }
}

extension VIN: CustomStringConvertible, CustomReflectable {
    /// The first eleven characters, which many vehicles share, and stars for the serial number.
    public var description: String { self.characters(1...11) + "******" }

    /// What dumps show: ``description``, too.
    public var customMirror: Mirror { Mirror(self, children: ["masked": self.description]) }
}

extension VIN {
    /// The part of the world in which a VIN was given out.
    public enum Region: String, Sendable, Hashable, CaseIterable {
        /// First character A to H.
        case africa = "Africa"
        /// J to R.
        case asia = "Asia"
        /// S to Z.
        case europe = "Europe"
        /// 1 to 5.
        case northAmerica = "North America"
        /// 6 and 7.
        case oceania = "Oceania"
        /// 8, 9 and 0.
        case southAmerica = "South America"

        init(_ first: UInt8) {
            switch first {
            case UInt8(ascii: "A")...UInt8(ascii: "H"): self = .africa
            case UInt8(ascii: "J")...UInt8(ascii: "R"): self = .asia
            case UInt8(ascii: "S")...UInt8(ascii: "Z"): self = .europe
            case UInt8(ascii: "1")...UInt8(ascii: "5"): self = .northAmerica
            case UInt8(ascii: "6"), UInt8(ascii: "7"): self = .oceania
            default: self = .southAmerica
            }
        }
    }
}
