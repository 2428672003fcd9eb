public import Postgres

/// Commits what many callers want in few transactions: while one runs, further commands wait, and the next takes them
/// all.
///
/// Under load a commit then costs one wait for the disk for hundreds of commands; alone, a command waits for nobody. A
/// batch that the database refuses is split until the culprit is alone, so that one bad command harms nobody. Commands
/// are committed in the order they were submitted.
///
/// It lives on the PostgreSQL reactor's thread, so that a transaction does not change threads between its statements.
public actor GroupCommit<Command: Sendable, Outcome: Sendable> {
    /// A group commit's limits.
    public struct Limits: Sendable {
        /// The most commands in one transaction.
        public var batch = 512
        /// The most commands that wait for a transaction; more are refused at once.
        public var waiting = 8_192
        /// How often a batch is tried that failed because of others.
        public var tries = 3

        /// The defaults.
        public init() {}
    }

    private struct Pending: Sendable {
        var command: Command
        var continuation: CheckedContinuation<Result<Outcome, PostgresError>, Never>
    }

    private struct Piece {
        var pending: ArraySlice<Pending>
        var tries = 0
    }

    private let reactor: PostgresReactor
    private let limits: Limits
    private let commit: @Sendable ([Command]) async throws(PostgresError) -> [Outcome]
    private var queue: GroupCommitQueue<Pending>

    /// - Parameters:
    ///   - reactor: The thread to live on.
    ///   - commit: Runs one transaction for all commands, and gives as many outcomes, in their order. A command that the
    ///     domain refuses is an outcome, too; what it throws undoes the whole batch.
    public init(
        on reactor: PostgresReactor,
        limits: Limits = Limits(),
        commit: @escaping @Sendable ([Command]) async throws(PostgresError) -> [Outcome]
    ) {
        self.reactor = reactor
        self.limits = limits
        self.commit = commit
        self.queue = GroupCommitQueue(maximumBatch: limits.batch, maximumWaiting: limits.waiting)
    }

    /// The reactor's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.reactor.asUnownedSerialExecutor() }

    /// Commits a command together with what else waits.
    ///
    /// - Throws: ``PostgresError``; with `retry` `.outcomeUnknown` the command may have been committed. Refused at once,
    ///   and safe to repeat, when ``Limits/waiting`` commands wait already.
    public func submit(_ command: Command) async throws(PostgresError) -> Outcome {
        let result = await withCheckedContinuation { continuation in
            let isQueued = self.queue.enqueued(Pending(command: command, continuation: continuation))
            guard isQueued else {
                continuation.resume(returning: .failure(.tooManyWaiting(limit: self.limits.waiting)))
                return
            }
            self.startBatch()
        }
        return try result.get()
    }

    /// A command that was taken in is committed even if its caller is cancelled meanwhile.
    private func startBatch() {
        guard let batch = self.queue.nextBatch() else { return }
        Task(executorPreference: self.reactor) { await self.carryOut(batch) }
    }

    private func carryOut(_ batch: [Pending]) async {
        await self.run(batch)
        self.queue.batchEnded()
        self.startBatch()
    }

    private func run(_ batch: [Pending]) async {
        var pieces = [Piece(pending: batch[...])]
        while var piece = pieces.popLast() {
            piece.tries += 1
            do throws(PostgresError) {
                try await self.runOnce(piece)
            } catch {
                self.handle(error, of: piece, pieces: &pieces)
            }
        }
    }

    private func runOnce(_ piece: Piece) async throws(PostgresError) {
        let outcomes = try await self.commit(piece.pending.map(\.command))
        guard outcomes.count == piece.pending.count else {
            throw PostgresError(
                .server, "a group commit of \(piece.pending.count) commands gave \(outcomes.count) outcomes",
                retry: .outcomeUnknown)
        }
        for (pending, outcome) in zip(piece.pending, outcomes) {
            pending.continuation.resume(returning: .success(outcome))
        }
    }

    /// Halves go on in their order: what was submitted first is committed first.
    private func handle(_ error: PostgresError, of piece: Piece, pieces: inout [Piece]) {
        let retry = GroupCommitRetry(
            GroupCommitFailure(error), count: piece.pending.count, tries: piece.tries, maximumTries: self.limits.tries)
        switch retry {
        case .again: pieces.append(piece)
        case .split:
            let middle = piece.pending.startIndex + piece.pending.count / 2
            pieces.append(Piece(pending: piece.pending[middle...]))
            pieces.append(Piece(pending: piece.pending[..<middle]))
        case .fail:
            self.fail(piece, error)
        case .failRest:
            // Each piece would wait for the database as long as this one did.
            self.fail(piece, error)
            for rest in pieces { self.fail(rest, error) }
            pieces = []
        }
    }

    private func fail(_ piece: Piece, _ error: PostgresError) {
        for pending in piece.pending { pending.continuation.resume(returning: .failure(error)) }
    }
}
