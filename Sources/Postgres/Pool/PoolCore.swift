internal import Synchronization

/// What a pool does on the reactor's thread.
///
/// `@unchecked`: all but ``lastRequest`` is touched on that thread only.
final class PoolCore: @unchecked Sendable {
    /// How often it is looked whether an answer is overdue, in milliseconds.
    private static let lookMilliseconds = 100
    /// How long a cancel may take before the connection is closed, in milliseconds.
    private static let cancelMilliseconds = 2_000

    /// By what part of it the age of a connection may be less than the longest.
    private static let ageJitterDivisor = 5

    private enum Request {
        case flight(Flight)
        case lease((Result<PostgresLease, PostgresError>) -> Void)

        func fail(_ error: PostgresError) {
            switch self {
            case .flight(let flight): flight.complete(.failure(error))
            case .lease(let completion): completion(.failure(error))
            }
        }
    }

    private let configuration: PostgresConfiguration
    private let parameters: ConnectionParameters
    private let reactor: PostgresReactor
    private let lastRequest = Atomic<Int>(0)
    private var machine: PoolMachine
    private var connections: [Int: Connection] = [:]
    private var waiting: [Int: (request: Request, timer: ReactorTimers.Token?)] = [:]
    /// Which connection a request in flight is on.
    private var running: [Int: Int] = [:]
    private var isCancelled: Set<Int> = []
    private var backoff = Backoff()
    private var ageTimers: [Int: ReactorTimers.Token] = [:]
    private var isWatchingHealth = false
    private var lastFailure: PostgresError?
    private var isLooking = false
    private var isShutDown = false
    private var whenEmpty: (() -> Void)?

    init(_ configuration: PostgresConfiguration, _ parameters: ConnectionParameters, _ reactor: PostgresReactor) {
        self.configuration = configuration
        self.parameters = parameters
        self.reactor = reactor
        self.machine = PoolMachine(
            maximumConnections: configuration.maximumConnections,
            maximumPipelined: configuration.maximumPipelinedQueries, maximumWaiting: configuration.maximumWaiting)
    }

    var statistics: PostgresPoolStatistics { self.machine.statistics }

    /// From any thread.
    func nextRequest() -> Int { self.lastRequest.add(1, ordering: .relaxed).newValue }

    // MARK: Requests

    func submit(_ flight: Flight, _ number: Int) { self.wait(.flight(flight), number, needsLease: false) }

    func lease(_ number: Int, _ completion: @escaping (Result<PostgresLease, PostgresError>) -> Void) {
        self.wait(.lease(completion), number, needsLease: true)
    }

    func send(_ flight: Flight, _ number: Int, on lease: PostgresLease) {
        guard let connection = self.connections[lease.connection] else {
            return flight.lost(self.lastFailure?.message ?? "the connection was lost", isSent: false)
        }
        self.running[number] = lease.connection
        self.track(flight, number) {}
        connection.send(flight)
        self.look()
    }

    func copy(
        _ step: CopyOperation.Step, _ number: Int, deadline: UInt64, on lease: PostgresLease,
        _ completion: @escaping CopyOperation.Completion
    ) {
        guard let connection = self.connections[lease.connection] else {
            return completion(.failure(.connectionLost("the connection was lost", mayHaveCommitted: false)))
        }
        self.running[number] = lease.connection
        connection.copy(step, deadline: deadline) { [weak self] result in
            self?.running[number] = nil
            completion(result)
        }
        self.look()
    }

    func endCopy(on lease: PostgresLease) { self.connections[lease.connection]?.endCopy() }

    func runScript(
        _ text: String, on lease: PostgresLease, _ completion: @escaping (Result<Void, PostgresError>) -> Void
    ) {
        guard let connection = self.connections[lease.connection] else {
            return completion(.failure(.connectionLost("the connection was lost", mayHaveCommitted: false)))
        }
        connection.runScript(text, completion: completion)
    }

    func giveBack(_ lease: PostgresLease, isUsable: Bool) {
        if !isUsable { self.machine.retired(lease.connection) }
        self.machine.returned(lease.connection)
        self.retireIfSpent(lease.connection)
        self.pump()
    }

    /// The caller's task was cancelled: what waits is taken out; what runs alone is cancelled at the server; what shares
    /// a connection with others runs on, and its caller gets its answer.
    func cancel(_ number: Int) {
        if let waiting = self.waiting[number], self.machine.gaveUp(number) {
            self.waiting[number] = nil
            self.cancelTimer(waiting.timer)
            waiting.request.fail(PostgresError(.cancelled, "cancelled before it was sent", retry: .safe))
        } else if let number = self.running[number], self.machine.isAlone(number) {
            self.cancelConnection(number)
        }
    }

