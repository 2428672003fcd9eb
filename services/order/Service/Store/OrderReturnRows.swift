internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// A return or claim of an order, to be written.
struct OrderChildRow<Child: Sendable>: Sendable {
    let key: OrderKey
    /// From 1 on.
    let number: Int32
    let child: Child
    /// The child, encoded.
    let document: [UInt8]
}

/// Reads and writes the returns of orders.
enum OrderReturnRows {
    /// The command that reads the returns of locked orders, for ``OrderChildRows/read(_:_:column:)``.
    static func reading(_ keys: [OrderKey]) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.ids)
    }

    /// The commands that write returns in place of what they were.
    static func putting(_ rows: [OrderChildRow<Return>]) -> [PostgresCommand] {
        let columns = rows.map(\.key).columns
        let numbers = rows.map(\.number)
        let upsertion = PostgresCommand(
            Self.upsertion, columns.buckets, columns.brands, columns.ids, numbers,
            rows.map { Int64(clamping: $0.child.version) }, rows.map { $0.child.status.column },
            rows.map { $0.child.kind.column },
            rows.map { $0.child.createdAt.flatMap { PostgresTimestamp($0) } ?? .negativeInfinity },
            rows.map(\.document))
        return [upsertion] + Self.lines(of: rows)
    }

    private static func lines(of rows: [OrderChildRow<Return>]) -> [PostgresCommand] {
        var keys: [OrderKey] = []
        var (numbers, places): ([Int32], [Int16]) = ([], [])
        var lines: [ReturnLine] = []
        var createdAt: [PostgresTimestamp] = []
        for row in rows {
            for (place, line) in row.child.lines.enumerated() {
                keys.append(row.key)
                numbers.append(row.number)
                places.append(Int16(clamping: place))
                lines.append(line)
                createdAt.append(row.child.createdAt.flatMap { PostgresTimestamp($0) } ?? .negativeInfinity)
            }
        }
        guard !keys.isEmpty else { return [] }
        let columns = keys.columns
        return [
            PostgresCommand(
                Self.lineUpsertion, columns.buckets, columns.brands, columns.ids, numbers, places, lines.map(\.sku),
                lines.map { $0.vehicle?.fitmentID ?? "" }, createdAt)
        ]
    }

    private static let selection = PostgresStatement(
        """
        select k.position, r.document
        from unnest($1::smallint[], $2::uuid[], $3::uuid[]) with ordinality as k (bucket, brand_id, order_id, position)
        join order_return r on r.bucket = k.bucket and r.brand_id = k.brand_id and r.order_id = k.order_id
        order by k.position, r.number
        """,
        readOnly: true)

    private static let upsertion = PostgresStatement(
        """
        insert into order_return (bucket, brand_id, order_id, number, version, status, kind, created_at, document)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::integer[]),
            unnest($5::bigint[]), unnest($6::smallint[]), unnest($7::smallint[]), unnest($8::timestamptz[]),
            unnest($9::bytea[])
        on conflict (bucket, brand_id, order_id, number) do update
            set version = excluded.version, status = excluded.status, kind = excluded.kind,
                created_at = excluded.created_at, document = excluded.document
        """)

    private static let lineUpsertion = PostgresStatement(
        """
        insert into order_return_line (bucket, brand_id, order_id, number, line, sku, fitment_id, created_at)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::integer[]),
            unnest($5::smallint[]), unnest($6::text[]), unnest($7::text[]), unnest($8::timestamptz[])
        on conflict (bucket, brand_id, order_id, number, line) do update
            set sku = excluded.sku, fitment_id = excluded.fitment_id
        """)
}

/// Reads and writes the warranty claims of orders.
enum OrderClaimRows {
    /// The command that reads the claims of locked orders, for ``OrderChildRows/read(_:_:column:)``.
    static func reading(_ keys: [OrderKey]) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.ids)
    }

    /// The command that writes claims in place of what they were.
    static func putting(_ rows: [OrderChildRow<WarrantyClaim>]) -> PostgresCommand {
        let columns = rows.map(\.key).columns
        let claims = rows.map(\.child)
        return PostgresCommand(
            Self.upsertion, columns.buckets, columns.brands, columns.ids, rows.map(\.number),
            claims.map { Int64(clamping: $0.version) }, claims.map { $0.status.column }, claims.map(\.sku),
            claims.map(\.lotID),
            claims.map { $0.createdAt.flatMap { PostgresTimestamp($0) } ?? .negativeInfinity }, rows.map(\.document))
    }

    private static let selection = PostgresStatement(
        """
        select k.position, c.document
        from unnest($1::smallint[], $2::uuid[], $3::uuid[]) with ordinality as k (bucket, brand_id, order_id, position)
        join order_claim c on c.bucket = k.bucket and c.brand_id = k.brand_id and c.order_id = k.order_id
        order by k.position, c.number
        """,
        readOnly: true)

    private static let upsertion = PostgresStatement(
        """
        insert into order_claim (bucket, brand_id, order_id, number, version, status, sku, lot_id, created_at, document)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::integer[]),
            unnest($5::bigint[]), unnest($6::smallint[]), unnest($7::text[]), unnest($8::text[]),
            unnest($9::timestamptz[]), unnest($10::bytea[])
        on conflict (bucket, brand_id, order_id, number) do update
            set version = excluded.version, status = excluded.status, sku = excluded.sku, lot_id = excluded.lot_id,
                created_at = excluded.created_at, document = excluded.document
        """)
}

/// Reads what belongs to orders and is numbered within them.
enum OrderChildRows {
    /// The children of orders, by number.
    static func read<Child: Message>(
        _ rows: PostgresRows, _ keys: [OrderKey], column: String, in arena: ArenaMemory
    ) throws(PostgresError) -> [OrderKey: [Child]] {
        var read: [OrderKey: [Child]] = [:]
        for row in rows {
            let (position, document) = try row.decode(Int64.self, [UInt8].self)
            arena.arena.reset()
            read[try keys.key(at: position), default: []].append(
                try Child(stored: document, column: column, in: arena.arena))
        }
        return read
    }
}
