internal import NIOCore

/// The states of a connection to Redis, and what waits for replies on it. Pure: its owner does what it says.
struct ConnectionMachine<Entry> {
    /// Where a connection is.
    enum State: Hashable {
        /// Nobody has asked for a connection yet, or it is time to try again.
        case idle
        /// Connecting, or greeting the server.
        case connecting
        /// Takes commands.
        case ready
        /// Lost or not made; waits before the next try.
        case broken
        /// For ever closed.
        case shutDown
    }

    /// What the owner does when a connection was lost or not made.
    struct Loss {
        /// The batches that get no reply, in their order.
        var entries: [Entry]
        /// When to call ``connect()``; `nil` where never.
        var retryMilliseconds: Int64?
        /// Whether it is the first since the connection was ready, and so worth a line in the log.
        var isFirst: Bool
    }

    /// What the owner does when the timer fires.
    enum OnTimer: Hashable {
        /// Nothing waits; the timer is set again with the next batch.
        case rest
        /// Fire again at that time.
        case wait(NIODeadline)
        /// The oldest batch is overdue: the connection is to be closed.
        case expired
    }

    private let address: String
    private let maximumPendingCommands: Int
    private let maximumPendingBytes: Int
    private let backoff: ReconnectBackoff
    private(set) var state = State.idle
    private var pending = PendingReplies<Entry>()
    private var failedAttempts = 0
    private var lastError: RedisError?

    init(_ configuration: RedisConfiguration) {
        self.address = configuration.description
        self.maximumPendingCommands = configuration.maximumPendingCommands
        self.maximumPendingBytes = configuration.maximumPendingBytes
        self.backoff = ReconnectBackoff(
            baseMilliseconds: Int64(configuration.reconnectMilliseconds.lowerBound),
            maximumMilliseconds: Int64(configuration.reconnectMilliseconds.upperBound))
    }

    /// The commands without a reply.
    var pendingCommands: Int { self.pending.commandCount }

    /// It is time to connect; whether the owner is to do it.
    mutating func connect() -> Bool {
        guard self.state == .idle || self.state == .broken else { return false }
        self.state = .connecting
        return true
    }

    /// The server has been greeted; whether the attempts before had failed.
    mutating func becameReady() -> Bool {
        assert(self.state == .connecting, "ready while \(self.state)")
        let isRecovery = self.failedAttempts > 0
        self.state = .ready
        self.failedAttempts = 0
        self.lastError = nil
        return isRecovery
    }

    /// The connection was lost, or could not be made.
    mutating func lost(_ error: RedisError, using generator: inout some RandomNumberGenerator) -> Loss {
        guard self.state == .connecting || self.state == .ready else {
            return Loss(entries: [], retryMilliseconds: nil, isFirst: false)
        }
        self.state = .broken
        self.failedAttempts += 1
        self.lastError = error
        let retry = self.backoff.milliseconds(attempt: self.failedAttempts, using: &generator)
        return Loss(entries: self.pending.removeAll(), retryMilliseconds: retry, isFirst: self.failedAttempts == 1)
    }

    /// Ends it; the batches get no reply.
    mutating func shutDown() -> [Entry] {
        self.state = .shutDown
        return self.pending.removeAll()
    }

    /// Why a batch is not taken now; `nil` where it is.
    @inline(__always)
    func refusal(commandCount: Int, byteCount: Int) -> RedisError? {
        guard self.state == .ready,
            self.pending.commandCount &+ commandCount <= self.maximumPendingCommands,
            self.pending.byteCount &+ byteCount <= self.maximumPendingBytes
        else { return self.reasonOfRefusal(commandCount: commandCount) }
        return nil
    }

    private func reasonOfRefusal(commandCount: Int) -> RedisError {
        switch self.state {
        case .shutDown: return .shutDown
        case .ready: break
        case .idle, .connecting, .broken:
            let reason = self.lastError.map { ": \($0.message)" } ?? ", the first attempt is under way"
            return RedisError(.unavailable, "there is no connection to \(self.address)\(reason)")
        }
        guard self.pending.commandCount + commandCount > self.maximumPendingCommands else {
            return RedisError(
                .queueFull,
                "\(self.pending.byteCount) bytes of commands wait for Redis; at most \(self.maximumPendingBytes) may")
        }
        return RedisError(
            .queueFull,
            "\(self.pending.commandCount) commands wait for Redis; at most \(self.maximumPendingCommands) may")
    }

    /// Takes in a batch that was not refused, or the greeting.
    @inline(__always)
    mutating func sent(_ entry: Entry, commandCount: Int, byteCount: Int, deadline: NIODeadline) {
        self.pending.append(entry, commandCount: commandCount, byteCount: byteCount, deadline: deadline)
    }

    /// A whole reply arrived.
    @inline(__always)
    mutating func replied() -> PendingReplies<Entry>.OnReply { self.pending.replied() }

    /// The timer has fired.
    func timerFired(_ now: NIODeadline) -> OnTimer {
        guard let deadline = self.pending.deadline else { return .rest }
        return deadline <= now ? .expired : .wait(deadline)
    }
}

/// How long to wait before connecting anew: at random below a ceiling that doubles, so that clients that lost a server
/// together do not come back together, but never so short that a loop of attempts burns a processor.
struct ReconnectBackoff: Hashable {
    /// The ceiling before the second attempt, in milliseconds.
    var baseMilliseconds: Int64
    /// The highest ceiling, in milliseconds.
    var maximumMilliseconds: Int64

    /// The wait after that many attempts that failed, counted from 1: from half of the ceiling to the ceiling.
    func milliseconds(attempt: Int, using generator: inout some RandomNumberGenerator) -> Int64 {
        let doublings = Int64(min(max(attempt - 1, 0), 20))
        let ceiling = min(self.maximumMilliseconds, self.baseMilliseconds << doublings)
        return Int64.random(in: max(ceiling / 2, 1)...max(ceiling, 1), using: &generator)
    }
}
