internal import Postgres

/// What follows from a batch that failed.
enum GroupCommitRetry: Hashable {
    /// Nothing of it happened, and the same may succeed: again as it is.
    case again
    /// Something in it is refused by the database: each half by itself, until the culprit is alone.
    case split
    /// Neither would help, or what happened is not known: all fail with this error.
    case fail

    /// - Parameters:
    ///   - failure: How the batch failed.
    ///   - count: How many commands the batch had.
    ///   - tries: How often it was tried, this one included.
    init(_ failure: GroupCommitFailure, count: Int, tries: Int, maximumTries: Int) {
        switch failure {
        case .conflict where tries < maximumTries: self = .again
        case .conflict, .refused: self = count > 1 ? .split : .fail
        case .unavailable, .outcomeUnknown: self = .fail
        }
    }
}

/// The kinds of failure that a group commit tells apart.
public enum GroupCommitFailure: Hashable, Sendable {
    /// Rolled back because of others: a deadlock or a serialization failure.
    case conflict
    /// Rolled back because of what the batch itself holds: a constraint, a value out of range.
    case refused
    /// The database is not there, or has no room; splitting would only multiply the load.
    case unavailable
    /// The connection was lost after COMMIT was sent.
    case outcomeUnknown
}

extension GroupCommitFailure {
    init(_ error: PostgresError) {
        switch (error.retry, error.sqlState?.classCode) {
        case (.outcomeUnknown, _): self = .outcomeUnknown
        case (.safe, "40"): self = .conflict
        case (.safe, _), (.never, nil): self = .unavailable
        case (.never, _): self = .refused
        }
    }
}
