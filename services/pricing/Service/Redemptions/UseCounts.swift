internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// What a quote has to know of limits: the coupons that it names, and how often, and for how much, rules and coupons were
/// used.
///
/// Nothing is locked: a quote promises nothing. Redeeming counts.
struct UseCounts: Sendable {
    /// A coupon as its row has it.
    struct Coupon: Sendable {
        /// As it was made.
        let code: String
        let ruleID: String
        let version: Int64
        let period: Period
        /// 0: as often as the rule.
        let uses: Int64
        let usesPerCustomer: Int64
    }

    /// By folded code; those that there are.
    private(set) var coupons: [String: Coupon] = [:]
    private var uses: [UseCounter: Int64] = [:]
    private var amounts: [String: [String: Amount]] = [:]

    /// Nothing was named.
    init() {}

    /// How often a rule or coupon was used, by all customers or by the one that was asked for.
    func uses(of counter: UseCounter) -> Int64 { self.uses[counter] ?? 0 }

    /// For how much a rule was used.
    ///
    /// - Parameter currency: The ISO 4217 code.
    func amount(ofRule id: String, in currency: String) -> Amount { self.amounts[id]?[currency] ?? .zero }

    /// The one query that reads them, for ``init(reading:)``.
    ///
    /// - Parameters:
    ///   - rules: The ids of the rules with limits, with those of the coupons' rules where they have any.
    ///   - coupons: Folded codes.
    ///   - customerID: Empty: unknown.
    static func command(
        rules: some Collection<String>, coupons: some Collection<String>, customerID: String, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.selection, brand, Array(rules), Array(coupons), customerID.isEmpty ? [""] : ["", customerID])
    }

    /// What the rows of ``command(rules:coupons:customerID:of:)`` say.
    init(reading rows: PostgresRows) throws(PostgresError) {
        for row in rows {
            let (kind, id, detail, ruleID, version, from, to, number, usesPerCustomer) = try row.decode(
                Int16.self, String.self, String.self, String.self, Int64.self, PostgresTimestamp?.self,
                PostgresTimestamp?.self, Int64.self, Int64.self)
            switch kind {
            case Self.couponRow:
                self.coupons[id] = Coupon(
                    code: detail, ruleID: ruleID, version: version,
                    period: try Period(row: from ?? .negativeInfinity, to ?? .infinity), uses: number,
                    usesPerCustomer: usesPerCustomer)
            case Self.amountRow: self.amounts[id, default: [:]][detail] = Amount(micros: number)
            default: self.uses[try UseCountRows.counter(kind, id, detail)] = number
            }
        }
    }

    /// Reads them.
    static func read(
        rules: some Collection<String>, coupons: some Collection<String>, customerID: String, of brand: PostgresUUID,
        in pool: PostgresPool
    ) async throws(PostgresError) -> UseCounts {
        guard !rules.isEmpty || !coupons.isEmpty else { return UseCounts() }
        return try UseCounts(
            reading: try await pool.query(
                Self.command(rules: rules, coupons: coupons, customerID: customerID, of: brand)))
    }

    // Beside the kinds of `use_count`, as the statement says them.
    private static let couponRow: Int16 = 0
    private static let amountRow: Int16 = 3

    private static let selection = PostgresStatement(
        """
        select 0::smallint, folded_code, code, rule_id, version, valid_from, valid_to, uses, uses_per_customer
        from coupon where brand_id = $1 and folded_code = any($3::text[])
        union all
        select kind, id, customer_id, '', 0, null, null, uses, 0
        from use_count where brand_id = $1 and kind = 1 and id = any($2::text[]) and customer_id = any($4::text[])
        union all
        select kind, id, customer_id, '', 0, null, null, uses, 0
        from use_count where brand_id = $1 and kind = 2 and id = any($3::text[]) and customer_id = any($4::text[])
        union all
        select 3::smallint, rule_id, currency, '', 0, null, null, amount, 0
        from use_amount where brand_id = $1 and rule_id = any($2::text[])
        """,
        readOnly: true)
}
