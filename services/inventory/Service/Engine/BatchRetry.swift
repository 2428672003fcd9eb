internal import Postgres

/// What follows from a transaction that failed.
enum BatchRetry: Hashable {
    /// The same again, at once.
    case again
    /// The same again, after a pause: whether it was committed is found out by doing so, since what was carried out has
    /// left records.
    case againLater
    /// Something in it is refused by the database: each half by itself, until the culprit is alone.
    case split
    /// All of it fails with this error.
    case fail

    /// How often the same commands are tried that meet others.
    static let maximumTries = 5
    /// How often the same commands are tried whose commit got no answer.
    static let maximumTriesUnknown = 8
    /// How long the first pause is, in milliseconds; each further one is twice as long.
    static let pauseMilliseconds = 50

    /// - Parameters:
    ///   - error: How it failed.
    ///   - count: How many commands it had.
    ///   - tries: How often they were tried, this time included.
    ///   - isInDoubt: Whether an earlier try may have been committed.
    init(_ error: PostgresError, count: Int, tries: Int, isInDoubt: Bool) {
        switch (error.retry, error.sqlState) {
        case (.outcomeUnknown, _): self = tries < Self.maximumTriesUnknown ? .againLater : .fail
        // A row appeared that was not there when it was looked for: read again, and decide on it.
        // Or one is not as it was when it was read.
        case (_, .uniqueViolation?) where tries < Self.maximumTries: self = .again
        case (_, .divisionByZero?) where tries < Self.maximumTries: self = .again
        case (.safe, let state?) where state.classCode == "40" && tries < Self.maximumTries: self = .again
        // The database is not there; what may be committed is asked after, what is not need not load it further.
        case (let retry, let state) where Self.isUnavailable(error, retry, state):
            self = isInDoubt && tries < Self.maximumTriesUnknown ? .againLater : .fail
        default: self = count > 1 ? .split : .fail
        }
    }

    /// Neither the fault of the batch, nor of others' transactions, nor of a lock that one command waits for.
    private static func isUnavailable(
        _ error: PostgresError, _ retry: PostgresError.Retry, _ state: SQLState?
    ) -> Bool {
        if [.configuration, .cannotConnect, .shutDown].contains(error.code) { return true }
        guard retry == .safe else { return false }
        return state.map { $0.classCode != "40" && $0.classCode != "55" } ?? true
    }
}
