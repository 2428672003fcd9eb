internal import InventoryDomain
internal import InventoryMessages
internal import Leasing
internal import Logging
internal import Postgres
internal import RPC
internal import Wire

extension FeedLook {
    /// Imports what is kept of a run, waits for the end of it, and ends the run.
    func importRows(_ run: inout FeedRunRecord) async throws {
        let rows = self.rows(of: run)
        let ended = try await self.ended(&run, rows)
        guard ended.state == .succeeded else {
            let reason = ended.problem.map { "\($0.code): \($0.message)" } ?? "it was cancelled"
            throw FeedFault("import-failed", "the import of the file's rows has failed: \(reason)")
        }
        try await self.noteRefused(ended, of: &run, rows)
        guard ended.rows == 0 || ended.rowsFailed < ended.rows else {
            throw FeedFault("rows-refused", "all rows were refused; the failed rows of the import tell why")
        }
        run.counts.changed = ended.rowsApplied
        run.counts.unchanged = ended.rowsUnchanged
        run.counts.superseded = ended.rowsSuperseded
        let locations = try await rows.settle()
        run.endedAt = try await self.now()
        _ = run.progress.importEnded(isComplete: true)
        var conclusion = FeedConclusion(
            feed: self.feed, definition: self.definition, outcome: .imported, finding: .file, run: run)
        conclusion.locations = try await self.locations(locations)
        conclusion.figuresAt = run.figuresAt
        try await conclusion.write(self.pool, lease: self.lease, news: self.news)
        await self.putAway(run) { [run] access in try access.shelve(run.file, of: run.id, on: .done) }
        try await rows.clear()
    }

    /// The import of a run's rows, when it has ended. One that was begun before is found again, by its own id or the
    /// run's.
    private func ended(_ run: inout FeedRunRecord, _ rows: FeedRows) async throws -> StockImport {
        let options = ImportOptions(
            format: .csv, context: CommandContext(source: .feed, reference: "feed \(self.feed.id) \(run.id)"))
        var current: StockImport
        do {
            if let id = run.importID {
                current = try await self.files.importStatus(id, of: self.feed.brand)
            } else {
                current = try await self.files.createImport(
                    options, of: self.feed.brand, by: "feed:\(self.feed.id)", key: "feed-\(run.id)",
                    from: rows.importFile(isOnHand: run.isOnHand))
            }
        } catch let error as RPCError where error.code != .resourceExhausted && error.code != .aborted {
            throw FeedFault("import-failed", "the file's rows cannot be imported: \(error.message)")
        }
        if run.importID != current.importID {
            run.importID = current.importID
            let command = run.written(of: self.feed)
            try await self.pool.withTransaction { transaction in
                try await self.lease.check(in: transaction)
                _ = try await transaction.commit(with: [command])
            }
        }
        while ![.succeeded, .failed, .cancelled].contains(current.state) {
            try await Task.sleep(for: .milliseconds(self.configuration.limits.importPollMilliseconds))
            current = try await self.files.importStatus(current.importID, of: self.feed.brand)
        }
        return current
    }

    /// Tells of the rows that an import has refused, and takes them back: the feed's figures are as if the file had named
    /// them and not said how many there are.
    private func noteRefused(_ ended: StockImport, of run: inout FeedRunRecord, _ rows: FeedRows) async throws {
        guard ended.rowsFailed > 0 else { return }
        run.counts.failed += ended.rowsFailed
        try await self.files.failedRows(of: ended.importID, of: self.feed.brand) { refused in
            let found = try await rows.takeBack(refused)
            for row in refused {
                guard let place = found[row.place] else { continue }
                let what = "\(row.place.sku) at \(row.place.location) is refused: \(row.message)"
                if place.isAbsent {
                    run.content.note("\(what); the file names it no more, and it cannot be set to none", row: 0)
                } else {
                    run.content.note("\(what); what was said of it before stays", row: place.number)
                }
            }
        }
    }

    /// The locations that have new figures by a file: those that it names; where it holds all, those of the files before,
    /// too, of which it then says that nothing is there.
    private func locations(_ named: [String]) async throws -> [String] {
        switch self.definition.mapping.place {
        case .location(let location): return [location.description]
        case .column: return self.definition.isFull ? named + (try await self.feedLocations()) : named
        }
    }

    private func feedLocations() async throws -> [String] {
        let rows = try await self.pool.query(Self.feedLocations, self.feed.brand, self.feed.id)
        return try rows.map { (row) throws(PostgresError) in try row.decode(String.self) }
    }

