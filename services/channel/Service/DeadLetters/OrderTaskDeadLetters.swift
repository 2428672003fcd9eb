internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import Waking

/// What platforms could not be told of orders.
struct OrderTaskDeadLetters: DeadLetterPlace {
    let kind = DeadLetterKind.orderTask
    private let pool: PostgresPool
    private let signal: WakeSignal

    /// - Parameter signal: That of the queue.
    init(_ pool: PostgresPool, signal: WakeSignal) {
        self.pool = pool
        self.signal = signal
    }

    func list(
        of brand: PostgresUUID, connection: String, behind position: DeadLetterPosition, limit: Int
    ) async throws -> [StoredDeadLetter] {
        try await self.pool.query(Self.page, brand, connection, position.deadSince, position.id, Int64(limit))
            .map { try Self.read($0) }
    }

    func letter(_ id: DeadLetterID, of brand: PostgresUUID) async throws -> StoredDeadLetter? {
        guard case .task(let number) = id, let number = PostgresUUID(number) else { return nil }
        return try await self.pool.query(Self.single, brand, number).first.map { try Self.read($0) }
    }

    func replay(_ selection: DeadLetterSelection, of brand: PostgresUUID, limit: Int64) async throws -> Int64 {
        let ids = selection.ids.compactMap { id -> PostgresUUID? in
            if case .task(let number) = id { PostgresUUID(number) } else { nil }
        }
        guard selection.ids.isEmpty || !ids.isEmpty else { return 0 }
        let rows = try await self.pool.query(
            Self.replay, brand, ids, selection.connection, selection.subject, selection.from, selection.to, limit)
        if !rows.isEmpty { self.signal.wake() }
        return Int64(rows.count)
    }

    private static func read(_ row: PostgresRows.Element) throws(PostgresError) -> StoredDeadLetter {
        let (id, connection, kind, orderID, tries, code, text, since, body) = try row.decode(
            PostgresUUID.self, String.self, Int16.self, String.self, Int32.self, String.self, String.self,
            PostgresTimestamp.self, [UInt8].self)
        return StoredDeadLetter(
            id: .task(id.description), connection: connection, topic: OrderTaskKind(rawValue: Int32(kind)).topic,
            subject: orderID, tries: Int(tries), problem: code, detail: text, deadSince: since, body: body)
    }

    private static let page = PostgresStatement(
        """
        select task_id, connection_id, kind, order_id, tries, error_code, error, dead_at, ''::bytea from order_task
        where brand_id = $1 and status = 4 and ($2 = '' or connection_id = $2) and dead_at <= $3
            and (dead_at, 'task-' || task_id::text collate "C") < ($3, $4)
        order by dead_at desc, task_id desc limit $5
        """,
        readOnly: true)

    private static let single = PostgresStatement(
        """
        select task_id, connection_id, kind, order_id, tries, error_code, error, dead_at, document from order_task
        where brand_id = $1 and task_id = $2 and status = 4
        """,
        readOnly: true)

    // Whether it may have been carried out stays as it was: it is looked for before it is done again.
    private static let replay = PostgresStatement(
        """
        update order_task t set status = 1, tries = 0, due_at = clock_timestamp(), dead_at = null
        from (
            select brand_id, task_id from order_task
            where brand_id = $1 and status = 4 and (cardinality($2::uuid[]) = 0 or task_id = any($2))
                and ($3 = '' or connection_id = $3) and ($4 = '' or order_id = $4) and dead_at >= $5 and dead_at < $6
            order by dead_at limit $7 for update
        ) d
        where t.brand_id = d.brand_id and t.task_id = d.task_id returning t.task_id
        """)
}

extension OrderTaskKind {
    /// In lists of dead letters.
    fileprivate var topic: String {
        switch self {
        case .acknowledge: "acknowledge"
        case .ship: "ship"
        case .cancel: "cancel"
        case .refund: "refund"
        case .unspecified, .unrecognized: "unknown"
        }
    }
}
