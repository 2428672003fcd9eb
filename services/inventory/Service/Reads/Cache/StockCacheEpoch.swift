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
        var bytes = self.prefix
        let sku = key.sku.description.utf8
        bytes.reserveCapacity(bytes.count + 16 + sku.count)
        withUnsafeBytes(of: key.brand.high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: key.brand.low.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: sku)
        return bytes
    }

    /// Adds the key of a SKU that was not looked at yet to a command, straight into what is sent.
    func append(_ brand: PostgresUUID, _ sku: String, to batch: inout RedisBatch) {
        var sku = sku
        sku.withUTF8 { sku in
            batch.appendArgument(byteCount: self.prefix.count + 16 + sku.count) { output in
                output.copyBytes(from: self.prefix)
                output.storeBytes(of: brand.high.bigEndian, toByteOffset: self.prefix.count, as: UInt64.self)
                output.storeBytes(of: brand.low.bigEndian, toByteOffset: self.prefix.count + 8, as: UInt64.self)
                UnsafeMutableRawBufferPointer(rebasing: output[(self.prefix.count + 16)...]).copyBytes(from: sku)
            }
        }
    }
}
