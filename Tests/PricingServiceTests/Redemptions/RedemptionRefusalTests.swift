import Postgres
import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite("Redemptions that are refused", .timeLimit(.minutes(5))) struct RedemptionRefusalTests {
    private static let past = ProtoTimestamp(seconds: 1_000_000_000)
    private static let future = ProtoTimestamp(seconds: 7_000_000_000)

    private func refusal(
        _ harness: PricingHarness, _ uses: [LimitedUse], currency: String = "USD", customer: String = ""
    ) async throws -> [String] {
        let problem = try await harness.problem {
            _ = try await harness.redemptions.redeem(
                RedeemRequest(redemptionID: "x", uses: uses, currency: currency, customerID: customer))
        }
        return [problem?.type ?? "none"] + (problem?.fields.map(\.field) ?? [])
    }

    @Test("what is wrong by itself names its field")
    func wrongByItself() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            let cases: [([LimitedUse], [String])] = [
                ([.of("sale"), .of("")], ["invalid-value", "uses[1].ruleId"]),
                ([.of("gone")], ["rule-not-found", "uses[0].ruleId"]),
                ([.of("\u{212A}elvin")], ["rule-not-found", "uses[0].ruleId"]),
                ([.of("sale", coupon: "GONE")], ["coupon-not-found", "uses[0].coupon"]),
                ([.of("sale", coupon: "no coupon")], ["coupon-not-found", "uses[0].coupon"]),
                ([.of("sale", "")], ["invalid-amount", "uses[0].amount"]),
                ([.of("sale", "-1")], ["invalid-amount", "uses[0].amount"]),
                ([.of("sale", "1.0000001")], ["invalid-amount", "uses[0].amount"]),
                ([.of("sale", "9000000000")], ["invalid-amount", "uses[0].amount"]),
                ([.of("sale"), .of("sale", "2")], ["duplicate-entry", "uses[1]"]),
                ([], ["field-invalid", "uses"]),
            ]
            for (uses, expected) in cases { #expect(try await refusal(harness, uses) == expected) }
            #expect(try await refusal(harness, [.of("sale")], currency: "XQQ") == ["unknown-currency", "currency"])
            #expect(try await refusal(harness, [.of("sale")], currency: "usd") == ["field-invalid", "currency"])
            #expect(try await harness.number("select count(*) from use_count") == 0)
            #expect(try await harness.number("select count(*) from redemption") == 0)
        }
    }

    @Test("what does not count now, or not so, names its field")
    func notInForce() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("suspended") { $0.suspended = true }
            try await harness.putRule("later") { $0.validFrom = Self.future }
            try await harness.putRule("over") { $0.validTo = Self.past }
            try await harness.putRule("within") { ($0.validFrom, $0.validTo) = (Self.past, Self.future) }
            try await harness.putCoupon("OVER", of: "within") { $0.validTo = Self.past }
            try await harness.putCoupon("LATER", of: "within") { $0.validFrom = Self.future }
            try await harness.putCoupon("WITHIN", of: "within") {
                ($0.validFrom, $0.validTo) = (Self.past, Self.future)
            }
            try await harness.putRule("asking") { $0.needsCoupon = true }
            try await harness.putCoupon("ASKED", of: "asking")
            try await harness.putRule("each", UseLimits(usesPerCustomer: 2))
            try await harness.putCoupon("EACH", of: "within", perCustomer: 1)
            try await harness.putRule("euro", UseLimits(amount: "10", currency: "EUR"))
            let cases: [([LimitedUse], [String])] = [
                ([.of("within"), .of("suspended")], ["not-in-force", "uses[1].ruleId"]),
                ([.of("later")], ["not-in-force", "uses[0].ruleId"]),
                ([.of("over")], ["not-in-force", "uses[0].ruleId"]),
                ([.of("within", coupon: "OVER")], ["not-in-force", "uses[0].coupon"]),
                ([.of("within", coupon: "LATER")], ["not-in-force", "uses[0].coupon"]),
                ([.of("within", coupon: "ASKED")], ["invalid-value", "uses[0].coupon"]),
                ([.of("asking")], ["invalid-value", "uses[0].coupon"]),
                ([.of("each")], ["invalid-value", "customerId"]),
                ([.of("within", coupon: "EACH")], ["invalid-value", "customerId"]),
                ([.of("euro")], ["invalid-value", "currency"]),
            ]
            for (uses, expected) in cases { #expect(try await refusal(harness, uses) == expected) }
            try await harness.redeem("1", .of("within", coupon: "within"), .of("asking", coupon: "asked"))
            try await harness.expectSoundCounts()
        }
    }

    @Test("what is used up names the use that is one too many, also within one redemption")
    func usedUp() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("twice", UseLimits(uses: 2))
            try await harness.putRule("each", UseLimits(usesPerCustomer: 1))
            try await harness.putRule("budget", UseLimits(amount: "10.00", currency: "USD"))
            for code in ["A", "B", "C"] { try await harness.putCoupon(code, of: "twice") }
            for code in ["D", "E"] { try await harness.putCoupon(code, of: "each", uses: 1) }
            for code in ["F", "G"] { try await harness.putCoupon(code, of: "budget") }
            #expect(
                try await refusal(harness, [.of("twice", coupon: "A"), .of("twice", coupon: "B"), .of("twice")])
                    == ["budget-exhausted", "uses[2].ruleId"])
            #expect(
                try await refusal(harness, [.of("each", coupon: "D"), .of("each", coupon: "E")], customer: "c")
                    == ["budget-exhausted", "uses[1].ruleId"])
            #expect(
                try await refusal(harness, [.of("budget", coupon: "F", "5"), .of("budget", coupon: "G", "5.000001")])
                    == ["budget-exhausted", "uses[1].amount"])
            try await harness.redeem("1", .of("each", coupon: "D"), customer: "c")
            #expect(
                try await refusal(harness, [.of("each", coupon: "d")], customer: "d")
                    == ["budget-exhausted", "uses[0].coupon"])
            try await harness.redeem("2", .of("budget", "10"))
            let problem = try await harness.problem { try await harness.redeem("3", .of("budget", "0.000001")) }
            #expect(problem?.fields.first?.expected == "at most 0.00 USD")
            try await harness.redeem("3", .of("budget", "0"))
            try await harness.expectSoundCounts()
        }
    }

    @Test("amounts that cannot be counted any more are refused, also without a limit")
    func overflow() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.redeem("1", .of("sale"))
            try await harness.pool.runScript("update use_amount set amount = 9223372036854775807 - 1000000")
            try await harness.redeem("2", .of("sale", "1"))
            let problem = try await harness.problem { try await harness.redeem("3", .of("sale", "0.000001")) }
            #expect(problem?.type == "budget-exhausted" && problem?.fields.map(\.field) == ["uses[0].amount"])
        }
    }

    @Test("who may not redeem is refused")
    func scopes() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let rpc = try harness.client(scopes: "pricing:read pricing:write pricing:approve")
            defer { rpc.shutDown() }
            let other = PricingHarness(
                brand: harness.brand, pool: harness.pool, news: harness.news, server: harness.server, rpc: rpc)
            try await other.putRule("sale")
            #expect(try await other.problem { try await other.redeem("1", .of("sale")) }?.reason == .scopeMissing)
            #expect(try await other.problem { try await other.reverse("1") }?.reason == .scopeMissing)
        }
    }
}
