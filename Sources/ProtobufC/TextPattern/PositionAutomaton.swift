/// A position automaton (Glushkov's construction): its states are the places in the pattern that a byte can stand
/// for.
///
/// It has no transitions without a byte, so that one step is: of the positions that may come next, keep those that
/// the byte fits, and collect what may follow them.
struct PositionAutomaton: Sendable {
    /// The 64-bit words of a set of positions.
    private let wordCount: Int
    /// For each byte value, the positions that it fits.
    private let fitting: [UInt64]
    /// For each position, the positions that may follow it.
    private let following: [UInt64]
    /// The positions that may come first.
    private let first: [UInt64]
    /// The positions that may come last.
    private let last: [UInt64]
    private let matchesEmpty: Bool

    /// Compiles a pattern.
    ///
    /// - Throws: ``TextPatternError`` where it has too many positions.
    init(_ pattern: PatternNode) throws(TextPatternError) {
        var builder = Builder()
        let fragment = try builder.add(pattern)
        let wordCount = max((builder.bytes.count + 63) / 64, 1)
        var fitting = [UInt64](repeating: 0, count: 256 * wordCount)
        var following: [UInt64] = []
        for (position, set) in builder.bytes.enumerated() {
            for byte in UInt8.min...UInt8.max where set.contains(byte) {
                fitting[Int(byte) * wordCount + position / 64] |= 1 << UInt64(position % 64)
            }
            following += Self.words(builder.following[position], wordCount)
        }
        self.wordCount = wordCount
        self.fitting = fitting
        self.following = following
        self.first = Self.words(fragment.first, wordCount)
        self.last = Self.words(fragment.last, wordCount)
        self.matchesEmpty = fragment.matchesEmpty
    }

    private static func words(_ positions: Set<Int>, _ wordCount: Int) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: wordCount)
        for position in positions { words[position / 64] |= 1 << UInt64(position % 64) }
        return words
    }

    /// Whether the whole text matches.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.isEmpty else { return self.matchesEmpty }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * self.wordCount) { memory in
            let next = UnsafeMutableBufferPointer(rebasing: memory[..<self.wordCount])
            let hits = UnsafeMutableBufferPointer(rebasing: memory[self.wordCount...])
            _ = next.initialize(from: self.first)
            hits.initialize(repeating: 0)
            for byte in text {
                guard self.step(byte, next, hits) else { return false }
            }
            return (0..<self.wordCount).contains { hits[$0] & self.last[$0] != 0 }
        }
    }

    /// Takes one byte: `hits` becomes the positions that it stood for, `next` what may follow them.
    ///
    /// - Returns: Whether there is a hit.
    private func step(
        _ byte: UInt8,
        _ next: UnsafeMutableBufferPointer<UInt64>,
        _ hits: UnsafeMutableBufferPointer<UInt64>
    ) -> Bool {
        var anyHit: UInt64 = 0
        for word in 0..<self.wordCount {
            hits[word] = next[word] & self.fitting[Int(byte) * self.wordCount + word]
            anyHit |= hits[word]
            next[word] = 0
        }
        guard anyHit != 0 else { return false }
        for word in 0..<self.wordCount {
            var remaining = hits[word]
            while remaining != 0 {
                let position = word * 64 + remaining.trailingZeroBitCount
                remaining &= remaining - 1
                for target in 0..<self.wordCount { next[target] |= self.following[position * self.wordCount + target] }
            }
        }
        return true
    }
}

extension PositionAutomaton {
    /// What a part of a pattern can begin and end with.
    fileprivate struct Fragment {
        var first: Set<Int> = []
        var last: Set<Int> = []
        var matchesEmpty = true
    }

    /// Numbers the positions and notes what may follow what.
    fileprivate struct Builder {
        var bytes: [ByteSet] = []
        var following: [Set<Int>] = []

        mutating func add(_ node: PatternNode) throws(TextPatternError) -> Fragment {
            switch node {
            case .byte(let set):
                return try self.addPosition(set)
            case .sequence(let items):
                var result = Fragment()
                for item in items { self.append(try self.add(item), to: &result) }
                return result
            case .alternatives(let items):
                var result = Fragment(matchesEmpty: false)
                for item in items {
                    let fragment = try self.add(item)
                    result.first.formUnion(fragment.first)
                    result.last.formUnion(fragment.last)
                    result.matchesEmpty = result.matchesEmpty || fragment.matchesEmpty
                }
                return result
            case .repetition(let item, let minimum, let maximum):
                return try self.addRepetition(item, minimum: minimum, maximum: maximum)
            }
        }

        private mutating func addPosition(_ set: ByteSet) throws(TextPatternError) -> Fragment {
            guard self.bytes.count < TextPattern.maximumPositions else {
                let reason = "the pattern has more than \(TextPattern.maximumPositions) positions"
                throw TextPatternError(offset: 0, reason: reason)
            }
            self.bytes.append(set)
            self.following.append([])
            let position = self.bytes.count - 1
            return Fragment(first: [position], last: [position], matchesEmpty: false)
        }

        private mutating func append(_ next: Fragment, to result: inout Fragment) {
            for position in result.last { self.following[position].formUnion(next.first) }
            if result.matchesEmpty { result.first.formUnion(next.first) }
            result.last = next.matchesEmpty ? result.last.union(next.last) : next.last
            result.matchesEmpty = result.matchesEmpty && next.matchesEmpty
        }

        private mutating func addRepetition(
            _ item: PatternNode,
            minimum: Int,
            maximum: Int?
        ) throws(TextPatternError) -> Fragment {
            var result = Fragment()
            let copies = maximum ?? max(minimum, 1)
            for copy in 0..<copies {
                let positions = self.bytes.count
                var fragment = try self.add(item)
                // Nothing, however often repeated, stays nothing; copying it would take time without end.
                if self.bytes.count == positions { return result }
                if copy >= minimum { fragment.matchesEmpty = true }
                if maximum == nil, copy == copies - 1 {
                    for position in fragment.last { self.following[position].formUnion(fragment.first) }
                }
                self.append(fragment, to: &result)
            }
            return result
        }
    }
}
