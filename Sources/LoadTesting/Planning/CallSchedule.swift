/// When the calls of one connection are due at a fixed rate: evenly spaced, and between those of other connections.
struct CallSchedule: Sendable, Hashable {
    private let start: UInt64
    private let nanosecondsBetween: Double
    private let phase: Double
    /// Calls that were taken.
    private var taken: UInt64 = 0

    /// - Parameters:
    ///   - start: When the first may be due, in nanoseconds of any clock.
    ///   - callsPerSecond: Over all connections.
    ///   - connection: Which of the connections it is, from 0 on.
    init(start: UInt64, callsPerSecond: Double, connection: Int, of connections: Int) {
        self.start = start
        self.nanosecondsBetween = 1e9 / callsPerSecond * Double(connections)
        self.phase = Double(connection) / Double(connections)
    }

    /// When the next call is due; `nil` where it is not before an end.
    mutating func take(before end: UInt64) -> UInt64? {
        let due = self.due(self.taken)
        guard due < end else { return nil }
        self.taken += 1
        return due
    }

    /// How many calls are due in a time and were not taken.
    func untaken(in window: Range<UInt64>) -> UInt64 {
        let first = max(self.taken, self.count(before: window.lowerBound))
        return max(self.count(before: window.upperBound), first) - first
    }

    private func due(_ number: UInt64) -> UInt64 {
        self.start + UInt64((Double(number) + self.phase) * self.nanosecondsBetween)
    }

    /// How many calls are due before a moment.
    private func count(before moment: UInt64) -> UInt64 {
        guard moment > self.start else { return 0 }
        let exact = Double(moment - self.start) / self.nanosecondsBetween - self.phase
        var count = UInt64(max(0, exact.rounded(.down)))
        // Rounding may miss by one to either side.
        while count > 0, self.due(count - 1) >= moment { count -= 1 }
        while self.due(count) < moment { count += 1 }
        return count
    }
}
