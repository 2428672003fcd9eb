/// The connections to one database.
///
/// Single queries are pipelined over shared connections, so that many wait for one round trip; a transaction has a
/// connection to itself. Losing the database fails what runs, by what is at stake for it, and the next requests connect
/// anew.
///
/// A commit is answered when the server has written its log through, also where `synchronous_commit` is off by default for
/// the server, the database or the user: it is turned on then. What is stricter than off stays as it is. With `fsync` off
/// no session can be promised that.
public final class PostgresPool: Sendable {
    /// The thread that the connections live on.
    public let reactor: PostgresReactor
    let core: PoolCore
    private let configuration: PostgresConfiguration
    private let queryNanoseconds: UInt64
    private let observer: (any PostgresObserver)?

    /// Connects when the first request comes.
    ///
    /// - Throws: ``PostgresError`` with code `configuration` when the URL cannot be read.
    public init(_ configuration: PostgresConfiguration, on reactor: PostgresReactor) throws(PostgresError) {
        self.reactor = reactor
        self.configuration = configuration
        self.core = PoolCore(configuration, try ConnectionParameters(url: configuration.url), reactor)
        self.observer = configuration.observer
        self.queryNanoseconds = UInt64(max(configuration.queryMilliseconds, 1)) * 1_000_000
    }

    /// Runs one statement by itself: what it changes is committed when this returns.
    ///
    /// - Throws: ``PostgresError``. Its ``PostgresError/retry`` says whether the statement may have had an effect.
    public func query<each Value: PostgresEncodable>(
        _ statement: PostgresStatement, _ values: repeat each Value
    ) async throws(PostgresError) -> PostgresRows {
        try await self.query(PostgresCommand(statement, repeat each values))
    }

    /// Runs one command by itself.
    public func query(_ command: PostgresCommand) async throws(PostgresError) -> PostgresRows {
        let rows = try await self.request(
            [command], effect: command.statement.isReadOnly ? .none : .committing, lease: nil)
        guard let first = rows.first else { throw PostgresError(.server, "a statement without an answer") }
        return first
    }

    /// Begins to listen to channels of the pool's database, on a connection that is none of the pool's.
    ///
    /// - Throws: ``PostgresError`` with code `configuration` for a channel that cannot be.
    public func listener(channels: [String]) throws(PostgresError) -> PostgresListener {
        try PostgresListener(self.configuration, channels: channels, on: self.reactor)
    }

    /// What the pool holds now.
    public func statistics() async -> PostgresPoolStatistics {
        await withCheckedContinuation { continuation in
            self.reactor.run { continuation.resume(returning: self.core.statistics) }
        }
    }

    /// Asks the database for an answer: whether it is there, for readiness.
    public func check() async throws(PostgresError) { _ = try await self.query(Self.ping) }

    /// Closes: new requests are refused at once, what runs is waited for up to a time, then cut.
    public func shutDown(graceMilliseconds: Int = 5_000) async {
        await withCheckedContinuation { continuation in
            self.reactor.run {
                self.core.shutDown(graceMilliseconds: graceMilliseconds) { continuation.resume() }
            }
        }
    }

    private static let ping = PostgresStatement("select 1", readOnly: true)
}

extension PostgresPool {
    /// Sends commands as one flight, on a leased connection or on any.
    func request(
        _ commands: [PostgresCommand], effect: Flight.Effect, lease: PostgresLease?
    ) async throws(PostgresError) -> [PostgresRows] {
        for command in commands { if let failure = command.failure { throw failure } }
        let core = self.core
        let number = core.nextRequest()
        let start = ReactorTimers.now()
        let deadline = self.deadline()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answers, Never>) in
                self.reactor.run {
                    let flight = Flight(commands, effect: effect, deadline: deadline) {
                        continuation.resume(returning: Answers(result: $0))
                    }
                    if let lease { core.send(flight, number, on: lease) } else { core.submit(flight, number) }
                }
            }
        } onCancel: {
            self.reactor.run { core.cancel(number) }
        }
        self.observer?.requestEnded(nanoseconds: ReactorTimers.now() - start, error: result.result.failure)
        return try result.result.get()
    }

    /// When the answer to what is asked now must be there.
    func deadline() -> UInt64 { ReactorTimers.now() + self.queryNanoseconds }

    /// Takes a connection for the caller alone.
    func lease() async throws(PostgresError) -> PostgresLease {
        let core = self.core
        let number = core.nextRequest()
        let start = ReactorTimers.now()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<PostgresLease, PostgresError>, Never>) in
                self.reactor.run { core.lease(number) { continuation.resume(returning: $0) } }
            }
        } onCancel: {
            self.reactor.run { core.cancel(number) }
        }
        self.observer?.connectionAwaited(nanoseconds: ReactorTimers.now() - start, error: result.failure)
        return try result.get()
    }

    func giveBack(_ lease: PostgresLease, isUsable: Bool) {
        self.reactor.run { self.core.giveBack(lease, isUsable: isUsable) }
    }

    private struct Answers: Sendable { let result: Result<[PostgresRows], PostgresError> }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// Names a connection that somebody has to himself.
struct PostgresLease: Hashable, Sendable {
    let connection: Int
}
