internal import XML

/// Values of XML Schema's types, as files write them.
enum ACESValues {
    /// A whole number from 1 to a maximum; nil: it is none.
    ///
    /// White space around it, a plus and leading zeros are taken (XML Schema part 2, section 3.3.25).
    static func positive(_ bytes: borrowing Span<UInt8>, upTo maximum: UInt32) -> UInt32? {
        var index = 0
        var end = bytes.count
        while index < end, Self.isSpace(bytes[index]) { index += 1 }
        while index < end, Self.isSpace(bytes[end - 1]) { end -= 1 }
        if index < end, bytes[index] == UInt8(ascii: "+") { index += 1 }
        guard index < end else { return nil }
        var number: UInt64 = 0
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            number = number * 10 + UInt64(digit)
            guard number <= UInt64(maximum) else { return nil }
            index += 1
        }
        return number == 0 ? nil : UInt32(number)
    }

    /// Whether there is nothing but white space.
    static func isBlank(_ bytes: borrowing Span<UInt8>) -> Bool {
        for index in bytes.indices where !Self.isSpace(bytes[index]) { return false }
        return true
    }

    /// Whether white space stands nowhere but singly within: then it is a token as it is.
    static func isToken(_ bytes: borrowing Span<UInt8>) -> Bool {
        var followsSpace = true
        for index in bytes.indices {
            let isSpace = Self.isSpace(bytes[index])
            if isSpace && (followsSpace || bytes[index] != UInt8(ascii: " ")) { return false }
            followsSpace = isSpace
        }
        return bytes.isEmpty || !followsSpace
    }

    /// A token: without white space around it, and with single spaces within.
    static func token(_ text: String) -> String {
        let words = text.utf8.split(whereSeparator: Self.isSpace)
        guard words.count != 1 || words.first?.count != text.utf8.count else { return text }
        return words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    /// How many characters there are, as XML Schema counts them: Unicode scalars.
    static func characterCount(_ text: String) -> Int { text.unicodeScalars.count }

    /// Whether a text is a brand's code: four capitals.
    static func isBrandCode(_ text: String) -> Bool {
        text.utf8.count == 4 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// Whether the trade's registry could have given a code: its letters are not all allowed in each place.
    static func isAssignableBrandCode(_ code: String) -> Bool {
        let refused = ["AEIOU", "AEIO", "AOU", ""]
        return Self.isBrandCode(code) && !zip(code, refused).contains { letter, refused in refused.contains(letter) }
    }

    /// Whether a text is a name token of ASCII (XML 1.0, production 7).
    static func isNameToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || "._:-".unicodeScalars.contains(scalar)
            }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// The beginning of a value of a file, for messages.
    static func shown(_ text: String) -> String {
        let maximum = 40
        let beginning = text.prefix(maximum)
        return "'\(beginning)\(beginning.endIndex < text.endIndex ? "…" : "")'"
    }
}
