import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import TestSupport
import Testing

@testable import PricingService

@Suite("Histories of redemptions", .timeLimit(.minutes(10))) struct RedemptionHistoryTests {
    private static let steps = 300

    @Test("what is redeemed, refused and counted is what a plain model says, whatever limits become")
    func history() async throws {
        let seed = testSeed("RedemptionHistoryTests.history")
        var random = SeededGenerator(seed: seed)
        try await PricingHarness.withRules { (harness) async throws in
            var model = RedemptionModel()
            for rule in RedemptionModel.rules { try await harness.putRule(rule) }
            for (code, rule) in RedemptionModel.coupons { try await harness.putCoupon(code, of: rule) }
            for step in 0..<Self.steps {
                switch Int.random(in: 0..<10, using: &random) {
                case 0:
                    let (rule, limits) = RedemptionModel.randomLimits(using: &random)
                    model.limits[rule] = limits
                    try await harness.putRule(rule, limits)
                case 1:
                    let code = RedemptionModel.coupons.keys.sorted().randomElement(using: &random) ?? ""
                    let limits = UseLimits(
                        uses: Int64.random(in: 0...12, using: &random),
                        usesPerCustomer: Int64.random(in: 0...4, using: &random))
                    model.couponLimits[code] = limits
                    try await harness.putCoupon(
                        code, of: RedemptionModel.coupons[code] ?? "", uses: limits.uses,
                        perCustomer: limits.usesPerCustomer)
                case 2, 3, 4:
                    let id = RedemptionModel.randomID(using: &random)
                    let answer = try await harness.reverse(id)
                    #expect(answer.state == .reversed)
                    #expect(
                        (answer.redeemedAt == nil) == (model.redemptions[id]?.request == nil), "seed \(seed), \(step)")
                    model.reverse(id)
                default:
                    let request = RedemptionModel.randomRequest(using: &random)
                    let expected = model.redeem(request)
                    let problem = try await harness.problem { _ = try await harness.redemptions.redeem(request) }
                    #expect(problem?.type == expected, "seed \(seed), step \(step): \(request)")
                }
            }
            #expect(model.redemptions.count > 20)
            for rule in RedemptionModel.rules {
                #expect(
                    try await harness.uses(ofRule: rule) == Int64(model.standing.filter { $0.use.ruleID == rule }.count)
                )
            }
            try await harness.expectSoundCounts()
        }
    }
}

/// What stands, and what may be redeemed, found out by looking at all there is.
private struct RedemptionModel {
    struct Entry {
        /// nil: reversed before it was made.
        var request: RedeemRequest?
        var isReversed: Bool
    }

    static let rules = ["a", "b", "c"]
    static let coupons = ["A1": "a", "A2": "a", "B1": "b"]

    var limits: [String: UseLimits] = [:]
    var couponLimits: [String: UseLimits] = [:]
    var redemptions: [String: Entry] = [:]

    /// All uses that stand, each with its redemption.
    var standing: [(use: LimitedUse, request: RedeemRequest)] {
        self.redemptions.values.filter { !$0.isReversed }.compactMap(\.request).flatMap { request in
            request.uses.map { ($0, request) }
        }
    }

    mutating func reverse(_ id: String) {
        self.redemptions[id, default: Entry(request: nil, isReversed: true)].isReversed = true
    }

    /// What a request is refused for; nil: it is made, or was.
    mutating func redeem(_ request: RedeemRequest) -> String? {
        if let entry = self.redemptions[request.redemptionID] {
            return entry.isReversed || entry.request != request ? "redemption-conflict" : nil
        }
        for use in request.uses {
            let limits = [self.limits[use.ruleID], self.couponLimits[use.coupon]].compactMap { $0 }
            if request.customerID.isEmpty, limits.contains(where: { $0.usesPerCustomer > 0 }) { return "invalid-value" }
            if let limit = self.limits[use.ruleID], !limit.amount.isEmpty, limit.currency != request.currency {
                return "invalid-value"
            }
        }
        var later = self
        later.redemptions[request.redemptionID] = Entry(request: request, isReversed: false)
        guard !request.uses.contains(where: { later.isPassed(by: $0, of: request.customerID) }) else {
            return "budget-exhausted"
        }
        self = later
        return nil
    }

    private func isPassed(by use: LimitedUse, of customer: String) -> Bool {
        let ofRule = self.standing.filter { $0.use.ruleID == use.ruleID }
        let ofCoupon = self.standing.filter { !use.coupon.isEmpty && $0.use.coupon == use.coupon }
        func isPassed(_ limits: UseLimits?, _ uses: [(use: LimitedUse, request: RedeemRequest)]) -> Bool {
            guard let limits else { return false }
            let own = uses.filter { $0.request.customerID == customer }
            return limits.uses > 0 && uses.count > limits.uses
                || limits.usesPerCustomer > 0 && own.count > limits.usesPerCustomer
        }
        if isPassed(self.limits[use.ruleID], ofRule) || isPassed(self.couponLimits[use.coupon], ofCoupon) {
            return true
        }
        guard let limits = self.limits[use.ruleID], let limit = Int(limits.amount) else { return false }
        let spent = ofRule.filter { $0.request.currency == limits.currency }.compactMap { Int($0.use.amount) }
        // What takes off nothing is no matter of money.
        return spent.reduce(0, +) > limit && use.amount != "0"
    }

    static func randomID(using random: inout SeededGenerator) -> String {
        "r-\(Int.random(in: 0..<70, using: &random))"
    }

    static func randomLimits(using random: inout SeededGenerator) -> (String, UseLimits) {
        var limits = UseLimits()
        if Bool.random(using: &random) { limits.uses = Int64.random(in: 1...25, using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            limits.usesPerCustomer = Int64.random(in: 1...6, using: &random)
        }
        if Bool.random(using: &random) {
            limits.amount = "\(Int.random(in: 1...80, using: &random))"
            limits.currency = Int.random(in: 0..<4, using: &random) == 0 ? "EUR" : "USD"
        }
        return (Self.rules.randomElement(using: &random) ?? "", limits)
    }

    static func randomRequest(using random: inout SeededGenerator) -> RedeemRequest {
        var uses: [LimitedUse] = []
        for rule in Self.rules.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)) {
            let codes = [""] + Self.coupons.filter { $0.value == rule }.keys.sorted()
            for code in codes.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)) {
                uses.append(.of(rule, coupon: code, "\(Int.random(in: 1...6, using: &random))"))
            }
        }
        return RedeemRequest(
            redemptionID: Self.randomID(using: &random), uses: uses,
            currency: Int.random(in: 0..<5, using: &random) == 0 ? "EUR" : "USD",
            customerID: ["", "x", "y", "z"].randomElement(using: &random) ?? "")
    }
}
