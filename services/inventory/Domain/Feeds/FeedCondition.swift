/// What came of looking after a feed once.
public enum FeedOutcome: Hashable, Sendable {
    /// There was no complete file.
    case nothing
    /// The same as before.
    case unchanged
    /// A file was imported.
    case imported
    /// It failed.
    ///
    /// - isRetryable: Whether another try may help before the next file or time.
    case failed(isRetryable: Bool)
}

/// How a feed is doing, from one look to the next.
public struct FeedCondition: Hashable, Sendable {
    /// How long after the first failure it is tried again, in seconds; twice as long after each further one.
    public static let firstRetrySeconds: Int64 = 60
    /// The longest wait between two tries, in seconds.
    public static let longestRetrySeconds: Int64 = 3_600

    /// Whom to tell.
    public enum Notice: Hashable, Sendable {
        /// It has begun to fail.
        case failed
        /// It has ended to fail.
        case recovered
    }

    /// Failures one behind the other, up to now.
    public private(set) var failures: Int32

    /// - Parameter failures: As it was after the last look.
    public init(failures: Int32 = 0) { self.failures = failures }

    /// A look has ended.
    ///
    /// - Parameters:
    ///   - schedule: nil: it is looked after by hand only.
    ///   - now: When it ended.
    ///   - offset: The schedule's time zone.
    /// - Returns: When the next look is due, and whom to tell.
    public mutating func lookEnded(
        _ outcome: FeedOutcome, schedule: FeedSchedule?, now: Timestamp, offset: FeedSchedule.Offset
    ) -> (due: Timestamp?, notice: Notice?) {
        let next = schedule?.nextDue(after: now, offset: offset)
        switch outcome {
        case .nothing: return (next, nil)
        case .unchanged, .imported:
            defer { self.failures = 0 }
            return (next, self.failures > 0 ? .recovered : nil)
        case .failed(let isRetryable):
            self.failures = self.failures == .max ? .max : self.failures + 1
            let notice: Notice? = self.failures == 1 ? .failed : nil
            guard isRetryable, let next else { return (next, notice) }
            let retry = now.adding(seconds: Self.retrySeconds(after: self.failures))
            if case .interval = schedule { return (retry, notice) }
            return (min(retry, next), notice)
        }
    }

    /// How long to wait after so many failures, in seconds.
    static func retrySeconds(after failures: Int32) -> Int64 {
        let doublings = min(max(0, failures - 1), 16)
        return min(Self.firstRetrySeconds << Int64(doublings), Self.longestRetrySeconds)
    }
}
