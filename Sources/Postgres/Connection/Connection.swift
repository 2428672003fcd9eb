internal import CPostgres
internal import Glibc

/// One connection, on the reactor's thread.
///
/// Not `Sendable`: made and used on that thread only, which the reactor checks where it matters.
final class Connection {
    /// What its owner is told.
    struct Events {
        var connected: () -> Void
        /// Nothing may be sent any more; all that was has been failed.
        var closed: (PostgresError) -> Void
        /// A flight came to its end, so that there is room for another.
        var progressed: () -> Void
        var notified: (PostgresNotification) -> Void = { _ in }
    }

    /// Reads that share one sync at most: a sync costs the server a commit and both sides a system call.
    static let maximumGroup = 16
    /// Groups under way at the server beyond which the next one gathers reads until it is full, or one of them is
    /// answered: the server would not come to it any sooner, and each group wakes both sides.
    static let maximumGroupsBeforeGathering = 2

    enum State { case connecting, ready, closed }

    let reactor: PostgresReactor
    let events: Events
    let handle: OpaquePointer
    var descriptor: Int32 = -1
    var state = State.connecting
    var machine = PipelineMachine()
    private var prepared = PreparedStatements()
    var flights: [Int: Flight] = [:]
    private var lastFlight = 0
    /// Flights of each sync that was sent, oldest first; the last is still open while ``openGroup`` is not empty.
    private var groups: [[Int]] = []
    private var openGroup: [Int] = []
    private var isFlushScheduled = false
    private var hasUnsentGroup = false
    var isWaitingToWrite = false
    var connectTimer: ReactorTimers.Token?
    var raw: RawOperation?
    var copy: CopyOperation?
    private var isReading = true
    let notices = NoticeCount()

    /// Goes on with a connection that ``ConnectionParameters/start()`` began.
    init(
        _ started: StartedConnection, on reactor: PostgresReactor, timeoutMilliseconds: Int, events: Events
    ) throws(PostgresError) {
        reactor.checkIsolated()
        self.reactor = reactor
        self.events = events
        self.handle = started.handle
        guard PQstatus(self.handle) != CONNECTION_BAD else {
            throw PostgresError(refusal: String(cString: PQerrorMessage(self.handle)))
        }
        self.connectTimer = reactor.timers.schedule(milliseconds: timeoutMilliseconds) { [weak self] in
            self?.close(PostgresError(.cannotConnect, "no answer in \(timeoutMilliseconds) ms", retry: .safe))
        }
        PQsetErrorVerbosity(self.handle, PQERRORS_VERBOSE)
        self.watchConnecting(PGRES_POLLING_WRITING)
    }

    deinit { if self.state != .closed { PQfinish(self.handle) } }

    var isReady: Bool { self.state == .ready }
    /// Whether something is to be answered by a time.
    var isAwaited: Bool { !self.flights.isEmpty || self.copy?.deadline != nil }
    /// The earliest deadline of what is not answered.
    var earliestDeadline: UInt64? {
        [self.flights.values.lazy.map(\.deadline).min(), self.copy?.deadline].compactMap(\.self).min()
    }
    /// The server's process, as `pg_backend_pid()` gives it.
    var backend: Int32 { PQbackendPID(self.handle) }

    /// Asks the server, from a thread of its own since libpq waits for it, to cancel what this connection runs now.
    ///
    /// What that is when the request arrives is not certain, so the connection is not used for anything new after it.
    func cancel() {
        guard self.state == .ready, let cancel = PQgetCancel(self.handle) else { return }
        let request = CancelRequest(handle: cancel)
        BlockingCall.start { request.send() }
    }

    // MARK: Sending

    /// Sends a flight by the end of the tick.
    func send(_ flight: Flight) {
        guard self.state == .ready else {
            flight.lost("the connection is closed", isSent: false)
            return
        }
        self.lastFlight += 1
        let number = self.lastFlight
        self.flights[number] = flight
        if !flight.isGroupable || self.openGroup.count >= Self.maximumGroup { self.endGroup() }
        let names = flight.commands.map { self.preparedName($0) }
        for (command, name) in zip(flight.commands, names) { self.send(command, name: name, flight: number) }
        self.openGroup.append(number)
        if !flight.isGroupable { self.endGroup() }
        self.scheduleFlush()
    }

