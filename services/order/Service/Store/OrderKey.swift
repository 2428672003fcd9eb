internal import Buckets
internal import OrderDomain
internal import Postgres

/// Names an order among those of all brands, in the order in which orders are locked.
struct OrderKey: Hashable, Comparable, Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// Its id.
    let id: OrderID

    /// Where its rows are.
    var bucket: Bucket { self.id.bucket }

    static func < (left: Self, right: Self) -> Bool {
        let (leftBucket, rightBucket) = (left.bucket, right.bucket)
        if leftBucket != rightBucket { return leftBucket < rightBucket }
        if left.brand != right.brand { return left.brand < right.brand }
        return (left.id.high, left.id.low) < (right.id.high, right.id.low)
    }
}

extension [OrderKey] {
    /// The parameters that name rows of orders: buckets, brands, ids.
    var columns: (buckets: [Int16], brands: [PostgresUUID], ids: [PostgresUUID]) {
        (self.map(\.bucket.number), self.map(\.brand), self.map { PostgresUUID($0.id) })
    }
}
