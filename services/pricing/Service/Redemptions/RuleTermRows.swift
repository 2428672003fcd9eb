internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// Reads what rules and coupons say of their uses, and keeps it from being changed to the end of the transaction.
enum RuleTermRows {
    /// The command that reads rules, for ``readRules(_:)``.
    static func rules(_ ids: some Collection<String>, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.ruleSelection, brand, Array(ids))
    }

    /// The rules' terms, by id.
    static func readRules(_ rows: PostgresRows) throws(PostgresError) -> [String: RedemptionTerms.Rule] {
        let memory = ArenaMemory()
        var rules: [String: RedemptionTerms.Rule] = [:]
        for row in rows {
            let (id, document) = try row.decode(String.self, [UInt8].self)
            memory.arena.reset()
            rules[id] = try Self.rule(document, in: memory.arena)
        }
        return rules
    }

    private static func rule(_ document: [UInt8], in arena: Arena) throws(PostgresError) -> RedemptionTerms.Rule {
        let rule = try PriceRule(stored: document, column: "document", in: arena)
        do throws(PricingRefusal) {
            return try RedemptionTerms.Rule(rule)
        } catch {
            throw .unexpectedValue(column: "document", reason: "it is no valid rule: \(error)")
        }
    }

    /// The command that reads coupons by their folded codes, for ``readCoupons(_:)``.
    static func coupons(_ codes: some Collection<String>, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.couponSelection, brand, Array(codes))
    }

    /// The coupons' terms, by folded code.
    static func readCoupons(_ rows: PostgresRows) throws(PostgresError) -> [String: RedemptionTerms.Coupon] {
        var coupons: [String: RedemptionTerms.Coupon] = [:]
        for row in rows {
            let (code, rule, from, to, uses, usesPerCustomer) = try row.decode(
                String.self, String.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self, Int64.self)
            coupons[code] = RedemptionTerms.Coupon(
                ruleID: rule, period: try Period(row: from, to), uses: uses == 0 ? nil : uses,
                usesPerCustomer: usesPerCustomer == 0 ? nil : usesPerCustomer)
        }
        return coupons
    }

    private static let ruleSelection = PostgresStatement(
        """
        select rule_id, document from price_rule where brand_id = $1 and rule_id = any($2::text[])
        order by rule_id for share
        """)

    private static let couponSelection = PostgresStatement(
        """
        select folded_code, rule_id, valid_from, valid_to, uses, uses_per_customer from coupon
        where brand_id = $1 and folded_code = any($2::text[]) order by folded_code for share
        """)
}

extension Period {
    /// The period of a row, which was valid when it was written.
    init(row from: PostgresTimestamp, _ to: PostgresTimestamp) throws(PostgresError) {
        do throws(PricingRefusal) {
            try self.init(from: Instant(from), to: Instant(to), field: "valid_to")
        } catch {
            throw .unexpectedValue(column: "valid_to", reason: "\(error)")
        }
    }
}
