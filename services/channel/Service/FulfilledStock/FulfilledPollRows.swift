internal import ChannelDomain
internal import Postgres

/// A connection whose platform this process reads.
struct ClaimedFulfilledPoll: Sendable {
    let key: ConnectionKey
    /// Counts who took it: what is stored counts only for the last one.
    let claim: Int64
    /// How often it failed in a row.
    let tries: Int
}

/// Reads and writes what readings of platforms' own stock have come to.
enum FulfilledPollRows {
    /// Somebody else has taken the connection over: nothing more may be written.
    struct Lost: Error {}

    /// Takes connections that are due, those that wait for longest first. Who took one renews that.
    static func take(_ limit: Int, from pool: PostgresPool) async throws -> [ClaimedFulfilledPoll] {
        _ = try await pool.query(Self.beginning)
        return try await pool.query(Self.taking, Int64(limit), InboundLimits.claimMilliseconds).map { row in
            let (brand, connection, claim, tries) = try row.decode(
                PostgresUUID.self, String.self, Int64.self, Int32.self)
            return ClaimedFulfilledPoll(
                key: ConnectionKey(brand: brand, id: connection), claim: claim, tries: Int(tries))
        }
    }

    /// Keeps a connection for another while.
    ///
    /// - Throws: ``Lost`` where it is not ours any more.
    static func renew(_ poll: ClaimedFulfilledPoll, in pool: PostgresPool) async throws {
        let rows = try await pool.query(
            Self.renewing, poll.key.brand, poll.key.id, poll.claim, InboundLimits.claimMilliseconds)
        guard rows.count == 1 else { throw Lost() }
    }

    /// Stores a reading that is complete: what it has, and zero for all that it has not.
    ///
    /// - Parameter units: By the platform's SKU.
    static func store(
        _ units: [String: Int64], at location: String, of poll: ClaimedFulfilledPoll, in pool: PostgresPool
    ) async throws {
        let sorted = units.sorted { $0.key < $1.key }
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(
                Self.numbering, poll.key.brand, poll.key.id, poll.claim, InboundLimits.claimMilliseconds)
            guard rows.count == 1 else { throw Lost() }
            _ = try await transaction.query(Self.missing, poll.key.brand, poll.key.id)
            let found = try await transaction.query(
                Self.found, poll.key.brand, poll.key.id, location, sorted.map(\.key), sorted.map(\.value))
            _ = try await transaction.query(
                Self.counting, poll.key.brand, poll.key.id, Int64(sorted.count - found.count))
        }
    }

    /// What is to be written yet, in the order of SKUs, with ids that are the same for each try.
    static func pending(_ poll: ClaimedFulfilledPoll, in pool: PostgresPool) async throws -> [FulfilledLevel] {
        try await pool.query(
            Self.pending, poll.key.brand, poll.key.id, FulfilledStockLimits.rowsPerCall
        ).map { row in
            let (number, location, sku, quantity) = try row.decode(
                Int64.self, String.self, String.self, Int64.self)
            return FulfilledLevel(
                commandID: "fulfilled-\(poll.key.id)-\(number)-\(location)-\(sku)", sku: sku, location: location,
                quantity: quantity)
        }
    }

    /// Writes that inventory has answered for levels.
    ///
    /// - Parameter refusals: One for each level; nil: it is set. Those that are refused wait for the next reading.
    static func written(
        _ levels: [FulfilledLevel], _ refusals: [String?], of poll: ClaimedFulfilledPoll, in pool: PostgresPool
    ) async throws {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(
                Self.refusing, poll.key.brand, poll.key.id, poll.claim, Int64(refusals.count { $0 != nil }))
            guard rows.count == 1 else { throw Lost() }
            let set = zip(levels, refusals).filter { $0.1 == nil }.map(\.0)
            _ = try await transaction.query(
                Self.writing, poll.key.brand, poll.key.id, levels.map(\.location), levels.map(\.sku))
            _ = try await transaction.query(
                Self.forgetting, poll.key.brand, poll.key.id, set.map(\.location), set.map(\.sku))
        }
    }

    /// Gives a connection back.
    ///
    /// - Parameters:
    ///   - pause: How long it is left alone, in milliseconds.
    ///   - tries: How often it failed in a row.
    static func giveBack(
        _ poll: ClaimedFulfilledPoll, pause: Int64, tries: Int = 0, code: String = "", text: String = "",
        to pool: PostgresPool
    ) async throws(PostgresError) {
        _ = try await pool.query(
            Self.return, poll.key.brand, poll.key.id, poll.claim, pause, Int32(clamping: tries),
            code.kept(bytes: InboundLimits.idBytes), text.kept(bytes: InboundLimits.detailBytes))
    }
}

