/// What was measured: for each kind of call its latencies and how it ended, and all calls over time.
public struct CallRecord: Sendable {
    /// The calls of one kind.
    public struct Calls: Sendable {
        /// Of the calls that were carried out or refused, in nanoseconds. A failure may be quick, and is told apart.
        public internal(set) var latencies = LatencyHistogram()
        /// Calls that were carried out.
        public internal(set) var answered: UInt64 = 0
        /// Calls that were refused rightly, by the type of the problem.
        public internal(set) var refused: [String: UInt64] = [:]
        /// Calls that the service had no room for.
        public internal(set) var overloaded: [String: UInt64] = [:]
        /// Calls that failed.
        public internal(set) var failed: [String: UInt64] = [:]

        /// All calls, however they ended.
        public var count: UInt64 {
            [self.refused, self.overloaded, self.failed].reduce(self.answered) { $1.values.reduce($0, +) }
        }

        mutating func add(_ ending: CallEnding, nanoseconds: UInt64) {
            switch ending {
            case .answered:
                self.answered += 1
                self.latencies.record(nanoseconds)
            case .refused(let type):
                self.refused[type, default: 0] += 1
                self.latencies.record(nanoseconds)
            case .overloaded(let type): self.overloaded[type, default: 0] += 1
            case .failed(let type): self.failed[type, default: 0] += 1
            }
        }

        mutating func merge(_ other: Calls) {
            self.latencies.merge(other.latencies)
            self.answered += other.answered
            self.refused.merge(other.refused, uniquingKeysWith: +)
            self.overloaded.merge(other.overloaded, uniquingKeysWith: +)
            self.failed.merge(other.failed, uniquingKeysWith: +)
        }
    }

    /// The intervals that time is cut into.
    static let intervals = 60

    /// By kind; kinds that were not called are not there.
    public private(set) var kinds: [CallKind: Calls] = [:]
    /// Calls that ended in each interval of the measured time, however they ended.
    public private(set) var ended = [UInt64](repeating: 0, count: intervals)
    /// Those of them that were neither carried out nor refused rightly.
    public private(set) var failed = [UInt64](repeating: 0, count: intervals)
    /// Calls that should have begun within the measured time, and had not by its end.
    public internal(set) var unbegun: UInt64 = 0
    private let window: Range<UInt64>

    /// - Parameter window: The measured time, in nanoseconds of any clock.
    init(_ window: Range<UInt64>) { self.window = window }

    /// All kinds together.
    public var all: Calls { self.kinds.values.reduce(into: Calls()) { $0.merge($1) } }

    /// Records a call; one that should have begun outside of the measured time does not count.
    ///
    /// - Parameters:
    ///   - due: When it should have begun.
    ///   - end: When it ended.
    mutating func add(_ kind: CallKind, _ ending: CallEnding, due: UInt64, end: UInt64) {
        guard self.window.contains(due) else { return }
        self.kinds[kind, default: Calls()].add(ending, nanoseconds: end > due ? end - due : 0)
        // What was under way at the end counts for the last interval.
        let passed = min(max(end, self.window.lowerBound), self.window.upperBound) - self.window.lowerBound
        let share = Double(passed) / Double(self.window.upperBound - self.window.lowerBound)
        let interval = min(Int(share * Double(Self.intervals)), Self.intervals - 1)
        self.ended[interval] += 1
        switch ending {
        case .answered, .refused: break
        case .overloaded, .failed: self.failed[interval] += 1
        }
    }

    /// Adds what another connection has measured in the same time.
    mutating func merge(_ other: CallRecord) {
        for (kind, calls) in other.kinds { self.kinds[kind, default: Calls()].merge(calls) }
        for interval in self.ended.indices {
            self.ended[interval] += other.ended[interval]
            self.failed[interval] += other.failed[interval]
        }
        self.unbegun += other.unbegun
    }
}
