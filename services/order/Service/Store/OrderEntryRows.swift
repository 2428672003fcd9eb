internal import OrderDomain
internal import Postgres

/// An entry of an order's log, to be written.
struct OrderEntryRow: Sendable {
    let key: OrderKey
    let number: Int64
    /// Empty: the service itself, or not the command's first entry.
    let commandID: String
    let fingerprint: [UInt8]
    /// The entry, encoded.
    let document: [UInt8]
}

/// Reads and writes the logs of orders.
enum OrderEntryRows {
    /// The command that looks for commands in the logs of orders, for ``commands(_:_:)``.
    static func looking(for commands: [(key: OrderKey, id: String)]) -> PostgresCommand {
        let columns = commands.map(\.key).columns
        return PostgresCommand(
            Self.commandSelection, columns.buckets, columns.brands, columns.ids, commands.map(\.id))
    }

    /// The commands that were carried out, by their places among those looked for, with their fingerprints.
    static func commands(_ rows: PostgresRows, count: Int) throws(PostgresError) -> [Int: [UInt8]] {
        var read: [Int: [UInt8]] = [:]
        for row in rows {
            let (position, fingerprint) = try row.decode(Int64.self, [UInt8].self)
            guard (1...Int64(count)).contains(position) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            read[Int(position) - 1] = fingerprint
        }
        return read
    }

    /// The command that appends entries.
    static func appending(_ rows: [OrderEntryRow]) -> PostgresCommand {
        let columns = rows.map(\.key).columns
        return PostgresCommand(
            Self.insertion, columns.buckets, columns.brands, columns.ids, rows.map(\.number), rows.map(\.commandID),
            rows.map(\.fingerprint), rows.map(\.document))
    }

    private static let commandSelection = PostgresStatement(
        """
        select c.position, e.fingerprint
        from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
            as c (bucket, brand_id, order_id, command_id, position)
        join order_entry e on e.bucket = c.bucket and e.brand_id = c.brand_id and e.order_id = c.order_id
            and e.command_id = c.command_id and e.command_id <> ''
        """,
        readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into order_entry (bucket, brand_id, order_id, number, command_id, fingerprint, document)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::bigint[]),
            unnest($5::text[]), unnest($6::bytea[]), unnest($7::bytea[])
        """)
}
