internal import InventoryDomain
internal import Postgres
internal import Redis

/// The keys of the cache as long as one process of Redis lives.
///
/// A Redis that starts anew, or takes another's place, may hold what an earlier one was told and miss what it was told
/// since. So the name of the process stands in every key: what another process left is never looked at, and goes by its
/// time to live. The number before it stands for the form of the entries; it rises where that changes.
struct StockCacheEpoch: Hashable, Sendable {
    /// Of Redis' run id, which has 40 random digits.
    private static let digits = 12

    /// The start of every key.
    let prefix: [UInt8]
    /// The process.
    let runID: String

    init(runID: String) {
        self.runID = runID
        self.prefix = Array("stock1:\(runID.prefix(Self.digits)):".utf8)
    }

    /// The key of a SKU: the prefix, the brand's 16 bytes, and the SKU.
    func key(of key: StockKey) -> [UInt8] {
        self.start(of: key.brand) + Array(key.sku.description.utf8)
    }

    /// Adds the keys of SKUs that were not looked at yet to a command, straight into what is sent.
    func appendKeys(of questions: StockMisses, to batch: inout RedisBatch) {
        var start: [UInt8] = []
        for index in 0..<questions.count {
            let brand = questions.brand(index)
            if index == 0 || brand != questions.brand(index - 1) { start = self.start(of: brand) }
            batch.appendArgument(start.span.bytes, questions.sku(index))
        }
    }

    /// Adds keys to a command.
    func appendKeys(_ keys: [StockKey], to batch: inout RedisBatch) {
        var known: (brand: PostgresUUID, start: [UInt8])?
        for key in keys {
            let start = known?.brand == key.brand ? known?.start ?? [] : self.start(of: key.brand)
            known = (key.brand, start)
            let sku = key.sku.description
            batch.appendArgument(start.span.bytes, sku.utf8.span.bytes)
        }
    }

    /// The start of all keys of a brand.
    private func start(of brand: PostgresUUID) -> [UInt8] {
        var bytes = self.prefix
        withUnsafeBytes(of: brand.high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: brand.low.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
