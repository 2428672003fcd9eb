internal import InventoryDomain
internal import Postgres

/// Reads what the documents of one step are decided on: as `BatchRead` does for the engine, and in its order of locks.
///
/// Records of commands are not looked for: that no row is carried out twice follows from the job's cursor, which is written
/// in the same transaction.
struct ImportRead {
    let brand: PostgresUUID
    let setup: BrandSetup
    let keys: [Keyed<SKU>]
    /// In the order of the keys.
    private(set) var items: [StockItem] = []
    /// Where the rows of the items are; nil: an item has none.
    private(set) var places: [ItemPlace?] = []
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

    /// One round trip, or two where items have lots.
    ///
    /// - Parameter locks: Whether the items are locked, to be changed.
    mutating func run(in transaction: PostgresTransaction, locks: Bool) async throws(PostgresError) {
        let rows = try await transaction.execute(
            (locks ? ItemRows.locking(self.keys) : ItemRows.reading(self.keys)) + [
                PostgresCommand(Self.clockAndVersion, self.brand)
            ])
        let (items, lotted) = try ItemRows.read(rows.dropLast(), self.keys)
        for (key, item) in zip(self.keys, items) {
            if let item {
                self.items.append(item.item)
                self.places.append(item.place)
            } else {
                self.places.append(nil)
                self.items.append(try StockItem.unknown(key.name))
            }
        }
        try await self.readLots(of: lotted, in: transaction)
        guard let clock = rows.last?.first else { throw PostgresError(.server, "a clock without an answer") }
        let (now, version) = try clock.decode(PostgresTimestamp.self, Int64.self)
        self.now = Timestamp(now)
        self.isOutdated = version != self.setup.version
    }

    /// A round trip more, where an item has lots.
    private mutating func readLots(
        of positions: [Int], in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        guard !positions.isEmpty else { return }
        let keys = positions.map { self.keys[$0] }
        guard let rows = try await transaction.execute([LotRows.reading(keys)]).first else {
            throw PostgresError(.server, "no answer for lots")
        }
        for (index, lots) in try LotRows.read(rows, keys) {
            for (location, lots) in lots { self.items[positions[index]].attach(lots, at: location) }
        }
    }

    private static let clockAndVersion = PostgresStatement(
        "select clock_timestamp(), coalesce((select version from setup where brand_id = $1), 0)", readOnly: true)
}
