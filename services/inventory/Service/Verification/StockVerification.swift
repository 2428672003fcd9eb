public import InventoryDomain
public import Postgres

/// Rebuilds all stock from its movements and says where the rows differ: what `driveline inventory verify` does.
///
/// Everything is read as of one moment, by one statement, so that it is right while the service writes. The memory that
/// it takes does not depend on how much there is: it holds one SKU at a time, with its levels and lots, and PostgreSQL sorts within bounds, in
/// temporary files of about 200 bytes for each movement.
public struct StockVerification: Sendable {
    /// A SKU of which something is wrong.
    public struct Finding: Sendable {
        /// Whose it is.
        public let brand: PostgresUUID
        /// What.
        public let sku: SKU
        /// What is wrong.
        public let result: ItemAudit.Result
    }

    /// What was looked at.
    public struct Summary: Hashable, Sendable {
        /// SKUs that something is known of.
        public internal(set) var items = 0
        /// Rows of levels.
        public internal(set) var levels = 0
        /// Rows of lots.
        public internal(set) var lots = 0
        /// Movements.
        public internal(set) var movements = 0
        /// SKUs of which something is wrong.
        public internal(set) var differingItems = 0
        /// What is wrong, in all.
        public internal(set) var differences = 0
        /// Differences within the ledger that repairs have settled.
        public internal(set) var settled = 0
    }

    /// After how many movements ``run(brand:progress:found:)`` tells how far it is.
    public static let movementsBetweenNews = 100_000

    private let pool: PostgresPool

    /// A verification.
    ///
    /// - Parameter pool: With the configuration of ``configuration(url:)``.
    public init(_ pool: PostgresPool) { self.pool = pool }

    /// How to reach the database: the statement may take as long as it needs.
    public static func configuration(url: String) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: url)
        configuration.maximumConnections = 1
        configuration.queryMilliseconds = 86_400_000
        configuration.statementMilliseconds = 0
        return configuration
    }

    /// Verifies.
    ///
    /// - Parameters:
    ///   - brand: Whose stock; nil: everybody's.
    ///   - progress: Is told how many movements were read, and about how many there are of all brands; first before the
    ///     first.
    ///   - found: Is told of each SKU of which something is wrong, ordered by bucket, brand and SKU.
    /// - Throws: ``PostgresError``, or what `found` throws.
    public func run(
        brand: PostgresUUID? = nil, progress: (_ movements: Int, _ about: Int64) throws -> Void = { _, _ in },
        found: (Finding) throws -> Void
    ) async throws -> Summary {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        return try await self.pool.withTransaction(options) { transaction in
            let about = try await transaction.query(LedgerRows.estimate).first?.decode(Int64.self) ?? 0
            _ = try await transaction.query(LedgerRows.tuning)
            if let brand { _ = try await transaction.query(LedgerRows.namingBrand, "\(brand)") }
            try progress(0, about)
            let statement = brand == nil ? LedgerRows.ofAll : LedgerRows.ofBrand
            return try await transaction.copyOut(statement) { chunks in
                var reading = Reading()
                var told = 0
                for try await chunk in chunks {
                    try reading.take(chunk, found)
                    guard reading.summary.movements >= told + Self.movementsBetweenNews else { continue }
                    told = reading.summary.movements
                    try progress(told, about)
                }
                try reading.endItem(found)
                return reading.summary
            }
        }
    }
}

/// Takes the rows of the stream together by SKU.
private struct Reading {
    var summary = StockVerification.Summary()
    private var isFirst = true
    private var brand: PostgresUUID?
    private var sku = ""
    private var audit: ItemAudit?

    mutating func take(_ chunk: [UInt8], _ found: (StockVerification.Finding) throws -> Void) throws {
        var rows = try PostgresBinaryRows(chunk, columns: LedgerRows.columnCount, isFirst: self.isFirst)
        self.isFirst = false
        while try rows.next() {
            let row = try LedgerRow(&rows)
            // By bytes: texts that look the same may be two SKUs.
            if self.brand != row.brand || !self.sku.utf8.elementsEqual(row.sku.utf8) {
                try self.endItem(found)
                self.brand = row.brand
                self.sku = row.sku
                self.audit = ItemAudit(try SKU.read(row.sku))
            }
            try self.take(row)
        }
    }

    private mutating func take(_ row: LedgerRow) throws(PostgresError) {
        guard row.kind != .item else {
            self.summary.items += 1
            self.audit?.item(
                version: row.version, totalAvailable: row.units.available, isInStock: row.units.reserved != 0,
                hasLots: row.units.quarantined != 0)
            return
        }
        let location = try LocationID.read(row.location ?? "")
        let lot: LotID? = if let name = row.lot { try LotID.read(name) } else { nil }
        switch row.kind {
        case .item: break
        case .level:
            self.summary.levels += 1
            self.audit?.level(location, row.units, version: row.version)
        case .lot:
            self.summary.lots += 1
            if let lot { self.audit?.lot(lot, at: location, row.units) }
        case .held: self.audit?.held(row.units.reserved, at: location, lot: lot)
        case .movement:
            self.summary.movements += 1
            self.audit?.movement(
                try row.entry, at: location, lot: lot, recorded: row.units, version: row.version,
                part: Int64(row.part), isRepair: row.isRepair)
        }
    }

    mutating func endItem(_ found: (StockVerification.Finding) throws -> Void) throws {
        guard let brand, let audit = self.audit.take() else { return }
        let sku = audit.sku
        let result = audit.finish()
        self.summary.settled += result.settled
        guard !result.differences.isEmpty else { return }
        self.summary.differingItems += 1
        self.summary.differences += result.differences.count + result.untold + result.untoldOfLots
        try found(StockVerification.Finding(brand: brand, sku: sku, result: result))
    }
}
