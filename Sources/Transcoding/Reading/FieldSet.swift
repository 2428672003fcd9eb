/// A set of small numbers: the fields of a message by their place. Up to 64 take no memory from the heap.
struct FieldSet {
    private var low: UInt64 = 0
    private var high: [UInt64] = []

    func contains(_ index: Int) -> Bool {
        if index < 64 { return self.low & (1 << UInt64(index)) != 0 }
        let word = index / 64 - 1
        return word < self.high.count && self.high[word] & (1 << UInt64(index % 64)) != 0
    }

    /// Adds a number.
    ///
    /// - Returns: Whether it was new.
    @discardableResult
    mutating func insert(_ index: Int) -> Bool {
        if index < 64 {
            let bit: UInt64 = 1 << UInt64(index)
            defer { self.low |= bit }
            return self.low & bit == 0
        }
        let word = index / 64 - 1
        while self.high.count <= word { self.high.append(0) }
        let bit: UInt64 = 1 << UInt64(index % 64)
        defer { self.high[word] |= bit }
        return self.high[word] & bit == 0
    }
}

/// What is known of the fields of a message while it is read.
struct MessageState {
    /// The fields that were named.
    var seen = FieldSet()
    /// Of those, the ones that the path or the query filled.
    var bound = FieldSet()
    /// The fields that have a value, or one that was refused.
    var present = FieldSet()
    /// The oneofs of which a member was set.
    var oneofs = FieldSet()
}
