/// Where a page ended, as callers carry it: hexadecimal, with a checksum over the question that the page answers.
///
/// The checksum keeps a token from being used with other filters, for another brand, or cut short by accident. It keeps no
/// secrets: a token says nothing that its caller does not know, and a made-up one leads to rows of the caller's own brand.
public enum PageToken {
    /// What a token belongs to: the method, the brand and everything that selects rows.
    public struct Question: Sendable {
        private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

        /// - Parameters:
        ///   - method: Its name.
        ///   - parts: The brand, and all that selects and orders rows.
        public init(_ method: StaticString, _ parts: [String]) {
            method.withUTF8Buffer { self.add($0) }
            for part in parts {
                self.add(CollectionOfOne(0xFF))
                self.add(part.utf8)
            }
        }

        /// FNV-1a with 64 bits, see the IETF draft "The FNV Non-Cryptographic Hash Algorithm".
        private mutating func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { self.hash = (self.hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }

        fileprivate func checksum(of position: some Sequence<UInt8>) -> [UInt8] {
            var copy = self
            copy.add(CollectionOfOne(0xFF))
            copy.add(position)
            return withUnsafeBytes(of: copy.hash.bigEndian) { Array($0) }
        }
    }

    private static let checksumBytes = 8

    /// The text of a token.
    public static func text(_ position: [UInt8], of question: Question) -> String {
        (question.checksum(of: position) + position).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The position that a token stands for; nil where it is none that was given out for the question.
    public static func position(_ text: String, of question: Question) -> [UInt8]? {
        let digits = text.utf8.map { Self.value($0) }
        guard digits.count.isMultiple(of: 2), digits.count >= 2 * Self.checksumBytes else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        let position = Array(bytes.dropFirst(Self.checksumBytes))
        guard bytes.starts(with: question.checksum(of: position)) else { return nil }
        return position
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
