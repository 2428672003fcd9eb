internal import ChannelDomain
internal import Postgres

/// A connection whose platform this process asks for orders.
struct ClaimedPoll: Sendable {
    let key: ConnectionKey
    /// Counts who took it: what is stored counts only for the last one.
    let claim: Int64
    /// The time of the database.
    let now: Int64
    /// The latest change of the rounds before; nil: none came to its end.
    let newest: Int64?
    /// What is left of a round that was cut off; nil: a new one begins.
    var round: PollRound?
    /// How often it failed in a row.
    let tries: Int
}

/// Reads and writes how far connections have asked for orders.
enum OrderPollRows {
    /// Somebody else has taken the connection over: the transaction must be rolled back.
    struct Lost: Error {}

    /// Takes connections that are due, those that wait for longest first. Who took one renews that.
    static func take(_ limit: Int, from pool: PostgresPool) async throws -> [ClaimedPoll] {
        _ = try await pool.query(Self.beginning)
        return try await pool.withTransaction { transaction in
            let rows = try await transaction.query(Self.selection, Int64(limit))
            let claimed = try rows.map { try Self.read($0) }
            guard !claimed.isEmpty else { return claimed }
            _ = try await transaction.query(
                Self.taking, claimed.map(\.key.brand), claimed.map(\.key.id), InboundLimits.claimMilliseconds)
            return claimed
        }
    }

    /// Keeps a connection for another while, if it is still ours.
    static func renew(_ poll: ClaimedPoll, in pool: PostgresPool) async throws(PostgresError) {
        _ = try await pool.query(
            Self.renewing, poll.key.brand, poll.key.id, poll.claim, InboundLimits.claimMilliseconds)
    }

    /// Writes how far a round has come, in the transaction that stores its page.
    static func note(_ round: PollRound, of poll: ClaimedPoll, in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(
            Self.progress, poll.key.brand, poll.key.id, poll.claim, Self.timestamp(round.beganAt),
            Self.timestamp(round.since), round.page, round.newest.map(Self.timestamp),
            InboundLimits.claimMilliseconds)
        guard rows.count == 1 else { throw Lost() }
    }

    /// Writes that a round has come to its end, in the transaction that stores its last page.
    ///
    /// - Parameter pause: How long until the next one, in milliseconds, unless one is wanted at once.
    static func end(
        _ round: PollRound, of poll: ClaimedPoll, pause: Int64, in transaction: PostgresTransaction
    ) async throws {
        let rows = try await transaction.query(
            Self.end, poll.key.brand, poll.key.id, poll.claim, Self.timestamp(round.beganAt),
            round.newest(beside: poll.newest).map(Self.timestamp), pause)
        guard rows.count == 1 else { throw Lost() }
        _ = try await transaction.query(
            Self.health, poll.key.brand, poll.key.id, Self.timestamp(round.beganAt))
    }

    /// Gives a connection back.
    ///
    /// - Parameters:
    ///   - pause: How long it is left alone, in milliseconds.
    ///   - tries: How often it failed in a row.
    ///   - isAnew: Whether the round that is under way begins anew.
    static func giveBack(
        _ poll: ClaimedPoll, pause: Int64, tries: Int, isAnew: Bool = false, code: String = "", text: String = "",
        to pool: PostgresPool
    ) async throws(PostgresError) {
        _ = try await pool.query(
            Self.return, poll.key.brand, poll.key.id, poll.claim, pause, Int32(clamping: tries), isAnew,
            code.kept(bytes: InboundLimits.idBytes), text.kept(bytes: InboundLimits.detailBytes))
        if !code.isEmpty {
            _ = try await pool.query(
                Self.failure, poll.key.brand, poll.key.id,
                "\(code): \(text)".kept(bytes: InboundLimits.detailBytes))
        }
    }

