internal import ChannelDomain
internal import ChannelMessages
internal import Events
internal import Postgres
internal import Synchronization

/// The events of other services that had no effect after all tries, and those of the same subjects behind them.
///
/// They belong to no connection: one event may be about all of a brand's listings.
final class EventLetters: DeadLetterPlace {
    /// What callers are told is wrong with one.
    private static let problem = "event-failed"

    let kind = DeadLetterKind.event
    private let pool: PostgresPool
    private let consumers = Mutex<[EventConsumer]>([])

    init(_ pool: PostgresPool) { self.pool = pool }

    /// Names those whose letters these are; before that none is replayed.
    func follow(_ consumers: [EventConsumer]) { self.consumers.withLock { $0 = consumers } }

    func list(
        of brand: PostgresUUID, connection: String, behind position: DeadLetterPosition, limit: Int
    ) async throws -> [StoredDeadLetter] {
        guard connection.isEmpty else { return [] }
        return try await self.pool.query(Self.page, brand, position.deadSince, position.id, Int64(limit))
            .map { try Self.read($0) }
    }

    func letter(_ id: DeadLetterID, of brand: PostgresUUID) async throws -> StoredDeadLetter? {
        guard case .event(let number) = id, let number = PostgresUUID(number) else { return nil }
        return try await self.pool.query(Self.single, brand, number).first.map { try Self.read($0) }
    }

    /// Carries out the effects at once, in the order of the logs; see ``EventConsumer/replay(_:)``.
    ///
    /// - Returns: How many events had their effect now.
    func replay(_ selection: DeadLetterSelection, of brand: PostgresUUID, limit: Int64) async throws -> Int64 {
        guard selection.connection.isEmpty else { return 0 }
        let ids = selection.ids.compactMap { id -> PostgresUUID? in
            if case .event(let number) = id { PostgresUUID(number) } else { nil }
        }
        guard selection.ids.isEmpty || !ids.isEmpty else { return 0 }
        let chosen = try await self.pool.query(
            Self.chosen, brand, ids, selection.subject, selection.from, selection.to, limit)
        let consumers = self.consumers.withLock { $0 }
        var replayed: Int64 = 0
        for row in chosen {
            let (name, id) = try row.decode(String.self, PostgresUUID.self)
            guard let consumer = consumers.first(where: { $0.name == name }) else { continue }
            replayed += Int64(try await consumer.replay(.event(id, of: brand)).replayed)
        }
        return replayed
    }

    private static func read(_ row: PostgresRows.Element) throws(PostgresError) -> StoredDeadLetter {
        let (id, type, subject, tries, reason, since, body) = try row.decode(
            PostgresUUID.self, String.self, String.self, Int32.self, String.self, PostgresTimestamp.self, [UInt8].self)
        return StoredDeadLetter(
            id: .event(id.description), connection: "", topic: type, subject: subject, tries: Int(tries),
            problem: Self.problem, detail: reason, deadSince: since, body: body)
    }

    private static let page = PostgresStatement(
        """
        select id, type, subject, tries, reason, parked_at, ''::bytea from event_dead_letter
        where brand_id = $1 and parked_at <= $2 and (parked_at, 'event-' || id::text collate "C") < ($2, $3)
        order by parked_at desc, id desc limit $4
        """,
        readOnly: true)

    private static let single = PostgresStatement(
        """
        select id, type, subject, tries, reason, parked_at, payload from event_dead_letter
        where brand_id = $1 and id = $2
        """,
        readOnly: true)

    private static let chosen = PostgresStatement(
        """
        select consumer, id from event_dead_letter
        where brand_id = $1 and (cardinality($2::uuid[]) = 0 or id = any($2)) and ($3 = '' or subject = $3)
            and parked_at >= $4 and parked_at < $5
        order by consumer, bucket, sequence limit $6
        """,
        readOnly: true)
}
