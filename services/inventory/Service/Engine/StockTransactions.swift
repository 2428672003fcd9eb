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
        let events: [EventRange]
        let now: Timestamp
    }

    let pool: PostgresPool
    let setups: BrandSetups
    let remembered: RememberedItems
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
        if !items.isEmpty { self.committed(items, result.events) }
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
        var read = BatchRead(shares, recalling: isLocking ? nil : self.remembered)
        try await read.run(in: transaction)
        guard read.outdated.isEmpty else { throw SetupsChanged(brands: read.outdated) }
        let start = ContinuousClock.now
        let decision = try BatchDecision(read, count: count, isLocked: isLocking)
        self.note(start.duration(to: .now), count: count)
        let writes = try StockWrites(decision.decided, at: read.now)
        let guards = isLocking ? [] : Self.guards(decision.decided, on: read.shares)
        do {
            let answers = Array(try await transaction.commit(with: guards + writes.commands).dropFirst(guards.count))
            self.remember(try writes.placed(answers), decision.decided)
            return Result(
                answers: decision.answers, decided: decision.decided, events: try writes.eventRanges(answers),
                now: read.now)
        } catch {
            self.forget(read.shares)
            throw error
        }
    }

    /// What proves, beside the writes, that a decision without locks was right: the items that it has seen and did not
    /// change are still so, and no command was carried out yesterday.
    private static func guards(_ decided: [DecidedShare], on shares: [BatchShare]) -> [PostgresCommand] {
        var guards: [PostgresCommand] = []
        var keys: [Keyed<SKU>] = []
        var places: [ItemPlace] = []
        for share in shares {
            let changed = Set(decided.first { $0.share == share.share }?.changes.items.map(\.sku) ?? [])
            for item in share.items where !changed.contains(item.sku) {
                guard let place = share.places[item.sku], place.item != nil else { continue }
                keys.append(Keyed(item.sku, of: share.brand, share: share.share))
                places.append(place)
            }
        }
        if !keys.isEmpty { guards.append(ItemRows.expecting(keys, at: places)) }
        var records: [Keyed<CommandID>] = []
        for share in decided {
            records += share.changes.records.map { Keyed($0.id, of: share.brand, share: share.share) }
        }
        if !records.isEmpty { guards.append(CommandRecords.denyingYesterdays(records)) }
        return guards
    }

    private func remember(_ items: [(brand: PostgresUUID, item: PlacedItem)], _ decided: [DecidedShare]) {
        self.remembered.remember(items)
        let known = Set(items.map { StockKey(brand: $0.brand, sku: $0.item.item.sku) })
        for share in decided {
            // Levels, too: who wrote one last is noted without a new version.
            let skus = share.changes.items.map(\.sku) + share.changes.levels.map(\.sku)
            let keys = skus.lazy.map { StockKey(brand: share.brand, sku: $0) }
            self.remembered.forget(keys.filter { !known.contains($0) })
        }
    }

    private func forget(_ shares: [BatchShare]) {
        for share in shares {
            self.remembered.forget(share.items.map { StockKey(brand: share.brand, sku: $0.sku) })
        }
    }

    private func note(_ duration: Duration, count: Int) {
        guard duration > .microseconds(EngineLimits.decisionMicroseconds) else { return }
        self.logger.warning(
            "a decision took long", metadata: ["commands": "\(count)", "duration": "\(duration)"])
    }
}
