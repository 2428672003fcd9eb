internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// Keeps the fitments that follow from products' compatibility.
///
/// A fitment that a call or a file has said before becomes the product's when its compatibility says it, too, and goes
/// with it. A product that is gone has no fitments, wherever they came from.
struct CompatibilityFitments: ProductFollower {
    private let known: KnownVehicles
    private let now: @Sendable () -> PostgresTimestamp

    init(_ known: KnownVehicles, now: @escaping @Sendable () -> PostgresTimestamp = { .ofSystemClock }) {
        self.known = known
        self.now = now
    }

    /// A compatibility that says no vehicle that there can be is refused.
    func refusal(of product: Product) -> CatalogRefusal? {
        let faults = FitmentRules(currentYear: self.now().year).faults(compatibilityOf: product)
        guard let first = faults.first else { return nil }
        let more = faults.count > 1 ? ", and \(faults.count - 1) more" : ""
        return CatalogRefusal(.invalidFitment, "\(first)\(more)", faults: faults)
    }

    func commands(_ changes: [ProductChange], of brand: PostgresUUID) throws -> [PostgresCommand] {
        let source = FitmentSource(brand: brand, origin: .product)
        let memory = ArenaMemory()
        var rows: [FitmentRow] = []
        var removed: [(sku: String, id: FitmentID)] = []
        var gone: [String] = []
        for change in changes {
            guard let current = change.current else {
                gone.append(change.sku)
                continue
            }
            let difference = CompatibilityDifference(from: change.previous, to: current, sku: change.sku)
            removed += difference.removed.map { (change.sku, $0) }
            for fitment in difference.written {
                rows.append(try FitmentRow(fitment, of: change.sku, source, self.known, in: memory.arena))
            }
        }
        var commands: [PostgresCommand] = []
        if !gone.isEmpty { commands.append(FitmentRows.removing(all: gone, of: brand)) }
        if !removed.isEmpty { commands.append(FitmentRows.removing(compatibility: removed, of: brand)) }
        return commands + FitmentRows.upserting(rows)
    }
}

/// What becomes of a product's fitments when its compatibility changes.
struct CompatibilityDifference {
    /// The ids that are not said any more.
    let removed: [FitmentID]
    /// What is new, or is said with another quantity.
    let written: [Fitment]

    init(from previous: Product?, to current: Product, sku: String) {
        var before: [FitmentID: Fitment] = [:]
        for (id, fitment) in previous?.compatibilityFitments(sku: sku) ?? [] { before[id] = fitment }
        var written: [Fitment] = []
        for (id, fitment) in current.compatibilityFitments(sku: sku) {
            if before.removeValue(forKey: id) != fitment { written.append(fitment) }
        }
        self.removed = before.keys.sorted()
        self.written = written
    }
}
