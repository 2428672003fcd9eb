internal import Events
internal import Glibc
internal import InventoryDomain
internal import InventoryMessages
internal import Leasing
internal import Logging
internal import Postgres
internal import RPC

/// One look at a feed: whether there is a file, and if so, its run from its beginning or from where it was left.
struct FeedLook: Sendable {
    let feed: FeedRecord
    let definition: FeedDefinition
    let lease: Lease
    let pool: PostgresPool
    let files: StockFiles
    let configuration: FeedConfiguration
    let news: EventNews
    let logger: Logger

    /// Looks, and writes what came of it.
    ///
    /// - Throws: What keeps it from being written, such as ``PostgresError`` or ``LeaseError``: whoever looks next goes on
    ///   from there.
    func run() async throws {
        let open = try await self.pool.query(FeedRunRecord.open(of: self.feed))
        if let row = open.first {
            return try await self.goOn(FeedRunRecord(row))
        }
        do {
            switch self.definition.source {
            case .dropFolder(let source): try await self.look(into: source)
            case .web(let address): try await self.fetch(address, for: nil)
            }
        } catch let fault as FeedFault {
            // There is no run yet that could tell of it.
            try await self.fail(try await self.newRun(self.sourceName, figuresAt: nil), fault, isKnown: false)
        }
    }

    private var sourceName: String {
        switch self.definition.source {
        case .dropFolder(let source): source.folder
        case .web(let address): address.publicText
        }
    }

    private func look(into source: FeedDefinition.DropFolderSource) async throws {
        try await self.tidy(source)
        let (brand, root, isFull) = (self.feed.brand, self.configuration.dropRoot, self.definition.isFull)
        let (access, choice) = try await Blocking.run {
            let access = try DropFolderAccess(root: root, brand: brand, folder: source.folder)
            let choice = DropFileChoice(
                among: try access.files(), pattern: source.pattern, completion: source.completion, isFull: isFull,
                now: .byHostClock)
            return (access, choice)
        }
        guard let file = choice.taken else { return try await self.conclude(.nothing, finding: .nothing) }
        let run = try await self.newRun(file.name, figuresAt: PostgresTimestamp(file.modifiedAt))
        try await Blocking.run {
            for old in choice.superseded { try access.shelveSuperseded(old.name, by: run.id) }
        }
        try await self.begin(run)
        try await self.goOn(run)
    }

    /// Takes a run as far as it goes.
    private func goOn(_ run: FeedRunRecord) async throws {
        var run = run
        do {
            guard !FeedRunProgress.isTooOld(startedAt: Timestamp(run.startedAt), now: Timestamp(try await self.now()))
            else { throw FeedFault("run-abandoned", "the run was not ended within a day") }
            if case .fetch = run.progress.next {
                switch self.definition.source {
                case .web(let address): return try await self.fetch(address, for: run)
                case .dropFolder(let source):
                    try await self.readClaimed(&run, in: source)
                }
            }
            try await self.importRows(&run)
        } catch let fault as FeedFault {
            try await self.fail(run, fault, isKnown: true)
        }
    }

    // MARK: Fetching

    func readClaimed(_ run: inout FeedRunRecord, in source: FeedDefinition.DropFolderSource) async throws {
        let (brand, root) = (self.feed.brand, self.configuration.dropRoot)
        let (file, id) = (run.file, run.id)
        let opened = try await Blocking.run {
            let access = try DropFolderAccess(root: root, brand: brand, folder: source.folder)
            // One that was claimed before is found; else it still lies where it was.
            if try access.claimed(file, by: id) == nil { _ = try access.claim(file, for: id) }
            guard let opened = try access.claimed(file, by: id) else {
                throw FeedFault("file-gone", "\(file) was taken away before it was read")
            }
            return opened
        }
        let before = opened.state
        try await self.keep(DropFileBytes(file: opened), isGzip: Self.isNamedGzip(file), of: &run)
        guard let before, opened.state == before else {
            throw FeedFault(
                "file-changed", "\(file) was written to while it was read; it is left for the next look",
                isRetryable: true)
        }
        try await self.decide(&run)
    }

