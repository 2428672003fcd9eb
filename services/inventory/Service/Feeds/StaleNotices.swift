internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Leasing
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

/// Tells, by event, which locations have become stale or fresh.
///
/// What is stale is decided where it is read, by age alone, and hidden from that moment on. This is for those who keep a
/// copy of what they were told: they hear of it once.
enum StaleNotices {
    /// Finds the locations of which the opposite was told last, and notes that they are told of. Those that others have
    /// locked wait for the next sweep.
    ///
    /// - Parameter brand: nil: of all brands.
    /// - Returns: Of at most ``FeedLimits/noticesAtOnce`` locations.
    static func news(
        of brand: PostgresUUID?, in transaction: PostgresTransaction
    ) async throws -> LocationNews {
        let rows = try await transaction.query(Self.turning, brand, FeedLimits.noticesAtOnce)
        var generator = SystemRandomNumberGenerator()
        var news = LocationNews()
        for row in rows {
            let (brand, location, fedAt, staleAfter, rule, isStale, now) = try row.decode(
                PostgresUUID.self, String.self, PostgresTimestamp?.self, Int64?.self, Int16.self, Bool.self,
                PostgresTimestamp.self)
            // What is hidden, or shown again, is sold in kits no more, or again.
            if rule == InventoryDomain.StaleRule.hide.rawValue { news.brandsSellingOtherwise.insert(brand) }
            let payload =
                isStale
                ? try LocationStale(
                    locationID: location, fedAt: fedAt?.protobuf,
                    staleAfter: staleAfter.map { ProtoDuration(seconds: $0, nanos: 0) },
                    staleRule: InventoryMessages.StaleRule(rawValue: Int32(rule))
                ).encodedBytes() : try LocationFresh(locationID: location, fedAt: fedAt?.protobuf).encodedBytes()
            news.events.append(
                Event(
                    id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: brand,
                    bucket: brand.bucket(of: location), type: isStale ? Self.staleType : Self.freshType,
                    subject: location, occurredAt: now, payload: payload))
        }
        return news
    }

    /// Tells of all locations of which it is to be told, a part of them if there are many.
    ///
    /// - Returns: How many there were.
    static func sweep(_ pool: PostgresPool, lease: Lease) async throws -> Int {
        guard try await !pool.query(Self.probe).isEmpty else { return 0 }
        return try await pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            let news = try await Self.news(of: nil, in: transaction)
            _ = try await transaction.commit(with: try news.commands())
            return news.events.count
        }
    }

    static let staleType = "inventory.location.stale"
    static let freshType = "inventory.location.fresh"

    // As `Location.isStale` in the domain: at the very age that the location allows.
    private static let turning = PostgresStatement(
        """
        with turning as (
            select brand_id, location_id from location
            where (fed_at is not null or told_stale_at is not null) and ($1::uuid is null or brand_id = $1)
                and (told_stale_at is not null)
                    <> coalesce(extract(epoch from now() - fed_at) >= stale_after_seconds, false)
            order by brand_id, location_id limit $2 for update skip locked
        )
        update location l set told_stale_at = case when l.told_stale_at is null then now() end
        from turning t where l.brand_id = t.brand_id and l.location_id = t.location_id
        returning l.brand_id, l.location_id, l.fed_at, l.stale_after_seconds, l.stale_rule,
            l.told_stale_at is not null, now()
        """)

    private static let probe = PostgresStatement(
        """
        select 1 from location
        where (fed_at is not null or told_stale_at is not null) and (told_stale_at is not null)
            <> coalesce(extract(epoch from now() - fed_at) >= stale_after_seconds, false)
        limit 1
        """,
        readOnly: true)
}
