internal import Buckets
internal import ChannelAdapter
internal import ChannelMessages
internal import Postgres
internal import ProtobufC
internal import Waking

/// A listing to be written.
struct ListingWrite: Hashable, Sendable {
    var connection: String
    var sku: String
    var platformSKU: String
    /// Empty: those that are known stay.
    var platformIDs: [String: String]
    var overrides: [String: String] = [:]
    var buffer: Int64?
    var cap: Int64?
    var isPaused = false
    /// Found on the platform: what the brand has said of it stays.
    var isMatch = false

    /// As a brand puts it.
    init(_ listing: Listing) {
        self.connection = listing.connection
        self.sku = listing.sku
        self.platformSKU = listing.platformSku.isEmpty ? listing.sku : listing.platformSku
        self.platformIDs = listing.platformIDs
        self.overrides = listing.overrides
        self.buffer = listing.buffer
        self.cap = listing.cap
        self.isPaused = listing.paused
    }

    /// As a platform has it.
    init(match: ListingReference, sku: String, connection: String) {
        self.connection = connection
        self.sku = sku
        self.platformSKU = match.platformSKU
        self.platformIDs = match.ids
        self.isMatch = true
    }
}

/// Writes listings, and decides in the same transaction what is to be sent for them.
struct ListingWrites: Sendable {
    let pool: PostgresPool
    let news: SyncNews
    let fill: WakeSignal

    /// Makes or changes listings, all in one transaction.
    ///
    /// - Parameter writes: Each listing once; all of them matches, or none.
    /// - Returns: Whether each is new. One whose connection there is not is missing.
    func put(_ writes: [ListingWrite], of brand: PostgresUUID) async throws -> [ListingKey: Bool] {
        guard !writes.isEmpty else { return [:] }
        let created = try await self.pool.withTransaction { transaction in
            let connections = try await self.connections(of: writes, brand, in: transaction)
            let rows = writes.filter { connections[$0.connection] != nil }
            guard !rows.isEmpty else { return [ListingKey: Bool]() }
            let keys = Set(rows.map { SKUKey(brand: brand, sku: $0.sku) }).sorted()
            let answers = try await transaction.execute(
                [StockCopy.adding(keys), StockCopy.locking(keys), Self.upsert(rows, brand)]
                    + ListingDecisions.reading(keys))
            var created: [ListingKey: Bool] = [:]
            for row in answers[2] {
                let (connection, sku, isNew) = try row.decode(String.self, String.self, Bool.self)
                created[ListingKey(brand: brand, sku: sku, connection: connection)] = isNew
            }
            let decisions = try ListingDecisions(answers.dropFirst(3)).decisions
            var commands = StockWork.commands(decisions)
            for (id, connection) in connections.sorted(by: { $0.key < $1.key }) {
                commands += Self.marks(rows.filter { $0.connection == id }, connection, brand)
            }
            _ = try await transaction.commit(with: commands)
            return created
        }
        self.news.wake(Set(created.keys.map { ConnectionKey($0) }))
        self.fill.wake()
        return created
    }

    /// Forgets a listing.
    ///
    /// - Returns: Whether there was one.
    func delete(_ key: ListingKey) async throws(PostgresError) -> Bool {
        let rows = try await self.pool.query(
            Self.deletion, key.bucket.number, key.brand, key.sku, key.connection)
        return !rows.isEmpty
    }

