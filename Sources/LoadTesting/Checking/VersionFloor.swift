/// The version of a SKU that no read may fall below: one that was known for longer than reads may lie behind.
///
/// It keeps three versions instead of all, so the floor may lag behind the exact one, by as much as the bound again. It
/// is never above it.
struct VersionFloor: Sendable, Hashable {
    /// A version, and when it was first known.
    private struct Known: Hashable {
        var version: UInt64 = 0
        var at: UInt64 = 0
    }

    private var settled: UInt64 = 0
    private var pending = Known()
    /// The highest version that is known.
    private var last = Known()

    /// The highest version that is known.
    var latest: UInt64 { self.last.version }

    /// A version was acknowledged or read.
    ///
    /// - Parameters:
    ///   - now: In nanoseconds; never before that of another call.
    ///   - bound: How far reads may lie behind, in nanoseconds.
    mutating func know(_ version: UInt64, now: UInt64, bound: UInt64) {
        guard version > self.last.version else { return }
        if now - self.pending.at >= bound {
            self.settled = self.pending.version
            self.pending = self.last
        }
        self.last = Known(version: version, at: now)
    }

    /// What a read that begins now must answer at least.
    func floor(now: UInt64, bound: UInt64) -> UInt64 {
        if now - self.last.at >= bound { return self.last.version }
        if now - self.pending.at >= bound { return self.pending.version }
        return self.settled
    }
}
