internal import Postgres

/// What follows from a batch that failed.
enum GroupCommitRetry: Hashable {
    /// Nothing of it happened, and the same may succeed: again as it is.
    case again
    /// Something in it is refused by the database: each half by itself, until the culprit is alone.
    case split
    /// Neither would help, or what happened is not known: all fail with this error.
    case fail
    /// The database cannot be reached: this and what is left of the batch fails with this error; nothing of it happened.
    case failRest

    /// - Parameters:
    ///   - failure: How the batch failed.
    ///   - count: How many commands the batch had.
    ///   - tries: How often it was tried, this one included.
    init(_ failure: GroupCommitFailure, count: Int, tries: Int, maximumTries: Int) {
        switch failure {
        case .conflict where tries < maximumTries: self = .again
        case .conflict, .blocked, .refused: self = count > 1 ? .split : .fail
        case .outcomeUnknown: self = .fail
        case .unavailable: self = .failRest
        }
    }
}

/// The kinds of failure that a group commit tells apart.
public enum GroupCommitFailure: Hashable, Sendable {
    /// Rolled back because of others: a deadlock or a serialization failure.
    case conflict
    /// Rolled back because a row of one command was locked for too long, such as an idempotency key in flight.
    case blocked
    /// Rolled back because of what the batch itself holds: a constraint, a value that cannot be sent.
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
        case (.safe, "55"): self = .blocked
        case (.safe, _): self = .unavailable
        case (.never, _): self = error.code == .configuration ? .unavailable : .refused
        }
    }
}
