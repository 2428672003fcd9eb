internal import Buckets
internal import OrderDomain
internal import Postgres
internal import ProtobufC

/// Names an effect among those of its order, in the order in which they are brought about.
struct EffectPlace: Hashable, Comparable, Sendable {
    /// The entry that asked for it.
    let number: Int64
    /// Its place there, from 0 on.
    let place: Int16

    static func < (left: Self, right: Self) -> Bool { (left.number, left.place) < (right.number, right.place) }

    /// The id of the command that brings it about.
    func commandID(of order: OrderID) -> String { "\(order).\(self.number).\(self.place)" }
}

/// An effect to be written.
struct EffectRow: Sendable {
    let key: OrderKey
    let place: EffectPlace
    let kind: Int16
    let request: [UInt8]
}

/// An effect that is still to be brought about.
struct OpenEffect: Sendable {
    let place: EffectPlace
    let request: EffectRequest
    /// How often it was tried in vain.
    let tries: Int32
    /// Of the last try; empty: none failed.
    let problem: String
}

/// Reads and writes what other services are still to do for orders.
enum EffectRows {
    /// How long the process that records an effect has for it before others look, in milliseconds.
    static let graceMilliseconds: Int64 = 5_000
    /// The most effects of one order that are read at once.
    static let maximumPerRead: Int64 = 100
    /// The most bytes that are kept of a problem.
    static let maximumProblemBytes = 1_000

    /// The command that asks for effects.
    static func asking(for rows: [EffectRow], at now: PostgresTimestamp) -> PostgresCommand {
        let columns = rows.map(\.key).columns
        return PostgresCommand(
            Self.insertion, columns.buckets, columns.brands, columns.ids, rows.map(\.place.number),
            rows.map(\.place.place), rows.map(\.kind), rows.map(\.request), now, Self.graceMilliseconds)
    }

    /// The command that looks which effects of locked orders are not done, for ``open(_:count:)``.
    static func looking(for effects: [(key: OrderKey, place: EffectPlace)]) -> PostgresCommand {
        Self.command(Self.openSelection, effects)
    }

    /// The effects that are not done, by their places among those looked for; true: it is parked.
    static func open(_ rows: PostgresRows, count: Int) throws(PostgresError) -> [Int: Bool] {
        var open: [Int: Bool] = [:]
        for row in rows {
            let (position, isParked) = try row.decode(Int64.self, Bool.self)
            guard (1...Int64(count)).contains(position) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            open[Int(position) - 1] = isParked
        }
        return open
    }

    /// The command that says that effects are done.
    static func ending(_ effects: [(key: OrderKey, place: EffectPlace)]) -> PostgresCommand {
        Self.command(Self.deletion, effects)
    }

    /// The command that says that effects were refused for good: they stay, and are not tried any more.
    static func parking(_ effects: [(key: OrderKey, place: EffectPlace, problem: String)]) -> PostgresCommand {
        let columns = effects.map(\.key).columns
        return PostgresCommand(
            Self.parking, columns.buckets, columns.brands, columns.ids, effects.map(\.place.number),
            effects.map(\.place.place), effects.map { Self.kept($0.problem) })
    }

    /// The command that reads an order's effects that are not parked, in their order, for ``read(_:in:)``.
    static func open(of order: OrderKey) -> PostgresCommand {
        PostgresCommand(
            Self.orderSelection, order.bucket.number, order.brand, PostgresUUID(order.id), Self.maximumPerRead)
    }

    /// The effects of rows.
    static func read(_ rows: PostgresRows, in arena: ArenaMemory) throws(PostgresError) -> [OpenEffect] {
        var read: [OpenEffect] = []
        for row in rows {
            let (number, place, kind, request, tries, problem) = try row.decode(
                Int64.self, Int16.self, Int16.self, [UInt8].self, Int32.self, String.self)
            arena.arena.reset()
            read.append(
                OpenEffect(
                    place: EffectPlace(number: number, place: place),
                    request: try EffectRequest(kind: kind, request: request, in: arena.arena), tries: tries,
                    problem: problem))
        }
        return read
    }

