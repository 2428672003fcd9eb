/// What one COPY is at, from its statement to the end of its answers. Pure: fed with what came and what was asked.
struct CopyMachine {
    /// Which way the rows go.
    enum Direction: Hashable { case toServer, fromServer }

    /// What the server says that it copies.
    struct Format: Hashable, Sendable {
        var isBinary: Bool
        var columns: Int
    }

    enum Phase: Hashable { case starting, streaming, ending, ended }

    /// What came.
    enum Received: Hashable {
        case start(Direction, Format)
        /// The statement is done; so many rows were copied.
        case done(rows: Int)
        case error(PostgresError)
        /// Nothing more comes.
        case end
    }

    /// What is to be done about it.
    enum Action: Hashable {
        case none
        case tellStarted(Format)
        /// Rows are to go the other way than was asked for: the server is told that none come.
        case refuse
        /// The server would send what nobody wants.
        case close(PostgresError)
        case tellEnded(rows: Int)
        case tellFailed(PostgresError)
    }

    let direction: Direction
    /// Whether its end commits it.
    let isCommitting: Bool
    private(set) var phase = Phase.starting
    private(set) var failure: PostgresError?
    private var rows: Int?
    private var hasStarted = false
    private var isLastSent = false

    init(_ direction: Direction, isCommitting: Bool) {
        self.direction = direction
        self.isCommitting = isCommitting
        self.isLastSent = direction == .fromServer
    }

    /// Whether it may have been committed without our knowing.
    var mayHaveCommitted: Bool { self.isCommitting && self.isLastSent && self.phase != .ended }

    /// The last of the rows was sent, or that no more come.
    mutating func sentEnd(isComplete: Bool) {
        guard self.phase == .streaming || self.phase == .starting else { return }
        self.phase = .ending
        if isComplete { self.isLastSent = true }
    }

    /// The last of the rows was received.
    mutating func receivedLast() { self.phase = .ending }

    mutating func received(_ received: Received) -> Action {
        switch received {
        case .start(let direction, let format): return self.started(direction, format)
        case .done(let rows):
            self.phase = .ending
            self.rows = rows
            return .none
        case .error(let error):
            self.phase = .ending
            self.failure = self.failure ?? error
            return .none
        case .end: return self.ended()
        }
    }

    private mutating func started(_ direction: Direction, _ format: Format) -> Action {
        guard self.phase == .starting, direction == self.direction else {
            let wanted = self.direction == .toServer ? "from stdin" : "to stdout"
            let error = PostgresError(.invalidParameter, "the statement is not a single COPY … \(wanted)")
            self.failure = self.failure ?? error
            // What came before, as another statement of the text, is not undone by refusing this one.
            return direction == .toServer && self.phase == .starting ? .refuse : .close(error)
        }
        self.phase = .streaming
        self.hasStarted = true
        return .tellStarted(format)
    }

    private mutating func ended() -> Action {
        self.phase = .ended
        if let failure { return .tellFailed(self.judged(failure)) }
        guard let rows, self.hasStarted else {
            return .tellFailed(PostgresError(.invalidParameter, "the statement is not a COPY"))
        }
        return .tellEnded(rows: rows)
    }

    /// A server that ends its sessions may say so after it has committed.
    private func judged(_ error: PostgresError) -> PostgresError {
        var error = error
        let isAdministration = error.sqlState?.classCode == "57" && error.sqlState != .queryCanceled
        if self.isCommitting, self.isLastSent, isAdministration { error.retry = .outcomeUnknown }
        return error
    }
}