    /// A statement that is new here is prepared in a group by itself, so that no error of another command skips it.
    private func preparedName(_ command: PostgresCommand) -> Int {
        let (name, isNew) = self.prepared.name(for: command)
        guard isNew else { return name }
        self.endGroup()
        let status = command.types.withUnsafeBufferPointer { types in
            PQsendPrepare(self.handle, "s\(name)", command.statement.text, Int32(types.count), types.baseAddress)
        }
        self.machine.sentPrepare(name: name)
        self.check(status)
        self.sync([])
        return name
    }

    private func send(_ command: PostgresCommand, name: Int, flight: Int) {
        self.machine.sentCommand(flight: flight)
        let status = command.bytes.withUnsafeBytes { bytes in
            self.sendPrepared(name, values: bytes, ends: command.ends)
        }
        self.check(status)
    }

    private func sendPrepared(_ name: Int, values: UnsafeRawBufferPointer, ends: [Int32]) -> Int32 {
        var pointers: [UnsafePointer<CChar>?] = []
        var lengths: [Int32] = []
        pointers.reserveCapacity(ends.count)
        lengths.reserveCapacity(ends.count)
        var start: Int32 = 0
        for end in ends {
            guard end >= 0 else {
                pointers.append(nil)
                lengths.append(0)
                start = ~end
                continue
            }
            pointers.append(values.baseAddress?.advanced(by: Int(start)).assumingMemoryBound(to: CChar.self))
            lengths.append(end - start)
            start = end
        }
        let formats = [Int32](repeating: 1, count: ends.count)
        return PQsendQueryPrepared(self.handle, "s\(name)", Int32(ends.count), pointers, lengths, formats, 1)
    }

    private func endGroup() {
        guard !self.openGroup.isEmpty else { return }
        let group = self.openGroup
        self.openGroup = []
        self.sync(group)
    }

    private func sync(_ group: [Int]) {
        self.groups.append(group)
        self.hasUnsentGroup = true
        self.machine.sentSync()
        self.check(PQpipelineSync(self.handle))
    }

    /// A send that libpq refuses leaves the connection of no use; it is closed at the end of the tick, not in the middle
    /// of a flight.
    private func check(_ status: Int32) {
        guard status != 1 else { return }
        self.reactor.atEndOfTick { [weak self] in self?.closeAsLost() }
    }

    private func scheduleFlush() {
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.reactor.atEndOfTick { [weak self] in
            guard let self else { return }
            self.isFlushScheduled = false
            guard self.state == .ready else { return }
            if self.groups.count < Self.maximumGroupsBeforeGathering { self.endGroup() }
            if self.hasUnsentGroup { self.flush() }
        }
    }

    func flush() {
        self.hasUnsentGroup = false
        switch PQflush(self.handle) {
        case 0: self.watch(forWriting: false)
        // The server may wait for its answers to be read before it reads on.
        case 1: self.watch(forWriting: true)
        default: self.closeAsLost()
        }
    }

    func watch(forWriting: Bool) {
        guard forWriting != self.isWaitingToWrite else { return }
        self.isWaitingToWrite = forWriting
        self.reactor.watch(self.descriptor, forReading: self.isReading, forWriting: forWriting)
    }

    /// While nobody takes what the server sends, it stays where it is, and the server waits.
    func setReading(_ isReading: Bool) {
        guard self.isReading != isReading else { return }
        self.isReading = isReading
        self.reactor.watch(self.descriptor, forReading: isReading, forWriting: self.isWaitingToWrite)
    }

    // MARK: Receiving

    func ready(_ readiness: PostgresReactor.Readiness) {
        switch self.state {
        case .connecting: self.continueConnecting()
        case .closed: break
        case .ready:
            if let copy = self.copy, copy.isStreaming { return self.copyReady(readiness, copy) }
            let isOpen = !readiness.canRead || self.consumeInput()
            self.takeAnswers()
            guard self.state == .ready else { return }
            guard isOpen, PQstatus(self.handle) == CONNECTION_OK else { return self.closeAsLost() }
            if self.isWaitingToWrite { self.flush() }
        }
    }