    /// Ends a run that has come to nothing, and puts its file aside.
    ///
    /// - Parameter isKnown: Whether its row is written already.
    func fail(_ run: FeedRunRecord, _ fault: FeedFault, isKnown: Bool) async throws {
        var run = run
        _ = run.progress.faultOccurred()
        run.problem = fault.problem
        run.endedAt = try await self.now()
        var conclusion = FeedConclusion(
            feed: self.feed, definition: self.definition, outcome: .failed(isRetryable: fault.isRetryable),
            finding: isKnown ? .file : .fault, run: run)
        conclusion.problem = fault.problem
        try await conclusion.write(self.pool, lease: self.lease, news: self.news)
        self.logger.warning(
            "a feed brought nothing",
            metadata: [
                "feed": "\(self.feed.id)", "brand": "\(self.feed.brand)", "code": "\(fault.code)",
                "reason": "\(fault.message)",
            ])
        guard isKnown else { return }
        await self.putAway(run) { [run] access in
            if fault.isRetryable {
                try access.giveBack(run.file, of: run.id)
            } else {
                try access.shelve(run.file, of: run.id, on: .failed)
            }
        }
        try await self.rows(of: run).clear()
    }

    /// Notes that there is nothing new; a run that was begun for it is taken back.
    func concludeUnchanged(_ run: FeedRunRecord?) async throws {
        if let run {
            try await self.rows(of: run).clear()
            let command = FeedRunRecord.withdrawal(of: run, of: self.feed)
            try await self.pool.withTransaction { transaction in
                try await self.lease.check(in: transaction)
                _ = try await transaction.commit(with: [command])
            }
        }
        try await self.conclude(.unchanged, finding: .unchanged)
    }

    /// Notes a look without a file.
    func conclude(_ outcome: FeedOutcome, finding: FeedFinding) async throws {
        var conclusion = FeedConclusion(
            feed: self.feed, definition: self.definition, outcome: outcome, finding: finding)
        if outcome == .unchanged, self.definition.unchangedIsFresh {
            conclusion.locations = try await self.feedLocations()
        }
        try await conclusion.write(self.pool, lease: self.lease, news: self.news)
    }

    /// Puts a run's file away. One that stays where it is, since the process ends or the folder cannot be written to, is
    /// put away by ``tidy(_:)`` at a later look: what became of the run does not depend on it.
    private func putAway(
        _ run: FeedRunRecord, _ move: @escaping @Sendable (DropFolderAccess) throws -> Void
    ) async {
        guard case .dropFolder(let source) = self.definition.source else { return }
        let (brand, root) = (self.feed.brand, self.configuration.dropRoot)
        do {
            // In a task of its own, as this one is cancelled when the lease is lost: a feed that is looked after by hand
            // may have no later look for long. A file that is named by its run is nobody else's.
            try await Task {
                try await Blocking.run {
                    try move(try DropFolderAccess(root: root, brand: brand, folder: source.folder))
                }
            }.value
        } catch {
            self.logger.warning(
                "a feed's file could not be put away; tried again later",
                metadata: ["feed": "\(self.feed.id)", "run": "\(run.id)", "error": "\(error)"])
        }
    }

    /// Puts away the files of runs that have ended.
    func tidy(_ source: FeedDefinition.DropFolderSource) async throws {
        let (brand, root) = (self.feed.brand, self.configuration.dropRoot)
        let claimed = try await Blocking.run {
            try DropFolderAccess(root: root, brand: brand, folder: source.folder).claimedFiles()
        }
        guard !claimed.isEmpty else { return }
        var states: [PostgresUUID: Int16] = [:]
        for row in try await self.pool.query(Self.states, brand, claimed.map(\.run)) {
            let (run, state) = try row.decode(PostgresUUID.self, Int16.self)
            states[run] = state
        }
        let known = states
        try await Blocking.run {
            let access = try DropFolderAccess(root: root, brand: brand, folder: source.folder)
            for (run, file) in claimed {
                let state = known[run].flatMap { InventoryDomain.FeedRunState(rawValue: $0) }
                // Another feed of the same folder may be at it.
                guard state?.isFinal ?? true else { continue }
                try access.shelve(file, of: run, on: state == .succeeded ? .done : .failed)
            }
        }
    }

    /// A run that begins now.
    func newRun(_ file: String, figuresAt: PostgresTimestamp?) async throws -> FeedRunRecord {
        let now = try await self.now()
        var generator = SystemRandomNumberGenerator()
        return FeedRunRecord(
            id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator),
            isByHand: self.feed.askedAt != nil, startedAt: now, figuresAt: figuresAt, file: file,
            isOnHand: self.definition.isOnHand)
    }

    /// Writes a run down, so that whoever comes next knows of it.
    func begin(_ run: FeedRunRecord) async throws {
        let command = run.written(of: self.feed)
        try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            _ = try await transaction.commit(with: [command])
        }
    }

    func rows(of run: FeedRunRecord) -> FeedRows {
        FeedRows(pool: self.pool, lease: self.lease, brand: self.feed.brand, feed: self.feed.id, run: run.id)
    }

    /// The database's clock.
    func now() async throws -> PostgresTimestamp {
        guard let row = try await self.pool.query(Self.clock).first else {
            throw PostgresError(.server, "a clock without a row")
        }
        return try row.decode(PostgresTimestamp.self)
    }

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)

    private static let states = PostgresStatement(
        "select run_id, state from feed_run where brand_id = $1 and run_id = any($2::uuid[])", readOnly: true)

    private static let feedLocations = PostgresStatement(
        "select location_id from feed_location where brand_id = $1 and feed_id = $2 order by location_id",
        readOnly: true)
}
