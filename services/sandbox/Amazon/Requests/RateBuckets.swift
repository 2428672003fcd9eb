internal import Synchronization

/// The calls that each shop has left of each operation, which come back by and by.
final class RateBuckets: Sendable {
    private struct Key: Hashable {
        let shop: String
        let operation: String
    }

    private struct Bucket {
        var calls: Double
        var at: ContinuousClock.Instant
    }

    private let buckets = Mutex<[Key: Bucket]>([:])

    /// Takes one call.
    ///
    /// - Returns: Whether there was one; nothing is taken otherwise.
    func take(_ operation: AmazonOperation, of shop: String, now: ContinuousClock.Instant = .now) -> Bool {
        self.buckets.withLock { buckets in
            let key = Key(shop: shop, operation: operation.name)
            var bucket = buckets[key] ?? Bucket(calls: operation.burst, at: now)
            let seconds = max(0, bucket.at.duration(to: now) / .seconds(1))
            bucket.calls = min(operation.burst, bucket.calls + seconds * operation.rate)
            bucket.at = max(bucket.at, now)
            let isThere = bucket.calls >= 1
            if isThere { bucket.calls -= 1 }
            buckets[key] = bucket
            return isThere
        }
    }
}
