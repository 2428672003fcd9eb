internal import Buckets
internal import ChannelDomain
public import ChannelMessages
internal import Postgres
public import RPC

extension Listings {
    /// Sends what is wanted again, and reads back what the platform shows.
    public func syncListings(
        _ request: SyncListingsRequest, context: ServerContext
    ) async throws -> SyncListingsResponse {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) {
            let connection = try await self.existing(key)
            let kinds = request.readBackOnly ? [] : request.kinds.isEmpty ? [.stock, .price, .content] : request.kinds
            let count =
                request.skus.isEmpty
                ? try await self.syncAll(key, kinds) : try await self.sync(request.skus, kinds, on: connection)
            self.news.wake([key])
            return SyncListingsResponse(scheduled: UInt64(clamping: count))
        }
    }

    private func syncAll(_ key: ConnectionKey, _ kinds: [SyncKind]) async throws -> Int {
        try await self.pool.withTransaction { transaction in
            if !kinds.isEmpty {
                try await SyncPass.request(
                    key, kinds: Array(Set(kinds)), isForced: true, in: transaction)
            }
            return try await transaction.query(Self.readingAll, key.brand, key.id).count
        }
    }

    private func sync(_ skus: [String], _ kinds: [SyncKind], on connection: SyncConnection) async throws -> Int {
        let key = connection.key
        let keys = Set(skus.map { SKUKey(brand: key.brand, sku: $0) }).sorted()
        return try await self.pool.withTransaction { transaction in
            let answers = try await transaction.execute([StockCopy.locking(keys)] + ListingDecisions.reading(keys))
            let decisions = try ListingDecisions(answers.dropFirst()).decisions.filter { $0.key.connection == key.id }
            var commands: [PostgresCommand] = []
            if kinds.contains(.stock) { commands += StockWork.commands(decisions, isForced: true) }
            if kinds.contains(.price) {
                commands += PriceWork.marking(
                    keys, on: [key], isWanted: connection.connection.prices?.push ?? false, isForced: true)
            }
            if kinds.contains(.content) {
                commands += ContentWork.marking(
                    keys, on: [key], isWanted: connection.connection.pushContent, isForced: true)
            }
            commands.append(
                PostgresCommand(Self.reading, key.brand, key.id, keys.columns.buckets, keys.columns.skus))
            return try await transaction.commit(with: commands).last?.count ?? 0
        }
    }

    private static let readingAll = PostgresStatement(
        """
        update listing set read_due_at = least(read_due_at, now()) where brand_id = $1 and connection_id = $2
        returning 1
        """)

    private static let reading = PostgresStatement(
        """
        update listing l set read_due_at = least(l.read_due_at, now())
        from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        returning 1
        """)
}
