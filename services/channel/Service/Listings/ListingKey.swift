internal import Buckets
internal import Postgres

/// Names a listing among those of all brands.
struct ListingKey: Hashable, Sendable, Comparable {
    /// Of the brand's SKU.
    let bucket: Bucket
    /// Whose it is.
    let brand: PostgresUUID
    /// Ours.
    let sku: String
    /// On which connection.
    let connection: String

    init(brand: PostgresUUID, sku: String, connection: String) {
        self.bucket = brand.bucket(of: sku)
        self.brand = brand
        self.sku = sku
        self.connection = connection
    }

    /// By bucket, brand, SKU and connection: the order in which rows are locked.
    static func < (left: Self, right: Self) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.brand != right.brand { return left.brand < right.brand }
        if left.sku != right.sku { return left.sku.utf8.lexicographicallyPrecedes(right.sku.utf8) }
        return left.connection.utf8.lexicographicallyPrecedes(right.connection.utf8)
    }
}
