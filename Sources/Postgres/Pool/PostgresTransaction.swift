internal import Synchronization

/// How a transaction runs.
public struct PostgresTransactionOptions: Sendable {
    /// What a transaction sees of others. Source: PostgreSQL documentation, section 13.2.
    public enum Isolation: Sendable { case readCommitted, repeatableRead, serializable }

    /// What it sees of others.
    public var isolation = Isolation.readCommitted
    /// Refuses to change anything.
    public var isReadOnly = false
    /// How often the whole body runs at the most, when it fails and ``PostgresError/retry`` is `.safe`. More than once only
    /// for bodies whose sole effects are in the database.
    public var tries = 1

    /// Read committed, one try.
    public init() {}

    var begin: PostgresStatement {
        switch (self.isolation, self.isReadOnly) {
        case (.readCommitted, false): Self.readCommitted
        case (.readCommitted, true): Self.readCommittedReadOnly
        case (.repeatableRead, false): Self.repeatableRead
        case (.repeatableRead, true): Self.repeatableReadReadOnly
        case (.serializable, false): Self.serializable
        case (.serializable, true): Self.serializableReadOnly
        }
    }

    private static let readCommitted = PostgresStatement("begin")
    private static let readCommittedReadOnly = PostgresStatement("begin read only")
    private static let repeatableRead = PostgresStatement("begin isolation level repeatable read")
    private static let repeatableReadReadOnly = PostgresStatement("begin isolation level repeatable read, read only")
    private static let serializable = PostgresStatement("begin isolation level serializable")
    private static let serializableReadOnly = PostgresStatement("begin isolation level serializable, read only")
}

/// A transaction that runs: BEGIN travels with its first commands, COMMIT with its last.
public final class PostgresTransaction: Sendable {
    private enum State { case new, open, copying, failed, ended }

    private let pool: PostgresPool
    private let lease: PostgresLease
    private let options: PostgresTransactionOptions
    private let state = Mutex(State.new)

    init(_ pool: PostgresPool, _ lease: PostgresLease, _ options: PostgresTransactionOptions) {
        self.pool = pool
        self.lease = lease
        self.options = options
    }

    /// Runs one statement: one round trip.
    public func query<each Value: PostgresEncodable>(
        _ statement: PostgresStatement, _ values: repeat each Value
    ) async throws(PostgresError) -> PostgresRows {
        let rows = try await self.execute([PostgresCommand(statement, repeat each values)])
        guard let first = rows.first else { throw PostgresError(.server, "a statement without an answer") }
        return first
    }

    /// Runs commands together, in one round trip. After one that fails the rest does not run, and the transaction can
    /// only be rolled back.
    ///
    /// - Returns: As many answers as commands.
    public func execute(_ commands: [PostgresCommand]) async throws(PostgresError) -> [PostgresRows] {
        guard !commands.isEmpty else { return [] }
        return try await self.run(commands, isLast: false)
    }

    /// Runs the last commands and commits, in one round trip.
    ///
    /// - Throws: ``PostgresError``; with `retry` `.outcomeUnknown` it may have been committed.
    public func commit(with commands: [PostgresCommand] = []) async throws(PostgresError) -> [PostgresRows] {
        try await self.run(commands, isLast: true)
    }

    /// Runs a text of several statements within the transaction: for migrations, whose text is no parameter and no
    /// constant. It must not end the transaction.
    ///
    /// - Parameter text: SQL from the source or a file of the project, never with values from outside.
    public func runScript(_ text: String) async throws(PostgresError) {
        if try self.enter(.open) {
            _ = try await self.send([PostgresCommand(self.options.begin)], effect: .uncommitted)
        }
        do throws(PostgresError) {
            try await self.pool.runScript(text, on: self.lease)
        } catch {
            self.state.withLock { $0 = .failed }
            throw error
        }
    }

    private func run(_ commands: [PostgresCommand], isLast: Bool) async throws(PostgresError) -> [PostgresRows] {
        for command in commands { if let failure = command.failure { throw failure } }
        let isFirst = try self.enter(isLast ? .ended : .open)
        guard !(isFirst && isLast && commands.isEmpty) else { return [] }
        var flight = isFirst ? [PostgresCommand(self.options.begin)] : []
        flight += commands
        if isLast { flight.append(PostgresCommand(Self.commitStatement)) }
        let rows = try await self.send(flight, effect: isLast ? .committing : .uncommitted)
        return Array(rows.dropFirst(isFirst ? 1 : 0).prefix(commands.count))
    }

