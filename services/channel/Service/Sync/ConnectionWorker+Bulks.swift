internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres

extension ConnectionWorker {
    /// Sends rows in bulk, and writes down what became of them.
    func carryOutBulk(
        _ works: [DueWork], kind: SyncKind, on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws {
        // What fails ends the worker: until then no other one begins.
        try await self.sendBulk(works, kind: kind, on: connection, permit)
        self.endedBulk(kind)
    }

    private func sendBulk(
        _ works: [DueWork], kind: SyncKind, on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws {
        let contents = kind == .content ? try await self.contents(works, on: connection) : [:]
        let skus = kind == .content ? contents.keys.sorted() : works.map(\.row.sku)
        // Most may be there already. What is left then is not worth a bulk: it is planned anew.
        let minimum = await self.quota.bulkRows(of: kind.operation)?.lowerBound ?? 1
        let begun =
            skus.count >= minimum
            ? try await self.outcomes.begin(
                skus, kind: kind, contents: contents, isBulk: true) : nil
        guard let attempt = begun else {
            await self.quota.settle(
                permit, observations: [QuotaObservation(bucket: permit.bucket, cost: 0)], fault: nil)
            return
        }
        try await self.parts.faults.reach(.recorded)
        let session = connection.adapter.session(connection.account, transport: self.parts.transport)
        let start = ContinuousClock.now
        let answer = await Self.push(
            attempt, kind, contents, connection.adapter.platform, session, isBulk: true)
        // It goes on where nobody waits for it any more: its rows stay in it, for whoever works for the connection next.
        try Task.checkCancellation()
        let duration = start.duration(to: .now) / .seconds(1)
        try await self.parts.faults.reach(.answered)
        let endings = try await self.end(attempt, kind: kind, answer, isBulk: true)
        try await self.answeredBulk(permit, answer.quotas, fault: answer.commonFault)
        if answer.commonFault == nil { try await self.learn(kind, rows: attempt.works.count, seconds: duration) }
        try await self.parts.faults.reach(.ended)
        self.log(endings, of: attempt, kind)
    }

    private func learn(_ kind: SyncKind, rows: Int, seconds: Double) async throws {
        guard let pace = await self.quota.learn(kind.operation, rows: rows, seconds: seconds) else { return }
        _ = try await self.parts.pool.query(BulkRows.noting(pace, of: kind.operation, of: self.key))
    }

    /// Writes down what became of a call's rows.
    func end(
        _ attempt: Outcomes.Attempt, kind: SyncKind, _ answer: PushAnswer, isBulk: Bool = false
    ) async throws -> [RowEnding] {
        let endings = RowEnding.endings(answer.outcomes, of: attempt.rows, chance: .random(in: 0...1))
        let ids = Dictionary(answer.outcomes.map { ($0.sku, $0.ids) }) { $1 }
        try await self.outcomes.end(attempt, kind: kind, endings: endings, ids: ids, isBulk: isBulk)
        return endings
    }

    /// Waits until what a process has left behind on the platform has ended: what comes behind it then is final. Where the
    /// platform cannot be asked for long, it is taken for ended.
    func awaitEarlierBulks() async throws {
        for attempt in 1...SyncLimits.earlierBulkTries {
            let connection = self.connection
            let session = connection.adapter.session(connection.account, transport: self.parts.transport)
            do throws(PlatformFault) {
                try await session.awaitEarlierBulks()
                break
            } catch {
                self.parts.logger.warning(
                    "a platform was not asked for bulks that were left behind",
                    metadata: self.metadata(["code": "\(error.code)", "attempt": "\(attempt)"]))
            }
            try await Task.sleep(for: .milliseconds(SyncLimits.earlierBulkMilliseconds))
        }
        try await BulkRows.endOpen(self.key, in: self.parts.pool, under: self.lease)
        self.endedEarlierBulks()
    }
}
