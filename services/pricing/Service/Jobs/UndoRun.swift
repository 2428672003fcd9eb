internal import Events
internal import Foundation
internal import Jobs
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// How far the undoing of an import has come.
struct UndoProgress: Codable, Equatable, Sendable {
    /// The part that comes next.
    var part: Int32 = 0
    var undone: Int64 = 0
    /// Prices that were changed since, and stay as they are.
    var changedSince: Int64 = 0
    var refused: Int64 = 0

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an undoing")
        }
    }

    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }
}

/// Takes back what an import did: prices that it made are removed, those that it changed or removed become again what they
/// were, and those that it had held wait no more. What was changed since stays as it is. Floors are not looked at, as what
/// comes back stood before; tiers are.
struct UndoRun {
    private let jobs: PriceJobs
    private let context: JobContext
    private let importID: JobID
    private let principal: String
    private var progress: UndoProgress

    /// The undoing of an import as its job stands.
    init(_ context: JobContext, of jobs: PriceJobs) throws {
        self.jobs = jobs
        self.context = context
        let parameters = try PriceImport(decoding: context.job.parameters)
        guard let id = JobID(parameters.importID) else {
            throw JobFailure(code: "import-unknown", message: "there is no import \(parameters.importID)")
        }
        self.importID = id
        self.principal = parameters.createdBy
        self.progress = try UndoProgress(of: context.job)
    }

    private var brand: PostgresUUID { self.context.job.brand }

    /// Until all is taken back.
    mutating func run() async throws {
        while let part = try await self.nextPart() {
            let run = self
            self.progress = try await PriceJobs.retrying { try await run.take(part) }
            self.jobs.news.committed()
        }
    }

    private func nextPart() async throws -> UndoPart? {
        let rows = try await self.jobs.pool.query(
            Self.selection, self.brand, self.importID.uuid, self.progress.part)
        return try rows.first.map { row throws(PostgresError) in try UndoPart(row) }
    }

    /// Takes a part back.
    ///
    /// - Returns: How far the undoing has come with it.
    private func take(_ part: UndoPart) async throws -> UndoProgress {
        var kept = self.progress
        try await self.context.checkpoint { transaction in
            var next = self.progress
            next.part = part.number + 1
            var failed = ResultLines(.failedRecords)
            var events: [Event] = []
            let book = try await self.jobs.writes.sharedBook(of: self.brand, in: transaction)
            // With a list its prices are gone, and nothing is left to be taken back.
            if let list = book.list(number: part.list) {
                events += try await self.restorePrices(part, list, in: transaction, &next, &failed)
                events += try await self.dropHolds(part, list, in: transaction, &next)
            }
            kept = next
            return JobStep(
                cursor: try next.encoded(),
                progress: JobProgress(
                    done: next.undone, failedRows: next.refused, message: "\(next.changedSince) changed since"),
                results: failed.chunks, commands: try EventLog.append(events))
        }
        return kept
    }

    private func restorePrices(
        _ part: UndoPart, _ list: BookList, in transaction: PostgresTransaction, _ next: inout UndoProgress,
        _ failed: inout ResultLines
    ) async throws -> [Event] {
        guard let change = part.change else { return [] }
        let restoration = try await Restoration(of: part, change, self.brand, in: transaction)
        next.changedSince += restoration.changedSince
        var origin = PriceWriteOrigin(brand: self.brand, principal: self.principal)
        origin.reason = "undo of the import \(self.importID)"
        origin.passesFloors = true
        var events: [Event] = []
        for writes in restoration.writes.parts(of: PriceWrites.maximumWrites) {
            let result = try await self.jobs.writes.write(
                writes.map(\.write), into: list.id, as: origin, in: transaction)
            for (write, outcome) in zip(writes, result.outcomes) {
                guard case .refused(let refusal) = outcome else {
                    try write.check(outcome, change)
                    next.undone += 1
                    continue
                }
                next.refused += 1
                try failed.append(
                    refusal.failedPrice(line: 0, sku: write.write.identity.sku.description, listID: list.id))
            }
            events += result.events
        }
        return events
    }

    /// Rejects what the import had held and nobody decided since.
    private func dropHolds(
        _ part: UndoPart, _ list: BookList, in transaction: PostgresTransaction, _ next: inout UndoProgress
    ) async throws -> [Event] {
        guard !part.holds.isEmpty else { return [] }
        let ordered = part.holds.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
        let answers = try await transaction.execute(
            ordered.map { PriceHoldRows.locking($0, of: self.brand) } + [PostgresCommand(Self.clock)])
        guard let now = try answers.last?.first?.decode(PostgresTimestamp.self) else {
            throw PostgresError(.server, "a clock without an answer")
        }
        var dropped: [PriceHoldRow] = []
        for row in answers.dropLast().compactMap(\.first) {
            let hold = try PriceHoldRow(row)
            guard hold.state == .pending else { continue }
            dropped.append(hold.decided(.rejected, by: self.principal, at: now, note: "the import was undone"))
        }
        guard !dropped.isEmpty else { return [] }
        next.undone += Int64(dropped.count)
        _ = try await transaction.execute([PriceHoldRows.decision(dropped, of: self.brand)])
        let events = dropped.parts(of: PriceBatch.maximumHoldsPerEvent).map { holds in
            PricingEvent.holdsChanged(
                PriceHoldsChanged(
                    holds: holds.map { $0.message(listID: list.id, currency: list.currency, showsFloor: true) }))
        }
        return try events.recorded(of: self.brand, at: now, traceParent: nil)
    }

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)

    private static let selection = PostgresStatement(
        """
        select part, bucket, list_number, change_id, skus, hold_ids from undo_price
        where brand_id = $1 and job_id = $2 and part >= $3 order by part limit 1
        """,
        readOnly: true)
}

