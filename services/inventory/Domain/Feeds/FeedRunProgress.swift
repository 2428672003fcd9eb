/// Where a run of a feed stands. The raw values are those of the proto enum.
public enum FeedRunState: Int16, Hashable, Sendable {
    /// Its file is fetched and read.
    case fetching = 1
    /// Its rows are imported.
    case importing = 2
    /// All rows are dealt with.
    case succeeded = 3
    /// Too much would have fallen; nothing was changed.
    case refused = 4
    /// It has come to nothing.
    case failed = 5

    /// Whether nothing follows any more.
    public var isFinal: Bool { self == .succeeded || self == .refused || self == .failed }
}

/// The course of one run: what has happened, and what is to be done next.
///
/// Whatever is to be done may be done again: a copy of the service that takes over what another one has left asks for
/// ``next`` and goes on from there.
public struct FeedRunProgress: Hashable, Sendable {
    /// How long after its beginning a run that was left is still gone on with, in seconds: for as long, the import knows
    /// its commands again.
    public static let maximumSeconds: Int64 = 86_400

    /// What is to be done.
    public enum Step: Hashable, Sendable {
        /// Fetch the file from its beginning, read it, and keep its rows.
        case fetch
        /// Import the rows that are kept, under the run's own name, and wait for the end of it.
        case importRows
        /// Put the file away as one that was dealt with.
        case putAway
        /// Put the file away as one that could not be.
        case putAside
    }

    /// Where it stands.
    public private(set) var state: FeedRunState

    /// - Parameter state: As it was kept.
    public init(_ state: FeedRunState = .fetching) { self.state = state }

    /// What is to be done now.
    public var next: Step {
        switch self.state {
        case .fetching: .fetch
        case .importing: .importRows
        case .succeeded: .putAway
        case .refused, .failed: .putAside
        }
    }

    /// All rows are read and kept.
    ///
    /// - Parameter excess: By what more would fall than may.
    /// - Returns: Whether it was so: not where the run has gone on already.
    public mutating func rowsKept(excess: FallGuard.Excess?) -> Bool {
        guard self.state == .fetching else { return false }
        self.state = excess == nil ? .importing : .refused
        return true
    }

    /// The import has come to its end.
    ///
    /// - Returns: Whether it was so: not where nothing was imported.
    public mutating func importEnded(isComplete: Bool) -> Bool {
        guard self.state == .importing else { return false }
        self.state = isComplete ? .succeeded : .failed
        return true
    }

    /// Something makes it impossible to go on.
    ///
    /// - Returns: Whether that ends it: not where it has ended already.
    public mutating func faultOccurred() -> Bool {
        guard !self.state.isFinal else { return false }
        self.state = .failed
        return true
    }

    /// Whether a run that was left by another copy of the service is to be given up.
    public static func isTooOld(startedAt: Timestamp, now: Timestamp) -> Bool {
        startedAt.adding(seconds: Self.maximumSeconds) <= now
    }
}