    private func fetch(_ address: FeedDefinition.WebAddress, for begun: FeedRunRecord?) async throws {
        let known = begun == nil && self.feed.askedAt == nil ? self.feed.validators : FeedValidators()
        let fetch = WebFetch(configuration: self.configuration, brand: self.feed.brand, address: address)
        var run = begun
        do {
            let answer = try await fetch.run(known: known) { validators, isGzip, bytes in
                let figuresAt = validators.lastModified.flatMap { HTTPDate.moment($0) }.map { PostgresTimestamp($0) }
                var current = try await self.fetching(begun, figuresAt: figuresAt)
                current.validators = validators
                run = current
                try await self.keep(bytes, isGzip: isGzip || Self.isNamedGzip(address.publicText), of: &current)
                run = current
            }
            guard case .file = answer, var fetched = run else {
                return try await self.concludeUnchanged(begun)
            }
            if fetched.content.digest == self.feed.digest, self.feed.askedAt == nil, begun == nil {
                return try await self.concludeUnchanged(fetched)
            }
            defer { run = fetched }
            try await self.decide(&fetched)
            try await self.importRows(&fetched)
        } catch let fault as FeedFault {
            guard let run else { throw fault }
            try await self.fail(run, fault, isKnown: true)
        }
    }

    /// The run that a fetch belongs to, which is written down before anything is kept of it.
    private func fetching(_ begun: FeedRunRecord?, figuresAt: PostgresTimestamp?) async throws -> FeedRunRecord {
        if var begun {
            begun.figuresAt = figuresAt
            return begun
        }
        let run = try await self.newRun(self.sourceName, figuresAt: figuresAt)
        try await self.begin(run)
        return run
    }

    private static func isNamedGzip(_ name: String) -> Bool { name.lowercased().hasSuffix(".gz") }

    /// Reads a file, and keeps its rows.
    ///
    /// - Parameter isGzip: Whether it must be compressed.
    private func keep<Bytes: AsyncSequence>(
        _ bytes: Bytes, isGzip: Bool, of run: inout FeedRunRecord
    ) async throws where Bytes.Element == [UInt8] {
        let rows = self.rows(of: run)
        try await rows.clear()
        var reader = try FeedReader(self.definition, limits: self.configuration.limits, isGzip: isGzip)
        var waiting: [FeedReader.Row] = []
        var failed: Int64 = 0
        func store(_ batch: [FeedReader.Row]) async throws {
            failed += Int64(batch.count { $0.line.units == nil })
            for number in try await rows.keep(batch) {
                if batch.first(where: { $0.number == number })?.line.units != nil { failed += 1 }
                reader.note(
                    "the row is about a SKU and location that another row is about; the first one counts", row: number)
            }
        }
        func take() async throws {
            while let more = try reader.next() {
                waiting += more
                while waiting.count >= FeedLimits.rowsOfStatement {
                    try await store(Array(waiting.prefix(FeedLimits.rowsOfStatement)))
                    waiting.removeFirst(FeedLimits.rowsOfStatement)
                }
            }
        }
        for try await piece in bytes {
            try reader.append(piece)
            try await take()
        }
        try reader.complete()
        try await take()
        try await store(waiting)
        run.content = reader.content
        run.counts.failed = failed + reader.unreadable
    }

    /// Compares what the file says with what was said before, and lets the run go on or refuses it.
    private func decide(_ run: inout FeedRunRecord) async throws {
        let rows = self.rows(of: run)
        guard run.content.rows > 0 || !self.definition.isFull else {
            throw FeedFault("file-empty", "the file has no rows, and would set all that it told of before to none")
        }
        guard run.content.rows == 0 || run.counts.failed < run.content.rows else {
            throw FeedFault(
                "rows-unreadable", "none of the file's \(run.content.rows) rows can be used; its faults say why")
        }
        var decided = run
        let excess = try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            let totals = try await rows.totals(isFull: self.definition.isFull, in: transaction)
            let excess =
                self.feed.acceptsFall
                ? nil : self.definition.fallGuard.excess(before: totals.before, after: totals.after)
            guard excess == nil else { return excess }
            if self.definition.isFull {
                decided.counts.absent = try await rows.addAbsent(in: transaction)
            }
            if decided.isOnHand { try await rows.markPromised(in: transaction) }
            _ = decided.progress.rowsKept(excess: nil)
            _ = try await transaction.commit(with: [decided.written(of: self.feed)])
            return nil
        }
        guard let excess else {
            run = decided
            return
        }
        _ = run.progress.rowsKept(excess: excess)
        throw FeedFault(excess)
    }
}

extension Timestamp {
    /// Now by the clock that files get their times from.
    static var byHostClock: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Timestamp(seconds: Int64(time.tv_sec)).microseconds + Int64(time.tv_nsec) / 1_000)
    }
}
