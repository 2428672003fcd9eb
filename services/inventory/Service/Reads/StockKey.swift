internal import Buckets
internal import InventoryDomain
internal import Postgres

/// A SKU of a brand: what stock is asked for by.
struct StockKey: Hashable, Sendable {
    let brand: PostgresUUID
    let sku: SKU

    /// Where its rows and events stand.
    var bucket: Bucket { self.brand.bucket(of: self.sku.description) }
}
