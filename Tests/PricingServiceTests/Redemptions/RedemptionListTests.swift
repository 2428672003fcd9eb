import Money
import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import RPC
import RPCMessages
import Testing

@testable import PricingService

@Suite("Lists of redemptions, and what quotes read of limits", .timeLimit(.minutes(5))) struct RedemptionListTests {
    private func ids(_ harness: PricingHarness, rule: String = "", customer: String = "") async throws -> [String] {
        var (ids, token): ([String], String) = ([], "")
        repeat {
            let answer = try await harness.redemptions.listRedemptions(
                ListRedemptionsRequest(ruleID: rule, customerID: customer, pageSize: 3, pageToken: token))
            #expect(answer.redemptions.count <= 3)
            ids += answer.redemptions.map(\.redemptionID)
            token = answer.nextPageToken
        } while !token.isEmpty
        return ids
    }

    @Test("redemptions are listed from the newest on by pages, of a rule, of a customer, or of both")
    func pages() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for rule in ["a", "b"] { try await harness.putRule(rule) }
            try await harness.putCoupon("A", of: "a")
            for number in 0..<10 {
                let customer = number.isMultiple(of: 2) ? "even" : ""
                if number.isMultiple(of: 3) {
                    try await harness.redeem("\(number)", .of("a"), .of("a", coupon: "A"), customer: customer)
                } else {
                    try await harness.redeem("\(number)", .of("b"), customer: customer)
                }
            }
            try await harness.reverse("3")
            try await harness.reverse("mark of none")
            #expect(try await ids(harness) == ["mark of none"] + (0..<10).reversed().map { "\($0)" })
            #expect(try await ids(harness, rule: "a") == ["9", "6", "3", "0"])
            #expect(try await ids(harness, customer: "even") == ["8", "6", "4", "2", "0"])
            #expect(try await ids(harness, rule: "b", customer: "even") == ["8", "4", "2"])
            #expect(try await ids(harness, rule: "c").isEmpty)
            let list = try await harness.redemptions.listRedemptions(ListRedemptionsRequest(ruleID: "a"))
            #expect(list.redemptions.map(\.uses.count) == [2, 2, 2, 2])
            #expect(list.redemptions.map(\.state) == [.redeemed, .redeemed, .reversed, .redeemed])
        }
    }

    @Test("a page token is good for its own question only")
    func tokens() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("a")
            for number in 0..<3 { try await harness.redeem("\(number)", .of("a")) }
            let page = try await harness.redemptions.listRedemptions(ListRedemptionsRequest(pageSize: 1))
            #expect(!page.nextPageToken.isEmpty)
            for (rule, token) in [("a", page.nextPageToken), ("", "\(page.nextPageToken)00"), ("", "zz")] {
                let problem = try await harness.problem {
                    _ = try await harness.redemptions.listRedemptions(
                        ListRedemptionsRequest(ruleID: rule, pageSize: 1, pageToken: token))
                }
                #expect(problem?.fields.map(\.field) == ["pageToken"])
            }
        }
    }

    @Test("a quote reads coupons and counts of its customer in one query")
    func useCounts() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("a", UseLimits(uses: 10, amount: "100", currency: "USD"))
            try await harness.putRule("b")
            try await harness.putCoupon("Code-1", of: "a", uses: 3, perCustomer: 1)
            try await harness.redeem("1", .of("a", coupon: "CODE-1", "2.50"), .of("b"), customer: "c")
            try await harness.redeem("2", .of("a", "1"), customer: "d")
            let counts = try await UseCounts.read(
                rules: ["a", "b", "gone"], coupons: ["CODE-1", "GONE"], customerID: "c", of: harness.brand,
                in: harness.pool)
            let coupon = try #require(counts.coupons["CODE-1"])
            #expect(coupon.code == "Code-1" && coupon.ruleID == "a" && coupon.uses == 3 && coupon.usesPerCustomer == 1)
            #expect(coupon.period == .always)
            #expect(counts.coupons.count == 1)
            #expect(counts.uses(of: .init(.rule, "a")) == 2)
            #expect(counts.uses(of: .init(.rule, "a", customerID: "c")) == 1)
            #expect(counts.uses(of: .init(.rule, "a", customerID: "d")) == 0)
            #expect(counts.uses(of: .init(.coupon, "CODE-1")) == 1)
            #expect(counts.uses(of: .init(.coupon, "CODE-1", customerID: "c")) == 1)
            #expect(counts.amount(ofRule: "a", in: "USD").micros == 3_500_000)
            #expect(counts.amount(ofRule: "a", in: "EUR") == .zero)
            let others = try await UseCounts.read(
                rules: ["a"], coupons: ["CODE-1"], customerID: "c", of: PricingHarness.newBrand(), in: harness.pool)
            #expect(others.coupons.isEmpty && others.uses(of: .init(.rule, "a")) == 0)
            #expect(others.amount(ofRule: "a", in: "USD") == .zero)
        }
    }
}
