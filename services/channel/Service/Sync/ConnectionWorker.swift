internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Leasing
internal import Logging
internal import Postgres
internal import Waking

/// Sends what is due on one connection, while this process has the connection's lease.
///
/// One task decides what goes out next; the calls themselves are under way beside it, a few at once, and never two for one
/// listing. Whatever is lost in memory is found in the database by who has the lease next.
actor ConnectionWorker {
    /// The name of a connection's lease.
    static func leaseName(_ key: ConnectionKey) -> String { "channel/\(key)" }

    let key: ConnectionKey
    let parts: SyncParts
    let lease: Lease
    let quota: QuotaLedger
    let outcomes: Outcomes
    let signal: WakeSignal
    /// As it was read last.
    private(set) var connection: SyncConnection
    /// How far the platform was asked for its notifications.
    var subscription: SubscriptionState
    /// Whether it is being asked.
    var isSubscribing = false
    var breaker: CircuitBreaker
    private var budget = RetryBudget()
    /// SKUs that something is under way for.
    var underWay: Set<String> = []
    /// What is under way in bulk, for minutes: nothing of it counts among ``calls``, and what else is due of its listings
    /// goes out meanwhile.
    var bulks = BulksUnderWay()
    var calls = 0
    var hasOrderTask = false
    var hasRenewed = false
    var mustStop: PlatformFault?
    private var quotaWrittenAt: Int64 = 0
    var healthWrittenAt: Int64 = 0
    var healthState = CircuitBreaker.State.closed

    /// - Parameter lease: Of ``leaseName(_:)``.
    init(_ connection: SyncConnection, parts: SyncParts, lease: Lease) async throws(PostgresError) {
        self.key = connection.key
        self.connection = connection
        self.parts = parts
        self.lease = lease
        self.signal = parts.news.signal(of: connection.key)
        self.outcomes = Outcomes(
            key: connection.key, pool: parts.pool, lease: lease,
            revisions: RevisionLimits(connection.adapter.platform),
            comparesShelf: connection.adapter.platform.pushSettleSeconds == nil)
        let (breaker, quotas) = try await SyncHealthRows.read(connection.key, from: parts.pool)
        self.breaker = breaker
        self.subscription = try await SubscriptionRows.read(connection.key, from: parts.pool)
        self.quota = QuotaLedger(
            connection.adapter.operations(with: connection.account.settings), known: quotas,
            paces: try await BulkRows.paces(connection.key, from: parts.pool))
    }

    /// Works until the connection is not to be worked for any more, or the task is cancelled.
    ///
    /// - Throws: `LeaseError` where somebody else has the lease; what the database is at fault for.
    func run() async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await self.work()) } catch { result = .failure(error) }
        // Uncancelled: whoever has the lease next must not spend again what was spent here.
        await Task { await self.leaveQuotas() }.value
        try result.get()
    }

    private func work() async throws {
        self.bulks.hasEarlier = try await BulkRows.hasOpen(self.key, in: self.parts.pool)
        try await withThrowingDiscardingTaskGroup { group in
            if self.bulks.hasEarlier { group.addTask { try await self.awaitEarlierBulks() } }
            // A piece of work that fails cancels the group's other tasks, and not this one.
            while !group.isCancelled, try await self.isWanted() {
                try Task.checkCancellation()
                let count = self.signal.count
                let again = try await self.walk()
                var round = Round(again: again, now: MicrosecondClock.now)
                while let start = try await self.next(&round) { group.addTask { try await start() } }
                try await self.writeQuotas()
                let wait = round.again - MicrosecondClock.now
                // Rounded up: who waits for tokens finds them.
                await self.signal.wait(past: count, milliseconds: max(0, wait + 999) / 1_000)
                if self.calls > 0 { try await Task.sleep(for: .milliseconds(SyncLimits.paceMilliseconds)) }
            }
            group.cancelAll()
        }
    }

    /// Whether the connection is still to be worked for; as it stands now.
    private func isWanted() async throws -> Bool {
        if let fault = self.mustStop {
            self.mustStop = nil
            try await self.stop(by: fault)
        }
        guard let connection = try await self.parts.connections.connection(self.key) else { return false }
        self.connection = connection
        return connection.connection.status == .active
    }

    private func stop(by fault: PlatformFault) async throws {
        if fault.kind == .reauthenticate, !self.hasRenewed {
            self.hasRenewed = true
            if let renewed = try await self.parts.connections.renewed(self.key) { self.connection = renewed }
            return
        }
        self.parts.logger.error(
            "a platform refuses its connection, which is stopped",
            metadata: self.metadata(["code": "\(fault.code)"]))
        try await self.parts.connections.stop(self.key, reason: "\(fault)")
    }

    // MARK: What goes out next

    typealias Work = @Sendable () async throws -> Void

    /// One look at what is due.
    private struct Round {
        /// When to look again, in microseconds; moved forward.
        var again: Int64
        let now: Int64
        /// What is due; nil: not read yet.
        var due: [DueWork]?
        /// How many rows go in bulk, by operation, as it was when that was read.
        var bulks: [String: BulkLimit] = [:]
    }

    /// The next piece of work, if there is one that may go out now.
    private func next(_ round: inout Round) async throws -> Work? {
        guard self.calls < SyncLimits.callsInFlight, self.mustStop == nil else { return nil }
        if round.due == nil { round.due = try await self.readDue(&round.bulks) }
        let due = self.free(of: round.due ?? [])
        let isUrgent = due.first?.row.lane == .stockToZero
        let now = round.now
        if !isUrgent {
            if let work = try await self.nextOrderTask(&round.again, at: now) { return work }
            if let work = try await self.nextSubscription(&round.again, at: now) { return work }
        }
        guard let first = due.first else { return try await self.nextRead(&round.again, at: now) }
        if first.row.lane == .price, let work = self.pricing(due) { return work }
        // One bucket without tokens does not hold up what takes from another one.
        for kind in [SyncKind.stock, .price, .content] {
            let rows = due.filter { $0.row.lane.kind == kind && (kind != .price || $0.price != nil) }
            if let work = try await self.nextCall(rows, &round.again, at: now, round.bulks) { return work }
        }
        return try await self.nextRead(&round.again, at: now)
    }

    /// What nothing is under way for that it must wait for.
    private func free(of due: [DueWork]) -> [DueWork] {
        due.compactMap { work in
            guard !self.underWay.contains(work.row.sku) else { return nil }
            guard let kind = work.row.lane.kind, self.bulks.contains(work.row.sku, kind) else { return work }
            guard work.row.lane == .stockToZero else { return nil }
            var work = work
            work.row.isInBulk = true
            return work
        }
    }

    /// What is due, as far as it can go out in one round.
    private func readDue(_ bulks: inout [String: BulkLimit]) async throws -> [DueWork] {
        var rows: [SyncLane: Int] = [:]
        for lane in [SyncLane.stockToZero, .stock, .price, .content] {
            let calls = await self.quota.rows(of: lane.operation) * SyncLimits.callsInFlight
            let bulk = await self.bulkLimit(of: lane.operation)
            bulks[lane.operation] = bulk
            rows[lane] =
                bulk?.state == .free
                ? max(bulk?.rows.upperBound ?? 0, min(SyncLimits.rowsPerLane, calls))
                : min(SyncLimits.rowsPerLane, max(calls, (bulk?.rows.lowerBound ?? 0) * 2))
        }
        return try await DueRows.due(
            self.key, rows: rows, excluding: self.underWay.sorted(), raiseSeconds: self.raiseSeconds,
            from: self.parts.pool)
    }

    /// How many rows go in bulk, and whether one may begin; nil: none ever does.
    private func bulkLimit(of operation: String) async -> BulkLimit? {
        guard let kind = SyncKind(operation: operation), let rows = await self.quota.bulkRows(of: operation) else {
            return nil
        }
        let state = self.bulks.state(of: kind, isClosed: self.breaker.state == .closed)
        guard state == .free, await self.quota.bulkWaits(operation) else { return BulkLimit(rows: rows, state: state) }
        return BulkLimit(rows: rows, state: .busy)
    }

    private func nextCall(
        _ due: [DueWork], _ again: inout Int64, at now: Int64, _ read: [String: BulkLimit]
    ) async throws -> Work? {
        guard !due.isEmpty else { return nil }
        var limits: [String: Int] = [:]
        var bulks: [String: BulkLimit] = [:]
        for operation in ["stock", "price", "content"] {
            limits[operation] = await self.quota.rows(of: operation)
            bulks[operation] = await self.bulkLimit(of: operation)?.forRows(readAt: read[operation])
        }
        let planned = SendPlan.next(of: due.map(\.row), limit: { limits[$0] ?? 1 }, bulk: { bulks[$0] })
        guard let call = planned else { return nil }
        let operation = call.lane.operation
        if call.isRepetition, let later = self.budget.take(at: now) {
            again = min(again, later)
            // Fresh rows need not wait for the budget of repetitions.
            let fresh = due.filter { $0.row.tries == 0 && $0.row.attemptKey.isEmpty }
            return fresh.count < due.count ? try await self.nextCall(fresh, &again, at: now, read) : nil
        }
        let admitted = await self.admit(operation, lane: call.lane, isBulk: call.isBulk, &again, at: now)
        guard let permit = admitted else { return nil }
        if !call.isRepetition { self.budget.called(at: now) }
        let skus = Set(call.rows.map(\.sku))
        let works = due.filter { skus.contains($0.row.sku) }
        let (connection, kind) = (self.connection, call.lane.kind ?? .stock)
        guard !call.isBulk else {
            self.bulks.began(kind, skus)
            return { try await self.carryOutBulk(works, kind: kind, on: connection, permit) }
        }
        self.began(skus.sorted())
        return { try await self.carryOut(works, kind: kind, lane: call.lane, on: connection, permit) }
    }

    /// What the circuit and the limits allow.
    func admit(
        _ operation: String, lane: SyncLane, isBulk: Bool = false, _ again: inout Int64, at now: Int64
    ) async -> QuotaPlanner.Permit? {
        if case .wait(let until) = self.breaker.mayCall(at: now) {
            again = min(again, until ?? .max)
            return nil
        }
        switch await self.quota.take(operation, lane: lane, isBulk: isBulk) {
        case .go(let permit): return permit
        case .wait(let until):
            self.breaker.ended()
            again = min(again, until)
            return nil
        }
    }

    private func nextRead(_ again: inout Int64, at now: Int64) async throws -> Work? {
        let rows = await self.quota.rows(of: "read")
        let due = try await ReadBack.due(
            self.key, limit: rows, excluding: self.underWay.sorted(), from: self.parts.pool)
        guard !due.isEmpty else {
            if let next = try await DueRows.next(self.key, from: self.parts.pool) {
                again = min(again, max(next.microseconds, now + 1_000))
            }
            return nil
        }
        guard let permit = await self.admit("read", lane: .readBack, &again, at: now) else { return nil }
        self.began(due.map(\.sku))
        let connection = self.connection
        return { try await self.read(due, on: connection, permit) }
    }

    private func nextOrderTask(_ again: inout Int64, at now: Int64) async throws -> Work? {
        guard let tasks = self.parts.orderTasks, !self.hasOrderTask else { return nil }
        guard let due = try await tasks.nextDue(self.key) else { return nil }
        guard due.microseconds <= now else {
            again = min(again, due.microseconds)
            return nil
        }
        guard case .go = self.breaker.mayCall(at: now) else { return nil }
        self.hasOrderTask = true
        self.calls += 1
        let connection = self.connection
        return { try await self.carryOutOrderTask(tasks, on: connection) }
    }

    private func pricing(_ due: [DueWork]) -> Work? {
        let unknown = due.filter { $0.row.lane == .price && $0.price == nil }.prefix(SyncLimits.pricesAtOnce)
        guard !unknown.isEmpty else { return nil }
        self.began(unknown.map(\.row.sku))
        let (works, connection) = (Array(unknown), self.connection)
        return { try await self.price(works, on: connection) }
    }

    private var raiseSeconds: Int64 {
        guard self.connection.connection.orders?.takeIn ?? false else { return 0 }
        return self.connection.adapter.platform.pollsOrders
            ? SyncLimits.raiseSeconds : SyncLimits.raiseWithoutPollSeconds
    }

    private func writeQuotas() async throws {
        let now = MicrosecondClock.now
        guard now - self.quotaWrittenAt >= SyncLimits.quotaMicroseconds else { return }
        self.quotaWrittenAt = now
        try await self.writeQuotasNow()
    }

    nonisolated func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        ["brand": "\(self.key.brand)", "connection": "\(self.key.id)"].merging(more) { $1 }
    }
}