/// What an import changed at once: prices of one list and bucket.
private struct UndoPart: Sendable {
    let number: Int32
    let bucket: Int16
    let list: Int32
    let change: PostgresUUID?
    let skus: [String]
    let holds: [PostgresUUID]

    init(_ row: PostgresRow) throws(PostgresError) {
        (self.number, self.bucket, self.list, self.change, self.skus, self.holds) = try row.decode(
            Int32.self, Int16.self, Int32.self, PostgresUUID?.self, [String].self, [PostgresUUID].self)
    }
}

/// What brings prices back to where they were before a change.
private struct Restoration {
    /// A change, and what has to be there for it.
    struct Write {
        let write: PriceWrite
        /// Whether the import's price stands; else it had removed it.
        let isStanding: Bool

        /// Notices where somebody has changed the price between the look at it and its lock.
        func check(_ outcome: PriceWriteOutcome, _ change: PostgresUUID) throws(PostgresError) {
            let isAsFound =
                switch outcome {
                case .changed(_, let previous), .removed(let previous):
                    self.isStanding && previous.changeID == change
                case .created: !self.isStanding
                case .unchanged, .held, .absent, .refused: false
                }
            guard isAsFound else {
                throw PostgresError(.server, "a price was changed by another transaction meanwhile", retry: .safe)
            }
        }
    }

    private(set) var writes: [Write] = []
    private(set) var changedSince: Int64 = 0

    init(
        of part: UndoPart, _ change: PostgresUUID, _ brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws {
        let answers = try await transaction.execute([
            PostgresCommand(Self.standing, part.bucket, brand, part.skus, part.list, change),
            PostgresCommand(Self.replaced, part.bucket, brand, part.skus, part.list, change),
            PostgresCommand(Self.gone, part.bucket, brand, part.skus, part.list, change),
        ])
        var standing: Set<PriceIdentity> = []
        for row in answers[0] { standing.insert(try StoredPrice(row).identity) }
        for row in answers[1] {
            let previous = try StoredPrice(row)
            let put = PriceWrite(previous.identity, .put(previous.amount, validTo: previous.validTo))
            if standing.remove(previous.identity) != nil {
                self.writes.append(Write(write: put, isStanding: true))
            } else if try row.decode(column: "is_last") {
                self.writes.append(Write(write: put, isStanding: false))
            } else {
                self.changedSince += 1
            }
        }
        for identity in standing {
            self.writes.append(Write(write: PriceWrite(identity, .remove), isStanding: true))
        }
        self.changedSince += try answers[2].first?.decode(Int64.self) ?? 0
    }

    /// What the import made and still stands.
    private static let standing = PostgresStatement(
        """
        select sku, minimum_quantity, valid_from, valid_to, amount, recorded_at, change_id from price
        where bucket = $1 and brand_id = $2 and sku = any($3) and list_number = $4 and change_id = $5
        """)

    /// What the import replaced or removed; the last that is known of a price, where it is not there now either.
    private static let replaced = PostgresStatement(
        """
        select h.sku, h.minimum_quantity, h.valid_from, h.valid_to, h.amount, h.recorded_at, h.change_id,
            not exists (
                select from price p where p.bucket = h.bucket and p.brand_id = h.brand_id and p.sku = h.sku
                    and p.list_number = h.list_number and p.minimum_quantity = h.minimum_quantity
                    and p.valid_from = h.valid_from)
            and not exists (
                select from price_history l where l.bucket = h.bucket and l.brand_id = h.brand_id and l.sku = h.sku
                    and l.list_number = h.list_number and l.minimum_quantity = h.minimum_quantity
                    and l.valid_from = h.valid_from and l.replaced_at > h.replaced_at) as is_last
        from price_history h
        where h.bucket = $1 and h.brand_id = $2 and h.sku = any($3) and h.list_number = $4 and h.replaced_by = $5
        """)

    /// How many prices the import made anew that were changed since.
    private static let gone = PostgresStatement(
        """
        select count(*) from price_history h
        where h.bucket = $1 and h.brand_id = $2 and h.sku = any($3) and h.list_number = $4 and h.change_id = $5
            and not exists (
                select from price_history b where b.bucket = h.bucket and b.brand_id = h.brand_id and b.sku = h.sku
                    and b.list_number = h.list_number and b.minimum_quantity = h.minimum_quantity
                    and b.valid_from = h.valid_from and b.replaced_by = $5)
        """)
}
