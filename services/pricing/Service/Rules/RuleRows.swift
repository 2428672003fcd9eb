internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// A rule as its row has it, with what was redeemed of it.
struct StoredRule: Sendable {
    let rule: PriceRule
    let version: Int64
    let createdAt: PostgresTimestamp
    let changedAt: PostgresTimestamp
    let document: [UInt8]
    let usesRedeemed: Int64
    /// By currency.
    let amountsRedeemed: [String: Amount]

    /// The rule as it is answered.
    var answer: PriceRule {
        self.redeemed(self.rule.answer(version: self.version, self.createdAt, self.changedAt))
    }

    /// The rule, in this or another state, with what was redeemed of it: the amount in the currency of its limits.
    func redeemed(_ rule: PriceRule) -> PriceRule {
        var rule = rule
        rule.usesRedeemed = self.usesRedeemed
        if let currency = rule.limits?.currency, !currency.isEmpty {
            rule.amountRedeemed = (self.amountsRedeemed[currency] ?? .zero).text(inCurrencyOf: currency)
        }
        return rule
    }
}

/// Reads and writes rules.
enum RuleRows {
    /// The command that reads a rule.
    static func one(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The command that reads so many rules whose ids come after one.
    static func page(after id: String, limit: Int64, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.pageSelection, brand, id, limit)
    }

    /// The rules of the rows of these.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredRule] {
        let memory = ArenaMemory()
        return try rows.map { (row) throws(PostgresError) in
            let (version, createdAt, changedAt, document, uses, currencies, amounts) = try row.decode(
                Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self, Int64.self, [String].self,
                [Int64].self)
            memory.arena.reset()
            return StoredRule(
                rule: try PriceRule(stored: document, column: "document", in: memory.arena), version: version,
                createdAt: createdAt, changedAt: changedAt, document: document, usesRedeemed: uses,
                amountsRedeemed: Dictionary(
                    zip(currencies, amounts.map { Amount(micros: $0) }), uniquingKeysWith: { first, _ in first }))
        }
    }

    /// The command that counts a brand's rules.
    static func count(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.counting, brand) }

    /// The command that makes or replaces a rule.
    static func put(
        _ id: String, document: [UInt8], createdAt: PostgresTimestamp, in book: LockedPriceBook
    ) -> PostgresCommand {
        PostgresCommand(Self.upsert, book.brand, id, book.revision, createdAt, book.now, document)
    }

    /// The command that locks a rule against redemptions and new coupons; it answers a row where there is one.
    static func lock(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.locking, brand, id)
    }

    /// The command that keeps a rule from being removed, not from being changed; it answers a row where there is one.
    static func keep(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.keeping, brand, id)
    }

    /// The commands that remove a rule that has no coupons.
    static func removal(_ id: String, of brand: PostgresUUID) -> [PostgresCommand] {
        [PostgresCommand(Self.deletion, brand, id), PostgresCommand(Self.countDeletion, brand, id)]
    }

    private static let columns: StaticString =
        """
        select r.version, r.created_at, r.changed_at, r.document,
            coalesce((select u.uses from use_count u
                where u.brand_id = $1 and u.kind = 1 and u.id = r.rule_id and u.customer_id = ''), 0),
            array(select a.currency from use_amount a
                where a.brand_id = $1 and a.rule_id = r.rule_id order by a.currency),
            array(select a.amount from use_amount a
                where a.brand_id = $1 and a.rule_id = r.rule_id order by a.currency)
        from price_rule r
        """

    private static let selection = PostgresStatement(
        joining: [Self.columns, " where r.brand_id = $1 and r.rule_id = $2"], readOnly: true)

    private static let pageSelection = PostgresStatement(
        joining: [Self.columns, " where r.brand_id = $1 and r.rule_id > $2 order by r.rule_id limit $3"],
        readOnly: true)

    private static let counting = PostgresStatement(
        "select count(*) from price_rule where brand_id = $1", readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into price_rule (brand_id, rule_id, version, created_at, changed_at, document)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (brand_id, rule_id) do update set version = excluded.version, changed_at = excluded.changed_at,
            document = excluded.document
        """)

    private static let locking = PostgresStatement(
        "select 1 from price_rule where brand_id = $1 and rule_id = $2 for update")

    private static let keeping = PostgresStatement(
        "select 1 from price_rule where brand_id = $1 and rule_id = $2 for key share")

    private static let deletion = PostgresStatement("delete from price_rule where brand_id = $1 and rule_id = $2")

    private static let countDeletion = PostgresStatement(
        "delete from coupon_count where brand_id = $1 and rule_id = $2")
}
