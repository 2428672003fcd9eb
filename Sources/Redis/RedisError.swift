/// How work with Redis failed.
///
/// Text comes from the server or the client; it never holds a password, a key or a value that the server does not name
/// itself.
public struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String

        /// The server refused a command; ``RedisError/word`` says why.
        public static let server = Self(description: "server")
        /// There is no connection now; nothing was sent.
        public static let unavailable = Self(description: "unavailable")
        /// The connection was lost before the answer came.
        public static let connectionLost = Self(description: "connection lost")
        /// The server did not answer in time.
        public static let timedOut = Self(description: "timed out")
        /// The caller's task was cancelled.
        public static let cancelled = Self(description: "cancelled")
        /// Too many commands or bytes wait for their answer; nothing was sent.
        public static let queueFull = Self(description: "queue full")
        /// What the server sent is not RESP2, is nested too deeply, or is larger than the limit.
        public static let protocolViolation = Self(description: "protocol violation")
        /// The reply is of another type than was asked for.
        public static let unexpectedReply = Self(description: "unexpected reply")
        /// The command cannot be sent; nothing was.
        public static let invalidCommand = Self(description: "invalid command")
        /// The configuration is wrong.
        public static let configuration = Self(description: "configuration")
        /// The client is shut down; nothing was sent.
        public static let shutDown = Self(description: "shut down")
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened, for people.
    public var message: String
    /// The first word of the server's own message, when it sent one: `WRONGTYPE`, `MOVED`, `LOADING`, `READONLY`, `OOM`,
    /// `NOSCRIPT`, …
    public var word: String?
    /// Whether the server may have carried the command out although no answer came.
    public var mayHaveRun: Bool

    /// An error of the client itself.
    public init(_ code: Code, _ message: String, mayHaveRun: Bool = false) {
        self.code = code
        self.message = message
        self.mayHaveRun = mayHaveRun
    }

    /// An error that the server sent, such as `WRONGTYPE Operation against a key holding the wrong kind of value`.
    public init(server message: String) {
        self.init(.server, message)
        self.word = String(message.prefix { $0 != " " })
    }

    /// For people.
    public var description: String { "\(self.code): \(self.message)" }
}

extension RedisError {
    /// How much of a server's message is kept, in bytes.
    static let maximumMessageBytes = 512

    static let shutDown = Self(.shutDown, "the client is shut down")

    static func cancelled(mayHaveRun: Bool) -> Self {
        Self(.cancelled, "the caller's task was cancelled", mayHaveRun: mayHaveRun)
    }

    static func unexpected(_ kind: RedisReplyKind, instead expected: String) -> Self {
        Self(.unexpectedReply, "the reply is \(kind), not \(expected)", mayHaveRun: true)
    }
}