    private func wait(_ request: Request, _ number: Int, needsLease: Bool) {
        guard !self.isShutDown else { return request.fail(.shutDown) }
        guard self.machine.enqueued(number, needsLease: needsLease) else {
            return request.fail(.tooManyWaiting(limit: self.machine.maximumWaiting))
        }
        self.waiting[number] = (request, nil)
        self.pump()
        // Most do not wait at all, and need no timer.
        guard self.waiting[number] != nil else { return }
        self.waiting[number]?.timer = self.reactor.timers.schedule(milliseconds: self.configuration.waitMilliseconds) {
            [weak self] in self?.waitedTooLong(number)
        }
    }

    private func cancelTimer(_ timer: ReactorTimers.Token?) {
        if let timer { self.reactor.timers.cancel(timer) }
    }

    private func waitedTooLong(_ number: Int) {
        guard let waiting = self.waiting.removeValue(forKey: number), self.machine.gaveUp(number) else { return }
        let milliseconds = self.configuration.waitMilliseconds
        waiting.request.fail(
            self.lastFailure
                ?? PostgresError(.poolExhausted, "no connection was free in \(milliseconds) ms", retry: .safe))
    }

    private func pump() {
        while let action = self.machine.next() {
            switch action {
            case .connect(let connection): self.connect(connection)
            case .send(let request, let connection): self.dispatch(request, connection)
            case .lease(let request, let connection): self.dispatch(request, connection)
            }
        }
    }

    private func dispatch(_ number: Int, _ connection: Int) {
        guard let waiting = self.waiting.removeValue(forKey: number) else { return }
        self.cancelTimer(waiting.timer)
        switch waiting.request {
        case .lease(let completion): completion(.success(PostgresLease(connection: connection)))
        case .flight(let flight):
            self.running[number] = connection
            self.track(flight, number) { self.machine.answered(connection) }
            self.connections[connection]?.send(flight)
            self.look()
        }
    }

    /// A flight ends with its connection at the latest, so it may hold the pool until then.
    private func track(_ flight: Flight, _ number: Int, _ ended: @escaping () -> Void) {
        flight.ending = {
            self.running[number] = nil
            ended()
        }
    }

    // MARK: Connections

    private func connect(_ number: Int) {
        let parameters = self.parameters
        BlockingCall.start {
            let started = Result { () throws(PostgresError) in try parameters.start() }
            self.reactor.run { self.started(number, started) }
        }
    }

    private func started(_ number: Int, _ started: Result<StartedConnection, PostgresError>) {
        do throws(PostgresError) {
            let events = Connection.Events(
                connected: { [weak self] in self?.connected(number) },
                closed: { [weak self] error in self?.closed(number, error) },
                progressed: { [weak self] in
                    self?.retireIfSpent(number)
                    self?.pump()
                })
            self.connections[number] = try Connection(
                try started.get(), on: self.reactor, timeoutMilliseconds: self.configuration.connectMilliseconds,
                events: events)
        } catch {
            self.closed(number, error)
        }
    }

    private func connected(_ number: Int) {
        self.backoff.succeeded()
        self.lastFailure = nil
        let limits = [
            "statement_timeout": "\(self.configuration.statementMilliseconds)",
            "lock_timeout": "\(self.configuration.lockMilliseconds)",
        ]
        let values = self.configuration.sessionSettings.merging(limits) { _, limit in limit }.sorted { $0.key < $1.key }
        let settings = PostgresCommand(Self.settings, values.map(\.key), values.map(\.value))
        let deadline = ReactorTimers.now() + UInt64(self.configuration.connectMilliseconds) * 1_000_000
        let flight = Flight([settings], effect: .uncommitted, deadline: deadline) { [weak self] result in
            self?.configured(number, result)
        }
        self.connections[number]?.send(flight)
        self.look()
    }

    /// Only with its limits it is used.
    private func configured(_ number: Int, _ result: Result<[PostgresRows], PostgresError>) {
        switch result {
        case .success:
            self.machine.connected(number)
            self.limitAge(of: number)
            self.watchHealth()
            self.pump()
        case .failure(let error): self.connections[number]?.close(error)
        }
    }

    private func closed(_ number: Int, _ error: PostgresError) {
        self.connections[number] = nil
        self.machine.closed(number)
        self.isCancelled.remove(number)
        if let timer = self.ageTimers.removeValue(forKey: number) { self.reactor.timers.cancel(timer) }
        if error.code == .cannotConnect || error.code == .server { self.backOff(error) }
        self.pump()
        self.finishIfEmpty()
    }

