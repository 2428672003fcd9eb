/// Why a text is no VIN.
public struct VINError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For programs and people.
        public let description: String

        /// It has not 17 characters.
        public static let length = Self(description: "vin-length")
        /// It has a character that no VIN has.
        public static let character = Self(description: "vin-character")
    }

    /// What kind of failure it is.
    public let code: Code
    /// The position of the character in question, from 1.
    public let position: Int?
    /// What the character in question was probably meant to be. It is never put there without asking.
    public let likelyCharacter: Character?
    /// One line for people, without the VIN.
    public let description: String

    static func length(_ count: Int) -> Self {
        let length = count > VIN.length ? "more than \(VIN.length)" : String(count)
        return Self(
            code: .length, position: nil, likelyCharacter: nil,
            description: "a VIN has \(VIN.length) characters, and this one has \(length)")
    }

    static func character(_ character: Character, position: Int) -> Self {
        let likely: Character? =
            switch character {
            case "I", "i": "1"
            case "O", "o", "Q", "q": "0"
            default: nil
            }
        let hint = likely.map { ", probably for \($0)" } ?? ""
        return Self(
            code: .character, position: position, likelyCharacter: likely,
            description: """
                character \(position) of the VIN is \(Self.shown(character))\(hint); \
                a VIN has digits and the letters A to Z without I, O and Q
                """)
    }

    /// A character that may be unprintable.
    private static func shown(_ character: Character) -> String {
        guard let byte = character.asciiValue, (0x21...0x7E).contains(byte) else {
            let scalars = character.unicodeScalars.prefix(4).map { "U+\(String($0.value, radix: 16, uppercase: true))" }
            return scalars.joined(separator: " ")
        }
        return String(character)
    }
}