    /// Takes in what has come; false when the connection is lost.
    func consumeInput() -> Bool {
        guard PQconsumeInput(self.handle) == 1 else { return false }
        // A record of TLS holds up to 16 KiB, and libpq may have asked for half of it; the rest rings no bell.
        return PQsslInUse(self.handle) == 0 || PQconsumeInput(self.handle) == 1
    }

    func takeAnswers() {
        var wasNil = false
        // While rows are copied, libpq would give the same answer for ever.
        while self.state == .ready, self.copy?.isStreaming != true, PQisBusy(self.handle) == 0 {
            guard let result = PQgetResult(self.handle) else {
                if self.raw != nil { self.endRaw() } else if let copy = self.copy { self.endAnswers(of: copy) }
                // One nil ends a command's answers; two in a row mean that there is nothing more.
                if wasNil || self.machine.isEmpty { break }
                wasNil = true
                continue
            }
            wasNil = false
            if self.raw != nil {
                self.takeRaw(result)
            } else if let copy = self.copy {
                self.take(result, of: copy)
            } else {
                self.take(result)
            }
        }
        _ = self.takeNotifications()
    }

    private func take(_ result: OpaquePointer) {
        let answer = Answer(result)
        let received: PipelineMachine.Received
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: received = .answer
        case PGRES_PIPELINE_SYNC: received = .sync
        case PGRES_PIPELINE_ABORTED: received = .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            return self.close(PostgresError(.server, "COPY is not run as a statement; use copyIn or copyOut"))
        default: received = .error
        }
        self.handle(
            self.machine.received(received), answer, error: received == .error ? PostgresError(result: result) : nil)
    }

    private func handle(_ action: PipelineMachine.Action, _ answer: Answer, error: PostgresError?) {
        let error = error ?? PostgresError(.server, "an error without a text")
        // libpq's own words for a lost connection: every flight is failed by what is at stake for it.
        if action != .groupEnded, error.code == .connectionLost, PQstatus(self.handle) == CONNECTION_BAD {
            return self.close(error)
        }
        switch action {
        case .prepared(let name): self.prepared.prepared(name)
        case .prepareFailed(let name): self.prepared.failed(name, error)
        case .answered(let flight): self.flights[flight]?.answered(PostgresRows(answer))
        case .failed(let flight): self.fail(flight, error)
        case .skipped(let flight): self.flights[flight]?.skipped()
        case .commitFailed: for flight in self.groups.first ?? [] { self.fail(flight, error) }
        case .groupEnded: self.groupEnded()
        case .unexpected: self.close(.connectionLost("an answer that nothing asked for", mayHaveCommitted: true))
        }
    }

    private func fail(_ number: Int, _ error: PostgresError) {
        guard let flight = self.flights[number] else { return }
        let reason = flight.commands.lazy.compactMap { self.prepared.failure(of: $0.statement) }.first
        var error = error.sqlState == .undefinedStatement ? reason ?? error : error
        // A server that ends its sessions may say so after it has committed.
        if flight.effect == .committing, error.sqlState?.classCode == "57", error.sqlState != .queryCanceled {
            error.retry = .outcomeUnknown
        }
        flight.failed(error)
    }

    private func groupEnded() {
        guard !self.groups.isEmpty else { return }
        for number in self.groups.removeFirst() {
            guard let flight = self.flights.removeValue(forKey: number) else { continue }
            if flight.ended() { self.send(flight) }
        }
        if !self.openGroup.isEmpty { self.scheduleFlush() }
        if self.state == .ready { self.events.progressed() }
    }

    /// Hands on what other sessions sent; true if there was something.
    func takeNotifications() -> Bool {
        var isAny = false
        while self.state == .ready, let notify = PQnotifies(self.handle) {
            let channel = String(cString: notify.pointee.relname)
            let payload = String(cString: notify.pointee.extra)
            PQfreemem(notify)
            isAny = true
            self.events.notified(PostgresNotification(channel: channel, payload: payload))
        }
        return isAny
    }
}
