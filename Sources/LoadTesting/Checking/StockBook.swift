internal import Synchronization

/// What is known of all SKUs of a test. From any thread.
///
/// The SKUs are spread over shards with a lock each, so that threads rarely wait for each other.
final class StockBook: Sendable {
    private static let shardCount = 64

    /// Every 64th SKU.
    private final class Shard: Sendable {
        let items: Mutex<[ItemBook]>

        init(_ items: [ItemBook]) { self.items = Mutex(items) }
    }

    private let shards: [Shard]
    /// How far reads may lie behind, in nanoseconds.
    private let boundNanoseconds: UInt64
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - items: The SKUs as they are before the test.
    ///   - boundNanoseconds: How far reads may lie behind.
    ///   - now: A clock that never goes back, in nanoseconds.
    init(_ items: [ItemBook], boundNanoseconds: UInt64, now: @escaping @Sendable () -> UInt64) {
        self.shards = (0..<Self.shardCount).map { shard in
            Shard(stride(from: shard, to: items.count, by: Self.shardCount).map { items[$0] })
        }
        self.boundNanoseconds = boundNanoseconds
        self.now = now
    }

    /// Changes what is known of a SKU, at a moment that is no earlier than any before it.
    ///
    /// - Precondition: The number is that of a SKU of the book.
    func with<Result>(_ sku: Int, _ body: (inout ItemBook, _ now: UInt64) -> Result) -> Result {
        self.shards[sku % Self.shardCount].items.withLock { items in
            body(&items[sku / Self.shardCount], self.now())
        }
    }

    /// The version that a read which begins now must answer at least.
    func floor(_ sku: Int) -> UInt64 {
        self.with(sku) { item, now in item.versions.floor(now: now, bound: self.boundNanoseconds) }
    }

    /// A version of a SKU was acknowledged or read.
    func know(_ version: UInt64, of sku: Int) {
        self.with(sku) { item, now in item.versions.know(version, now: now, bound: self.boundNanoseconds) }
    }

    /// What is known of a SKU now.
    func item(_ sku: Int) -> ItemBook { self.with(sku) { item, _ in item } }
}
