internal import Postgres

/// What inventory says of a brand when it is asked.
struct BrandFact: Hashable, Sendable {
    /// All of its locations.
    var locations: [LocationFact]
    /// Units of each SKU that single channels are not told of, where the SKU itself says nothing else.
    var channelBuffers: [String: Int64]
}

/// What inventory says of a location.
struct LocationFact: Hashable, Sendable {
    /// Its name.
    var id: String
    /// It is active, not a marketplace's own, and its figures are not too old to be told.
    var isSold: Bool
    /// Units of each SKU that it keeps back.
    var safetyBuffer: Int64
}

/// Reads and writes the copy of what inventory says of brands.
enum BrandCopy {
    /// The types of the events behind which inventory is asked.
    static let types: Set<String> = [
        "inventory.location.changed", "inventory.location.stale", "inventory.location.fresh", "inventory.rules.changed",
    ]

    /// After how many seconds inventory is asked again without a reason: events say all, as long as those who change
    /// something tell of it. Copies of inventory that are older than this service do not.
    static let maximumAgeSeconds: Int64 = 600

    /// A brand of which inventory is to be asked.
    struct Asked: Sendable {
        let brand: PostgresUUID
        /// What is answered by asking now; a later reason asks again.
        let reason: Int64
    }

    /// The command that has inventory asked of brands.
    static func asking(_ brands: Set<PostgresUUID>) -> PostgresCommand {
        PostgresCommand(Self.upsert, Array(brands))
    }

    /// The command that has inventory asked of all brands that were ever asked of.
    static let askingAll = PostgresCommand(
        PostgresStatement(
            """
            update brand_copy b set asked = b.asked + 1
            from (select brand_id from brand_copy order by brand_id for update) k where k.brand_id = b.brand_id
            """))

    /// The brands with connections of which inventory is to be asked: those with reasons, those it never was asked of, and
    /// those it was last asked of ``maximumAgeSeconds`` ago.
    static func asked(_ pool: PostgresPool) async throws(PostgresError) -> [Asked] {
        try await pool.query(Self.selection, Double(Self.maximumAgeSeconds)).map { (row) throws(PostgresError) in
            let (brand, reason) = try row.decode(PostgresUUID.self, Int64.self)
            return Asked(brand: brand, reason: reason)
        }
    }

    /// Writes what inventory said.
    ///
    /// - Returns: Whether it says something new.
    static func write(
        _ fact: BrandFact, _ asked: Asked, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        let locations = fact.locations.sorted { $0.id < $1.id }
        let channels = fact.channelBuffers.sorted { $0.key < $1.key }
        let (names, quantities) = (channels.map(\.key), channels.map(\.value))
        let answers = try await transaction.execute([
            PostgresCommand(Self.comparison, asked.brand, names, quantities),
            PostgresCommand(Self.buffers, asked.brand, names, quantities, asked.reason),
            PostgresCommand(
                Self.locating, asked.brand, locations.map(\.id), locations.map(\.isSold),
                locations.map(\.safetyBuffer)),
        ])
        let hasOtherBuffers = try answers[0].first?.decode(Bool.self) ?? false
        return hasOtherBuffers || !answers[2].isEmpty
    }

    // Its row's first reason is 1, so that it is behind who asks of a brand without a row.
    private static let upsert = PostgresStatement(
        """
        insert into brand_copy as b (brand_id, asked, answered)
        select k.id, 1, 0 from unnest($1::uuid[]) as k (id) order by k.id
        on conflict (brand_id) do update set asked = b.asked + 1
        """)

    private static let selection = PostgresStatement(
        """
        select c.brand_id, coalesce(b.asked, 0) from (select distinct brand_id from connection) c
        left join brand_copy b on b.brand_id = c.brand_id
        where b.brand_id is null or b.asked <> b.answered
            or b.answered_at <= now() - make_interval(secs => $1)
        order by c.brand_id
        """,
        readOnly: true)

    // What was written before the time of it was noted may not have been told of.
    private static let comparison = PostgresStatement(
        """
        select (
            select coalesce(jsonb_object_agg(f.channel, f.quantity), '{}')
            from unnest($2::text[], $3::bigint[]) as f (channel, quantity)
        ) is distinct from coalesce((select channel_buffers from brand_copy where brand_id = $1), '{}')
            or exists (select from brand_copy where brand_id = $1 and answered_at = '-infinity')
        """,
        readOnly: true)

    private static let buffers = PostgresStatement(
        """
        insert into brand_copy (brand_id, channel_buffers, asked, answered, answered_at)
        select $1, coalesce(jsonb_object_agg(f.channel, f.quantity), '{}'), $4, $4, now()
        from unnest($2::text[], $3::bigint[]) as f (channel, quantity)
        on conflict (brand_id) do update set channel_buffers = excluded.channel_buffers,
            answered = excluded.answered, answered_at = excluded.answered_at
        """)

    private static let locating = PostgresStatement(
        """
        with fact as (
            select k.location_id, k.is_sold, k.safety_buffer
            from unnest($2::text[], $3::boolean[], $4::bigint[]) as k (location_id, is_sold, safety_buffer)
        ), gone as (
            delete from location_copy p
            where p.brand_id = $1 and not exists (select from fact f where f.location_id = p.location_id)
            returning p.location_id
        ), put as (
            insert into location_copy as p (brand_id, location_id, is_sold, safety_buffer)
            select $1, f.location_id, f.is_sold, f.safety_buffer from fact f
            on conflict (brand_id, location_id) do update
                set is_sold = excluded.is_sold, safety_buffer = excluded.safety_buffer
                where (p.is_sold, p.safety_buffer) is distinct from (excluded.is_sold, excluded.safety_buffer)
            returning p.location_id
        )
        select location_id from gone union all select location_id from put
        """)
}
