internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import WellKnownMessages

/// Reads and writes locations with all that is said of them.
enum LocationRecord {
    /// The most locations of a brand.
    static let maximumCount = 1_000

    /// The command that adds or replaces a location; when its feed came last stays as it is.
    static func put(
        _ location: InventoryMessages.Location, of brand: PostgresUUID, leadTimeSeconds: Int64?,
        staleAfterSeconds: Int64?
    ) -> PostgresCommand {
        PostgresCommand(
            Self.upsert, brand, location.locationID, location.name, Int16(clamping: location.kind.rawValue),
            location.region, location.country, location.priority, Int16(clamping: location.cutOffMinute),
            location.timeZone, leadTimeSeconds, location.active, location.safetyBuffer, staleAfterSeconds,
            location.staleRule == .hide ? InventoryDomain.StaleRule.hide.rawValue : StaleRule.sell.rawValue)
    }

    /// The command that reads a brand's location.
    static func one(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The command that reads all of a brand's locations.
    static func all(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.list, brand) }

    /// A row of these commands.
    static func read(_ row: PostgresRow) throws(PostgresError) -> InventoryMessages.Location {
        let (
            id, name, kind, region, country, priority, cutOff, timeZone, leadTime, isActive, buffer, fedAt, staleAfter,
            staleRule, version, isStale
        ) = try row.decode(
            String.self, String.self, Int16.self, String.self, String.self, Int32.self, Int16.self, String.self,
            Int64?.self, Bool.self, Int64.self, PostgresTimestamp?.self, Int64?.self, Int16.self, Int64.self, Bool.self)
        return InventoryMessages.Location(
            locationID: id, name: name, kind: LocationKind(rawValue: Int32(kind)), region: region, country: country,
            priority: priority, cutOffMinute: UInt32(clamping: cutOff), timeZone: timeZone,
            leadTime: leadTime.map { ProtoDuration(seconds: $0, nanos: 0) }, active: isActive, safetyBuffer: buffer,
            fedAt: fedAt?.protobuf, staleAfter: staleAfter.map { ProtoDuration(seconds: $0, nanos: 0) },
            staleRule: InventoryMessages.StaleRule(rawValue: Int32(staleRule)), version: UInt64(clamping: version),
            stale: isStale)
    }

    // As `Location.isStale` in the domain: at the very age that the location allows.
    private static let columns: StaticString = """
        location_id, name, kind, region, country, priority, cut_off_minute, time_zone, lead_time_seconds, is_active,
        safety_buffer, fed_at, stale_after_seconds, stale_rule, version,
        coalesce(extract(epoch from now() - fed_at) >= stale_after_seconds, false)
        """

    private static let upsert = PostgresStatement(joining: [
        """
        insert into location (brand_id, location_id, name, kind, region, country, priority, cut_off_minute, time_zone,
            lead_time_seconds, is_active, safety_buffer, stale_after_seconds, stale_rule, version, told_version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, 0)
        on conflict (brand_id, location_id) do update set name = excluded.name, kind = excluded.kind,
            region = excluded.region, country = excluded.country, priority = excluded.priority,
            cut_off_minute = excluded.cut_off_minute, time_zone = excluded.time_zone,
            lead_time_seconds = excluded.lead_time_seconds, is_active = excluded.is_active,
            safety_buffer = excluded.safety_buffer, stale_after_seconds = excluded.stale_after_seconds,
            stale_rule = excluded.stale_rule, version = location.version + 1
        returning

        """, Self.columns,
    ])

    private static let selection = PostgresStatement(
        joining: ["select ", Self.columns, " from location where brand_id = $1 and location_id = $2"], readOnly: true)

    private static let list = PostgresStatement(
        joining: ["select ", Self.columns, " from location where brand_id = $1 order by location_id"], readOnly: true)
}