// MARK: - Statements

extension FulfilledPollRows {
    private static let beginning = PostgresStatement(
        """
        insert into fulfilled_poll (brand_id, connection_id)
        select c.brand_id, c.connection_id from connection c
        where c.status = 1 and not exists (
            select from fulfilled_poll p where p.brand_id = c.brand_id and p.connection_id = c.connection_id)
        on conflict (brand_id, connection_id) do nothing
        """)

    private static let taking = PostgresStatement(
        """
        with due as (
            select p.brand_id, p.connection_id from fulfilled_poll p
            join connection c on c.brand_id = p.brand_id and c.connection_id = p.connection_id
            where c.status = 1 and p.due_at <= clock_timestamp()
            order by p.due_at limit $1 for update of p skip locked
        )
        update fulfilled_poll p set claim = p.claim + 1, due_at = clock_timestamp() + $2 * interval '1 millisecond'
        from due d where p.brand_id = d.brand_id and p.connection_id = d.connection_id
        returning p.brand_id, p.connection_id, p.claim, p.tries
        """)

    private static let renewing = PostgresStatement(
        """
        update fulfilled_poll set due_at = clock_timestamp() + $4 * interval '1 millisecond'
        where brand_id = $1 and connection_id = $2 and claim = $3 returning claim
        """)

    private static let numbering = PostgresStatement(
        """
        update fulfilled_poll set number = number + 1, read_at = clock_timestamp(), refused = 0,
            due_at = clock_timestamp() + $4 * interval '1 millisecond'
        where brand_id = $1 and connection_id = $2 and claim = $3 returning number
        """)

    private static let missing = PostgresStatement(
        "update fulfilled_stock set quantity = 0, is_pending = true where brand_id = $1 and connection_id = $2")

    // Where the platform's SKU is listed twice, its units are still there once.
    private static let found = PostgresStatement(
        """
        insert into fulfilled_stock (brand_id, connection_id, location_id, sku, quantity, is_pending)
        select $1, $2, $3, l.sku, k.quantity, true
        from unnest($4::text[], $5::bigint[]) as k (platform_sku, quantity)
        cross join lateral (
            select sku from listing
            where brand_id = $1 and connection_id = $2 and platform_sku = k.platform_sku order by sku limit 1
        ) l
        on conflict (brand_id, connection_id, location_id, sku) do update
            set quantity = excluded.quantity, is_pending = true
        returning sku
        """)

    private static let counting = PostgresStatement(
        "update fulfilled_poll set skipped = $3 where brand_id = $1 and connection_id = $2")

    private static let pending = PostgresStatement(
        """
        select p.number, s.location_id, s.sku, s.quantity
        from fulfilled_stock s
        join fulfilled_poll p on p.brand_id = s.brand_id and p.connection_id = s.connection_id
        where s.brand_id = $1 and s.connection_id = $2 and s.is_pending
        order by s.sku, s.location_id limit $3
        """,
        readOnly: true)

    private static let refusing = PostgresStatement(
        """
        update fulfilled_poll set refused = refused + $4
        where brand_id = $1 and connection_id = $2 and claim = $3 returning claim
        """)

    private static let writing = PostgresStatement(
        """
        update fulfilled_stock s set is_pending = false
        from unnest($3::text[], $4::text[]) as k (location_id, sku)
        where s.brand_id = $1 and s.connection_id = $2 and s.location_id = k.location_id and s.sku = k.sku
        """)

    private static let forgetting = PostgresStatement(
        """
        delete from fulfilled_stock s using unnest($3::text[], $4::text[]) as k (location_id, sku)
        where s.brand_id = $1 and s.connection_id = $2 and s.location_id = k.location_id and s.sku = k.sku
            and s.quantity = 0
        """)

    private static let `return` = PostgresStatement(
        """
        update fulfilled_poll set claim = claim + 1, due_at = clock_timestamp() + $4 * interval '1 millisecond',
            tries = $5, error_code = $6, error = $7
        where brand_id = $1 and connection_id = $2 and claim = $3
        """)
}
