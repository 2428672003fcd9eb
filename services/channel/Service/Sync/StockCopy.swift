internal import Buckets
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// Names a SKU among those of all brands.
struct SKUKey: Hashable, Sendable, Comparable {
    /// Of the brand's SKU.
    let bucket: Bucket
    /// Whose it is.
    let brand: PostgresUUID
    /// Ours.
    let sku: String

    init(brand: PostgresUUID, sku: String) {
        self.bucket = brand.bucket(of: sku)
        self.brand = brand
        self.sku = sku
    }

    /// By bucket, brand and SKU: the order in which rows are locked.
    static func < (left: Self, right: Self) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.brand != right.brand { return left.brand < right.brand }
        return left.sku.utf8.lexicographicallyPrecedes(right.sku.utf8)
    }
}

extension [SKUKey] {
    /// The parameters that name rows of SKUs.
    var columns: (buckets: [Int16], brands: [PostgresUUID], skus: [String]) {
        (self.map(\.bucket.number), self.map(\.brand), self.map(\.sku))
    }
}

/// Reads and writes the copy of what inventory says.
enum StockCopy {
    /// Adds SKUs to the copy that are not in it: inventory will be asked for them.
    static func adding(_ keys: [SKUKey]) -> PostgresCommand {
        let columns = keys.sorted().columns
        return PostgresCommand(Self.insertion, columns.buckets, columns.brands, columns.skus)
    }

    /// Locks SKUs of the copy, for ``versions(_:)``. All who decide what listings of a SKU are to show begin with it.
    static func locking(_ keys: [SKUKey]) -> PostgresCommand {
        let columns = keys.sorted().columns
        return PostgresCommand(Self.lock, columns.buckets, columns.brands, columns.skus)
    }

    /// The versions of locked SKUs; those that are not in the copy are missing.
    static func versions(_ rows: PostgresRows) throws(PostgresError) -> [SKUKey: Int64] {
        var versions: [SKUKey: Int64] = [:]
        for row in rows {
            let (brand, sku, version) = try row.decode(PostgresUUID.self, String.self, Int64.self)
            versions[SKUKey(brand: brand, sku: sku)] = version
        }
        return versions
    }

    /// What is to be noted of one SKU.
    struct Note {
        var key: SKUKey
        var available: [String: Int64] = [:]
        var version: Int64
        var mustAsk: Bool
    }

    /// The notes that changes give for locked SKUs: those that say something new, each SKU once.
    static func notes(_ changes: [StockChange], versions: [SKUKey: Int64]) -> [Note] {
        var notes: [SKUKey: Note] = [:]
        for change in changes {
            let key = SKUKey(brand: change.brand, sku: change.sku)
            guard let known = versions[key] else { continue }
            var note = notes[key] ?? Note(key: key, version: known, mustAsk: false)
            if let version = change.version {
                // A read of inventory, or the same event before, has told as much or more.
                guard version > note.version else { continue }
                note.version = version
            }
            note.available.merge(change.available) { $1 }
            note.mustAsk = note.mustAsk || change.mustAsk
            notes[key] = note
        }
        return notes.values.sorted { $0.key < $1.key }
    }

    /// The commands that write notes down.
    static func writing(_ notes: [Note]) -> [PostgresCommand] {
        let keys = notes.map(\.key).columns
        let levels = notes.flatMap { note in note.available.map { (note.key, $0.key, $0.value, note.version) } }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        return [
            PostgresCommand(
                Self.update, keys.buckets, keys.brands, keys.skus, notes.map(\.version), notes.map(\.mustAsk)),
            PostgresCommand(
                Self.upsert, levels.map(\.0.bucket.number), levels.map(\.0.brand), levels.map(\.0.sku),
                levels.map(\.1), levels.map(\.2), levels.map(\.3)),
        ]
    }

    private static let insertion = PostgresStatement(
        """
        insert into stock_sku (bucket, brand_id, sku, is_asked)
        select k.bucket, k.brand_id, k.sku, true
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        on conflict (bucket, brand_id, sku) do nothing
        """)

    private static let lock = PostgresStatement(
        """
        select s.brand_id, s.sku, s.version
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as k (bucket, brand_id, sku)
        join stock_sku s on s.bucket = k.bucket and s.brand_id = k.brand_id and s.sku = k.sku
        order by s.bucket, s.brand_id, s.sku
        for no key update of s
        """)

    private static let update = PostgresStatement(
        """
        update stock_sku s
        set version = k.version, is_asked = s.is_asked or k.must_ask, revision = s.revision + 1
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::boolean[])
            as k (bucket, brand_id, sku, version, must_ask)
        where s.bucket = k.bucket and s.brand_id = k.brand_id and s.sku = k.sku
        """)

    private static let upsert = PostgresStatement(
        """
        insert into stock_copy (bucket, brand_id, sku, location_id, available, version)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
        on conflict (bucket, brand_id, sku, location_id) do update
            set available = excluded.available, version = excluded.version
        """)
}
