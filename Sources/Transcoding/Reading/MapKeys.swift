internal import ProtobufC

/// The keys of a map, as they stand in the output.
struct MapKeys {
    /// So many keys are compared one by one; more become a set, whose hashes an attacker does not know.
    private static let maximumCompared = 16

    private var ranges: [Range<Int>] = []
    private var set: Set<[UInt8]> = []
    private(set) var count = 0

    /// Adds a key.
    ///
    /// - Returns: Whether it was new.
    mutating func insert(_ range: Range<Int>, in output: OutputBytes) -> Bool {
        self.count += 1
        return output.withSpan { bytes in self.insert(range, in: bytes) }
    }

    private mutating func insert(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
        if self.count <= Self.maximumCompared {
            let key = bytes.extracting(range)
            let isKnown = self.ranges.contains { bytes.extracting($0).isEqual(to: key) }
            self.ranges.append(range)
            return !isKnown
        }
        if self.set.isEmpty { self.set = Set(self.ranges.map { bytes.extracting($0).array }) }
        return self.set.insert(bytes.extracting(range).array).inserted
    }
}