    private func backOff(_ error: PostgresError) {
        self.lastFailure = error
        if error.retry == .never && self.connections.isEmpty { self.failWaiting(error) }
        self.machine.mayConnect = false
        _ = self.reactor.timers.schedule(milliseconds: self.backoff.failed()) { [weak self] in
            self?.machine.mayConnect = true
            self?.pump()
        }
    }

    private func retireIfSpent(_ number: Int) {
        guard self.machine.isSpent(number) else { return }
        self.connections[number]?.close(.shutDown)
    }

    // MARK: Health

    /// Somewhat random, so that connections that were opened together do not end together.
    private func limitAge(of number: Int) {
        let longest = max(self.configuration.maximumAgeMilliseconds, 1)
        let age = Int.random(in: longest - longest / Self.ageJitterDivisor...longest)
        self.ageTimers[number] = self.reactor.timers.schedule(milliseconds: age) { [weak self] in
            self?.ageTimers[number] = nil
            self?.machine.retired(number)
            self?.retireIfSpent(number)
        }
    }

    private func watchHealth() {
        guard !self.isWatchingHealth else { return }
        self.isWatchingHealth = true
        _ = self.reactor.timers.schedule(milliseconds: self.configuration.healthCheckMilliseconds) { [weak self] in
            guard let self else { return }
            self.isWatchingHealth = false
            guard !self.connections.isEmpty, !self.isShutDown else { return }
            self.machine.becameDoubtful()
            self.checkNext()
            self.watchHealth()
        }
    }

    private func checkNext() {
        guard let number = self.machine.nextToCheck(), let connection = self.connections[number] else { return }
        HealthCheck.run(on: connection, milliseconds: self.configuration.healthCheckTimeoutMilliseconds) {
            [weak self] _ in
            self?.machine.checked(number)
            self?.checkNext()
            self?.retireIfSpent(number)
            self?.pump()
        }
    }

    // MARK: Time

    /// Looks for overdue answers as long as something is under way.
    private func look() {
        guard !self.isLooking else { return }
        self.isLooking = true
        _ = self.reactor.timers.schedule(milliseconds: Self.lookMilliseconds) { [weak self] in
            guard let self else { return }
            self.isLooking = false
            let now = ReactorTimers.now()
            for (number, connection) in self.connections {
                if let deadline = connection.earliestDeadline, deadline <= now { self.cancelConnection(number) }
            }
            if self.connections.values.contains(where: { $0.isAwaited }) { self.look() }
        }
    }

    /// Cancels what a connection runs, and closes it if that does not help in time. It takes nothing new any more: a
    /// cancel that arrives late must not meet another one's query.
    private func cancelConnection(_ number: Int) {
        guard self.isCancelled.insert(number).inserted, let connection = self.connections[number] else { return }
        self.machine.retired(number)
        connection.cancel()
        _ = self.reactor.timers.schedule(milliseconds: Self.cancelMilliseconds) { [weak self] in
            self?.connections[number]?.close(
                PostgresError(.timedOut, "the server did not answer, nor the request to cancel", retry: .safe))
        }
    }

    // MARK: End

    private func failWaiting(_ error: PostgresError) {
        let waiting = self.waiting
        self.waiting = [:]
        for (number, entry) in waiting {
            _ = self.machine.gaveUp(number)
            self.cancelTimer(entry.timer)
            entry.request.fail(error)
        }
    }

    func shutDown(graceMilliseconds: Int, _ completion: @escaping () -> Void) {
        self.isShutDown = true
        self.failWaiting(.shutDown)
        self.whenEmpty = completion
        for number in self.connections.keys.sorted() {
            self.machine.retired(number)
            self.retireIfSpent(number)
        }
        _ = self.reactor.timers.schedule(milliseconds: graceMilliseconds) { [weak self] in
            for connection in self?.connections.values.map({ $0 }) ?? [] { connection.close(.shutDown) }
            self?.finishIfEmpty()
        }
        self.finishIfEmpty()
    }

    private func finishIfEmpty() {
        guard self.connections.isEmpty, let completion = self.whenEmpty else { return }
        self.whenEmpty = nil
        completion()
    }

    // Where the server's default is to answer a commit before its log is written, a crash would lose what was answered.
    private static let settings = PostgresStatement(
        """
        select set_config(s.name, s.value, false) from unnest($1::text[], $2::text[]) as s (name, value)
        union all select set_config('synchronous_commit', 'on', false)
        where current_setting('synchronous_commit') = 'off' and 'synchronous_commit' <> all ($1)
        """)
}
