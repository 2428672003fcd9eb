/// A COPY on a leased connection, as its user's task sees it.
struct CopySession: Sendable {
    let pool: PostgresPool
    let lease: PostgresLease
    /// Whether the end of the COPY commits it; within a transaction it does not.
    let isCommitting: Bool

    /// Copies in what a body writes.
    ///
    /// - Returns: How many rows there were.
    func copyIn(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        var writer = PostgresCopyWriter(self, try await self.start(statement, .toServer))
        do {
            try await body(&writer)
            try await writer.flush()
        } catch {
            await self.giveUp()
            throw error
        }
        return try await self.finish()
    }

    /// Copies in the typed rows that a body appends.
    ///
    /// - Returns: How many rows there were.
    func copyRows(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyRows) async throws -> Void
    ) async throws -> Int {
        let format = try await self.start(statement, .toServer)
        do {
            var rows = try PostgresCopyRows(PostgresCopyWriter(self, format))
            try await body(&rows)
            try await rows.end()
        } catch {
            await self.giveUp()
            throw error
        }
        return try await self.finish()
    }

    /// Hands what the server sends to a body; what the body leaves is read and thrown away.
    func copyOut<Value: Sendable>(
        _ statement: PostgresStatement, _ body: (PostgresCopyChunks) async throws -> Value
    ) async throws -> Value {
        _ = try await self.start(statement, .fromServer)
        let chunks = PostgresCopyChunks(self)
        let value = try await body(chunks)
        var iterator = chunks.makeAsyncIterator()
        while try await iterator.next() != nil {}
        return value
    }

    private func finish() async throws(PostgresError) -> Int {
        guard case .ended(let rows) = try await self.step(.finish) else { throw Self.unexpected }
        return rows
    }

    /// Waits for the server's answer, so that the connection is clean; what it is says nothing new.
    private func giveUp() async { _ = try? await self.step(.giveUp, isCancellable: false) }

    private func start(
        _ statement: PostgresStatement, _ direction: CopyMachine.Direction
    ) async throws(PostgresError) -> CopyMachine.Format {
        let isCommitting = self.isCommitting && !statement.isReadOnly
        let answer = try await self.step(.start(statement, direction, isCommitting: isCommitting))
        guard case .started(let format) = answer else { throw Self.unexpected }
        return format
    }

    /// - Parameter isCancellable: Whether the task's cancellation is passed on to the server.
    func step(
        _ step: CopyOperation.Step, isCancellable: Bool = true
    ) async throws(PostgresError) -> CopyOperation.Answer {
        let core = self.pool.core
        let number = core.nextRequest()
        let deadline = self.pool.deadline()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<CopyOperation.Answer, PostgresError>, Never>) in
                self.pool.reactor.run {
                    core.copy(step, number, deadline: deadline, on: self.lease) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            guard isCancellable else { return }
            self.pool.reactor.run { core.cancel(number) }
        }
        return try result.get()
    }

    static var unexpected: PostgresError { PostgresError(.server, "COPY was not answered as it should be") }
}
