internal import InventoryDomain
internal import Postgres

/// Reads what the documents of one step are decided on: as `BatchRead` does for the engine, and in its order of locks.
///
/// Records of commands are not looked for: that no row is carried out twice follows from the job's cursor, which is written
/// in the same transaction.
struct ImportRead {
    let brand: PostgresUUID
    let setup: BrandSetup
    private let keys: [Keyed<SKU>]
    private(set) var items: [StockItem] = []
    /// The SKUs that have a row.
    private(set) var knownSKUs: Set<SKU> = []
    /// The database's clock, when the locks were held.
    private(set) var now = Timestamp(microseconds: 0)
    /// Whether the setup has changed since this process read it.
    private(set) var isOutdated = false

    /// - Parameter skus: Each once.
    init(_ skus: some Sequence<SKU>, of brand: PostgresUUID, setup: BrandSetup) {
        self.brand = brand
        self.setup = setup
        // A kit is refused whatever its components are.
        var keys = skus.map { Keyed($0, of: brand, share: 0) }
        keys.sort(by: Keyed.isBefore)
        self.keys = keys
    }

    /// One round trip.
    ///
    /// - Parameter locks: Whether the items are locked, to be changed.
    mutating func run(in transaction: PostgresTransaction, locks: Bool) async throws(PostgresError) {
        let rows = try await transaction.execute(
            (locks ? ItemRows.locking(self.keys) : ItemRows.reading(self.keys)) + [
                PostgresCommand(Self.clockAndVersion, self.brand)
            ])
        for (key, item) in zip(self.keys, try ItemRows.read(rows.dropLast(), self.keys)) {
            if let item {
                self.items.append(item)
                self.knownSKUs.insert(key.name)
            } else {
                self.items.append(try StockItem.unknown(key.name))
            }
        }
        guard let clock = rows.last?.first else { throw PostgresError(.server, "a clock without an answer") }
        let (now, version) = try clock.decode(PostgresTimestamp.self, Int64.self)
        self.now = Timestamp(now)
        self.isOutdated = version != self.setup.version
    }

    private static let clockAndVersion = PostgresStatement(
        "select clock_timestamp(), coalesce((select version from setup where brand_id = $1), 0)", readOnly: true)
}
