import DrivelineTesting
import Events
import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import Wire

@testable import PricingService

extension PricingHarness {
    /// Runs rules, coupons, kits and redemptions while `body` does.
    static func withRules(_ body: (PricingHarness) async throws -> Void) async throws {
        try await Self.with({ Self.services($0, $1) }, body)
    }

    static func services(_ pool: PostgresPool, _ news: EventNews) -> [any RPCService] {
        [
            PriceRules(pool, news: news, logger: Self.logger), Redemptions(pool, news: news, logger: Self.logger),
        ]
    }

    var rules: PriceRuleServiceClient { PriceRuleServiceClient(self.rpc) }
    var redemptions: RedemptionServiceClient { RedemptionServiceClient(self.rpc) }

    @discardableResult
    func putRule(
        _ id: String, _ limits: UseLimits? = nil, expecting version: UInt64? = nil,
        _ edit: (inout PriceRule) -> Void = { _ in }
    ) async throws -> PriceRule {
        var rule = PriceRule(limits: limits, effect: .percentOff(PercentOff(percent: "10")))
        edit(&rule)
        let answer = try await self.rules.putPriceRule(
            PutPriceRuleRequest(ruleID: id, rule: rule, expectedVersion: version))
        return try #require(answer.rule)
    }

    @discardableResult
    func putCoupon(
        _ code: String, of rule: String, uses: Int64 = 0, perCustomer: Int64 = 0, expecting version: UInt64? = nil,
        _ edit: (inout Coupon) -> Void = { _ in }
    ) async throws -> Coupon {
        var coupon = Coupon(ruleID: rule, uses: uses, usesPerCustomer: perCustomer)
        edit(&coupon)
        return try await self.rules.putCoupon(
            PutCouponRequest(code: code, coupon: coupon, expectedVersion: version))
    }

    @discardableResult
    func redeem(
        _ id: String, _ uses: LimitedUse..., currency: String = "USD", customer: String = "", reference: String = ""
    ) async throws -> Redemption {
        try await self.redemptions.redeem(
            RedeemRequest(
                redemptionID: id, uses: uses, currency: currency, customerID: customer, reference: reference))
    }

    @discardableResult
    func reverse(_ id: String) async throws -> Redemption {
        try await self.redemptions.reverseRedemption(ReverseRedemptionRequest(redemptionID: id))
    }

    func uses(ofRule id: String) async throws -> Int64 {
        try await self.rules.getPriceRule(GetPriceRuleRequest(ruleID: id)).usesRedeemed
    }

    func uses(ofCoupon code: String) async throws -> Int64 {
        try await self.rules.getCoupon(GetCouponRequest(code: code)).usesRedeemed
    }

    /// Expects that all counters are the sums of what stands, and that the log ends with what stands.
    func expectSoundCounts(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for difference in [Self.countDifferences, Self.amountDifferences] {
            let rows = try await self.pool.query(difference)
            let texts = try rows.map { row in try row.decode(String.self) }
            #expect(texts.isEmpty, "counters and redemptions differ: \(texts)", sourceLocation: sourceLocation)
        }
        var told: [String: RedemptionState] = [:]
        for event in try await self.events() where event.type == "pricing.redemption.changed" {
            let redemption = try RedemptionChanged(decoding: event.payload).redemption
            let (id, state) = (event.subject, redemption?.state ?? .unspecified)
            #expect(state == (told[id] == nil ? .redeemed : .reversed), "\(id)", sourceLocation: sourceLocation)
            told[id] = state
        }
        var stored: [String: RedemptionState] = [:]
        for row in try await self.pool.query(Self.made) {
            let (id, state) = try row.decode(String.self, Int16.self)
            stored[id] = state == 1 ? .redeemed : .reversed
        }
        #expect(told == stored, sourceLocation: sourceLocation)
    }

    private static let made = PostgresStatement(
        "select redemption_id, state from redemption where redeemed_at is not null")

    private static let countDifferences = PostgresStatement(
        """
        with standing as (
            select u.rule_id, u.coupon, r.customer_id from redemption_use u
            join redemption r on r.brand_id = u.brand_id and r.redemption_id = u.redemption_id where r.state = 1),
        sums (text) as (
            select concat_ws(' ', 1, rule_id, '', count(*)) from standing group by rule_id
            union all select concat_ws(' ', 1, rule_id, customer_id, count(*)) from standing where customer_id <> ''
                group by rule_id, customer_id
            union all select concat_ws(' ', 2, coupon, '', count(*)) from standing where coupon <> '' group by coupon
            union all select concat_ws(' ', 2, coupon, customer_id, count(*)) from standing
                where coupon <> '' and customer_id <> '' group by coupon, customer_id),
        counts (text) as (
            select concat_ws(' ', kind, id, customer_id, uses) from use_count where uses <> 0)
        (select 'counted: ' || text from (select text from counts except select text from sums) a)
        union all (select 'standing: ' || text from (select text from sums except select text from counts) b)
        """)

    private static let amountDifferences = PostgresStatement(
        """
        with sums (text) as (
            select concat_ws(' ', u.rule_id, r.currency, sum(u.amount)::bigint) from redemption_use u
            join redemption r on r.brand_id = u.brand_id and r.redemption_id = u.redemption_id where r.state = 1
            group by u.rule_id, r.currency having sum(u.amount) <> 0),
        counts (text) as (select concat_ws(' ', rule_id, currency, amount) from use_amount where amount <> 0)
        (select 'counted: ' || text from (select text from counts except select text from sums) a)
        union all (select 'standing: ' || text from (select text from sums except select text from counts) b)
        """)
}

extension LimitedUse {
    /// A use of a rule that takes off one unit, if nothing else is said.
    static func of(_ rule: String, coupon: String = "", _ amount: String = "1") -> LimitedUse {
        LimitedUse(ruleID: rule, coupon: coupon, amount: amount)
    }
}

/// Sends a call again until it is answered, as callers of a service under load do: with yes or no.
///
/// - Returns: The answer; nil: it was refused for this reason.
func answered<Answer>(refusedFor type: String, _ call: () async throws -> Answer) async throws -> Answer? {
    while true {
        do {
            return try await call()
        } catch let error as RPCError where error.code == .unavailable {
            try await Task.sleep(for: .milliseconds(20))
        } catch let error as RPCError where error.problem?.type == type {
            return nil
        }
    }
}
