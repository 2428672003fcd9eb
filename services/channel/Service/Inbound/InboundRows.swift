internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// A message that this process works on.
struct ClaimedInbound: Sendable {
    let key: ConnectionKey
    let id: PostgresUUID
    let kind: InboundKind
    let topic: String
    let subject: String
    let receivedAt: PostgresTimestamp
    let body: [UInt8]
    /// How often it was tried, with this try.
    let tries: Int
    /// Counts who took it: an outcome counts only for the last one.
    let claim: Int64
    /// Of a notification.
    let head: NotificationHead

    /// As it came, to be verified again.
    var notification: PlatformNotification {
        PlatformNotification(
            target: self.head.target, headers: self.head.headers, body: self.body,
            receivedAt: self.receivedAt.microseconds)
    }

    /// The same with what its adapter says of it now.
    func read(as content: NotificationContent) -> ClaimedInbound {
        ClaimedInbound(
            key: self.key, id: self.id, kind: content.kind, topic: content.topic, subject: content.subject,
            receivedAt: self.receivedAt, body: self.body, tries: self.tries, claim: self.claim, head: self.head)
    }
}

/// Takes messages to be worked on, and writes what came of it.
enum InboundRows {
    /// How a try ended.
    struct Ending: Sendable {
        var status: InboundStatus
        var problem = InboundProblem("", "")
        /// How long until it is tried again, in milliseconds.
        var pauseMilliseconds: Int64 = 0
        /// The tries that count at the most from now on.
        var tries: Int
    }

    /// Takes messages that are due, a fair share of each connection's; of each subject the oldest only. What is neither
    /// ended nor renewed within its time may be taken by others.
    static func take(_ limit: Int, from pool: PostgresPool) async throws -> [ClaimedInbound] {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.query(Self.selection, Int64(limit))
            let claimed = try rows.map { try Self.read($0) }
            guard !claimed.isEmpty else { return claimed }
            _ = try await transaction.query(
                Self.taking, claimed.map(\.key.brand), claimed.map(\.id), InboundLimits.claimMilliseconds)
            return claimed
        }
    }

    /// Keeps a message for another while, if it is still ours.
    static func renew(_ message: ClaimedInbound, in pool: PostgresPool) async throws(PostgresError) {
        _ = try await pool.query(
            Self.renewing, message.key.brand, message.id, message.claim, InboundLimits.claimMilliseconds)
    }

    /// Writes how a try ended, if it is still ours.
    ///
    /// - Returns: Whether it was.
    static func end(
        _ message: ClaimedInbound, _ ending: Ending, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        try await transaction.query(
            Self.ending, message.key.brand, message.id, message.claim, ending.status.column, ending.problem.type,
            ending.problem.detail, ending.pauseMilliseconds, Int32(clamping: ending.tries),
            Int16(clamping: message.kind.rawValue), message.topic.kept(bytes: InboundLimits.idBytes),
            message.subject.kept(bytes: InboundLimits.idBytes)
        ).count == 1
    }

    private static func read(_ row: PostgresRows.Element) throws(PostgresError) -> ClaimedInbound {
        let (brand, id, connection, kind, topic, subject, received, body, tries, claim, target, names, values) =
            try row.decode(
                PostgresUUID.self, PostgresUUID.self, String.self, Int16.self, String.self, String.self,
                PostgresTimestamp.self, [UInt8].self, Int32.self, Int64.self, String.self, [String].self,
                [String].self)
        return ClaimedInbound(
            key: ConnectionKey(brand: brand, id: connection), id: id, kind: InboundKind(rawValue: Int32(kind)),
            topic: topic, subject: subject, receivedAt: received, body: body, tries: Int(tries) + 1, claim: claim + 1,
            head: NotificationHead(target: target, headers: zip(names, values).map { PlatformHeader($0, $1) }))
    }

    // Connections that are paused wait. What two would take is taken by one.
    private static let selection = PostgresStatement(
        """
        select m.brand_id, m.inbound_id, m.connection_id, m.kind, m.topic, m.subject, m.received_at, m.body, m.tries,
            m.claim, coalesce(m.headers ->> 'target', ''),
            array(select jsonb_array_elements_text(coalesce(m.headers -> 'names', '[]'))),
            array(select jsonb_array_elements_text(coalesce(m.headers -> 'values', '[]')))
        from connection c
        cross join lateral (
            select d.*, row_number() over (order by d.due_at) as place
            from (
                select i.* from inbound i
                where i.brand_id = c.brand_id and i.connection_id = c.connection_id and i.status in (1, 3)
                    and i.due_at <= clock_timestamp()
                    and (i.subject = '' or not exists (
                        select from inbound e
                        where e.brand_id = i.brand_id and e.connection_id = i.connection_id and e.subject = i.subject
                            and e.status in (1, 3)
                            and (e.received_at, e.inbound_id) < (i.received_at, i.inbound_id)))
                order by i.due_at limit $1 for update of i skip locked
            ) d
        ) m
        where c.status <> 2
        order by m.place, m.due_at limit $1
        """)

    private static let taking = PostgresStatement(
        """
        update inbound i set tries = i.tries + 1, claim = i.claim + 1,
            due_at = clock_timestamp() + $3 * interval '1 millisecond'
        from unnest($1::uuid[], $2::uuid[]) as k (brand_id, inbound_id)
        where i.brand_id = k.brand_id and i.inbound_id = k.inbound_id
        """)

    private static let renewing = PostgresStatement(
        """
        update inbound set due_at = clock_timestamp() + $4 * interval '1 millisecond'
        where brand_id = $1 and inbound_id = $2 and claim = $3 and status in (1, 3)
        """)

    // A renewal that comes late finds another claim.
    private static let ending = PostgresStatement(
        """
        update inbound set status = $4, problem = $5, detail = $6, claim = claim + 1,
            due_at = clock_timestamp() + $7 * interval '1 millisecond', tries = $8, kind = $9, topic = $10,
            subject = $11, done_at = case when $4 = 2 then clock_timestamp() end,
            dead_at = case when $4 = 4 then clock_timestamp() end
        where brand_id = $1 and inbound_id = $2 and claim = $3 and status in (1, 3) returning inbound_id
        """)
}
