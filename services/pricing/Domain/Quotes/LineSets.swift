/// Sets of the lines of one quote, a bit for each line, in one array.
struct LineSets: Sendable {
    /// How many words a set has.
    let words: Int
    /// How many lines there are.
    let count: Int
    private var bits: [UInt64]

    /// Empty sets.
    init(sets: Int, lines: Int) {
        self.words = (lines + 63) / 64
        self.count = lines
        self.bits = [UInt64](repeating: 0, count: sets * self.words)
    }

    /// Puts all lines into a set.
    mutating func fill(_ set: Int) {
        for word in 0..<self.words { self.bits[set * self.words + word] = .max }
        let rest = self.count % 64
        if rest > 0 { self.bits[(set + 1) * self.words - 1] = (1 << UInt64(rest)) - 1 }
    }

    /// Puts a line into a set.
    mutating func insert(_ line: Int, into set: Int) {
        self.bits[set * self.words + line / 64] |= 1 << UInt64(line % 64)
    }

    /// Takes a line out of a set.
    mutating func remove(_ line: Int, from set: Int) {
        self.bits[set * self.words + line / 64] &= ~(1 << UInt64(line % 64))
    }

    /// Whether a line is in a set.
    func has(_ line: Int, in set: Int) -> Bool {
        self.bits[set * self.words + line / 64] & 1 << UInt64(line % 64) != 0
    }

    /// The lines of a set from 64 times a word on, as bits.
    func word(_ word: Int, of set: Int) -> UInt64 { self.bits[set * self.words + word] }

    /// Puts the lines of bits into a set, from 64 times a word on.
    mutating func formUnion(_ bits: UInt64, word: Int, of set: Int) { self.bits[set * self.words + word] |= bits }

    /// Whether a set has no line.
    func isEmpty(_ set: Int) -> Bool {
        for word in 0..<self.words where self.bits[set * self.words + word] != 0 { return false }
        return true
    }

    /// Calls with each line of a set, ascending.
    func forEach<Failure: Error>(in set: Int, _ body: (Int) throws(Failure) -> Void) throws(Failure) {
        for word in 0..<self.words {
            var rest = self.bits[set * self.words + word]
            while rest != 0 {
                try body(word * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