    private static func timestamp(_ microseconds: Int64) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: microseconds)
    }

    private static func read(_ row: PostgresRows.Element) throws(PostgresError) -> ClaimedPoll {
        let (brand, connection, claim, now, newest, began, since, page, roundNewest, tries) = try row.decode(
            PostgresUUID.self, String.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp?.self,
            PostgresTimestamp?.self, PostgresTimestamp?.self, String.self, PostgresTimestamp?.self, Int32.self)
        var round: PollRound?
        if let began, let since {
            round = PollRound(
                beganAt: began.microseconds, since: since.microseconds, page: page, newest: roundNewest?.microseconds)
        }
        return ClaimedPoll(
            key: ConnectionKey(brand: brand, id: connection), claim: claim + 1, now: now.microseconds,
            newest: newest?.microseconds, round: round, tries: Int(tries))
    }

    private static let beginning = PostgresStatement(
        """
        insert into order_poll (brand_id, connection_id)
        select c.brand_id, c.connection_id from connection c
        where c.status = 1 and not exists (
            select from order_poll p where p.brand_id = c.brand_id and p.connection_id = c.connection_id)
        on conflict (brand_id, connection_id) do nothing
        """)

    private static let selection = PostgresStatement(
        """
        select p.brand_id, p.connection_id, p.claim, clock_timestamp(), p.newest, p.round_began_at, p.round_since,
            p.round_page, p.round_newest, p.tries
        from order_poll p
        join connection c on c.brand_id = p.brand_id and c.connection_id = p.connection_id
        where c.status = 1 and p.due_at <= clock_timestamp()
        order by p.due_at limit $1 for update of p skip locked
        """)

    // That a round is under way is seen from now on, also before its first page is here.
    private static let taking = PostgresStatement(
        """
        update order_poll p set claim = p.claim + 1, due_at = clock_timestamp() + $3 * interval '1 millisecond',
            round_began_at = coalesce(p.round_began_at, clock_timestamp())
        from unnest($1::uuid[], $2::text[]) as k (brand_id, connection_id)
        where p.brand_id = k.brand_id and p.connection_id = k.connection_id
        """)

    private static let progress = PostgresStatement(
        """
        update order_poll set round_began_at = $4, round_since = $5, round_page = $6, round_newest = $7, tries = 0,
            error_code = '', error = '', due_at = clock_timestamp() + $8 * interval '1 millisecond'
        where brand_id = $1 and connection_id = $2 and claim = $3 returning claim
        """)

    private static let renewing = PostgresStatement(
        """
        update order_poll set due_at = clock_timestamp() + $4 * interval '1 millisecond'
        where brand_id = $1 and connection_id = $2 and claim = $3
        """)

    // A renewal that comes late finds another claim, here and where a connection is given back.
    private static let end = PostgresStatement(
        """
        update order_poll set claim = claim + 1, newest = $5, round_began_at = null, round_since = null, round_page = '',
            round_newest = null, tries = 0, error_code = '', error = '',
            due_at = case when wanted_at >= $4 then clock_timestamp()
                else clock_timestamp() + $6 * interval '1 millisecond' end
        where brand_id = $1 and connection_id = $2 and claim = $3 returning claim
        """)

    private static let health = PostgresStatement(
        """
        insert into connection_health as h (brand_id, connection_id, orders_through, succeeded_at)
        values ($1, $2, $3, clock_timestamp())
        on conflict (brand_id, connection_id) do update
            set orders_through = greatest(h.orders_through, excluded.orders_through),
                succeeded_at = excluded.succeeded_at
        """)

    private static let `return` = PostgresStatement(
        """
        update order_poll set claim = claim + 1, due_at = clock_timestamp() + $4 * interval '1 millisecond', tries = $5,
            round_began_at = case when $6 or round_since is null then null else round_began_at end,
            round_since = case when $6 then null else round_since end,
            round_page = case when $6 then '' else round_page end, error_code = $7, error = $8
        where brand_id = $1 and connection_id = $2 and claim = $3
        """)

    private static let failure = PostgresStatement(
        """
        insert into connection_health as h (brand_id, connection_id, failed_at, error)
        select c.brand_id, c.connection_id, clock_timestamp(), $3 from connection c
        where c.brand_id = $1 and c.connection_id = $2
        on conflict (brand_id, connection_id) do update set failed_at = excluded.failed_at, error = excluded.error
        """)
}