    private func send(
        _ flight: [PostgresCommand], effect: Flight.Effect
    ) async throws(PostgresError) -> [PostgresRows] {
        do throws(PostgresError) {
            return try await self.pool.request(flight, effect: effect, lease: self.lease)
        } catch {
            self.state.withLock { $0 = .failed }
            throw error
        }
    }

    /// Runs a COPY; until its end the connection takes nothing else.
    func withCopy<Value>(_ body: (CopySession) async throws -> Value) async throws -> Value {
        let isFirst = try self.enter(.copying)
        do {
            if isFirst {
                let begin = PostgresCommand(self.options.begin)
                _ = try await self.pool.request([begin], effect: .uncommitted, lease: self.lease)
            }
            let value = try await body(CopySession(pool: self.pool, lease: self.lease, isCommitting: false))
            self.state.withLock { $0 = .open }
            return value
        } catch {
            self.pool.endCopy(self.lease)
            self.state.withLock { $0 = .failed }
            throw error
        }
    }

    /// Whether BEGIN is still to be sent.
    private func enter(_ next: State) throws(PostgresError) -> Bool {
        let before = self.state.withLock { state in
            let before = state
            if before == .new || before == .open { state = next }
            return before
        }
        switch before {
        case .new: return true
        case .open: return false
        case .copying: throw PostgresError(.server, "a COPY of the transaction has not ended")
        // COMMIT would be answered with a rollback, and read as success.
        case .failed: throw PostgresError(.server, "the transaction has failed before, and can only be rolled back")
        case .ended: throw PostgresError(.server, "the transaction has ended")
        }
    }

    /// Ends it after its body.
    ///
    /// - Returns: Whether the connection may be used again.
    func rollBack() async -> Bool {
        let before = self.state.withLock { state in
            defer { state = .ended }
            return state
        }
        switch before {
        case .new, .ended: return true
        case .open, .copying, .failed:
            let rows = try? await self.pool.request(
                [PostgresCommand(Self.rollbackStatement)], effect: .uncommitted, lease: self.lease)
            return rows != nil
        }
    }

    func commitUnlessEnded() async throws(PostgresError) {
        guard self.state.withLock({ $0 != .ended }) else { return }
        _ = try await self.commit()
    }

    private static let commitStatement = PostgresStatement("commit")
    private static let rollbackStatement = PostgresStatement("rollback")
}

extension PostgresPool {
    /// Runs a body in a transaction, and commits when it returns unless it has committed itself. What it throws rolls
    /// back.
    ///
    /// A body that waits for other requests of the same pool can wait for ever, or until their time is up: all connections
    /// may be taken by bodies that do the same, or by statements that wait for this transaction's locks.
    ///
    /// - Parameter body: Gets the transaction; not to be used after it returns.
    public func withTransaction<Value: Sendable>(
        _ options: PostgresTransactionOptions = PostgresTransactionOptions(),
        _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        var tries = 1
        while true {
            do {
                return try await self.runTransaction(options, body)
            } catch let error as PostgresError where error.retry == .safe && tries < options.tries {
                tries += 1
            }
        }
    }

    private func runTransaction<Value: Sendable>(
        _ options: PostgresTransactionOptions, _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let lease = try await self.lease()
        let transaction = PostgresTransaction(self, lease, options)
        do {
            let value = try await body(transaction)
            try await transaction.commitUnlessEnded()
            self.giveBack(lease, isUsable: true)
            return value
        } catch {
            // A cancelled task still has to leave the connection clean.
            self.giveBack(lease, isUsable: await transaction.rollBack())
            throw error
        }
    }
}

extension PostgresPool {
    /// Runs a text of several statements, as one transaction unless it says otherwise: for migrations and tests.
    ///
    /// - Parameter text: SQL from the source or a file of the project, never with values from outside.
    public func runScript(_ text: String) async throws(PostgresError) {
        let lease = try await self.lease()
        defer { self.giveBack(lease, isUsable: true) }
        try await self.runScript(text, on: lease)
    }

    func runScript(_ text: String, on lease: PostgresLease) async throws(PostgresError) {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Void, PostgresError>, Never>) in
            self.reactor.run { self.core.runScript(text, on: lease) { continuation.resume(returning: $0) } }
        }
        try result.get()
    }
}
