internal import Money
internal import Postgres
internal import PricingDomain

/// The rows that count uses, and so are the locks under which limits hold.
///
/// They are locked in one order everywhere: by kind, id and customer, in bytes. Each is made, with no uses, before it is
/// locked; who makes one that another transaction makes waits for that one, also in this order. So no two wait for each
/// other in a circle.
enum UseCountRows {
    /// The commands that make rows where there are none, and lock them to the end of the transaction. The answer to the
    /// last is for ``read(_:)``.
    static func locking(_ counters: some Collection<UseCounter>, of brand: PostgresUUID) -> [PostgresCommand] {
        let (kinds, ids, customers) = Self.columns(counters)
        return [
            PostgresCommand(Self.making, brand, kinds, ids, customers),
            PostgresCommand(Self.lockingSelection, brand, kinds, ids, customers),
        ]
    }

    /// The uses of the rows of ``locking(_:of:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [UseCounter: Int64] {
        var counts: [UseCounter: Int64] = [:]
        for row in rows {
            let (kind, id, customer, uses) = try row.decode(Int16.self, String.self, String.self, Int64.self)
            counts[try Self.counter(kind, id, customer)] = uses
        }
        return counts
    }

    /// A counter of a row.
    static func counter(_ kind: Int16, _ id: String, _ customer: String) throws(PostgresError) -> UseCounter {
        guard let kind = UseCounter.Kind(rawValue: kind) else {
            throw .unexpectedValue(column: "kind", reason: "\(kind) is neither rule nor coupon")
        }
        return UseCounter(kind, id, customerID: customer)
    }

    /// The command that adds uses to rows that are locked.
    static func adding(_ counts: [UseCounter: Int64], of brand: PostgresUUID) -> PostgresCommand {
        let (kinds, ids, customers) = Self.columns(counts.keys)
        return PostgresCommand(Self.addition, brand, kinds, ids, customers, Array(counts.values))
    }

    /// The command that reads for how much rules were used, in a currency.
    static func amounts(
        of rules: some Collection<String>, in currency: Currency, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(Self.amountSelection, brand, Array(rules), currency.code)
    }

    /// The amounts of the rows of ``amounts(of:in:of:)``, by rule.
    static func readAmounts(_ rows: PostgresRows) throws(PostgresError) -> [String: Amount] {
        var amounts: [String: Amount] = [:]
        for row in rows {
            let (rule, amount) = try row.decode(String.self, Int64.self)
            amounts[rule] = Amount(micros: amount)
        }
        return amounts
    }

    /// The command that adds amounts; the rows of the rules are locked.
    static func adding(
        _ amounts: [String: Amount], in currency: Currency, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.amountAddition, brand, Array(amounts.keys), amounts.values.map(\.micros), currency.code)
    }

    /// The command that takes back amounts that were added; the rows of the rules are locked.
    static func takingBack(
        _ amounts: [String: Amount], in currency: String, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.amountSubtraction, brand, Array(amounts.keys), amounts.values.map(\.micros), currency)
    }

    private static func columns(_ counters: some Collection<UseCounter>) -> ([Int16], [String], [String]) {
        (counters.map(\.kind.rawValue), counters.map(\.id), counters.map(\.customerID))
    }

    private static let making = PostgresStatement(
        """
        insert into use_count (brand_id, kind, id, customer_id, uses)
        select $1, c.kind, c.id, c.customer_id, 0
        from unnest($2::smallint[], $3::text[], $4::text[]) as c (kind, id, customer_id)
        order by c.kind, c.id collate "C", c.customer_id collate "C"
        on conflict (brand_id, kind, id, customer_id) do nothing
        """)

    private static let lockingSelection = PostgresStatement(
        """
        select u.kind, u.id, u.customer_id, u.uses
        from unnest($2::smallint[], $3::text[], $4::text[]) as c (kind, id, customer_id)
        join use_count u on u.brand_id = $1 and u.kind = c.kind and u.id = c.id and u.customer_id = c.customer_id
        order by u.kind, u.id, u.customer_id for update of u
        """)

    private static let addition = PostgresStatement(
        """
        update use_count u set uses = u.uses + c.uses
        from unnest($2::smallint[], $3::text[], $4::text[], $5::bigint[]) as c (kind, id, customer_id, uses)
        where u.brand_id = $1 and u.kind = c.kind and u.id = c.id and u.customer_id = c.customer_id
        """)

    private static let amountSelection = PostgresStatement(
        "select rule_id, amount from use_amount where brand_id = $1 and rule_id = any($2::text[]) and currency = $3")

    private static let amountAddition = PostgresStatement(
        """
        insert into use_amount (brand_id, rule_id, currency, amount)
        select $1, a.rule_id, $4, a.amount from unnest($2::text[], $3::bigint[]) as a (rule_id, amount)
        on conflict (brand_id, rule_id, currency) do update set amount = use_amount.amount + excluded.amount
        """)

    private static let amountSubtraction = PostgresStatement(
        """
        update use_amount u set amount = u.amount - a.amount
        from unnest($2::text[], $3::bigint[]) as a (rule_id, amount)
        where u.brand_id = $1 and u.rule_id = a.rule_id and u.currency = $4
        """)
}
