internal import CatalogMessages
internal import ChannelMessages
internal import Events
internal import Postgres
internal import PricingMessages
internal import ProtobufC

/// What follows from pricing's and catalog's events: prices are asked for, and contents made, anew.
struct MarkEffects: Sendable {
    /// The types of pricing's events that it takes.
    static let pricingTypes = [
        "pricing.prices.changed", "pricing.prices.effective", "pricing.list.changed", "pricing.rule.changed",
        "pricing.kit.changed", "pricing.settings.changed", "pricing.rates.changed",
    ]
    /// The types of catalog's events that it takes.
    static let catalogTypes = ["catalog.product.changed", "catalog.product.deleted", "catalog.fitments.changed"]

    private let news: SyncNews

    /// - Parameter news: Is told of the connections that have something to send.
    init(_ news: SyncNews) { self.news = news }

    /// Carries out pricing's events, in the transaction of their cursor.
    ///
    /// - Returns: The commands that travel with the COMMIT.
    func pricing(_ events: [RecordedEvent], _ transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        var (skus, whole): (Set<SKUKey>, Set<PostgresUUID>) = ([], [])
        for event in events.map(\.event) {
            switch event.type {
            case "pricing.prices.changed":
                let change = try PricesChanged(decoding: event.payload)
                skus.formUnion(change.changes.compactMap { $0.price.map { SKUKey(brand: event.brand, sku: $0.sku) } })
            case "pricing.prices.effective":
                let change = try PricesEffective(decoding: event.payload)
                skus.formUnion(change.skus.map { SKUKey(brand: event.brand, sku: $0) })
            case let type where Self.pricingTypes.contains(type): whole.insert(event.brand)
            default: break
            }
        }
        for brand in whole.sorted() {
            self.news.mark(try await SyncPass.requestAll(of: brand, kinds: [.price], in: transaction))
        }
        return try await self.mark(skus.filter { !whole.contains($0.brand) }, kind: .price, in: transaction)
    }

    /// Carries out catalog's events, in the transaction of their cursor.
    ///
    /// - Returns: The commands that travel with the COMMIT.
    func catalog(_ events: [RecordedEvent], _ transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        let skus = events.map(\.event).filter { Self.catalogTypes.contains($0.type) }
            .map { SKUKey(brand: $0.brand, sku: $0.subject) }
        return try await self.mark(Set(skus), kind: .content, in: transaction)
    }

    private func mark(
        _ skus: some Sequence<SKUKey>, kind: SyncKind, in transaction: PostgresTransaction
    ) async throws -> [PostgresCommand] {
        let keys = skus.sorted()
        guard !keys.isEmpty else { return [] }
        let connections = try await self.connections(of: Set(keys.map(\.brand)), kind: kind, in: transaction)
        self.news.mark(connections)
        return WorkMarks.commands(keys, on: connections, kind: kind, isWanted: true, isForced: false)
    }

    /// The connections that are sent a kind.
    private func connections(
        of brands: Set<PostgresUUID>, kind: SyncKind, in transaction: PostgresTransaction
    ) async throws -> [ConnectionKey] {
        let arena = ArenaMemory()
        var keys: [ConnectionKey] = []
        for row in try await transaction.query(Self.connections, brands.sorted()) {
            let (brand, id, document) = try row.decode(PostgresUUID.self, String.self, [UInt8].self)
            arena.arena.reset()
            let connection = try Connection(stored: document, column: "connection.document", in: arena.arena)
            let isSent = kind == .price ? connection.prices?.push ?? false : connection.pushContent
            if isSent { keys.append(ConnectionKey(brand: brand, id: id)) }
        }
        return keys
    }

    private static let connections = PostgresStatement(
        "select brand_id, connection_id, document from connection where brand_id = any($1)")
}
