internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads the reservations that hold units of a SKU.
struct HoldingReservations: Sendable {
    /// The reservations that an explanation shows at the most.
    static let maximumReservations = 100

    let pool: PostgresPool

    /// The reservations that hold units of a SKU now, the newest first, each with what it holds of the SKU alone.
    ///
    /// - Parameter kit: Of which the units are a part; nil: all that are held.
    func reservations(
        of key: StockKey, at location: LocationID?, for kit: SKU?
    ) async throws(PostgresError) -> [InventoryMessages.Reservation] {
        let rows = try await self.pool.query(
            Self.selection, key.brand, key.sku.description, location?.description, Int64(Self.maximumReservations),
            kit?.description)
        var reservations: [InventoryMessages.Reservation] = []
        for row in rows {
            let (
                id, state, expiresAt, createdAt, changedAt, reference, version, lines, locations, quantities,
                backordered, committed, released, kits
            ) =
                try row.decode(
                    String.self, Int16.self, PostgresTimestamp?.self, PostgresTimestamp.self, PostgresTimestamp.self,
                    String.self, Int64.self, [Int16].self, [String].self, [Int64].self, [Int64].self, [Int64].self,
                    [Int64].self, [String].self)
            let allocations = lines.indices.map { index in
                InventoryMessages.Allocation(
                    line: UInt32(clamping: lines[index]), sku: key.sku.description, locationID: locations[index],
                    quantity: quantities[index], backordered: backordered[index], kitSku: kits[index],
                    committed: committed[index], released: released[index])
            }
            reservations.append(
                InventoryMessages.Reservation(
                    reservationID: id, state: InventoryMessages.ReservationState(rawValue: Int32(state)),
                    expiresAt: expiresAt?.protobuf, createdAt: createdAt.protobuf, changedAt: changedAt.protobuf,
                    allocations: allocations, reference: reference, version: UInt64(clamping: version)))
        }
        return reservations
    }

    /// Held and confirmed ones.
    private static let selection = PostgresStatement(
        """
        select r.reservation_id, r.state, r.expires_at, r.created_at, r.changed_at, r.reference, r.version,
            array_agg(a.line order by a.part), array_agg(a.location_id order by a.part),
            array_agg(a.quantity order by a.part), array_agg(a.backordered order by a.part),
            array_agg(a.committed order by a.part), array_agg(a.released order by a.part),
            array_agg(coalesce(a.kit_sku, '') order by a.part)
        from allocation a
        join reservation r on r.bucket = a.bucket and r.brand_id = a.brand_id and r.reservation_id = a.reservation_id
        where a.bucket >= 0 and a.brand_id = $1 and a.sku = $2 and ($3::text is null or a.location_id = $3)
            and ($5::text is null or a.kit_sku = $5) and a.quantity > a.committed + a.released and r.state in (1, 2)
        group by r.bucket, r.brand_id, r.reservation_id
        order by r.created_at desc, r.reservation_id limit $4
        """,
        readOnly: true)
}
