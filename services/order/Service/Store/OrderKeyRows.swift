internal import Buckets
internal import OrderDomain
internal import Postgres

/// What a key stands for.
struct OrderKeyValue: Hashable, Sendable {
    var order: OrderID
    /// Of the command that placed the order.
    var fingerprint: [UInt8]
}

/// Reads and writes by what orders are known.
enum OrderKeyRows {
    typealias Entry = (name: OrderKeyName, value: OrderKeyValue)

    /// The command that takes the keys that nobody has, for ``taken(_:)``; it changes as many rows as there were such keys.
    /// Waits for who is taking one.
    ///
    /// - Parameter entries: Ascending by name, each name once.
    static func taking(_ entries: [Entry]) -> PostgresCommand { Self.command(Self.insertion, entries) }

    /// The keys that were taken.
    static func taken(_ rows: PostgresRows) throws(PostgresError) -> Set<OrderKeyName> {
        var taken: Set<OrderKeyName> = []
        for row in rows {
            let (brand, kind, key) = try row.decode(PostgresUUID.self, Int16.self, String.self)
            guard let kind = OrderKeyName.Kind(rawValue: kind) else {
                throw .unexpectedValue(column: "order_key.kind", reason: "\(kind) is none")
            }
            taken.insert(OrderKeyName(brand, kind, key))
        }
        return taken
    }

    /// The command that says what keys stand for, whether anybody has them or not.
    ///
    /// - Parameter entries: Ascending by name, each name once.
    static func putting(_ entries: [Entry]) -> PostgresCommand { Self.command(Self.upsertion, entries) }

    /// The command that reads keys, for ``read(_:_:)``.
    static func reading(_ names: [OrderKeyName]) -> PostgresCommand {
        PostgresCommand(
            Self.selection, names.map(\.bucket.number), names.map(\.brand), names.map(\.kind.rawValue),
            names.map(\.key.text))
    }

    /// What keys stand for.
    static func read(
        _ rows: PostgresRows, _ names: [OrderKeyName]
    ) throws(PostgresError) -> [OrderKeyName: OrderKeyValue] {
        var read: [OrderKeyName: OrderKeyValue] = [:]
        for row in rows {
            let (position, order, fingerprint) = try row.decode(Int64.self, PostgresUUID.self, [UInt8].self)
            guard names.indices.contains(Int(position) - 1) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            read[names[Int(position) - 1]] = OrderKeyValue(order: OrderID(order), fingerprint: fingerprint)
        }
        return read
    }

    /// The command that gives back keys that were taken in the same transaction.
    static func givingBack(_ names: [OrderKeyName]) -> PostgresCommand {
        PostgresCommand(
            Self.deletion, names.map(\.bucket.number), names.map(\.brand), names.map(\.kind.rawValue),
            names.map(\.key.text))
    }

    private static func command(_ statement: PostgresStatement, _ entries: [Entry]) -> PostgresCommand {
        PostgresCommand(
            statement, entries.map(\.name.bucket.number), entries.map(\.name.brand),
            entries.map(\.name.kind.rawValue), entries.map(\.name.key.text),
            entries.map { PostgresUUID($0.value.order) }, entries.map(\.value.fingerprint))
    }

    // The order of the parameters is that in which keys are locked: nothing sorts them on their way.
    private static let values: StaticString =
        """
        insert into order_key (bucket, brand_id, kind, key, order_id, fingerprint)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::smallint[]), unnest($4::text[]),
            unnest($5::uuid[]), unnest($6::bytea[])
        on conflict (bucket, brand_id, kind, key)
        """

    private static let insertion = PostgresStatement(joining: [
        Self.values, " do nothing returning brand_id, kind, key",
    ])

    private static let upsertion = PostgresStatement(joining: [
        Self.values, " do update set order_id = excluded.order_id, fingerprint = excluded.fingerprint",
    ])

    private static let selection = PostgresStatement(
        """
        select n.position, k.order_id, k.fingerprint
        from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[]) with ordinality
            as n (bucket, brand_id, kind, key, position)
        join order_key k on k.bucket = n.bucket and k.brand_id = n.brand_id and k.kind = n.kind and k.key = n.key
        """,
        readOnly: true)

    private static let deletion = PostgresStatement(
        """
        delete from order_key k
        using unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[]) as n (bucket, brand_id, kind, key)
        where k.bucket = n.bucket and k.brand_id = n.brand_id and k.kind = n.kind and k.key = n.key
        """)
}
