/// Whole numbers in digits, capital and small letters: what a double click selects as one word.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let values: [UInt8: UInt32] = Dictionary(
        uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt32($0)) })

    /// The number that big-endian bytes are, in a fixed count of digits, which must suffice for any such bytes.
    static func encode(_ bytes: [UInt8], digits: Int) -> [UInt8] {
        var rest = bytes
        var text: [UInt8] = []
        for _ in 0..<digits {
            var remainder: UInt32 = 0
            for index in rest.indices {
                let value = remainder << 8 | UInt32(rest[index])
                rest[index] = UInt8(value / 62)
                remainder = value % 62
            }
            text.append(self.alphabet[Int(remainder)])
        }
        assert(rest.allSatisfy { $0 == 0 }, "\(digits) digits do not hold \(bytes.count) bytes")
        return text.reversed()
    }

    /// The bytes of a number; `nil` for other characters, and for a number that takes more than `count` bytes.
    static func decode(_ text: some Sequence<UInt8>, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        for character in text {
            guard var carry = self.values[character] else { return nil }
            for index in bytes.indices.reversed() {
                let value = UInt32(bytes[index]) * 62 + carry
                bytes[index] = UInt8(truncatingIfNeeded: value)
                carry = value >> 8
            }
            guard carry == 0 else { return nil }
        }
        return bytes
    }
}
