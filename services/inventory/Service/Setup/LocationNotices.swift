internal import Events
internal import InventoryMessages
internal import Postgres
internal import ProtobufC
internal import RPC

/// Tells, by event, which locations were changed: by who puts them, or by feeds that say when their figures are stale.
enum LocationNotices {
    /// The type of the event.
    static let changedType = "inventory.location.changed"

    /// Finds the locations of a brand that were changed in a transaction, and notes that they are told of.
    static func news(
        of brand: PostgresUUID, in transaction: PostgresTransaction, trace: TraceContext? = nil
    ) async throws -> LocationNews {
        let rows = try await transaction.query(Self.telling, brand)
        var generator = SystemRandomNumberGenerator()
        var news = LocationNews()
        for row in rows {
            let location = try LocationRecord.read(row)
            let now = try row.decode(PostgresTimestamp.self, column: "now")
            if try row.decode(Bool.self, column: "sells_otherwise") { news.brandsSellingOtherwise.insert(brand) }
            news.events.append(
                Event(
                    id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: brand,
                    bucket: brand.bucket(of: location.locationID), type: Self.changedType,
                    subject: location.locationID, occurredAt: now, traceParent: trace?.traceparent,
                    payload: try LocationChanged(location: location).encodedBytes()))
        }
        return news
    }

    private static let telling = PostgresStatement(
        """
        with untold as (
            select location_id, told_sale as before,
                concat_ws(' ', is_active, kind = 4, safety_buffer, coalesce(stale_after_seconds, -1), stale_rule) as sale
            from location where brand_id = $1 and told_version <> version order by location_id for update
        )
        update location l set told_version = l.version, told_sale = u.sale
        from untold u where l.brand_id = $1 and l.location_id = u.location_id
        returning l.location_id, l.name, l.kind, l.region, l.country, l.priority, l.cut_off_minute, l.time_zone,
            l.lead_time_seconds, l.is_active, l.safety_buffer, l.fed_at, l.stale_after_seconds, l.stale_rule, l.version,
            coalesce(extract(epoch from now() - l.fed_at) >= l.stale_after_seconds, false),
            u.before is distinct from u.sale as sells_otherwise, now() as now
        """)
}
