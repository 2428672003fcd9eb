internal import Buckets
internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Postgres
public import RPC
internal import Refusals

extension Listings {
    /// Takes a listing off the platform, and pauses it: first here, so that nothing that is sent offers it again.
    ///
    /// Where the platform fails the listing stays paused, at zero, and the call may be repeated.
    public func withdrawListing(_ request: ListingRequest, context: ServerContext) async throws -> Listing {
        let key = ListingKey(
            brand: try self.brand(of: context.caller), sku: request.sku, connection: request.connection)
        return try await self.answering(context) {
            let connection = try await self.existing(ConnectionKey(key))
            try Self.checkWithdrawing(of: key, on: connection)
            guard let reference = try await self.writes.pause(key) else { throw ChannelRefusal.listingNotFound(key) }
            let session = connection.adapter.session(connection.account, transport: self.transport)
            let outcome = await session.withdraw(reference)
            if let fault = outcome.fault, fault.kind != .doneAlready {
                throw ChannelRefusal(
                    .platformFailed, "the listing is paused, and the platform did not withdraw it: \(fault)")
            }
            try await self.writes.name(outcome.ids, of: key)
            return try await self.listing(key)
        }
    }

    private static func checkWithdrawing(of key: ListingKey, on connection: SyncConnection) throws(ChannelRefusal) {
        guard connection.adapter.platform.withdraws else {
            throw ChannelRefusal(
                .notOffered,
                "\(connection.adapter.platform.name) takes no listing off the shelf by itself; paused, it is kept at zero"
            )
        }
        guard connection.connection.status == .active else {
            throw ChannelRefusal(
                .stateNotAllowed, "the connection \(key.connection) is not active, and nothing is sent; resume it first"
            )
        }
    }
}

extension ListingWrites {
    /// Pauses a listing, and decides in the same transaction what is to be sent for it.
    ///
    /// - Returns: What the platform knows it by; nil: there is none such.
    func pause(_ key: ListingKey) async throws -> ListingReference? {
        let sku = SKUKey(brand: key.brand, sku: key.sku)
        let connection = ConnectionKey(key)
        let reference = try await self.pool.withTransaction { transaction -> ListingReference? in
            let answers = try await transaction.execute(
                [
                    StockCopy.adding([sku]), StockCopy.locking([sku]),
                    PostgresCommand(Self.pausing, key.bucket.number, key.brand, key.sku, key.connection),
                ] + ListingDecisions.reading([sku]))
            guard let row = answers[2].first else { return nil }
            let (name, names, ids) = try row.decode(String.self, [String].self, [String].self)
            let decisions = try ListingDecisions(answers.dropFirst(3)).decisions
            _ = try await transaction.commit(
                with: StockWork.commands(decisions)
                    + PriceWork.marking([sku], on: [connection], isWanted: false)
                    + ContentWork.marking([sku], on: [connection], isWanted: false))
            return ListingReference(
                sku: key.sku, platformSKU: name, ids: Dictionary(zip(names, ids)) { $1 })
        }
        self.news.wake([connection])
        return reference
    }

    /// Keeps ids that a platform gave, and takes empty ones away.
    func name(_ ids: [String: String], of key: ListingKey) async throws(PostgresError) {
        let ids = ids.sorted { $0.key < $1.key }
        _ = try await self.pool.query(
            Self.naming, key.bucket.number, key.brand, key.sku, key.connection, ids.map(\.key), ids.map(\.value))
    }

    private static let pausing = PostgresStatement(
        """
        update listing l set paused = true, version = l.version + 1, updated_at = now()
        where l.bucket = $1 and l.brand_id = $2 and l.sku = $3 and l.connection_id = $4
        returning l.platform_sku,
            array(select e.key from jsonb_each_text(l.platform_ids) e order by e.key),
            array(select e.value from jsonb_each_text(l.platform_ids) e order by e.key)
        """)

    private static let naming = PostgresStatement(
        """
        update listing l set version = l.version + 1, updated_at = now(), platform_ids = coalesce((
                select jsonb_object_agg(n.name, n.id) from (
                    select e.key as name, e.value as id from jsonb_each_text(l.platform_ids) e
                    where e.key <> all($5::text[])
                    union all
                    select k.name, k.id from unnest($5::text[], $6::text[]) as k (name, id) where k.id <> ''
                ) n), '{}')
        where l.bucket = $1 and l.brand_id = $2 and l.sku = $3 and l.connection_id = $4
        """)
}
