internal import InventoryDomain
internal import Postgres

/// Reads lots.
enum LotRows {
    /// The command that reads the lots of items; to be sent behind their locks, or as of the moment of their rows.
    static func reading(_ keys: [Keyed<SKU>]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.names)
    }

    /// The lots that there are, by the position of their items' keys and by location.
    static func read(
        _ rows: PostgresRows, _ keys: [Keyed<SKU>]
    ) throws(PostgresError) -> [Int: [LocationID: [Lot]]] {
        var lots: [Int: [LocationID: [Lot]]] = [:]
        for row in rows {
            let (position, location, id, expiresAt, available, reserved, quarantined) = try row.decode(
                Int64.self, String.self, String.self, PostgresTimestamp?.self, Int64.self, Int64.self, Int64.self)
            let index = Int(position) - 1
            guard keys.indices.contains(index) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            lots[index, default: [:]][try LocationID.read(location), default: []].append(
                Lot(
                    id: try LotID.read(id), expiresAt: expiresAt.map { Timestamp($0) },
                    balance: try StockReadStore.balance(
                        available: available, reserved: reserved, quarantined: quarantined, inTransit: 0,
                        incoming: 0)))
        }
        return lots
    }

    private static let selection = PostgresStatement(
        """
        select k.position, l.location_id, l.lot_id, l.expires_at, l.available, l.reserved, l.quarantined
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join lot l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
        """,
        readOnly: true)
}

extension LotID {
    static func read(_ text: String) throws(PostgresError) -> LotID {
        do throws(InvalidValue) { return try LotID(text) } catch { throw .unexpectedValue(error, column: "lot_id") }
    }
}
