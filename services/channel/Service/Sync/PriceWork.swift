internal import Buckets
internal import ChannelDomain
internal import ChannelMessages
internal import Leasing
internal import Postgres

/// Writes down whose prices are to be asked for, and what they are to be.
enum PriceWork {
    /// The commands that have the prices of SKUs asked for again, on connections.
    ///
    /// - Parameters:
    ///   - isWanted: Whether the connections are sent prices; else what waits goes.
    ///   - isForced: Also what the platform is thought to have is sent.
    static func marking(
        _ keys: [SKUKey], on connections: [ConnectionKey], isWanted: Bool, isForced: Bool = false
    ) -> [PostgresCommand] {
        WorkMarks.commands(keys, on: connections, kind: .price, isWanted: isWanted, isForced: isForced)
    }

    /// Writes down what listings are to cost, where nothing has changed since it was asked.
    static func want(
        _ prices: [(DueWork, UnitPrice)], on key: ConnectionKey, in pool: PostgresPool, under lease: Lease
    ) async throws {
        guard !prices.isEmpty else { return }
        let keys = prices.map { SKUKey(brand: key.brand, sku: $0.0.row.sku) }
        let columns = keys.columns
        try await pool.withTransaction { transaction in
            try await lease.check(in: transaction)
            _ = try await transaction.execute([WorkMarks.locking(keys, on: key)])
            _ = try await transaction.commit(with: [
                PostgresCommand(
                    Self.wanting, key.brand, key.id, columns.buckets, columns.skus, prices.map(\.0.row.revision),
                    prices.map(\.1.micros), prices.map(\.1.currency))
            ])
        }
    }

    private static let wanting = PostgresStatement(
        """
        update sync_work w set wanted_price = k.price, wanted_currency = k.currency
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
            as k (bucket, sku, revision, price, currency)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = 2
            and w.revision = k.revision
        """)
}

/// Writes down whose contents are to be made anew.
enum ContentWork {
    /// The commands that have the contents of SKUs made again, on connections.
    ///
    /// - Parameters:
    ///   - isWanted: Whether the connections are sent contents; else what waits goes.
    ///   - isForced: Also what the platform is thought to have is sent.
    static func marking(
        _ keys: [SKUKey], on connections: [ConnectionKey], isWanted: Bool, isForced: Bool = false
    ) -> [PostgresCommand] {
        WorkMarks.commands(keys, on: connections, kind: .content, isWanted: isWanted, isForced: isForced)
    }
}

/// What is due without its value being known yet: prices and contents.
enum WorkMarks {
    /// Locks listings of a connection.
    static func locking(_ keys: [SKUKey], on key: ConnectionKey) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.lock, columns.buckets, columns.brands, columns.skus, [key.brand], [key.id])
    }

    /// The commands that mark a kind of listings as due, or take the mark away.
    static func commands(
        _ keys: [SKUKey], on connections: [ConnectionKey], kind: SyncKind, isWanted: Bool, isForced: Bool
    ) -> [PostgresCommand] {
        guard !keys.isEmpty, !connections.isEmpty else { return [] }
        let columns = keys.columns
        // Brands call their connections alike: each connection counts with its brand.
        let places = Set(connections).sorted()
        let (owners, ids) = (places.map(\.brand), places.map(\.id))
        let number = Outcomes.number(kind)
        let lock = PostgresCommand(Self.lock, columns.buckets, columns.brands, columns.skus, owners, ids)
        guard isWanted else {
            return [
                lock,
                PostgresCommand(Self.dropping, columns.buckets, columns.brands, columns.skus, owners, ids, number),
            ]
        }
        var commands = [lock]
        if isForced {
            commands.append(
                PostgresCommand(Self.forgetting, columns.buckets, columns.brands, columns.skus, owners, ids, number))
        }
        commands.append(
            PostgresCommand(Self.marking, columns.buckets, columns.brands, columns.skus, owners, ids, number))
        return commands
    }

    private static let lock = PostgresStatement(
        """
        select 1 from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
            and (l.brand_id, l.connection_id) in (select * from unnest($4::uuid[], $5::text[]))
        order by l.bucket, l.brand_id, l.sku, l.connection_id
        for no key update of l
        """)

    private static let marking = PostgresStatement(
        """
        insert into sync_work as w (bucket, brand_id, connection_id, sku, kind, lane, status)
        select l.bucket, l.brand_id, l.connection_id, l.sku, $6, $6, 2
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
            and (l.brand_id, l.connection_id) in (select * from unnest($4::uuid[], $5::text[]))
        where not l.paused and not l.is_gone
        on conflict (bucket, brand_id, sku, connection_id, kind) do update
            set status = 2, wanted_price = null, wanted_content = '', revision = w.revision + 1,
                due_at = least(w.due_at, now()), tries = 0, attempt = 0
        """)

    // What is believed to be there is forgotten, so that it is sent whatever it is.
    private static let forgetting = PostgresStatement(
        """
        update listing l
        set shelf_price = case when $6 = 2 then null else l.shelf_price end,
            shelf_content = case when $6 = 3 then '' else l.shelf_content end
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        where l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
            and (l.brand_id, l.connection_id) in (select * from unnest($4::uuid[], $5::text[]))
        """)

    private static let dropping = PostgresStatement(
        """
        delete from sync_work w using unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        where w.bucket = k.bucket and w.brand_id = k.brand_id and w.sku = k.sku
            and (w.brand_id, w.connection_id) in (select * from unnest($4::uuid[], $5::text[]))
            and w.kind = $6
        """)
}
