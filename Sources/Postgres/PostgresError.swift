/// How work with the database failed.
///
/// Text comes from the server or the client; it never holds a password, nor the values of parameters that the server
/// does not name itself.
public struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String

        /// The server refused a statement; ``PostgresError/sqlState`` says why.
        public static let server = Self(description: "server")
        /// No connection could be made.
        public static let cannotConnect = Self(description: "cannot connect")
        /// The connection was lost.
        public static let connectionLost = Self(description: "connection lost")
        /// No connection was free in time, or too many wait for one.
        public static let poolExhausted = Self(description: "pool exhausted")
        /// The server did not answer in time.
        public static let timedOut = Self(description: "timed out")
        /// The caller's task was cancelled.
        public static let cancelled = Self(description: "cancelled")
        /// The pool or the reactor is shut down.
        public static let shutDown = Self(description: "shut down")
        /// A parameter cannot be sent; nothing was.
        public static let invalidParameter = Self(description: "invalid parameter")
        /// A column is not what was asked for.
        public static let decoding = Self(description: "decoding")
        /// The configuration is wrong.
        public static let configuration = Self(description: "configuration")
    }

    /// Whether doing it again can help.
    public enum Retry: Hashable, Sendable {
        /// The same will fail again.
        case never
        /// Nothing happened; the whole transaction may be repeated.
        case safe
        /// The connection was lost after the commit was sent: it may have happened or not.
        case outcomeUnknown
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened, for people.
    public var message: String
    /// Whether doing it again can help.
    public var retry: Retry
    /// Five characters, when the server said it.
    public var sqlState: SQLState?
    /// The server's second line.
    public var detail: String?
    /// What the server advises.
    public var hint: String?
    /// The names that the server gave; Citus may give a shard's instead, so decide by ``sqlState``.
    public var constraint: String?
    /// The table that it is about.
    public var table: String?
    /// The column that it is about.
    public var column: String?
    /// Where in the statement's text the server found the mistake, in characters from 1 on, if it is one of its text.
    public var position: Int?

    /// An error of the client itself.
    public init(_ code: Code, _ message: String, retry: Retry = .never) {
        self.code = code
        self.message = message
        self.retry = retry
    }

    /// For people.
    public var description: String {
        var text = "\(self.code): \(self.message)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail { text += "; \(detail)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}

extension PostgresError {
    /// Refused at once since too many wait.
    public static func tooManyWaiting(limit: Int) -> Self {
        Self(.poolExhausted, "\(limit) requests wait already; no more may", retry: .safe)
    }

    /// A column holds what its reader does not take.
    public static func unexpectedValue(column: String, reason: String) -> Self {
        var error = Self(.decoding, "column \(column): \(reason)")
        error.column = column
        return error
    }

    static func invalidParameter(_ reason: String) -> Self { Self(.invalidParameter, reason) }

    static let shutDown = Self(.shutDown, "the pool is shut down", retry: .safe)

    static func connectionLost(_ message: String, mayHaveCommitted: Bool) -> Self {
        Self(.connectionLost, message, retry: mayHaveCommitted ? .outcomeUnknown : .safe)
    }
}
