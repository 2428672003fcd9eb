/// Where a job stands.
public enum JobState: String, CaseIterable, Sendable {
    /// It waits for a runner, for its input, or for its next try.
    case queued
    /// A runner has it.
    case running
    /// A runner has it and is to stop.
    case cancelling
    /// It did all that it was for.
    case succeeded
    /// It cannot go on.
    case failed
    /// It was stopped on request; what it had done stays done.
    case cancelled

    /// Whether nothing changes it any more.
    public var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
}

/// What happens to a job.
enum JobTransition: CaseIterable {
    /// A runner took it, first or after another one's lease expired.
    case leased
    /// Its handler failed, and it is to be tried again.
    case postponed
    /// Its runner stops, and leaves it to others.
    case released
    /// Its handler came to the end.
    case succeeded
    /// Its handler gave up, or its tries are used up.
    case failed
    /// Somebody wants it stopped.
    case cancelRequested
    /// Its handler stopped because it was asked to.
    case stopped
}

extension JobState {
    /// The state after a transition, or nil where that cannot happen.
    ///
    /// Whoever asked for a stop gets one: a job that is being cancelled never runs again. But one that came to its end
    /// before it noticed has succeeded.
    func after(_ transition: JobTransition) -> JobState? {
        switch (self, transition) {
        case (.queued, .leased), (.running, .leased): .running
        case (.queued, .cancelRequested): .cancelled
        case (.running, .postponed), (.running, .released): .queued
        case (.running, .cancelRequested), (.cancelling, .cancelRequested), (.cancelling, .leased): .cancelling
        case (.running, .succeeded), (.cancelling, .succeeded): .succeeded
        case (.running, .failed), (.cancelling, .failed): .failed
        case (.cancelling, .stopped), (.cancelling, .postponed), (.cancelling, .released): .cancelled
        case (.queued, _), (.running, .stopped), (.succeeded, _), (.failed, _), (.cancelled, _): nil
        }
    }
}
