internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import WellKnownMessages

/// A redemption as its rows have it.
struct StoredRedemption: Sendable {
    struct Use: Sendable {
        let ruleID: String
        /// Folded; empty: none.
        let coupon: String
        /// As it was said.
        let couponCode: String
        let amount: Amount
    }

    let id: String
    let isReversed: Bool
    let currency: String
    let customerID: String
    let reference: String
    /// nil: reversed before it was made.
    let redeemedAt: PostgresTimestamp?
    let reversedAt: PostgresTimestamp?
    let createdAt: PostgresTimestamp
    var uses: [Use]

    /// The redemption as it is answered.
    ///
    /// - Parameter now: Where it is reversed by the call that is answered, when.
    func message(reversedAt now: PostgresTimestamp? = nil) -> Redemption {
        Redemption(
            redemptionID: self.id, state: self.isReversed || now != nil ? .reversed : .redeemed,
            uses: self.uses.map {
                LimitedUse(
                    ruleID: $0.ruleID, coupon: $0.couponCode, amount: $0.amount.text(inCurrencyOf: self.currency))
            },
            currency: self.currency, customerID: self.customerID, reference: self.reference,
            redeemedAt: self.redeemedAt?.protobuf, reversedAt: (self.reversedAt ?? now)?.protobuf)
    }

    /// Whether a request for it asks for what it is. The order of the uses says nothing.
    func isSame(as wanted: WantedRedemption) -> Bool {
        let texts = [
            (self.currency, wanted.currency.code), (self.customerID, wanted.customerID),
            (self.reference, wanted.reference),
        ]
        // By bytes: `String` takes different ones for the same.
        guard texts.allSatisfy({ $0.0.utf8.elementsEqual($0.1.utf8) }) else { return false }
        func key(_ ruleID: String, _ coupon: String, _ amount: Amount) -> [String] {
            [ruleID, coupon, "\(amount.micros)"]
        }
        return Set(self.uses.map { key($0.ruleID, $0.coupon, $0.amount) })
            == Set(wanted.uses.map { key($0.ruleID, $0.coupon?.folded ?? "", $0.amount) })
    }
}

extension Amount {
    /// Its text with the decimal places of a currency of a row; with as many as it needs where ISO 4217 knows the currency
    /// no more.
    func text(inCurrencyOf code: String) -> String {
        guard let currency = try? Currency(code, field: "currency") else { return self.text(decimalPlaces: 0) }
        return self.text(in: currency)
    }
}

/// Reads and writes redemptions.
enum RedemptionRows {
    /// The command that reads a redemption, for ``read(_:)``.
    static func one(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The same, and keeps others from changing it to the end of the transaction.
    static func locking(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.lockingSelection, brand, id)
    }

    /// The command that makes an empty redemption where there is none; it changes a row then. Waits for who does the same.
    static func claim(_ wanted: WantedRedemption, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.claiming, brand, wanted.id, wanted.currency.code, wanted.customerID, wanted.reference)
    }

    /// The command that marks a redemption that is not there as reversed; it changes a row then. Waits for who makes it.
    static func mark(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.marking, brand, id)
    }

    /// The commands that fill a claimed redemption.
    ///
    /// - Parameter createdAt: When it was claimed.
    static func fill(
        _ wanted: WantedRedemption, claimedAt createdAt: PostgresTimestamp, at now: PostgresTimestamp,
        of brand: PostgresUUID
    ) -> [PostgresCommand] {
        [
            PostgresCommand(
                Self.insertion, brand, wanted.id, createdAt, wanted.uses.indices.map { Int16(clamping: $0) },
                wanted.uses.map(\.ruleID), wanted.uses.map { $0.coupon?.folded ?? "" },
                wanted.uses.map { $0.coupon?.description ?? "" }, wanted.uses.map(\.amount.micros)),
            PostgresCommand(Self.making, brand, wanted.id, now),
        ]
    }

    /// The command that says that a redemption is taken back.
    static func reversal(_ id: String, at now: PostgresTimestamp, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.reversing, brand, id, now)
    }

    /// The redemptions of rows, each a use of one; uses of one redemption stand together.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredRedemption] {
        var found: [StoredRedemption] = []
        for row in rows {
            let (
                id, state, currency, customer, reference, redeemedAt, reversedAt, createdAt, rule, coupon, code, amount
            ) = try row.decode(
                String.self, Int16.self, String.self, String.self, String.self, PostgresTimestamp?.self,
                PostgresTimestamp?.self, PostgresTimestamp.self, String?.self, String?.self, String?.self, Int64?.self)
            if found.last.map({ !$0.id.utf8.elementsEqual(id.utf8) }) ?? true {
                found.append(
                    StoredRedemption(
                        id: id, isReversed: state == Self.reversed, currency: currency, customerID: customer,
                        reference: reference, redeemedAt: redeemedAt, reversedAt: reversedAt, createdAt: createdAt,
                        uses: []))
            }
            guard let rule, let coupon, let code, let amount else { continue }
            found[found.count - 1].uses.append(
                StoredRedemption.Use(
                    ruleID: rule, coupon: coupon, couponCode: code, amount: Amount(micros: amount)))
        }
        return found
    }

    private static let reversed: Int16 = 2

    /// What ``read(_:)`` reads, of `redemption r` and `redemption_use u`.
    static let columns: StaticString =
        """
        r.redemption_id, r.state, r.currency, r.customer_id, r.reference, r.redeemed_at, r.reversed_at, r.created_at,
            u.rule_id, u.coupon, u.coupon_code, u.amount
        """

    private static let oneByParts: StaticString =
        """
         from redemption r
        left join redemption_use u on u.brand_id = r.brand_id and u.redemption_id = r.redemption_id
        where r.brand_id = $1 and r.redemption_id = $2 order by u.part
        """

    private static let selection = PostgresStatement(
        joining: ["select ", Self.columns, Self.oneByParts], readOnly: true)

    private static let lockingSelection = PostgresStatement(
        joining: ["select ", Self.columns, Self.oneByParts, " for update of r"])

    private static let claiming = PostgresStatement(
        """
        insert into redemption (brand_id, redemption_id, state, currency, customer_id, reference, created_at)
        values ($1, $2, 1, $3, $4, $5, clock_timestamp()) on conflict (brand_id, redemption_id) do nothing
        """)

    private static let marking = PostgresStatement(
        """
        insert into redemption (brand_id, redemption_id, state, currency, customer_id, reference, reversed_at, created_at)
        select $1, $2, 2, '', '', '', now, now from clock_timestamp() as now
        on conflict (brand_id, redemption_id) do nothing
        """)

    private static let insertion = PostgresStatement(
        """
        insert into redemption_use (brand_id, redemption_id, created_at, part, rule_id, coupon, coupon_code, amount)
        select $1, $2, $3, u.part, u.rule_id, u.coupon, u.coupon_code, u.amount
        from unnest($4::smallint[], $5::text[], $6::text[], $7::text[], $8::bigint[])
            as u (part, rule_id, coupon, coupon_code, amount)
        """)

    private static let making = PostgresStatement(
        "update redemption set redeemed_at = $3 where brand_id = $1 and redemption_id = $2")

    private static let reversing = PostgresStatement(
        "update redemption set state = 2, reversed_at = $3 where brand_id = $1 and redemption_id = $2")
}
