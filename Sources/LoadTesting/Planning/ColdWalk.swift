/// Goes through the numbers from 0 to a count, each once before any comes again, in an order without neighbours.
struct ColdWalk: Sendable {
    private let count: UInt64
    private let step: UInt64
    private var position: UInt64

    /// - Parameters:
    ///   - count: How many numbers there are; at least 1.
    ///   - part: Which of the parts the walk begins in, so that several walks meet as late as can be.
    ///   - parts: How many walks there are; at least 1.
    init(count: Int, part: Int, of parts: Int) {
        self.count = UInt64(max(1, count))
        // Near the golden section, which spreads best; without a common divisor all numbers are met.
        var step = UInt64(Double(self.count) * 0.618_033_988_749_895) | 1
        while Self.greatestCommonDivisor(step, self.count) != 1 { step += 1 }
        self.step = step % self.count
        let begin = self.count * UInt64(max(0, part)) / UInt64(max(1, parts))
        self.position = begin % self.count * self.step % self.count
    }

    /// The next number.
    mutating func next() -> Int {
        let number = self.position
        self.position = (self.position + self.step) % self.count
        return Int(number)
    }

    private static func greatestCommonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }
}
