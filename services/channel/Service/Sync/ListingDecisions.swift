internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import ProtobufC

/// Decides anew what listings are to show: of SKUs whose row in the copy is locked.
///
/// Reads come behind the locks, so that what somebody else committed before is seen; who commits later decides anew by
/// itself.
struct ListingDecisions {
    /// A listing, and what it is to show.
    struct Decision: Hashable, Sendable {
        /// Which one.
        let key: ListingKey
        /// What it is to show.
        let wanted: Int64
        /// What it is believed to show; nil: not known.
        let shelf: Int64?

        /// Whether the platform has what is wanted.
        var isInStep: Bool { self.wanted == self.shelf }
    }

    private struct Listed {
        var key: ListingKey
        var rule: ListingStockRule
        var shelf: Int64?
        var isGone: Bool
    }

    private struct Stock {
        var levels: [StockAtLocation] = []
        var safetyBuffer: Int64 = 0
        var channelBuffers: [String: Int64] = [:]
        var isKnown = false
    }

    /// Locks the listings of locked SKUs, and reads what decides, for ``init(_:)``.
    static func reading(_ keys: [SKUKey]) -> [PostgresCommand] {
        let columns = keys.sorted().columns
        return [
            PostgresCommand(Self.listings, columns.buckets, columns.brands, columns.skus),
            PostgresCommand(Self.stock, columns.buckets, columns.brands, columns.skus),
            PostgresCommand(Self.levels, columns.buckets, columns.brands, columns.skus),
            PostgresCommand(Self.connections, Array(Set(columns.brands))),
        ]
    }

    /// How many answers ``reading(_:)`` has.
    static let answers = 4

    /// In the order of their keys. A listing that its platform does not have, and one whose stock is not known yet, has
    /// none.
    let decisions: [Decision]

    /// Decides by the answers to ``reading(_:)``.
    init(_ answers: ArraySlice<PostgresRows>) throws(PostgresError) {
        let answers = Array(answers)
        guard answers.count == Self.answers else {
            throw .unexpectedValue(column: "", reason: "\(answers.count) answers, not \(Self.answers)")
        }
        let listings = try Self.listings(answers[0])
        let stock = try Self.stock(answers[1], levels: answers[2])
        let connections = try Self.connections(answers[3])
        self.decisions = listings.compactMap { listing in
            guard !listing.isGone, let connection = connections[ConnectionKey(listing.key)],
                let stock = stock[SKUKey(brand: listing.key.brand, sku: listing.key.sku)], stock.isKnown
            else { return nil }
            let channel = connection.id.isEmpty ? listing.key.connection : connection.id
            let kept = max(0, stock.safetyBuffer) &+ max(0, stock.channelBuffers[channel] ?? 0)
            return Decision(
                key: listing.key,
                wanted: WantedStock.quantity(
                    stock.levels, kept: kept, policy: connection.stock ?? StockPolicy(), listing: listing.rule),
                shelf: listing.shelf)
        }
    }

    private static func listings(_ rows: PostgresRows) throws(PostgresError) -> [Listed] {
        var listings: [Listed] = []
        listings.reserveCapacity(rows.count)
        for row in rows {
            let (brand, connection, sku, buffer, cap, isPaused, shelf, isGone) = try row.decode(
                PostgresUUID.self, String.self, String.self, Int64?.self, Int64?.self, Bool.self, Int64?.self,
                Bool.self)
            listings.append(
                Listed(
                    key: ListingKey(brand: brand, sku: sku, connection: connection),
                    rule: ListingStockRule(buffer: buffer, cap: cap, isPaused: isPaused), shelf: shelf,
                    isGone: isGone))
        }
        return listings
    }

    private static func stock(_ rows: PostgresRows, levels: PostgresRows) throws(PostgresError) -> [SKUKey: Stock] {
        var stock: [SKUKey: Stock] = [:]
        for row in rows {
            let (brand, sku, safety, channels, buffers, isKnown) = try row.decode(
                PostgresUUID.self, String.self, Int64.self, [String].self, [Int64].self, Bool.self)
            stock[SKUKey(brand: brand, sku: sku)] = Stock(
                safetyBuffer: safety,
                channelBuffers: Dictionary(zip(channels, buffers)) { $1 }, isKnown: isKnown)
        }
        for row in levels {
            let (brand, sku, location, available, buffer, isSold) = try row.decode(
                PostgresUUID.self, String.self, String.self, Int64.self, Int64.self, Bool.self)
            stock[SKUKey(brand: brand, sku: sku)]?.levels.append(
                StockAtLocation(location: location, available: available, buffer: buffer, isSold: isSold))
        }
        return stock
    }

    private static func connections(_ rows: PostgresRows) throws(PostgresError) -> [ConnectionKey: Connection] {
        let arena = ArenaMemory()
        var connections: [ConnectionKey: Connection] = [:]
        for row in rows {
            let (brand, id, document) = try row.decode(PostgresUUID.self, String.self, [UInt8].self)
            arena.arena.reset()
            connections[ConnectionKey(brand: brand, id: id)] = try Connection(
                stored: document, column: "connection.document", in: arena.arena)
        }
        return connections
    }

    private static let listings = PostgresStatement(
        """
        select l.brand_id, l.connection_id, l.sku, l.buffer, l.cap, l.paused, l.shelf_quantity, l.is_gone
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
        order by l.bucket, l.brand_id, l.sku, l.connection_id
        for no key update of l
        """)

    private static let stock = PostgresStatement(
        """
        select s.brand_id, s.sku, s.safety_buffer,
            array(select b.key from jsonb_each_text(m.buffers) b order by b.key),
            array(select b.value::bigint from jsonb_each_text(m.buffers) b order by b.key),
            s.is_filled
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join stock_sku s on s.bucket = k.bucket and s.brand_id = k.brand_id and s.sku = k.sku
        left join brand_copy c on c.brand_id = k.brand_id
        cross join lateral (select coalesce(c.channel_buffers, '{}') || s.channel_buffers as buffers) m
        """)

    private static let levels = PostgresStatement(
        """
        select c.brand_id, c.sku, c.location_id, c.available, coalesce(p.safety_buffer, 0),
            c.location_id = '' or coalesce(p.is_sold, false)
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join stock_copy c on c.bucket = k.bucket and c.brand_id = k.brand_id and c.sku = k.sku
        left join location_copy p on p.brand_id = c.brand_id and p.location_id = c.location_id
        """)

    private static let connections = PostgresStatement(
        "select brand_id, connection_id, document from connection where brand_id = any($1)")
}

extension ConnectionKey {
    /// The connection of a listing.
    init(_ listing: ListingKey) { self.init(brand: listing.brand, id: listing.connection) }
}
