internal import Postgres
internal import PricingDomain
internal import Synchronization

/// What clocks show in time zones, as the database knows it: it has the zones' rules.
///
/// How far each zone's clocks are ahead of UTC is kept for a quarter of an hour: since 1972 no zone has changed within one.
final class ZoneClocks: Sendable {
    /// The most zones and quarters of hours that are kept; all are forgotten when there are more.
    static let maximumCount = 4_096
    /// How long an offset counts, in microseconds.
    private static let quarterHour: Int64 = 900_000_000
    private static let day: Int64 = 86_400_000_000
    /// The days ahead that are looked at for a change: more than a week, in which hours come again.
    private static let daysAhead: Int64 = 8

    private struct Key: Hashable {
        var zone: String
        var quarterHour: Int64
    }

    /// How far clocks are ahead of UTC, and for how many days from then on they are known to be.
    private struct Offset {
        var microseconds: Int64
        var steadyDays: Int64
    }

    private let pool: PostgresPool
    private let known = Mutex<[Key: Offset]>([:])

    init(_ pool: PostgresPool) { self.pool = pool }

    /// What the clocks of some zones show at an instant. The zones are those of rules, which were checked.
    ///
    /// Asks the database for those that are not kept, all at once.
    func clocks(of zones: [String], at instant: Instant) async throws -> [String: LocalClock] {
        guard !zones.isEmpty else { return [:] }
        let quarter = Self.floor(instant.microseconds, by: Self.quarterHour)
        var offsets = self.known.withLock { known in
            zones.reduce(into: [String: Offset]()) { $0[$1] = known[Key(zone: $1, quarterHour: quarter)] }
        }
        let missing = zones.filter { offsets[$0] == nil }
        if !missing.isEmpty {
            for (zone, offset) in try await self.read(missing, quarter: quarter) { offsets[zone] = offset }
        }
        return offsets.mapValues { Self.clock($0, at: instant, quarter: quarter) }
    }

    private func read(_ zones: [String], quarter: Int64) async throws(PostgresError) -> [String: Offset] {
        var offsets: [String: Offset] = [:]
        let begin = PostgresTimestamp(microseconds: quarter * Self.quarterHour)
        for row in try await self.pool.query(Self.offsets, zones, begin, Self.daysAhead) {
            let (zone, offset, days) = try row.decode(String.self, Int64.self, Int64.self)
            offsets[zone] = Offset(microseconds: offset, steadyDays: days)
        }
        self.known.withLock { known in
            if known.count + offsets.count > Self.maximumCount { known.removeAll(keepingCapacity: true) }
            for (zone, offset) in offsets { known[Key(zone: zone, quarterHour: quarter)] = offset }
        }
        return offsets
    }

    private static func clock(_ offset: Offset, at instant: Instant, quarter: Int64) -> LocalClock {
        let local = instant.microseconds + offset.microseconds
        let days = Self.floor(local, by: Self.day)
        let minute = (local - days * Self.day) / 60_000_000
        // The first day of 1970 was a Thursday.
        let weekday = (days + 3) - Self.floor(days + 3, by: 7) * 7 + 1
        let begin = quarter * Self.quarterHour
        return LocalClock(
            weekday: Int(weekday), minuteOfDay: Int(minute),
            isSteadyUntil: Instant(
                microseconds: begin + max(offset.steadyDays * Self.day, Self.quarterHour)))
    }

    private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static let offsets = PostgresStatement(
        """
        with looked as (
            select z.name, d.day,
                (extract(epoch from (($2 + d.day * interval '24 hours') at time zone z.name)
                    - (($2 + d.day * interval '24 hours') at time zone 'UTC')) * 1000000)::bigint as ahead
            from unnest($1::text[]) as z (name), generate_series(0, $3::bigint) as d (day)
        )
        select n.name, n.ahead, coalesce(min(l.day) - 1, $3)
        from looked n left join looked l on l.name = n.name and l.ahead <> n.ahead
        where n.day = 0 group by n.name, n.ahead
        """, readOnly: true)
}
