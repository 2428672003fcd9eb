internal import Events
internal import InventoryDomain
internal import Logging
internal import Postgres
internal import ProtobufC
internal import Synchronization

/// An item as a transaction left it.
struct CommittedItem: Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// The item with all of its levels.
    let item: StockItem
    /// When, by the database's clock.
    let changedAt: Timestamp
}

/// Runs transactions of the engine, on whatever thread it is called.
struct StockTransactions: Sendable {
    private struct SetupsChanged: Error { let brands: [PostgresUUID] }

    private struct Result: Sendable {
        let answers: [CommandAnswer?]
        let decided: [DecidedShare]
        let now: Timestamp
    }

    let pool: PostgresPool
    let setups: BrandSetups
    let news: EventNews
    let logger: Logger
    let committed: @Sendable ([CommittedItem]) -> Void

    /// Carries out commands in one transaction, and answers them.
    ///
    /// - Returns: Those that there was no room for: they have changed nothing and got no answer.
    /// - Throws: ``PostgresError``: none of them got an answer.
    func run(_ batch: [PendingCommand]) async throws(PostgresError) -> [PendingCommand] {
        let result = try await self.result(of: batch)
        if !result.decided.isEmpty { self.tell(result) }
        var answered: [PendingCommand] = []
        var answers: [CommandAnswer] = []
        var rest: [PendingCommand] = []
        for (index, answer) in result.answers.enumerated() {
            if let answer {
                answered.append(batch[index])
                answers.append(answer)
            } else {
                rest.append(batch[index])
            }
        }
        answered.receive(answers)
        return rest
    }

    private func tell(_ result: Result) {
        self.news.committed()
        var items: [CommittedItem] = []
        for share in result.decided {
            items += share.items.map { CommittedItem(brand: share.brand, item: $0, changedAt: result.now) }
        }
        if !items.isEmpty { self.committed(items) }
    }

    /// One transaction that commits; more before it where setups turn out to be old.
    private func result(of batch: [PendingCommand]) async throws(PostgresError) -> Result {
        for _ in 0..<EngineLimits.maximumSetupChanges {
            let shares = try await self.shares(of: batch)
            do {
                return try await self.pool.withTransaction { transaction in
                    try await self.transact(shares, count: batch.count, in: transaction)
                }
            } catch let error as PostgresError {
                throw error
            } catch let change as SetupsChanged {
                for brand in change.brands { _ = try await self.setups.reload(brand) }
            } catch {
                throw PostgresError(.invalidParameter, "an answer cannot be encoded: \(error)")
            }
        }
        throw PostgresError(.server, "setups changed \(EngineLimits.maximumSetupChanges) times meanwhile", retry: .safe)
    }

    /// The batch by brands, in the order in which these come first.
    private func shares(of batch: [PendingCommand]) async throws(PostgresError) -> [BatchShare] {
        var order: [PostgresUUID] = []
        var positions: [PostgresUUID: [Int]] = [:]
        for (index, pending) in batch.enumerated() {
            if positions[pending.brand] == nil { order.append(pending.brand) }
            positions[pending.brand, default: []].append(index)
        }
        var shares: [BatchShare] = []
        for (share, brand) in order.enumerated() {
            let setup = try await self.setups.setup(of: brand)
            shares.append(BatchShare(brand, share: share, setup: setup, batch, positions[brand] ?? []))
        }
        return shares
    }

    private func transact(
        _ shares: [BatchShare], count: Int, in transaction: PostgresTransaction
    ) async throws -> Result {
        var read = BatchRead(shares)
        try await read.run(in: transaction)
        guard read.outdated.isEmpty else { throw SetupsChanged(brands: read.outdated) }
        let start = ContinuousClock.now
        let decision = try BatchDecision(read, count: count)
        self.note(start.duration(to: .now), count: count)
        if decision.decided.isEmpty {
            _ = try await transaction.commit()
        } else {
            _ = try await transaction.commit(with: try StockWrites.commands(decision.decided, at: read.now))
        }
        return Result(answers: decision.answers, decided: decision.decided, now: read.now)
    }

    private func note(_ duration: Duration, count: Int) {
        guard duration > .microseconds(EngineLimits.decisionMicroseconds) else { return }
        self.logger.warning(
            "a decision took long", metadata: ["commands": "\(count)", "duration": "\(duration)"])
    }
}
