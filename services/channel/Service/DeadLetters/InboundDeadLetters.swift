internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import Waking

/// The messages of platforms that could not be dealt with.
struct InboundDeadLetters: DeadLetterPlace {
    let kind = DeadLetterKind.inbound
    private let inbound: Inbound

    init(_ inbound: Inbound) { self.inbound = inbound }

    func list(
        of brand: PostgresUUID, connection: String, behind position: DeadLetterPosition, limit: Int
    ) async throws -> [StoredDeadLetter] {
        try await self.inbound.pool.query(
            Self.page, brand, connection, position.deadSince, position.id, Int64(limit)
        ).map { try Self.read($0) }
    }

    func letter(_ id: DeadLetterID, of brand: PostgresUUID) async throws -> StoredDeadLetter? {
        guard case .inbound(let number) = id, let number = PostgresUUID(number) else { return nil }
        return try await self.inbound.pool.query(Self.single, brand, number).first.map { try Self.read($0) }
    }

    func replay(_ selection: DeadLetterSelection, of brand: PostgresUUID, limit: Int64) async throws -> Int64 {
        let ids = selection.ids.compactMap { id -> PostgresUUID? in
            if case .inbound(let number) = id { PostgresUUID(number) } else { nil }
        }
        guard selection.ids.isEmpty || !ids.isEmpty else { return 0 }
        let rows = try await self.inbound.pool.query(
            Self.replay, brand, ids, selection.connection, selection.subject, selection.from, selection.to, limit)
        if !rows.isEmpty { self.inbound.signal.wake() }
        return Int64(rows.count)
    }

    private static func read(_ row: PostgresRows.Element) throws(PostgresError) -> StoredDeadLetter {
        let (id, connection, topic, subject, tries, problem, detail, since, body) = try row.decode(
            PostgresUUID.self, String.self, String.self, String.self, Int32.self, String.self, String.self,
            PostgresTimestamp.self, [UInt8].self)
        return StoredDeadLetter(
            id: .inbound(id.description), connection: connection, topic: topic, subject: subject, tries: Int(tries),
            problem: problem, detail: detail, deadSince: since, body: body)
    }

    private static let page = PostgresStatement(
        """
        select inbound_id, connection_id, topic, subject, tries, problem, detail, dead_at, ''::bytea from inbound
        where brand_id = $1 and status = 4 and ($2 = '' or connection_id = $2) and dead_at <= $3
            and (dead_at, 'inbound-' || inbound_id::text collate "C") < ($3, $4)
        order by dead_at desc, inbound_id desc limit $5
        """,
        readOnly: true)

    private static let single = PostgresStatement(
        """
        select inbound_id, connection_id, topic, subject, tries, problem, detail, dead_at, body from inbound
        where brand_id = $1 and inbound_id = $2 and status = 4
        """,
        readOnly: true)

    private static let replay = PostgresStatement(
        """
        update inbound i set status = 1, tries = 0, due_at = clock_timestamp(), dead_at = null
        from (
            select brand_id, inbound_id from inbound
            where brand_id = $1 and status = 4 and (cardinality($2::uuid[]) = 0 or inbound_id = any($2))
                and ($3 = '' or connection_id = $3) and ($4 = '' or subject = $4) and dead_at >= $5 and dead_at < $6
            order by dead_at limit $7 for update
        ) d
        where i.brand_id = d.brand_id and i.inbound_id = d.inbound_id returning i.inbound_id
        """)
}
