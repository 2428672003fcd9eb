import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite("Coupons", .timeLimit(.minutes(5))) struct CouponTests {
    @Test("a coupon is found in any case, changed with its version, and removed")
    func lifeCycle() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            let first = try await harness.putCoupon("Summer10", of: "sale", uses: 5, expecting: 0) {
                $0.validFrom = ProtoTimestamp(seconds: 1_000, nanos: 5_000)
            }
            #expect(first.code == "Summer10" && first.version == 1 && first.uses == 5 && first.validTo == nil)
            #expect(first.validFrom == ProtoTimestamp(seconds: 1_000, nanos: 5_000))
            for code in ["Summer10", "SUMMER10", "summer10"] {
                #expect(try await harness.rules.getCoupon(GetCouponRequest(code: code)) == first)
            }
            let second = try await harness.putCoupon("SUMMER10", of: "sale", uses: 6, expecting: 1) {
                $0.code = "summer10"
            }
            #expect(second.version == 2 && second.code == "SUMMER10" && second.validFrom == nil)
            let conflict = try await harness.problem {
                try await harness.putCoupon("summer10", of: "sale", expecting: 1)
            }
            #expect(conflict?.type == "version-conflict" && conflict?.version == 2)
            let new = try await harness.problem { try await harness.putCoupon("summer10", of: "sale", expecting: 0) }
            #expect(new?.type == "version-conflict")
            let absent = try await harness.problem { try await harness.putCoupon("other", of: "sale", expecting: 1) }
            #expect(absent?.type == "version-conflict" && absent?.version == 0)
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "sUMMER10"))
            let gone = try await harness.problem {
                _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "SUMMER10"))
            }
            #expect(gone?.type == "coupon-not-found" && gone?.fields.map(\.field) == ["code"])
            #expect(try await harness.number("select coupons from coupon_count") == 0)
        }
    }

    @Test("the same put again changes nothing, and each change stands in the log")
    func events() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            let first = try await harness.putCoupon("A", of: "sale", uses: 1)
            #expect(try await harness.putCoupon("A", of: "sale", uses: 1) == first)
            let second = try await harness.putCoupon("A", of: "sale", uses: 2)
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "a"))
            let events = try await harness.events().filter { $0.type == "pricing.coupon.changed" }
            #expect(events.map(\.subject) == ["A", "A", "A"])
            let changes = try events.map { try CouponChanged(decoding: $0.payload) }
            #expect(changes.map(\.coupon) == [first, second, second])
            #expect(changes.map(\.removed) == [false, false, true])
        }
    }

    @Test("coupons are listed by code, of all rules or of one, by pages")
    func pages() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for rule in ["a", "b"] { try await harness.putRule(rule) }
            for code in ["z", "Y", "x", "1", "W"] { try await harness.putCoupon(code, of: "a") }
            for code in ["v", "A"] { try await harness.putCoupon(code, of: "b") }
            try await harness.redeem("1", .of("a", coupon: "w"))
            func codes(_ rule: String) async throws -> [String] {
                var (found, token): ([Coupon], String) = ([], "")
                repeat {
                    let answer = try await harness.rules.listCoupons(
                        ListCouponsRequest(ruleID: rule, pageSize: 2, pageToken: token))
                    found += answer.coupons
                    token = answer.nextPageToken
                } while !token.isEmpty
                #expect(found.allSatisfy { $0.usesRedeemed == ($0.code == "W" ? 1 : 0) })
                return found.map(\.code)
            }
            #expect(try await codes("") == ["1", "A", "v", "W", "x", "Y", "z"])
            #expect(try await codes("a") == ["1", "W", "x", "Y", "z"])
            #expect(try await codes("b") == ["A", "v"])
            #expect(try await codes("gone").isEmpty)
        }
    }

    @Test("what a coupon may not say names its field")
    func refusals() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for rule in ["sale", "other"] { try await harness.putRule(rule) }
            try await harness.putCoupon("A", of: "sale")
            func refusal(
                _ code: String = "B", of rule: String = "sale", _ edit: @escaping (inout Coupon) -> Void = { _ in }
            ) async throws -> [String] {
                let problem = try await harness.problem { try await harness.putCoupon(code, of: rule, edit) }
                return [problem?.type ?? "none"] + (problem?.fields.map(\.field) ?? [])
            }
            #expect(try await refusal(of: "gone") == ["rule-not-found", "coupon.ruleId"])
            #expect(try await refusal(of: "") == ["field-invalid", "coupon.ruleId"])
            #expect(try await refusal("a", of: "other") == ["invalid-value", "coupon.ruleId"])
            #expect(try await refusal("no code") == ["field-invalid", "code"])
            #expect(try await refusal { $0.code = "C" } == ["field-invalid", "coupon.code"])
            #expect(try await refusal { $0.uses = -1 } == ["field-invalid", "coupon.uses"])
            #expect(
                try await refusal {
                    $0.validFrom = ProtoTimestamp(seconds: 20)
                    $0.validTo = ProtoTimestamp(seconds: 10)
                } == ["dates-inverted", "coupon.validTo"])
            #expect(
                try await refusal { $0.validTo = ProtoTimestamp(seconds: .max) } == ["invalid-value", "coupon.validTo"])
            let absent = try await harness.problem {
                _ = try await harness.rules.getCoupon(GetCouponRequest(code: "B"))
            }
            #expect(absent?.type == "coupon-not-found" && absent?.fields.map(\.field) == ["code"])
            #expect(try await harness.number("select coupons from coupon_count") == 1)
        }
    }

    @Test("a rule has no more coupons than it may have, however many are made at once")
    func limit() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.putCoupon("first", of: "sale")
            let left = 4
            try await harness.pool.runScript("update coupon_count set coupons = 100000 - 4")
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await answered(refusedFor: "too-many") {
                            try await harness.putCoupon("C\(number)", of: "sale")
                        } != nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == left)
            #expect(try await harness.number("select count(*) from coupon") == 5)
            #expect(PriceRules.maximumCouponsOfRule == 100_000)
            // One that is there is changed still, and one that goes makes room.
            try await harness.putCoupon("first", of: "sale", uses: 3)
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "first"))
            try await harness.putCoupon("last", of: "sale")
        }
    }

    @Test("a code that is claimed for two rules at once belongs to one")
    func claimedTwice() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for rule in ["a", "b"] { try await harness.putRule(rule) }
            for round in 0..<10 {
                async let first = harness.problem { try await harness.putCoupon("c\(round)", of: "a") }
                async let second = harness.problem { try await harness.putCoupon("C\(round)", of: "b") }
                #expect(try await [first?.type ?? "", second?.type ?? ""].sorted() == ["", "invalid-value"])
            }
            #expect(try await harness.number("select sum(coupons)::bigint from coupon_count") == 10)
            #expect(
                try await harness.number(
                    """
                    select count(*) from coupon_count n
                    where coupons <> (select count(*) from coupon c where c.rule_id = n.rule_id)
                    """) == 0)
        }
    }
}
