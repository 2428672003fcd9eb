internal import Postgres

/// An instant at which something begins or ends to count, to be told of then.
struct PriceDue: Hashable, Sendable {
    let at: PostgresTimestamp
    let bucket: Int16
    let kind: PriceDueKind
    /// The SKU, or the id.
    let subject: String
    /// Of prices and lists; else 0.
    let listNumber: Int32
}

/// Rows of `price_due`.
enum PriceDueRows {
    /// The command that notes instants; one that is noted already is left.
    static func adding(_ due: some Collection<PriceDue>, of brand: PostgresUUID) -> PostgresCommand {
        // Rows of a primary key that two transactions may add at once are added in one order.
        let due = Set(due).sorted { left, right in
            (left.at, left.bucket, left.kind.rawValue, left.subject, left.listNumber)
                < (right.at, right.bucket, right.kind.rawValue, right.subject, right.listNumber)
        }
        return PostgresCommand(
            Self.insertion, due.map(\.at), brand, due.map(\.bucket), due.map(\.kind.rawValue), due.map(\.subject),
            due.map(\.listNumber))
    }

    /// The command that removes what was told of.
    static func removal(_ due: [BrandDue]) -> PostgresCommand {
        PostgresCommand(
            Self.deletion, due.map(\.brand), due.map(\.due.at), due.map(\.due.bucket), due.map(\.due.kind.rawValue),
            due.map(\.due.subject), due.map(\.due.listNumber))
    }

    private static let deletion = PostgresStatement(
        """
        delete from price_due p
        using unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::smallint[], $5::text[], $6::integer[])
            as d (brand_id, due_at, bucket, kind, subject, list_number)
        where p.due_at = d.due_at and p.brand_id = d.brand_id and p.bucket = d.bucket and p.kind = d.kind
            and p.subject = d.subject and p.list_number = d.list_number
        """)

    // One that is there is waited for where it is being told of: it is noted again then, as what it was told by may be
    // older than this.
    private static let insertion = PostgresStatement(
        """
        insert into price_due (due_at, brand_id, bucket, kind, subject, list_number)
        select d.due_at, $2, d.bucket, d.kind, d.subject, d.list_number
        from unnest($1::timestamptz[], $3::smallint[], $4::smallint[], $5::text[], $6::integer[])
            as d (due_at, bucket, kind, subject, list_number)
        on conflict (due_at, brand_id, bucket, kind, subject, list_number)
            do update set list_number = excluded.list_number
        """)
}
