internal import Buckets
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads lots, to be shown.
struct LotListStore: Sendable {
    /// Where a page ended.
    struct Position: Hashable, Sendable {
        /// Before every lot: the year 1.
        static let first = Position(
            expiresAt: PostgresTimestamp(microseconds: -62_135_596_800_000_000), sku: "", location: "", lot: "")

        /// Nil: never, which comes last.
        var expiresAt: PostgresTimestamp?
        var sku: String
        var location: String
        var lot: String
    }

    /// Which lots.
    struct Selection: Sendable {
        var key: StockKey?
        var location: LocationID?
        var expiresBefore: PostgresTimestamp?
        var after = Position.first
    }

    let pool: PostgresPool

    /// Lots in the order of their expiry, each with its position.
    func lots(
        of brand: PostgresUUID, _ selection: Selection, limit: Int
    ) async throws(PostgresError) -> [(message: LotStock, position: Position)] {
        let after = selection.after
        let rows =
            if let key = selection.key {
                try await self.pool.query(
                    Self.pageOfSKU, brand, selection.location?.description, selection.expiresBefore, after.expiresAt,
                    after.sku, after.location, after.lot, Int64(limit), key.bucket.number, key.sku.description)
            } else {
                try await self.pool.query(
                    Self.page, brand, selection.location?.description, selection.expiresBefore, after.expiresAt,
                    after.sku, after.location, after.lot, Int64(limit))
            }
        return try rows.map { (row) throws(PostgresError) in try Self.lot(row) }
    }

    private static func lot(
        _ row: PostgresRow
    ) throws(PostgresError) -> (message: LotStock, position: Position) {
        let (sku, location, lot, expiresAt, available, reserved, quarantined) = try row.decode(
            String.self, String.self, String.self, PostgresTimestamp?.self, Int64.self, Int64.self, Int64.self)
        let balance = try StockReadStore.balance(
            available: available, reserved: reserved, quarantined: quarantined, inTransit: 0, incoming: 0)
        let message = LotStock(
            sku: sku, locationID: location, lotID: lot, expiresAt: expiresAt?.protobuf,
            stockAvailable: balance.available, onHand: balance.onHand, reserved: balance.reserved,
            quarantined: balance.quarantined)
        return (message, Position(expiresAt: expiresAt, sku: sku, location: location, lot: lot))
    }

    private static let page = PostgresStatement(
        """
        select sku, location_id, lot_id, expires_at, available, reserved, quarantined from lot
        where bucket >= 0 and brand_id = $1 and ($2::text is null or location_id = $2) and ($3::timestamptz is null or expires_at < $3)
            and (coalesce(expires_at, 'infinity'), sku, location_id, lot_id)
                > (coalesce($4::timestamptz, 'infinity'), $5, $6, $7)
        order by coalesce(expires_at, 'infinity'), sku, location_id, lot_id limit $8
        """,
        readOnly: true)

    private static let pageOfSKU = PostgresStatement(
        """
        select sku, location_id, lot_id, expires_at, available, reserved, quarantined from lot
        where bucket = $9 and brand_id = $1 and sku = $10 and ($2::text is null or location_id = $2)
            and ($3::timestamptz is null or expires_at < $3)
            and (coalesce(expires_at, 'infinity'), sku, location_id, lot_id)
                > (coalesce($4::timestamptz, 'infinity'), $5, $6, $7)
        order by coalesce(expires_at, 'infinity'), sku, location_id, lot_id limit $8
        """,
        readOnly: true)
}

extension LotListStore.Position {
    /// As page tokens carry it. Names have no control characters, so that zero bytes divide them.
    var bytes: [UInt8] {
        withUnsafeBytes(of: (self.expiresAt?.microseconds ?? .max).bigEndian) { Array($0) }
            + Array([self.sku, self.location, self.lot].joined(separator: "\0").utf8)
    }

    /// Nil: these are none that were given out.
    init?(bytes: [UInt8]) {
        guard bytes.count > 8, let text = String(validating: bytes[8...], as: UTF8.self) else { return nil }
        let names = text.split(separator: "\0", omittingEmptySubsequences: false)
        guard names.count == 3 else { return nil }
        let microseconds = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        self.init(
            expiresAt: microseconds == .max ? nil : PostgresTimestamp(microseconds: microseconds),
            sku: String(names[0]), location: String(names[1]), lot: String(names[2]))
    }
}
