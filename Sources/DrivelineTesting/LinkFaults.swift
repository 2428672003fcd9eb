/// One direction of the connections through a proxy: what is wrong with it.
///
/// A pure machine; ``FaultProxy`` carries out what it says.
struct LinkFaults: Sendable {
    /// What becomes of bytes that have arrived.
    enum Verdict: Hashable, Sendable {
        /// They go on.
        case pass
        /// They wait until they are asked about again.
        case hold
        /// They vanish.
        case drop
        /// So many go on, then the connection is cut.
        case cut(after: Int)
    }

    var delay: Duration = .zero
    var isStalled = false
    var isDropping = false
    /// The bytes that still pass before the cut; `nil` for no cut.
    var bytesUntilCut: Int?
    /// The bytes that have passed.
    private(set) var passedBytes = 0

    /// Bytes arrived, or were asked about again.
    mutating func arrived(_ count: Int) -> Verdict {
        guard !self.isStalled else { return .hold }
        guard !self.isDropping else { return .drop }
        if let left = self.bytesUntilCut {
            guard left > count else {
                // One fault cuts one connection.
                self.bytesUntilCut = nil
                self.passedBytes += left
                return .cut(after: left)
            }
            self.bytesUntilCut = left - count
        }
        self.passedBytes += count
        return .pass
    }
}
