internal import InventoryDomain
internal import Postgres

/// A command that was carried out before, with the answer it got.
struct StoredAnswer: Sendable {
    /// What it asked for.
    let fingerprint: Int64
    /// The encoded `CommandResponse`.
    let receipt: [UInt8]
}

/// The records of commands, in the present day's partition and that of the day before; and of the day behind, which a
/// transaction may have that began before midnight and still waits for one that began later.
enum CommandRecords {
    /// The command that looks for records. To be sent behind the locks: what is committed by then is found.
    static func looking(for keys: [Keyed<CommandID>]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.names)
    }

    /// The records that exist, by the position of their keys.
    static func read(
        _ rows: PostgresRows, _ keys: [Keyed<CommandID>]
    ) throws(PostgresError) -> [StoredAnswer?] {
        var read = [StoredAnswer?](repeating: nil, count: keys.count)
        for row in rows {
            let (position, fingerprint, receipt) = try row.decode(Int64.self, Int64.self, [UInt8].self)
            guard keys.indices.contains(Int(position) - 1) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            read[Int(position) - 1] = StoredAnswer(fingerprint: fingerprint, receipt: receipt)
        }
        return read
    }

    /// The command that keeps records.
    ///
    /// Two commands of one id that meet no common lock meet here: the second waits, and fails by the primary key.
    ///
    /// - Parameters:
    ///   - records: Ascending by their keys.
    ///   - deniesOthers: Whether it fails the transaction, with ``SQLState/divisionByZero``, if another day has one of them:
    ///     for commands that were carried out without looking for their records. Those of the present day meet their
    ///     primary key.
    static func inserting(
        _ records: [(key: Keyed<CommandID>, answer: StoredAnswer)], deniesOthers: Bool
    ) -> PostgresCommand {
        let columns = records.map(\.key).columns()
        let brand = PostgresColumn(columns.brands)
        return PostgresCommand(
            deniesOthers ? Self.guardedInsertion : Self.insertion, columns.buckets, columns.names,
            records.map(\.answer.fingerprint),
            records.map(\.answer.receipt), brand.each, brand.one)
    }

    // By the primary key for each, whatever the planner thinks of a partition that was empty a moment ago: a join it would
    // do by reading all of the day's records.
    private static let selection = PostgresStatement(
        """
        select k.position, r.fingerprint, r.receipt
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, id, position)
        cross join lateral (
            select c.fingerprint, c.receipt from command_record c
            where c.bucket = k.bucket and c.brand_id = k.brand_id and c.command_id = k.id
                and c.day between (now() at time zone 'utc')::date - 1 and (now() at time zone 'utc')::date + 1
            limit 1) r
        """,
        readOnly: true)

    private static let insertion = PostgresStatement(joining: [Self.insertionText])

    // Days are told by expressions of the statement's beginning, so that the plan begins with their partitions alone. The day
    // behind can have a record only once it has begun: until then nothing is looked for there. "offset 0" forbids to
    // read all of a day at once, which seems as cheap while it has no records.
    private static let guardedInsertion = PostgresStatement(joining: [
        Self.insertionText,
        """
        , (select 1 / (count(*) = 0)::integer as proof
            from (select unnest($1::smallint[]) as bucket, unnest($2::text[]) as id, unnest($5::uuid[]) as brand_id) k
            where exists (
                select from command_record c
                where c.bucket = k.bucket and c.brand_id = coalesce(k.brand_id, $6) and c.command_id = k.id
                    and c.day = (now() at time zone 'utc')::date - 1
                offset 0)
            or (clock_timestamp() at time zone 'utc')::date > (now() at time zone 'utc')::date and exists (
                select from command_record c
                where c.bucket = k.bucket and c.brand_id = coalesce(k.brand_id, $6) and c.command_id = k.id
                    and c.day = (now() at time zone 'utc')::date + 1
                offset 0)
            ) proof where proof.proof = 1
        """,
    ])

    private static let insertionText: StaticString = """
        insert into command_record (bucket, brand_id, command_id, day, fingerprint, receipt)
        select r.bucket, coalesce(r.brand_id, $6), r.command_id, (now() at time zone 'utc')::date, r.fingerprint,
            r.receipt
        from (select unnest($1::smallint[]) as bucket, unnest($2::text[]) as command_id,
                unnest($3::bigint[]) as fingerprint, unnest($4::bytea[]) as receipt,
                unnest($5::uuid[]) as brand_id) r
        """
}
