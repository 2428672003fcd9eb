internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres

/// An amount of a settlement as its row has it.
struct StoredEntry: Sendable {
    /// Its place among all of the settlement.
    let place: Int64
    let entry: SettlementEntry

    /// The columns ``SettlementLineRows/columns`` from the first on.
    init(_ row: PostgresRow, currency: String) throws(PostgresError) {
        let (number, place, orderID, sku, lineID, quantity, kind, word, amount, postedAt, isWithheld, description) =
            try row.decode(
                Int64.self, Int64.self, String.self, String.self, String.self, Int64.self, Int16.self, String.self,
                Int64.self, PostgresTimestamp?.self, Bool.self, String.self)
        self.place = place
        self.entry = SettlementEntry(
            number: number, orderID: orderID, sku: sku, lineID: lineID, quantity: quantity,
            kind: SettlementAmountKind(rawValue: Int32(kind)), word: word, amount: amount, currency: currency,
            postedAt: postedAt?.microseconds, isWithheld: isWithheld, description: description)
    }
}

/// What became of an amount, to be written.
struct MatchedRow: Sendable {
    let place: Int64
    let matched: MatchedEntry
    /// Ours; nil: there is none.
    let order: PostgresUUID?
}

/// Reads and writes the amounts of settlements.
enum SettlementLineRows {
    /// An amount before it is compared, for the copy of many.
    static func append(
        _ entry: SettlementEntry, place: Int64, settlement: PostgresUUID, brand: PostgresUUID, bucket: Bucket,
        to rows: inout PostgresBinaryCopy
    ) {
        rows.beginRow()
        rows.append(brand)
        rows.append(settlement)
        rows.append(entry.number)
        rows.append(place)
        rows.append(bucket.number)
        rows.append(entry.orderID)
        rows.append(entry.sku)
        rows.append(entry.lineID)
        rows.append(entry.quantity)
        rows.append(entry.kind.column)
        rows.append(entry.word)
        rows.append(entry.amount)
        if let postedAt = entry.postedAt {
            rows.append(PostgresTimestamp(microseconds: postedAt))
        } else {
            rows.appendNull()
        }
        rows.append(entry.isWithheld)
        rows.append(entry.description)
        rows.append(Int16(0))
    }

    /// A copy of amounts.
    static var copy: PostgresBinaryCopy { PostgresBinaryCopy(Self.copying, columns: 16) }

    /// The command that reads the amounts of a bucket, by order id and in the file's order.
    static func reading(_ settlement: PostgresUUID, of brand: PostgresUUID, bucket: Bucket) -> PostgresCommand {
        PostgresCommand(Self.bucketSelection, brand, settlement, bucket.number)
    }

    /// The command that reads what other settlements of the connection have of some order ids.
    static func earlier(
        _ orderIDs: [String], connection: String, besides settlement: PostgresUUID, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(Self.earlierSelection, brand, settlement, connection, orderIDs)
    }

