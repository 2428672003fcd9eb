internal import Buckets
internal import InventoryDomain
internal import Postgres

/// A name with what leads to its row.
///
/// Bucket, brand and the name's bytes are the order in which every transaction of every copy locks and inserts rows.
struct Keyed<Name: Sendable & CustomStringConvertible>: Sendable {
    /// 0 to 63.
    let bucket: Int16
    /// Whose it is.
    let brand: PostgresUUID
    /// Which of the transaction's brands that is, from 0 on.
    let share: Int
    /// The name.
    let name: Name
    /// The name's text, as it is stored.
    var text: String { self.name.description }

    init(_ name: Name, of brand: PostgresUUID, share: Int) {
        self.name = name
        self.brand = brand
        self.share = share
        self.bucket = brand.bucket(of: name.description).number
    }

    static func isBefore(_ left: Self, _ right: Self) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.brand != right.brand { return left.brand < right.brand }
        return left.text.isBeforeByBytes(right.text)
    }
}

extension Keyed<SKU> {
    /// The same as a key of what is kept in memory.
    var stockKey: StockKey { StockKey(brand: self.brand, sku: self.name) }
}

extension Array {
    /// The parameters by which a statement finds rows: buckets, brands and names.
    func columns<Name>() -> (buckets: [Int16], brands: [PostgresUUID], names: [String]) where Element == Keyed<Name> {
        (self.map(\.bucket), self.map(\.brand), self.map(\.text))
    }
}
