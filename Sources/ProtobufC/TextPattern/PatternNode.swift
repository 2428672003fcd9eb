/// The parsed form of a pattern.
indirect enum PatternNode {
    /// One byte that is in the set.
    case byte(ByteSet)
    /// One after the other; nothing at all where there are none.
    case sequence([PatternNode])
    /// Any of them.
    case alternatives([PatternNode])
    /// The same again and again; without `maximum`, without end.
    case repetition(PatternNode, minimum: Int, maximum: Int?)

    /// The bytes of one character.
    static func character(_ scalar: Unicode.Scalar) -> PatternNode {
        let bytes = Array(String(Character(scalar)).utf8)
        return .sequence(bytes.map { .byte(ByteSet($0...$0)) })
    }

    /// One character that is either in a set of ASCII bytes or not ASCII at all.
    ///
    /// Texts are valid UTF-8, so the first byte alone tells how many follow.
    static func character(_ ascii: ByteSet) -> PatternNode {
        let following = PatternNode.byte(ByteSet(0x80...0xBF))
        let four = PatternNode.sequence([.byte(ByteSet(0xF0...0xF7)), following])
        let three = PatternNode.sequence([.alternatives([four, .byte(ByteSet(0xE0...0xEF))]), following])
        let two = PatternNode.sequence([.alternatives([three, .byte(ByteSet(0xC0...0xDF))]), following])
        return .alternatives([.byte(ascii), two])
    }
}

/// A set of bytes.
struct ByteSet: Sendable {
    private(set) var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ range: ClosedRange<UInt8>) {
        for byte in range { self.insert(byte) }
    }

    static let digits = ByteSet(0x30...0x39)
    static let word = digits.union(ByteSet(0x41...0x5A)).union(ByteSet(0x61...0x7A)).union(ByteSet(0x5F...0x5F))
    /// Space, and tab to carriage return.
    static let space = ByteSet(0x20...0x20).union(ByteSet(0x09...0x0D))

    /// The ASCII bytes that are not in the set.
    var asciiComplement: ByteSet {
        var result = ByteSet()
        result.words = (~self.words.0, ~self.words.1, 0, 0)
        return result
    }

    func contains(_ byte: UInt8) -> Bool { self.word(byte) & (1 << UInt64(byte & 63)) != 0 }

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: self.words.0 |= bit
        case 1: self.words.1 |= bit
        case 2: self.words.2 |= bit
        default: self.words.3 |= bit
        }
    }

    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 |= other.words.0
        result.words.1 |= other.words.1
        result.words.2 |= other.words.2
        result.words.3 |= other.words.3
        return result
    }

    private func word(_ byte: UInt8) -> UInt64 {
        switch byte >> 6 {
        case 0: self.words.0
        case 1: self.words.1
        case 2: self.words.2
        default: self.words.3
        }
    }
}
