internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// A coupon as its row has it, with what was redeemed of it.
struct StoredCoupon: Sendable {
    let foldedCode: String
    let code: String
    let ruleID: String
    let version: Int64
    let validFrom: PostgresTimestamp
    let validTo: PostgresTimestamp
    let uses: Int64
    let usesPerCustomer: Int64
    let usesRedeemed: Int64

    /// The coupon as it is answered.
    var answer: Coupon {
        Coupon(
            code: self.code, ruleID: self.ruleID, validFrom: self.validFrom.protobufUnlessOpen,
            validTo: self.validTo.protobufUnlessOpen, uses: self.uses, usesPerCustomer: self.usesPerCustomer,
            version: UInt64(clamping: self.version), usesRedeemed: self.usesRedeemed)
    }
}

/// Reads and writes coupons.
enum CouponRows {
    /// The command that reads a coupon.
    static func one(_ code: CouponCode, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, code.folded)
    }

    /// The command that reads so many coupons whose folded codes come after one.
    static func page(after code: String, limit: Int64, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.pageSelection, brand, code, limit)
    }

    /// The same, of a rule.
    static func page(
        ofRule rule: String, after code: String, limit: Int64, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(Self.rulePageSelection, brand, code, limit, rule)
    }

    /// The coupons of the rows of these.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredCoupon] {
        try rows.map { (row) throws(PostgresError) in
            let (folded, code, rule, version, from, to, uses, usesPerCustomer, redeemed) = try row.decode(
                String.self, String.self, String.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self,
                Int64.self, Int64.self, Int64.self)
            return StoredCoupon(
                foldedCode: folded, code: code, ruleID: rule, version: version, validFrom: from, validTo: to,
                uses: uses, usesPerCustomer: usesPerCustomer, usesRedeemed: redeemed)
        }
    }

    /// The command that makes a coupon where there is none; it changes a row then. Waits for who does the same.
    static func insertion(_ coupon: StoredCoupon, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand, coupon.foldedCode, coupon.code, coupon.ruleID, coupon.version, coupon.validFrom,
            coupon.validTo, coupon.uses, coupon.usesPerCustomer)
    }

    /// The command that locks a coupon against changes and redemptions.
    static func lock(_ code: CouponCode, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.locking, brand, code.folded)
    }

    /// The command that changes a coupon that is locked.
    static func update(_ coupon: StoredCoupon, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.update, brand, coupon.foldedCode, coupon.code, coupon.version, coupon.validFrom, coupon.validTo,
            coupon.uses, coupon.usesPerCustomer)
    }

    /// The command that removes a coupon.
    static func removal(_ code: CouponCode, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.deletion, brand, code.folded)
    }

    /// The command that counts one more coupon of a rule, or one less. It answers how many there are then, and holds the
    /// count to the end of the transaction.
    static func counting(_ difference: Int64, ofRule rule: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(difference > 0 ? Self.countUp : Self.countDown, brand, rule)
    }

    private static let columns: StaticString =
        """
        select c.folded_code, c.code, c.rule_id, c.version, c.valid_from, c.valid_to, c.uses, c.uses_per_customer,
            coalesce((select u.uses from use_count u
                where u.brand_id = $1 and u.kind = 2 and u.id = c.folded_code and u.customer_id = ''), 0)
        from coupon c where c.brand_id = $1
        """

    private static let selection = PostgresStatement(
        joining: [Self.columns, " and c.folded_code = $2"], readOnly: true)

    private static let pageSelection = PostgresStatement(
        joining: [Self.columns, " and c.folded_code > $2 order by c.folded_code limit $3"], readOnly: true)

    private static let rulePageSelection = PostgresStatement(
        joining: [Self.columns, " and c.folded_code > $2 and c.rule_id = $4 order by c.folded_code limit $3"],
        readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into coupon (brand_id, folded_code, code, rule_id, version, valid_from, valid_to, uses, uses_per_customer)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (brand_id, folded_code) do nothing
        """)

    private static let locking = PostgresStatement(
        "select 1 from coupon where brand_id = $1 and folded_code = $2 for update")

    private static let update = PostgresStatement(
        """
        update coupon set code = $3, version = $4, valid_from = $5, valid_to = $6, uses = $7, uses_per_customer = $8
        where brand_id = $1 and folded_code = $2
        """)

    private static let deletion = PostgresStatement("delete from coupon where brand_id = $1 and folded_code = $2")

    private static let countUp = PostgresStatement(
        """
        insert into coupon_count (brand_id, rule_id, coupons) values ($1, $2, 1)
        on conflict (brand_id, rule_id) do update set coupons = coupon_count.coupons + 1 returning coupons
        """)

    private static let countDown = PostgresStatement(
        "update coupon_count set coupons = coupons - 1 where brand_id = $1 and rule_id = $2 returning coupons")
}
