import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite("Redemptions", .timeLimit(.minutes(5))) struct RedemptionTests {
    @Test("a redemption is counted once however often it is sent, and answered the same")
    func repeated() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 10, usesPerCustomer: 5, amount: "100", currency: "USD"))
            try await harness.putCoupon("SUMMER10", of: "sale", uses: 7)
            func redeem(_ coupon: String, _ amount: String) async throws -> Redemption {
                try await harness.redeem(
                    "order-1", .of("sale", coupon: coupon, amount), .of("sale", "2"), customer: "c-1", reference: "1001"
                )
            }
            let first = try await redeem("Summer10", "5")
            #expect(first.state == .redeemed)
            #expect(first.uses == [.of("sale", coupon: "Summer10", "5.00"), .of("sale", "2.00")])
            #expect(first.redeemedAt != nil && first.reversedAt == nil)
            #expect(try await redeem("Summer10", "5") == first)
            #expect(try await redeem("SUMMER10", "5.000") == first)
            let turned = try await harness.redeem(
                "order-1", .of("sale", "2"), .of("sale", coupon: "summer10", "5"), customer: "c-1", reference: "1001")
            #expect(turned == first)
            #expect(try await harness.redemptions.getRedemption(GetRedemptionRequest(redemptionID: "order-1")) == first)
            let rule = try await harness.rules.getPriceRule(GetPriceRuleRequest(ruleID: "sale"))
            #expect(rule.usesRedeemed == 2 && rule.amountRedeemed == "7.00")
            #expect(try await harness.uses(ofCoupon: "summer10") == 1)
            try await harness.expectSoundCounts()
        }
    }

    @Test("an id that stands for other content is refused, whatever differs")
    func conflict() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.putRule("other")
            try await harness.putCoupon("A", of: "sale")
            try await harness.redeem("1", .of("sale", coupon: "A", "5"), customer: "c", reference: "r")
            let calls: [() async throws -> Void] = [
                { try await harness.redeem("1", .of("sale", coupon: "A", "6"), customer: "c", reference: "r") },
                { try await harness.redeem("1", .of("sale", "5"), customer: "c", reference: "r") },
                { try await harness.redeem("1", .of("other", "5"), customer: "c", reference: "r") },
                { try await harness.redeem("1", .of("sale", coupon: "A", "5"), customer: "d", reference: "r") },
                { try await harness.redeem("1", .of("sale", coupon: "A", "5"), customer: "c", reference: "s") },
                {
                    try await harness.redeem(
                        "1", .of("sale", coupon: "A", "5"), currency: "EUR", customer: "c", reference: "r")
                },
                {
                    try await harness.redeem(
                        "1", .of("sale", coupon: "A", "5"), .of("other"), customer: "c", reference: "r")
                },
            ]
            for call in calls {
                let problem = try await harness.problem(call)
                #expect(problem?.type == "redemption-conflict")
                #expect(problem?.fields.map(\.field) == ["redemptionId"])
            }
            try await harness.expectSoundCounts()
        }
    }

    @Test("what is reversed is counted no more, answers the same when it is sent again, and is never made again")
    func reversal() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 1, amount: "5", currency: "USD"))
            let made = try await harness.redeem("1", .of("sale", "5"), customer: "c")
            let full = try await harness.problem { try await harness.redeem("2", .of("sale", "0")) }
            #expect(full?.type == "budget-exhausted")
            let reversed = try await harness.reverse("1")
            #expect(reversed.state == .reversed && reversed.reversedAt != nil)
            #expect(reversed.redeemedAt == made.redeemedAt && reversed.uses == made.uses)
            #expect(try await harness.reverse("1") == reversed)
            #expect(
                try await harness.redemptions.getRedemption(GetRedemptionRequest(redemptionID: "1")) == reversed)
            let again = try await harness.problem { try await harness.redeem("1", .of("sale", "5"), customer: "c") }
            #expect(again?.type == "redemption-conflict")
            try await harness.redeem("2", .of("sale", "5"))
            #expect(try await harness.uses(ofRule: "sale") == 1)
            try await harness.expectSoundCounts()
        }
    }

    @Test("a redemption that is reversed before it was made is never made")
    func mark() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            let mark = try await harness.reverse("1")
            #expect(mark.state == .reversed && mark.redeemedAt == nil && mark.uses.isEmpty)
            #expect(try await harness.reverse("1") == mark)
            let problem = try await harness.problem { try await harness.redeem("1", .of("sale")) }
            #expect(problem?.type == "redemption-conflict")
            #expect(problem?.fields.first?.reason == "was reversed before it was made")
            #expect(try await harness.uses(ofRule: "sale") == 0)
            let list = try await harness.redemptions.listRedemptions(ListRedemptionsRequest())
            #expect(list.redemptions == [mark])
            try await harness.expectSoundCounts()
        }
    }

    @Test("all uses are counted or none, and a redemption that was refused can be made later")
    func allOrNone() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("a", UseLimits(uses: 5))
            try await harness.putRule("b", UseLimits(uses: 1))
            try await harness.redeem("1", .of("b"))
            let problem = try await harness.problem { try await harness.redeem("2", .of("a"), .of("b")) }
            #expect(problem?.type == "budget-exhausted" && problem?.fields.map(\.field) == ["uses[1].ruleId"])
            #expect(try await harness.uses(ofRule: "a") == 0)
            #expect(try await harness.number("select count(*) from redemption") == 1)
            try await harness.putRule("b", UseLimits(uses: 2))
            try await harness.redeem("2", .of("a"), .of("b"))
            try await harness.expectSoundCounts()
        }
    }

    @Test("a limit that is changed counts from then on, with all that was used before")
    func changedLimits() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            func refusal(_ id: String, _ customer: String = "c", currency: String = "USD") async throws -> String? {
                try await harness.problem {
                    try await harness.redeem(id, .of("sale", coupon: "A", "10"), currency: currency, customer: customer)
                }?.type
            }
            try await harness.putRule("sale")
            try await harness.putCoupon("A", of: "sale")
            for number in 1...3 { #expect(try await refusal("\(number)") == nil) }
            #expect(try await refusal("4", currency: "EUR") == nil)
            try await harness.putRule("sale", UseLimits(uses: 4))
            #expect(try await refusal("5") == "budget-exhausted")
            try await harness.putRule("sale", UseLimits(usesPerCustomer: 4))
            #expect(try await refusal("5") == "budget-exhausted")
            #expect(try await refusal("6", "d") == nil)
            try await harness.putRule("sale", UseLimits(amount: "49.99", currency: "USD"))
            #expect(try await refusal("7") == "budget-exhausted")
            try await harness.putRule("sale", UseLimits(amount: "50", currency: "USD"))
            #expect(try await refusal("7") == nil)
            let rule = try await harness.putRule("sale", UseLimits(amount: "20", currency: "EUR"))
            #expect(rule.amountRedeemed == "10.00" && rule.usesRedeemed == 6)
            #expect(try await refusal("8", currency: "EUR") == nil)
            #expect(try await refusal("9", currency: "EUR") == "budget-exhausted")
            try await harness.putRule("sale")
            try await harness.putCoupon("A", of: "sale", uses: 7)
            #expect(try await refusal("9") == "budget-exhausted")
            try await harness.putCoupon("A", of: "sale", perCustomer: 6)
            #expect(try await refusal("9") == "budget-exhausted")
            #expect(try await refusal("9", "d") == nil)
            try await harness.expectSoundCounts()
        }
    }

    @Test("what is removed and made again goes on counting")
    func removedAndMadeAgain() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.putCoupon("A", of: "sale")
            try await harness.redeem("1", .of("sale", coupon: "A"))
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "A"))
            _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale"))
            try await harness.putRule("sale", UseLimits(uses: 1))
            try await harness.putCoupon("a", of: "sale", uses: 1)
            #expect(try await harness.uses(ofRule: "sale") == 1)
            #expect(try await harness.uses(ofCoupon: "A") == 1)
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "A"))
            _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale"))
            #expect(try await harness.reverse("1").state == .reversed)
            try await harness.expectSoundCounts()
        }
    }

    @Test("brands neither see nor count what other brands redeem")
    func brands() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 1))
            try await harness.redeem("1", .of("sale"))
            let rpc = try harness.client(of: PricingHarness.newBrand())
            defer { rpc.shutDown() }
            let other = PricingHarness(
                brand: harness.brand, pool: harness.pool, news: harness.news, server: harness.server, rpc: rpc)
            let unknown = try await other.problem { try await other.redeem("1", .of("sale")) }
            #expect(unknown?.type == "rule-not-found")
            let missing = try await other.problem {
                _ = try await other.redemptions.getRedemption(GetRedemptionRequest(redemptionID: "1"))
            }
            #expect(missing?.type == "redemption-not-found")
            #expect(missing?.fields.map(\.field) == ["redemptionId"])
            #expect(
                try await other.redemptions.listRedemptions(ListRedemptionsRequest(ruleID: "sale")).redemptions.isEmpty)
            #expect(try await other.reverse("1").redeemedAt == nil)
            try await other.putRule("sale", UseLimits(uses: 1))
            try await other.redeem("2", .of("sale"))
            #expect(try await harness.uses(ofRule: "sale") == 1)
            #expect(
                try await harness.redemptions.getRedemption(GetRedemptionRequest(redemptionID: "1")).state == .redeemed)
        }
    }
}
