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
        let items: [CommittedItem]
        let events: [EventRange]
    }

    let pool: PostgresPool
    let setups: BrandSetups
    let remembered: RememberedItems
    let clock: DatabaseClock
    let news: EventNews
    let logger: Logger
    let committed: @Sendable ([CommittedItem], [EventRange]) -> Void

    /// Carries out commands in one transaction, and answers them.
    ///
    /// - Parameter isLocking: Whether rows are locked before they are read. Without, the transaction is a bet that nobody
    ///   else changes them meanwhile and that no command was carried out before: it fails where that is lost, and leaves
    ///   what must be decided under locks.
    /// - Returns: Those that there was no room for, or that must be decided under locks: they have changed nothing and got
    ///   no answer.
    /// - Throws: ``PostgresError``: none of them got an answer.
    func run(_ batch: [PendingCommand], isLocking: Bool) async throws(PostgresError) -> [PendingCommand] {
        let result = try await self.result(of: batch, isLocking: isLocking)
        if !result.events.isEmpty { self.news.committed() }
        if !result.items.isEmpty { self.committed(result.items, result.events) }
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

    /// One transaction that commits; more before it where setups turn out to be old.
    private func result(of batch: [PendingCommand], isLocking: Bool) async throws(PostgresError) -> Result {
        for _ in 0..<EngineLimits.maximumSetupChanges {
            var isLocking = isLocking
            var shares = try await self.shares(of: batch, isLocking: isLocking)
            if shares.isEmpty {
                isLocking = true
                shares = try await self.shares(of: batch, isLocking: true)
            }
            let (chosen, isChosenLocking) = (shares, isLocking)
            do {
                return try await self.pool.withTransaction { transaction in
                    try await self.transact(
                        chosen, count: batch.count, isLocking: isChosenLocking, in: transaction)
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

    /// The batch by brands, in the order in which these come first; without locks only of what may go so.
    private func shares(
        of batch: [PendingCommand], isLocking: Bool
    ) async throws(PostgresError) -> [BatchShare] {
        var order: [PostgresUUID] = []
        var positions: [PostgresUUID: [Int]] = [:]
        for (index, pending) in batch.enumerated() {
            if positions[pending.brand] == nil { order.append(pending.brand) }
            positions[pending.brand, default: []].append(index)
        }
        var shares: [BatchShare] = []
        for brand in order {
            let setup = try await self.setups.setup(of: brand)
            let all = positions[brand] ?? []
            let chosen = isLocking ? all : all.filter { !setup.needsLocks(batch[$0].command) }
            if !chosen.isEmpty { shares.append(BatchShare(brand, share: shares.count, setup: setup, batch, chosen)) }
        }
        return shares
    }

    private func transact(
        _ shares: [BatchShare], count: Int, isLocking: Bool, in transaction: PostgresTransaction
    ) async throws -> Result {
        var read = BatchRead(shares, recalling: isLocking ? nil : self.remembered, clock: self.clock)
        try await read.run(in: transaction)
        guard read.outdated.isEmpty else { throw SetupsChanged(brands: read.outdated) }
        let start = ContinuousClock.now
        var decision = try BatchDecision(read.takeShares(), at: read.now, count: count, isLocked: isLocking)
        self.note(start.duration(to: .now), count: count)
        let guards = isLocking ? [] : read.visits + Self.guards(of: decision)
        var writes = try StockWrites(
            decision.takeDecided(), at: read.now, deniesRepeats: !isLocking, isKeyOrdered: true)
        do {
            // What writes nothing answers nothing.
            let proof = writes.rows.isEmpty ? [] : read.proof
            let all = try await transaction.commit(with: guards + writes.rows + proof + writes.events)
            let proved = guards.count + writes.rows.count
            try read.read(proof: all[proved..<proved + proof.count])
            let placement = try writes.placement(Array(all[guards.count..<proved]))
            self.remembered.remember(placement.placed)
            self.remembered.forget(placement.unknown)
            self.remembered.giveBack(decision.seen.lazy.filter(\.item.place.isRecalled).map(\.key.stockKey))
            return Result(
                answers: decision.answers, items: writes.committed(at: read.now),
                events: try writes.eventRanges(ofEvents: Array(all[(proved + proof.count)...])))
        } catch {
            self.remembered.forget(read.unknownKeys.map(\.stockKey))
            throw error
        }
    }

    /// What proves, beside the writes, that a decision without locks was right: the items that it has seen and did not
    /// change are still so.
    private static func guards(of decision: BatchDecision) -> [PostgresCommand] {
        let known = decision.seen.filter { $0.item.place.item != nil }
        return known.isEmpty ? [] : [ItemRows.expecting(known.map(\.key), at: known.map(\.item.place))]
    }

    private func note(_ duration: Duration, count: Int) {
        guard duration > .microseconds(EngineLimits.decisionMicroseconds) else { return }
        self.logger.warning(
            "a decision took long", metadata: ["commands": "\(count)", "duration": "\(duration)"])
    }
}
