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
    /// The places in the order of the keys of those that are as steps before would have left them.
    private(set) var drafted: Set<Int> = []
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
    /// - Parameter drafts: Of a dry run, which goes by them where it has some; nil: the items are locked, to be changed.
    mutating func run(in transaction: PostgresTransaction, drafts: ImportDrafts?) async throws(PostgresError) {
        var commands = [TransactionIdentity.assigning]
        commands += drafts == nil ? ItemRows.locking(self.keys) : ItemRows.reading(self.keys)
        commands.append(PostgresCommand(Self.clockAndVersion, self.brand))
        if let drafts { commands.append(drafts.reading(self.keys)) }
        var answers = try await transaction.execute(commands).dropFirst()
        let drafted = drafts == nil ? nil : answers.popLast()
        guard let clock = answers.popLast()?.first else { throw PostgresError(.server, "a clock without an answer") }
        let (items, lotted) = try ItemRows.read(answers, self.keys)
        try self.take(
            items, try drafted.map { rows throws(PostgresError) in try ImportDrafts.read(rows, self.keys) } ?? [:])
        try await self.readLots(of: lotted.filter { !self.drafted.contains($0) }, in: transaction)
        let (now, version) = try clock.decode(PostgresTimestamp.self, Int64.self)
        self.now = Timestamp(now)
        self.isOutdated = version != self.setup.version
    }

    /// Takes the items, or in their place the drafts that there are.
    private mutating func take(_ items: [PlacedItem?], _ drafts: [Int: StockItem]) throws(PostgresError) {
        self.drafted = Set(drafts.keys)
        for (index, key) in self.keys.enumerated() {
            self.places.append(items[index]?.place)
            if let item = drafts[index] ?? items[index]?.item {
                self.items.append(item)
            } else {
                self.items.append(try StockItem.unknown(key.name))
            }
        }
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
