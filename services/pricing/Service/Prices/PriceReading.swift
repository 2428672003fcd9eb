internal import Money
internal import Postgres
internal import PricingDomain

/// Reads prices for those who change them.
enum PriceReading {
    /// The command that reads prices of a list and locks their rows against every change, ascending by bucket, SKU,
    /// quantity and beginning. Prices that are not there have no row.
    static func locking(
        _ identities: [PriceIdentity], inList number: Int32, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.locking, identities.map { brand.bucket(of: $0.sku.description) }, identities.map(\.sku.description),
            identities.map(\.minimumQuantity), identities.map { PostgresTimestamp($0.validFrom) }, brand, number)
    }

    /// The prices of the rows of ``locking(_:inList:of:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [PriceIdentity: StoredPrice] {
        var prices: [PriceIdentity: StoredPrice] = [:]
        prices.reserveCapacity(rows.count)
        for row in rows {
            let price = try StoredPrice(row)
            prices[price.identity] = price
        }
        return prices
    }

    /// The command that reads all prices of SKUs in some lists.
    static func all(_ skus: [SKU], inLists numbers: [Int32], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.selection, skus.map { brand.bucket(of: $0.description) }, skus.map(\.description), brand, numbers)
    }

    /// The prices of the rows of ``all(_:inLists:of:)``, by SKU.
    static func rows(_ rows: PostgresRows) throws(PostgresError) -> [SKU: [PriceRow]] {
        var found: [SKU: [PriceRow]] = [:]
        for row in rows {
            let (sku, number, quantity, from, to, amount) = try row.decode(
                String.self, Int32.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self)
            found[SKU(unchecked: sku), default: []].append(
                PriceRow(
                    sku: 0, list: number, minimumQuantity: quantity, validFrom: Instant(from), validTo: Instant(to),
                    amount: Amount(micros: amount)))
        }
        return found
    }

    /// The command that finds SKUs that have more prices in a list than a limit, were so many added.
    static func crowded(
        _ added: [SKU: Int], limit: Int, inList number: Int32, of brand: PostgresUUID
    ) -> PostgresCommand {
        let skus = Array(added.keys)
        return PostgresCommand(
            Self.crowded, skus.map { brand.bucket(of: $0.description) }, skus.map(\.description),
            skus.map { Int64(limit - (added[$0] ?? 0)) }, brand, number)
    }

    /// The SKUs of the rows of ``crowded(_:limit:inList:of:)``.
    static func skus(_ rows: PostgresRows) throws(PostgresError) -> Set<SKU> {
        var skus: Set<SKU> = []
        for row in rows { skus.insert(SKU(unchecked: try row.decode(String.self))) }
        return skus
    }

    // Looked up key by key, in the order of the keys: as a plain join, the planner would go through the whole list for each
    // key as long as it knows of few prices, such as while a list is first imported. So it is done below, too.
    private static let locking = PostgresStatement(
        """
        select p.sku, p.minimum_quantity, p.valid_from, p.valid_to, p.amount, p.recorded_at, p.change_id
        from unnest($1::smallint[], $2::text[], $3::bigint[], $4::timestamptz[])
            as k (bucket, sku, minimum_quantity, valid_from)
        cross join lateral (
            select p.* from price p
            where p.bucket = k.bucket and p.brand_id = $5 and p.sku = k.sku and p.list_number = $6
                and p.minimum_quantity = k.minimum_quantity and p.valid_from = k.valid_from
            for update) p
        """)

    private static let selection = PostgresStatement(
        """
        select p.sku, p.list_number, p.minimum_quantity, p.valid_from, p.valid_to, p.amount
        from unnest($1::smallint[], $2::text[]) as k (bucket, sku)
        cross join lateral (
            select p.* from price p
            where p.bucket = k.bucket and p.brand_id = $3 and p.sku = k.sku and p.list_number + 0 = any($4) offset 0) p
        """,
        readOnly: true)

    private static let crowded = PostgresStatement(
        """
        select k.sku
        from unnest($1::smallint[], $2::text[], $3::bigint[]) as k (bucket, sku, most)
        where k.most < (
            select count(*) from price p
            where p.bucket = k.bucket and p.brand_id = $4 and p.sku = k.sku and p.list_number = $5)
        """,
        readOnly: true)
}

extension StoredPrice {
    /// A price of a row of SKU, quantity, period, amount, time of recording and change.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (sku, quantity, from, to, amount, recordedAt, change) = try row.decode(
            String.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self,
            PostgresTimestamp.self, PostgresUUID.self)
        self.init(
            identity: PriceIdentity(
                sku: SKU(unchecked: sku), minimumQuantity: quantity, validFrom: Instant(from)),
            validTo: Instant(to), amount: Amount(micros: amount), recordedAt: recordedAt, changeID: change)
    }

    /// The price as the domain looks at it.
    func row(inList number: Int32) -> PriceRow {
        PriceRow(
            sku: 0, list: number, minimumQuantity: self.identity.minimumQuantity, validFrom: self.identity.validFrom,
            validTo: self.validTo, amount: self.amount)
    }
}