    /// The command that notes that an effect failed, and when it is tried again.
    static func postponing(
        _ place: EffectPlace, of order: OrderKey, milliseconds: Int64, problem: String
    ) -> PostgresCommand {
        PostgresCommand(
            Self.postponement, order.bucket.number, order.brand, PostgresUUID(order.id), place.number, place.place,
            milliseconds, Self.kept(problem))
    }

    /// The command that reads orders of which an effect is due, the one that waits for longest first, for ``due(_:)``.
    static func dueOrders(limit: Int64) -> PostgresCommand { PostgresCommand(Self.dueSelection, limit) }

    /// The orders of rows; one may be there several times.
    static func due(_ rows: PostgresRows) throws(PostgresError) -> [OrderKey] {
        var keys: [OrderKey] = []
        for row in rows {
            let (brand, order) = try row.decode(PostgresUUID.self, PostgresUUID.self)
            keys.append(OrderKey(brand: brand, id: OrderID(order)))
        }
        return keys
    }

    private static func command(
        _ statement: PostgresStatement, _ effects: [(key: OrderKey, place: EffectPlace)]
    ) -> PostgresCommand {
        let columns = effects.map(\.key).columns
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.ids, effects.map(\.place.number),
            effects.map(\.place.place))
    }

    private static func kept(_ problem: String) -> String {
        var kept = problem
        while kept.utf8.count > Self.maximumProblemBytes { kept.removeLast() }
        return kept
    }

    private static let insertion = PostgresStatement(
        """
        insert into order_effect (bucket, brand_id, order_id, number, place, kind, request, due_at, tries, problem)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::bigint[]),
            unnest($5::smallint[]), unnest($6::smallint[]), unnest($7::bytea[]),
            $8::timestamptz + $9 * interval '1 millisecond', 0, ''
        """)

    private static let openSelection = PostgresStatement(
        """
        select k.position, e.due_at = 'infinity'
        from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::smallint[]) with ordinality
            as k (bucket, brand_id, order_id, number, place, position)
        join order_effect e on e.bucket = k.bucket and e.brand_id = k.brand_id and e.order_id = k.order_id
            and e.number = k.number and e.place = k.place
        """,
        readOnly: true)

    private static let deletion = PostgresStatement(
        """
        delete from order_effect e
        using unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::smallint[])
            as k (bucket, brand_id, order_id, number, place)
        where e.bucket = k.bucket and e.brand_id = k.brand_id and e.order_id = k.order_id
            and e.number = k.number and e.place = k.place
        """)

    private static let parking = PostgresStatement(
        """
        update order_effect e set due_at = 'infinity', tries = e.tries + 1, problem = k.problem
        from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::smallint[], $6::text[])
            as k (bucket, brand_id, order_id, number, place, problem)
        where e.bucket = k.bucket and e.brand_id = k.brand_id and e.order_id = k.order_id
            and e.number = k.number and e.place = k.place
        """)

    private static let orderSelection = PostgresStatement(
        """
        select number, place, kind, request, tries, problem from order_effect
        where bucket = $1 and brand_id = $2 and order_id = $3 and due_at < 'infinity'
        order by number, place limit $4
        """,
        readOnly: true)

    private static let postponement = PostgresStatement(
        """
        update order_effect
        set due_at = clock_timestamp() + $6 * interval '1 millisecond', tries = least(tries, 1000000) + 1, problem = $7
        where bucket = $1 and brand_id = $2 and order_id = $3 and number = $4 and place = $5 and due_at < 'infinity'
        """)

    private static let dueSelection = PostgresStatement(
        "select brand_id, order_id from order_effect where due_at <= clock_timestamp() order by due_at limit $1",
        readOnly: true)
}
