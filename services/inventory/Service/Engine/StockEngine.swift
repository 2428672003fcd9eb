internal import Events
internal import InventoryDomain
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Synchronization

/// Carries out the commands that change stock: many in one transaction, each with the outcome it would have had alone.
///
/// It lives on the PostgreSQL reactor's thread. Commands wait in lanes, of which each has one transaction under way; the
/// next takes what came meanwhile. One lane that is behind may have a second. A lane has the commands on single SKUs of some buckets, two those on several buckets,
/// one those of bulk calls; what one has under way the others pass over. A transaction recalls rows, or reads and locks
/// them, decides in `InventoryDomain`, writes, appends the events and commits, in two round trips, or one where all is
/// recalled.
///
/// Any number of copies may work on one database: what is right is decided by the locks of rows, or by proofs within the
/// transaction, alone.
public actor StockEngine {
    private struct Piece {
        var commands: [PendingCommand]
        var isLocking: Bool
        var tries = 0
        /// Whether an earlier try may have been committed.
        var isInDoubt = false
    }

    nonisolated let setups: BrandSetups
    /// Its connections, of which ``EngineLimits/connectionsBesideLanes`` are for who looks for work; they have
    /// ``EngineLimits/sessionSettings``.
    nonisolated let pool: PostgresPool
    private let transactions: StockTransactions
    private let reactor: PostgresReactor
    private let logger: Logger
    private let choice: LaneChoice
    private var lanes: [Lane<PendingCommand>]
    private var underWay = Claims()
    private var reservationClaims = ReservationClaims(capacity: EngineLimits.rememberedReservations)
    /// For each lane, how many of its next batches go with locks.
    private var lockingBatches: [Int]

    /// An engine on a database.
    ///
    /// - Parameters:
    ///   - pool: For the engine and who looks for work for it; ``EngineLimits/connections`` are used at once.
    ///   - news: Is told of what was committed.
    ///   - setups: What brands have set up, read through another pool.
    ///   - committed: Is told which items have changed and where the events are that say so, after each commit, on the reactor's thread; it must not wait.
    init(
        _ pool: PostgresPool, setups: BrandSetups, news: EventNews, limits: EngineLimits, logger: Logger,
        committed: @escaping @Sendable ([CommittedItem], [EventRange]) -> Void
    ) {
        let choice = LaneChoice(bucketLanes: max(1, min(limits.lanes, 64)))
        self.setups = setups
        self.pool = pool
        self.transactions = StockTransactions(
            pool: pool, setups: setups, remembered: RememberedItems(byteCount: limits.rememberedBytes),
            clock: DatabaseClock(), news: news, logger: logger, committed: committed)
        self.reactor = pool.reactor
        self.logger = logger
        self.choice = choice
        self.lockingBatches = Array(repeating: 0, count: choice.count)
        self.lanes = (0..<choice.count).map { lane in
            let waiting = lane == choice.bulk ? limits.waitingInBulk : limits.waiting
            return Lane(maximumBatch: limits.batch, maximumWaiting: max(waiting, limits.batch))
        }
    }

    /// The reactor's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.reactor.asUnownedSerialExecutor() }

    /// Takes commands; their receivers get the answers. From any thread; returns at once.
    ///
    /// A command that was taken in is carried out even if its caller is cancelled meanwhile.
    ///
    /// - Parameter isBulk: Whether they wait in the lane of bulk calls, all of them or none.
    nonisolated func submit(_ commands: [PendingCommand], isBulk: Bool = false) {
        guard !commands.isEmpty else { return }
        self.reactor.run {
            self.assumeIsolated { engine in
                if isBulk { engine.enqueueInBulk(commands) } else { engine.enqueue(commands) }
            }
        }
    }

    private func enqueue(_ commands: [PendingCommand]) {
        var refused: [PendingCommand] = []
        for command in commands {
            let waiting = self.lanes[self.choice.severalBuckets.lowerBound].count
            let lane = self.choice.lane(of: command, behind: waiting)
            if self.lanes[lane].takes(1) {
                self.lanes[lane].enqueued(command, self.claims(of: command))
            } else {
                refused.append(command)
            }
        }
        if !refused.isEmpty { self.refuse(refused) }
        for lane in self.lanes.indices { self.startBatch(of: lane) }
    }

    private func enqueueInBulk(_ commands: [PendingCommand]) {
        guard self.lanes[self.choice.bulk].takes(commands.count) else { return self.refuse(commands) }
        for command in commands { self.lanes[self.choice.bulk].enqueued(command, self.claims(of: command)) }
        self.startBatch(of: self.choice.bulk)
    }

    /// What a command may change: what it names, and what its reservation holds.
    private func claims(of pending: PendingCommand) -> ClaimKeys {
        guard let reservation = pending.command.action.reservationID else { return pending.claims }
        let key = ClaimKeys.key(pending.brand, reservation)
        if case .reserve = pending.command.action { self.reservationClaims.add(key, pending.claims) }
        var claims = self.reservationClaims.keys(of: key)
        // Another order may be waiting under the same id.
        if claims != pending.claims { claims.add(pending.claims) }
        return claims
    }

    private func refuse(_ commands: [PendingCommand]) {
        commands.receive(commands.map { _ in .failed(.overloaded) })
    }

    private func startBatch(of lane: Int) {
        let overlapping = self.lanes.count(where: \.isOverlapping)
        let mayOverlap = lane != self.choice.bulk && overlapping < EngineLimits.overlappingLanes
        guard let batch = self.lanes[lane].nextBatch(&self.underWay, mayOverlap: mayOverlap) else { return }
        Task(executorPreference: self.reactor) { await self.carryOut(batch, of: lane) }
    }

    private func carryOut(_ batch: Lane<PendingCommand>.Batch, of lane: Int) async {
        await self.run(batch, of: lane)
        self.lanes[lane].ended(batch, &self.underWay)
        // The others first, which may have waited for what this one had.
        for offset in 1...self.lanes.count { self.startBatch(of: (lane + offset) % self.lanes.count) }
    }

    /// Without locks at first: what lanes have under way they leave to each other, so that this process seldom meets
    /// itself. After a try that failed the lane is careful for a while.
    private func run(_ batch: Lane<PendingCommand>.Batch, of lane: Int) async {
        let isLocking = batch.isContended || self.lockingBatches[lane] > 0
        if self.lockingBatches[lane] > 0 { self.lockingBatches[lane] -= 1 }
        var pieces = [Piece(commands: batch.elements, isLocking: isLocking)]
        while var piece = pieces.popLast() {
            piece.tries += 1
            do throws(PostgresError) {
                let rest = try await self.transactions.run(piece.commands, isLocking: piece.isLocking)
                if !rest.isEmpty {
                    pieces.append(Piece(commands: rest, isLocking: true, isInDoubt: piece.isInDoubt))
                }
            } catch {
                if !piece.isLocking { self.lockingBatches[lane] = EngineLimits.lockingBatches }
                piece.isLocking = true
                await self.handle(error, of: piece, &pieces)
            }
        }
    }

    /// Halves go on in their order: what came first is carried out first.
    private func handle(_ error: PostgresError, of piece: Piece, _ pieces: inout [Piece]) async {
        var piece = piece
        piece.isInDoubt = piece.isInDoubt || error.retry == .outcomeUnknown
        switch BatchRetry(error, count: piece.commands.count, tries: piece.tries, isInDoubt: piece.isInDoubt) {
        case .again: pieces.append(piece)
        case .againLater:
            pieces.append(piece)
            let pause = BatchRetry.pauseMilliseconds << min(piece.tries, BatchRetry.maximumTriesUnknown)
            try? await Task.sleep(for: .milliseconds(pause))
        case .split:
            let middle = piece.commands.count / 2
            for half in [piece.commands[middle...], piece.commands[..<middle]] {
                pieces.append(Piece(commands: Array(half), isLocking: true, isInDoubt: piece.isInDoubt))
            }
        case .fail:
            self.logger.error(
                "commands could not be carried out", error: error,
                metadata: ["count": "\(piece.commands.count)", "in-doubt": "\(piece.isInDoubt)"])
            let answer = CommandAnswer.failed(piece.isInDoubt ? .outcomeUnknown : RPCError(storage: error))
            piece.commands.receive(piece.commands.map { _ in answer })
        }
    }
}
