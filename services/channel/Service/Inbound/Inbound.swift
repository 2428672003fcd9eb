internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import Waking

/// The messages of platforms, as they are kept.
struct Inbound: Sendable {
    let pool: PostgresPool
    /// Wakes who deals with them in this process.
    let signal: WakeSignal

    init(_ pool: PostgresPool, signal: WakeSignal = WakeSignal()) {
        self.pool = pool
        self.signal = signal
    }

    /// Keeps a notification. When this returns it is on disk.
    ///
    /// - Returns: False: it was here already.
    func store(_ message: NewInbound) async throws(PostgresError) -> Bool {
        let rows = try await self.pool.query(
            Self.insertion, message.key.brand, PostgresUUID.ofNow(), message.key.id, Int16(message.kind.rawValue),
            message.topic, message.subject, message.eventID,
            message.happenedAt.map(PostgresTimestamp.init(microseconds:)),
            message.head.target, message.head.headers.map(\.name), message.head.headers.map(\.value), message.body,
            message.status, message.problem?.type ?? "", message.problem?.detail ?? "")
        if !rows.isEmpty { self.signal.wake() }
        return !rows.isEmpty
    }

    /// Keeps the orders of a page, those that are not here already, in the transaction that moves the cursor.
    ///
    /// - Parameter messages: All of one connection.
    /// - Returns: How many were new.
    static func store(
        _ messages: [NewInbound], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Int {
        guard let first = messages.first else { return 0 }
        let ids = messages.map { _ in PostgresUUID.ofNow() }.sorted()
        return try await transaction.query(
            Self.pageInsertion, first.key.brand, first.key.id, ids, messages.map { Int16($0.kind.rawValue) },
            messages.map(\.topic), messages.map(\.subject), messages.map(\.eventID),
            messages.map { $0.happenedAt.map(PostgresTimestamp.init(microseconds:)) ?? .negativeInfinity },
            messages.map(\.body), messages.map(\.status), messages.map { $0.problem?.type ?? "" },
            messages.map { $0.problem?.detail ?? "" }
        ).count
    }

    private static let insertion = PostgresStatement(
        """
        insert into inbound (brand_id, inbound_id, connection_id, kind, source, topic, subject, event_id, happened_at,
            headers, body, status, problem, detail, received_at, dead_at)
        select $1, $2, $3, $4, 'webhook', $5, $6, $7, $8,
            jsonb_build_object('target', $9::text, 'names', to_jsonb($10::text[]), 'values', to_jsonb($11::text[])),
            $12, $13, $14, $15, clock_timestamp(), case when $13 = 4 then clock_timestamp() end
        on conflict (brand_id, connection_id, topic, event_id) do nothing returning inbound_id
        """)

    // Rows of one page are received one behind the other, so that their order is the page's.
    private static let pageInsertion = PostgresStatement(
        """
        insert into inbound (brand_id, inbound_id, connection_id, kind, source, topic, subject, event_id, happened_at,
            body, status, problem, detail, received_at, dead_at)
        select $1, m.inbound_id, $2, m.kind, 'poll', m.topic, m.subject, m.event_id,
            nullif(m.happened_at, '-infinity'), m.body, m.status, m.problem, m.detail,
            now() + m.place * interval '1 microsecond', case when m.status = 4 then now() end
        from unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[],
            $10::smallint[], $11::text[], $12::text[]) with ordinality
            as m (inbound_id, kind, topic, subject, event_id, happened_at, body, status, problem, detail, place)
        on conflict (brand_id, connection_id, topic, event_id) do nothing returning inbound_id
        """)
}

extension NewInbound {
    /// InboundStatus, as rows have it.
    fileprivate var status: Int16 { self.problem == nil ? InboundStatus.pending.column : InboundStatus.dead.column }
}

extension InboundStatus {
    /// As rows have it.
    var column: Int16 { Int16(clamping: self.rawValue) }
}

extension PostgresUUID {
    /// A new id of the present.
    static func ofNow() -> PostgresUUID {
        var generator = SystemRandomNumberGenerator()
        return PostgresUUID(milliseconds: MicrosecondClock.now / 1_000, using: &generator)
    }
}
