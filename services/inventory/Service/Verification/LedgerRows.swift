internal import InventoryDomain
internal import Postgres

/// Everything that is verified, in one ordered stream: of each SKU its item, its levels, its lots, what open reservations
/// hold, and its movements in the order of their versions.
///
/// PostgreSQL orders it, by the keys' indexes or by a sort whose memory is bounded; nobody holds more of it than a SKU's
/// levels and lots. One statement, so all of it is as of one moment.
enum LedgerRows {
    /// What a row of the stream is; the raw values order those of one SKU.
    enum Kind: Int16 {
        case item = 0
        case level = 1
        case lot = 2
        case held = 3
        case movement = 4
    }

    /// The columns of a row.
    static let columnCount = 16

    /// All brands.
    static let ofAll = PostgresStatement(
        joining: [
            Self.opening, Self.items, " union all ", Self.levels, " union all ", Self.lots, " union all ", Self.held,
            " union all ", Self.movements, Self.closing,
        ],
        readOnly: true)

    /// The brand that `select set_config('driveline.brand', …)` has named in the transaction: COPY takes no parameters.
    static let ofBrand = PostgresStatement(
        joining: [
            Self.opening, Self.items, Self.brandOnly, " union all ", Self.levels, Self.brandOnly, " union all ",
            Self.lots, Self.brandOnly, " union all ", "select * from (", Self.held, ") h", Self.brandOnly,
            " union all ", Self.movements, Self.brandOnly,
            Self.closing,
        ],
        readOnly: true)

    /// Names the brand for ``ofBrand``.
    static let namingBrand = PostgresStatement("select set_config('driveline.brand', $1, true)", readOnly: true)

    /// Lets the sort take more memory and both cores; compiling the statement would cost more than it saves.
    ///
    /// 64 MiB for each sort, in two processes, and for each table of hashes, of which there are three at most.
    static let tuning = PostgresStatement(
        """
        select set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '1', true),
            set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '1', true)
        """,
        readOnly: true)

    /// About how many movements there are, as of the last analyze.
    static let estimate = PostgresStatement(
        """
        select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'movement'::regclass
        """,
        readOnly: true)

    private static let brandOnly: StaticString = " where brand_id = current_setting('driveline.brand')::uuid"

    // The lot comes last: most rows have none, and a null makes each column behind it slower to find.
    private static let opening: StaticString = """
        copy (select kind, brand_id, sku, location_id, version, part, available, reserved, quarantined, in_transit,
            incoming, from_state, to_state, quantity, is_repair, lot_id from (
        """

    private static let closing: StaticString = """
        ) r order by bucket, brand_id, sku, kind, version, part) to stdout (format binary)
        """

    private static let items: StaticString = """
        select 0::smallint as kind, bucket, brand_id, sku, null::text collate "C" as location_id, version,
            0::smallint as part, total_available as available, is_in_stock::int::bigint as reserved,
            has_lots::int::bigint as quarantined, 0::bigint as in_transit, 0::bigint as incoming, 0::smallint as from_state,
            0::smallint as to_state, 0::bigint as quantity, false as is_repair, null::text collate "C" as lot_id
        from item
        """

    private static let levels: StaticString = """
        select 1::smallint, bucket, brand_id, sku, location_id, version, 0::smallint, available, reserved, quarantined,
            in_transit, incoming, 0::smallint, 0::smallint, 0::bigint, false, null::text collate "C"
        from level
        """

    private static let lots: StaticString = """
        select 2::smallint, bucket, brand_id, sku, location_id, 0::bigint, 0::smallint, available, reserved,
            quarantined, 0::bigint, 0::bigint, 0::smallint, 0::smallint, 0::bigint, false, lot_id
        from lot
        """

    // Allocations stand in the bucket of their reservation. That of a SKU without an item is its level's; without either it
    // is not known, and comes first.
    private static let held: StaticString = """
        select 3::smallint, coalesce(i.bucket, (select l.bucket from level l where l.bucket >= 0
            and l.brand_id = a.brand_id and l.location_id = a.location_id and l.sku = a.sku), -1::smallint) as bucket,
            a.brand_id, a.sku, a.location_id, 0::bigint, 0::smallint, 0::bigint,
            sum(a.quantity - a.committed - a.released)::bigint, 0::bigint, 0::bigint, 0::bigint, 0::smallint,
            0::smallint, 0::bigint, false, a.lot_id
        from reservation r
        join allocation a on a.bucket = r.bucket and a.brand_id = r.brand_id and a.reservation_id = r.reservation_id
        left join item i on i.brand_id = a.brand_id and i.sku = a.sku
        where r.state in (1, 2) group by i.bucket, a.brand_id, a.sku, a.location_id, a.lot_id
        """

    private static let movements: StaticString = """
        select 4::smallint, bucket, brand_id, sku, location_id, version, part, available, reserved, quarantined,
            in_transit, incoming, from_state, to_state, quantity, reason = 'repair', lot_id
        from movement
        """
}

/// One row of the stream.
struct LedgerRow {
    let kind: LedgerRows.Kind
    let brand: PostgresUUID
    let sku: String
    let location: String?
    let lot: String?
    let version: Int64
    let part: Int16
    let units: StoredUnits
    let from: Int16
    let to: Int16
    let quantity: Int64
    let isRepair: Bool

    /// Reads the fields of a row.
    init(_ rows: inout PostgresBinaryRows) throws(PostgresError) {
        let kind = try rows.int16()
        guard let known = LedgerRows.Kind(rawValue: kind) else {
            throw .unexpectedValue(column: "kind", reason: "\(kind) was not asked for")
        }
        self.kind = known
        self.brand = try rows.uuid()
        self.sku = try rows.text() ?? ""
        self.location = try rows.text()
        self.version = try rows.int64()
        self.part = try rows.int16()
        self.units = StoredUnits(
            available: try rows.int64(), reserved: try rows.int64(), quarantined: try rows.int64(),
            inTransit: try rows.int64(), incoming: try rows.int64())
        self.from = try rows.int16()
        self.to = try rows.int16()
        self.quantity = try rows.int64()
        self.isRepair = try rows.bool()
        self.lot = try rows.text()
    }

    /// What a movement moves.
    var entry: Ledger.Entry {
        get throws(PostgresError) {
            Ledger.Entry(
                from: try Self.state(self.from, "from_state"), to: try Self.state(self.to, "to_state"),
                quantity: self.quantity)
        }
    }

    private static func state(_ number: Int16, _ column: String) throws(PostgresError) -> StockState {
        guard let state = StockState(rawValue: number) else {
            throw .unexpectedValue(column: column, reason: "\(number) is no state")
        }
        return state
    }
}