    /// The command that writes what became of amounts.
    static func matching(
        _ rows: [MatchedRow], _ settlement: PostgresUUID, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.update, brand, settlement, rows.map(\.matched.entry.number), rows.map(\.place),
            rows.map(\.matched.difference.column), rows.map(\.order), rows.map(\.matched.orderAmount),
            rows.map(\.matched.expected))
    }

    /// The command that removes what is missing from the file, of a bucket that is compared anew.
    static func removingMissing(
        _ settlement: PostgresUUID, of brand: PostgresUUID, bucket: Bucket
    ) -> PostgresCommand {
        PostgresCommand(Self.missingDeletion, brand, settlement, bucket.number)
    }

    /// The command that adds what is missing from the file.
    static func addingMissing(
        _ rows: [MatchedRow], _ settlement: PostgresUUID, of brand: PostgresUUID, bucket: Bucket
    ) -> PostgresCommand {
        let entries = rows.map(\.matched.entry)
        return PostgresCommand(
            Self.missingInsertion, brand, settlement, bucket.number, rows.map(\.place), entries.map(\.orderID),
            entries.map(\.kind.column), rows.map(\.matched.difference.column), rows.map(\.order),
            rows.map(\.matched.orderAmount), rows.map(\.matched.expected))
    }

    /// The command that removes amounts of a settlement that will not be matched; it removes so many at the most.
    static func clearing(_ settlement: PostgresUUID, of brand: PostgresUUID, limit: Int64) -> PostgresCommand {
        PostgresCommand(Self.deletion, brand, settlement, limit)
    }

    private static let copying = PostgresStatement(
        """
        copy settlement_line (brand_id, settlement_id, number, place, bucket, channel_order_id, sku, line_id, quantity,
            kind, word, amount, posted_at, is_withheld, description, difference)
        from stdin (format binary)
        """)

    /// What ``StoredEntry`` reads.
    static let columns: StaticString =
        """
        l.number, l.place, l.channel_order_id, l.sku, l.line_id, l.quantity, l.kind, l.word, l.amount, l.posted_at,
            l.is_withheld, l.description
        """

    private static let bucketSelection = PostgresStatement(
        joining: [
            "select ", Self.columns,
            """
             from settlement_line l
            where l.brand_id = $1 and l.settlement_id = $2 and l.bucket = $3 and l.bucket >= 0
                and l.number > 0
            order by l.channel_order_id, l.place
            """,
        ], readOnly: true)

    // The inner selections stay as they are written (offset 0): from what is asked for to the rows by their keys. Where the
    // planner may choose, and has not seen yet how many amounts a settlement has, it passes over all of them for each.
    private static let earlierSelection = PostgresStatement(
        joining: [
            "select ", Self.columns,
            """
             from unnest($4::text[]) as o (id)
            cross join lateral (
                select * from settlement_line
                where brand_id = $1 and channel_order_id = o.id and settlement_id <> $2 and bucket >= 0 and number > 0
                    and difference <> 6
                offset 0) l
            where (select s.connection = $3 and s.state <> 1 from settlement s
                where s.brand_id = $1 and s.settlement_id = l.settlement_id)
            """,
        ], readOnly: true)

    // By where a row lies: only so must it be found by its whole key first. Between the two nobody changes it, as whoever
    // works on the settlement has locked its job.
    private static let update = PostgresStatement(
        """
        update settlement_line l
        set difference = m.difference, order_id = m.order_id, order_amount = m.order_amount, expected = m.expected
        from (
            select unnest($3::bigint[]) as number, unnest($4::bigint[]) as place, unnest($5::smallint[]) as difference,
                unnest($6::uuid[]) as order_id, unnest($7::bigint[]) as order_amount, unnest($8::bigint[]) as expected
        ) m
        cross join lateral (
            select f.ctid as row from settlement_line f
            where f.brand_id = $1 and f.settlement_id = $2 and f.number = m.number and f.place = m.place
            offset 0) found
        where l.ctid = found.row
        """)

    private static let missingDeletion = PostgresStatement(
        "delete from settlement_line where brand_id = $1 and settlement_id = $2 and bucket = $3 and number = 0")

    private static let missingInsertion = PostgresStatement(
        """
        insert into settlement_line (brand_id, settlement_id, number, place, bucket, channel_order_id, sku, line_id,
            quantity, kind, word, amount, posted_at, is_withheld, description, difference, order_id, order_amount,
            expected)
        select $1, $2, 0, m.place, $3, m.channel_order_id, '', '', 0, m.kind, '', 0, null, false, '', m.difference,
            m.order_id, m.order_amount, m.expected
        from (select unnest($4::bigint[]) as place, unnest($5::text[]) as channel_order_id,
            unnest($6::smallint[]) as kind, unnest($7::smallint[]) as difference, unnest($8::uuid[]) as order_id,
            unnest($9::bigint[]) as order_amount,
            unnest($10::bigint[]) as expected) m
        """)

    /// Lets plans go by the amounts that are there: the server would do it by itself, but minutes later.
    static let analysis = "analyze (skip_locked) settlement_line"

    private static let deletion = PostgresStatement(
        """
        delete from settlement_line where (brand_id, settlement_id, number, place) in (
            select brand_id, settlement_id, number, place from settlement_line
            where brand_id = $1 and settlement_id = $2 order by number, place limit $3)
        """)
}