    private func connections(
        of writes: [ListingWrite], _ brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws -> [String: Connection] {
        let arena = ArenaMemory()
        var connections: [String: Connection] = [:]
        for row in try await transaction.query(Self.connections, brand, Set(writes.map(\.connection)).sorted()) {
            let (id, document) = try row.decode(String.self, [UInt8].self)
            arena.arena.reset()
            connections[id] = try Connection(stored: document, column: "connection.document", in: arena.arena)
        }
        return connections
    }

    /// What a connection is sent of prices and contents; a paused listing gets none.
    private static func marks(
        _ rows: [ListingWrite], _ connection: Connection, _ brand: PostgresUUID
    ) -> [PostgresCommand] {
        guard let id = rows.first?.connection else { return [] }
        let key = ConnectionKey(brand: brand, id: id)
        let sold = rows.filter { !$0.isPaused }.map { SKUKey(brand: brand, sku: $0.sku) }.sorted()
        let paused = rows.filter(\.isPaused).map { SKUKey(brand: brand, sku: $0.sku) }.sorted()
        return PriceWork.marking(sold, on: [key], isWanted: connection.prices?.push ?? false)
            + PriceWork.marking(paused, on: [key], isWanted: false)
            + ContentWork.marking(sold, on: [key], isWanted: connection.pushContent)
            + ContentWork.marking(paused, on: [key], isWanted: false)
    }

    private static func upsert(_ rows: [ListingWrite], _ brand: PostgresUUID) -> PostgresCommand {
        let rows = rows.map { (ListingKey(brand: brand, sku: $0.sku, connection: $0.connection), $0) }
            .sorted { $0.0 < $1.0 }
        let isMatch = rows.allSatisfy(\.1.isMatch)
        let ids = rows.enumerated().flatMap { index, row in
            row.1.platformIDs.map { (Int32(index), $0.key, $0.value) }
        }
        let overrides = rows.enumerated().flatMap { index, row in
            row.1.overrides.map { (Int32(index), $0.key, $0.value) }
        }
        return PostgresCommand(
            Self.upsertion, brand, rows.indices.map { Int32($0) }, rows.map(\.0.bucket.number),
            rows.map(\.0.connection), rows.map(\.0.sku), rows.map(\.1.platformSKU), rows.map(\.1.buffer),
            rows.map(\.1.cap), rows.map(\.1.isPaused), isMatch, ids.map(\.0), ids.map(\.1), ids.map(\.2),
            overrides.map(\.0), overrides.map(\.1), overrides.map(\.2))
    }
}

// MARK: - Statements

extension ListingWrites {
    private static let connections = PostgresStatement(
        """
        select connection_id, document from connection where brand_id = $1 and connection_id = any($2)
        order by connection_id for key share
        """)

    private static let upsertion = PostgresStatement(
        """
        insert into listing as l (
            bucket, brand_id, connection_id, sku, platform_sku, buffer, cap, paused, platform_ids, overrides)
        select k.bucket, $1, k.connection_id, k.sku, k.platform_sku, k.buffer, k.cap, k.paused,
            coalesce((
                select jsonb_object_agg(n.name, n.value)
                from unnest($11::integer[], $12::text[], $13::text[]) as n (row, name, value)
                where n.row = k.row), '{}'),
            coalesce((
                select jsonb_object_agg(n.name, n.value)
                from unnest($14::integer[], $15::text[], $16::text[]) as n (row, name, value)
                where n.row = k.row), '{}')
        from unnest($2::integer[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
                $9::boolean[])
            as k (row, bucket, connection_id, sku, platform_sku, buffer, cap, paused)
        order by k.row
        on conflict (bucket, brand_id, sku, connection_id) do update
            set platform_sku = excluded.platform_sku,
                platform_ids = case when excluded.platform_ids = '{}' then l.platform_ids else excluded.platform_ids end,
                buffer = case when $10 then l.buffer else excluded.buffer end,
                cap = case when $10 then l.cap else excluded.cap end,
                paused = case when $10 then l.paused else excluded.paused end,
                overrides = case when $10 then l.overrides else excluded.overrides end,
                is_gone = false, read_due_at = case when l.is_gone then now() else l.read_due_at end,
                version = l.version + 1, updated_at = now()
        returning l.connection_id, l.sku, xmax = 0
        """)

    private static let deletion = PostgresStatement(
        """
        delete from listing where bucket = $1 and brand_id = $2 and sku = $3 and connection_id = $4 returning sku
        """)
}
