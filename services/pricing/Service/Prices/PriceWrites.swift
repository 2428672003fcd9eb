internal import Events
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// Carries out changes of prices, within a transaction of the caller's: the only way in which prices change, for single
/// calls and for files.
///
/// What was replaced goes to the history in the same transaction, as do the change itself, what becomes due, and the events.
///
/// Locks, everywhere in this order: the brand's book, shared, so that lists and rules stay as they are; the list's row, only
/// where its tiers are monotone, as then changes of different keys depend on each other; the prices that are there,
/// ascending by bucket, SKU, quantity and beginning; their holds; new prices in the same order; new holds; what becomes due;
/// the event log's buckets. So no two changes wait for each other in a circle. Two changes of one key run one after the
/// other: where its row is there they meet at it, and where it is not the second one's insert waits for the first, makes
/// nothing, and the whole transaction is tried again.
///
/// One transaction may change prices of several lists, one call after the other, ascending by the lists' ids.
struct PriceWrites: Sendable {
    /// The most changes of one call.
    static let maximumWrites = 4_000
    /// The most prices of one SKU in one list, of all quantities and times.
    static let maximumPricesPerSKU = 1_000
    /// The most events of one call: 64 buckets, each with a part that is not full for prices and one for holds, and full
    /// ones.
    static let maximumEvents =
        2 * 64 + maximumWrites / PriceBatch.maximumChangesPerEvent + 2 * maximumWrites / PriceBatch.maximumHoldsPerEvent

    let books: PriceBooks

    /// - Parameter books: Those that quotes go by, too.
    init(books: PriceBooks = PriceBooks()) { self.books = books }

    /// Decides and writes changes of prices of one list. The caller appends the events of the result as the last thing in
    /// the transaction, and commits. Three round trips, four where the tiers are monotone.
    ///
    /// - Parameter writes: At most ``maximumWrites``.
    /// - Throws: What undoes all: `PricingRefusal` with `listNotFound`, and `PostgresError`, with `retry` `.safe` where a
    ///   price was made by another transaction meanwhile. What is wrong with one change stands in its outcome.
    func write(
        _ writes: [PriceWrite], into listID: String, as origin: PriceWriteOrigin, in transaction: PostgresTransaction
    ) async throws -> PriceWriteResult {
        precondition(writes.count <= Self.maximumWrites, "\(writes.count) changes of prices in one call")
        let book = try await self.sharedBook(of: origin.brand, in: transaction)
        guard let list = book.list(id: listID) else { throw PricingRefusal.listNotFound(listID) }
        var batch = PriceBatch(writes, into: list, as: origin, changeID: Self.newID())
        if !batch.drafts.isEmpty {
            let floors = FloorCheck(for: list, in: book)
            let findings = try await self.findings(for: batch, floors: floors, in: transaction)
            batch.decide(findings, floors: floors, settings: book.settings)
        }
        let tables = PriceTables(batch)
        guard !origin.isDryRun else {
            return PriceWriteResult(list: list, outcomes: batch.outcomes, changeID: nil, events: [])
        }
        try await self.store(tables, in: transaction)
        let events = batch.events(tables.newHolds + tables.decidedHolds)
        return PriceWriteResult(
            list: list, outcomes: batch.outcomes, changeID: tables.changesPrices ? batch.changeID : nil,
            events: try events.recorded(
                of: origin.brand, at: batch.findings.now, traceParent: origin.traceParent))
    }

    /// The brand's book, which stays as it is to the end of the transaction.
    ///
    /// - Throws: `PricingRefusal`, where the brand has none: it has no lists.
    func sharedBook(of brand: PostgresUUID, in transaction: PostgresTransaction) async throws -> PriceBook {
        guard let row = try await transaction.query(Self.sharing, brand).first else {
            return try PriceBook(revision: 0, lists: [], rules: [], kits: [], settings: PricingSettings(), rates: [])
        }
        return try await self.books.book(of: brand, revision: try row.decode(Int64.self), in: transaction)
    }

    private func findings(
        for batch: PriceBatch, floors: FloorCheck, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> PriceBatch.Findings {
        let (brand, number) = (batch.origin.brand, batch.list.number)
        let identities = batch.identities
        var commands = batch.list.hasMonotoneTiers ? [PostgresCommand(Self.listLocking, brand, number)] : []
        let priceAnswer = commands.count
        // Statements behind the locks see what was committed by then.
        commands += [
            PriceReading.locking(identities, inList: number, of: brand),
            PriceHoldRows.locking(identities, inList: number, of: brand),
            PriceReading.crowded(
                batch.putCounts, limit: Self.maximumPricesPerSKU, inList: number, of: brand),
            PostgresCommand(Self.clock),
        ]
        let lists = floors.listNumbers + (batch.list.hasMonotoneTiers ? [number] : [])
        if !lists.isEmpty { commands.append(PriceReading.all(batch.skus, inLists: lists, of: brand)) }
        let answers = try await transaction.execute(commands)
        var findings = PriceBatch.Findings()
        findings.stored = try PriceReading.read(answers[priceAnswer])
        findings.holds = try PriceHoldRows.read(answers[priceAnswer + 1])
        findings.crowded = try PriceReading.skus(answers[priceAnswer + 2])
        if !lists.isEmpty { findings.rows = try PriceReading.rows(answers[priceAnswer + 4]) }
        guard let clock = try answers[priceAnswer + 3].first?.decode(PostgresTimestamp.self) else {
            throw PostgresError(.server, "a clock without an answer")
        }
        // Later than what is replaced, also where the server's clock was set back: no price stood for no time.
        let latest = findings.stored.values.lazy.map(\.recordedAt.microseconds).max() ?? .min
        findings.now = PostgresTimestamp(microseconds: max(clock.microseconds, latest &+ 1))
        return findings
    }

    private func store(_ tables: PriceTables, in transaction: PostgresTransaction) async throws(PostgresError) {
        let insertions = [tables.insertion, tables.holdInsertion]
        var commands = insertions[0].map { [$0.command] } ?? []
        commands += tables.priceCommands
        if let decision = tables.holdDecision { commands.append(decision) }
        let holdAnswer = commands.count
        if let holds = insertions[1] { commands.append(holds.command) }
        if let due = tables.due { commands.append(due) }
        guard !commands.isEmpty else { return }
        let answers = try await transaction.execute(commands)
        if let prices = insertions[0], answers[0].affected != prices.count {
            throw PostgresError(.server, "a price was made by another transaction meanwhile", retry: .safe)
        }
        if let holds = insertions[1], answers[holdAnswer].affected != holds.count {
            throw PostgresError(.server, "a price was held by another transaction meanwhile", retry: .safe)
        }
    }

    private static func newID() -> PostgresUUID {
        var generator = SystemRandomNumberGenerator()
        return PostgresUUID(
            high: .random(in: .min ... .max, using: &generator), low: .random(in: .min ... .max, using: &generator))
    }

    private static let sharing = PostgresStatement("select revision from price_book where brand_id = $1 for share")

    private static let listLocking = PostgresStatement(
        "select number from price_list where brand_id = $1 and number = $2 for no key update")

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}

extension PricingRefusal {
    /// The brand has no such list.
    static func listNotFound(_ id: String) -> PricingRefusal {
        PricingRefusal(.listNotFound, "there is no price list \(id.debugDescription)")
    }
}
