internal import Synchronization

/// What a listener does on the reactor's thread, and the buffer between it and its reader.
///
/// `@unchecked`: all but ``shared`` is touched on the reactor's thread only.
final class ListenerCore: @unchecked Sendable {
    private struct Shared {
        var buffer: ListenBuffer
        var reader: CheckedContinuation<PostgresListener.Event?, Never>?
        var lastFailure: PostgresError?
        var isShutDown = false
    }

    private let configuration: PostgresConfiguration
    private let parameters: ConnectionParameters
    private let script: String
    private let reactor: PostgresReactor
    private let shared: Mutex<Shared>
    private var connection: Connection?
    private var backoff = Backoff()
    private var isShutDown = false

    init(
        _ configuration: PostgresConfiguration, _ parameters: ConnectionParameters, _ script: String,
        _ reactor: PostgresReactor
    ) {
        self.configuration = configuration
        self.parameters = parameters
        self.script = script
        self.reactor = reactor
        self.shared = Mutex(Shared(buffer: ListenBuffer(maximumNotifications: PostgresListener.maximumNotifications)))
    }

    var lastFailure: PostgresError? { self.shared.withLock { $0.lastFailure } }

    // MARK: The connection

    func connect() {
        guard !self.isShutDown else { return }
        let parameters = self.parameters
        BlockingCall.start {
            let started = Result { () throws(PostgresError) in try parameters.start() }
            self.reactor.run { self.started(started) }
        }
    }

    private func started(_ started: Result<StartedConnection, PostgresError>) {
        do throws(PostgresError) {
            let events = Connection.Events(
                connected: { [weak self] in self?.connected() }, closed: { [weak self] error in self?.closed(error) },
                progressed: {},
                notified: { [weak self] notification in self?.change { $0.received(notification) } })
            self.connection = try Connection(
                try started.get(), on: self.reactor, timeoutMilliseconds: self.configuration.connectMilliseconds,
                events: events)
            if self.isShutDown { self.connection?.close(.shutDown) }
        } catch {
            self.closed(error)
        }
    }

    private func connected() {
        guard let connection = self.connection else { return }
        let listening = self.reactor.timers.schedule(milliseconds: self.configuration.connectMilliseconds) {
            connection.close(PostgresError(.cannotConnect, "LISTEN was not answered in time", retry: .safe))
        }
        connection.runScript(self.script) { [weak self] result in
            self?.reactor.timers.cancel(listening)
            switch result {
            case .success: self?.listening(on: connection)
            case .failure(let error): connection.close(error)
            }
        }
    }

    /// What was sent until now is not known, and what comes from now on is heard.
    private func listening(on connection: Connection) {
        self.backoff.succeeded()
        self.shared.withLock { $0.lastFailure = nil }
        self.change { $0.missed() }
        self.checkLater(connection)
    }

    private func closed(_ error: PostgresError) {
        self.connection = nil
        guard !self.isShutDown else { return }
        self.shared.withLock { $0.lastFailure = error }
        _ = self.reactor.timers.schedule(milliseconds: self.backoff.failed()) { [weak self] in self?.connect() }
    }

    /// A connection that something on its way has dropped would be silent for ever.
    private func checkLater(_ connection: Connection) {
        _ = self.reactor.timers.schedule(milliseconds: self.configuration.healthCheckMilliseconds) {
            [weak self, weak connection] in
            guard let self, let connection, connection === self.connection else { return }
            HealthCheck.run(on: connection, milliseconds: self.configuration.healthCheckTimeoutMilliseconds) {
                [weak self] isHealthy in
                if isHealthy { self?.checkLater(connection) }
            }
        }
    }

    func shutDown() {
        self.isShutDown = true
        self.connection?.close(.shutDown)
        self.connection = nil
        let reader = self.shared.withLock { shared in
            shared.isShutDown = true
            defer { shared.reader = nil }
            return shared.reader
        }
        reader?.resume(returning: nil)
    }

    // MARK: The reader

    private func change(_ body: (inout ListenBuffer) -> Void) {
        let (reader, event) = self.shared.withLock { shared in
            body(&shared.buffer)
            guard let reader = shared.reader, let event = shared.buffer.next() else {
                return (CheckedContinuation<PostgresListener.Event?, Never>?.none, PostgresListener.Event?.none)
            }
            shared.reader = nil
            return (reader, event)
        }
        reader?.resume(returning: event)
    }

    func next() async -> PostgresListener.Event? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { self.wait($0) }
        } onCancel: {
            self.stopWaiting()
        }
    }

    private func wait(_ continuation: CheckedContinuation<PostgresListener.Event?, Never>) {
        let (previous, answer) = self.shared.withLock { shared in
            let previous = shared.reader
            shared.reader = nil
            // Read under the lock: a cancellation that comes later finds the reader.
            if Task.isCancelled || shared.isShutDown { return (previous, PostgresListener.Event??.some(nil)) }
            if let event = shared.buffer.next() { return (previous, .some(event)) }
            shared.reader = continuation
            return (previous, .none)
        }
        previous?.resume(returning: nil)
        if let answer { continuation.resume(returning: answer) }
    }

    private func stopWaiting() {
        let reader = self.shared.withLock { shared in
            defer { shared.reader = nil }
            return shared.reader
        }
        reader?.resume(returning: nil)
    }
}
