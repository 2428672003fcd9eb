internal import Events
internal import Postgres

/// What follows from inventory's events: the copy of its stock, and what listings are to show.
struct StockEffect: Sendable {
    /// The types of events that it takes.
    static let types = ["inventory.stock.changed", "inventory.kit.availability.changed"] + BrandCopy.types.sorted()

    private let news: SyncNews

    /// - Parameter news: Is told of the connections that have something to send.
    init(_ news: SyncNews) { self.news = news }

    /// Carries out events, in the transaction of their cursor.
    ///
    /// - Parameter events: Of one bucket, in their order.
    /// - Returns: The commands that travel with the COMMIT.
    func apply(_ events: [RecordedEvent], _ transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        let changes = try StockChange.changes(of: events)
        var commands = changes.isEmpty ? [] : try await self.apply(changes, transaction)
        // Who asks is behind this transaction, whatever it was told before.
        let brands = Set(events.map(\.event).filter { BrandCopy.types.contains($0.type) }.map(\.brand))
        if !brands.isEmpty { commands.append(BrandCopy.asking(brands)) }
        return commands
    }

    /// Carries out changes.
    func apply(_ changes: [StockChange], _ transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        let keys = Set(changes.map { SKUKey(brand: $0.brand, sku: $0.sku) })
        let locked = try await transaction.execute([StockCopy.locking(Array(keys))])
        guard let rows = locked.first else { return [] }
        // SKUs that are listed nowhere are not copied.
        let notes = StockCopy.notes(changes, versions: try StockCopy.versions(rows))
        guard !notes.isEmpty else { return [] }
        let writes = StockCopy.writing(notes)
        let answers = try await transaction.execute(writes + ListingDecisions.reading(notes.map(\.key)))
        let decisions = try ListingDecisions(answers.dropFirst(writes.count)).decisions
        self.news.mark(decisions.lazy.filter { !$0.isInStep }.map { ConnectionKey($0.key) })
        return StockWork.commands(decisions)
    }
}
