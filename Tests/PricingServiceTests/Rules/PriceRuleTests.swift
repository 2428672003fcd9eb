import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite("Rules", .timeLimit(.minutes(5))) struct PriceRuleTests {
    @Test("a rule is made, changed with its version, and answered as it stands")
    func putAndGet() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let rule = PriceRule(
                name: "Summer", priority: 5, scopes: [PriceScope(region: "US")],
                products: ProductSelection(skuPrefixes: ["ABC"]),
                hours: [TimeWindow(days: [.friday], from: "18:00", to: "02:00")], timeZone: "America/Chicago",
                effect: .percentOff(PercentOff(percent: "10")))
            let made = try await harness.rules.putPriceRule(
                PutPriceRuleRequest(ruleID: "sale", rule: rule, expectedVersion: 0))
            #expect(made.created)
            let first = try #require(made.rule)
            #expect(first.version == 1 && first.createdAt != nil && first.createdAt == first.changedAt)
            #expect(first.ruleID == "sale" && first.hours == rule.hours && first.usesRedeemed == 0)
            #expect(try await harness.rules.getPriceRule(GetPriceRuleRequest(ruleID: "sale")) == first)
            let second = try await harness.putRule("sale", expecting: 1) { $0.priority = 6 }
            #expect(second.version == 2 && second.createdAt == first.createdAt && second.priority == 6)
            let conflict = try await harness.problem { try await harness.putRule("sale", expecting: 1) }
            #expect(conflict?.type == "version-conflict" && conflict?.version == 2)
            let new = try await harness.problem { try await harness.putRule("sale", expecting: 0) }
            #expect(new?.type == "version-conflict")
            let absent = try await harness.problem { try await harness.putRule("other", expecting: 3) }
            #expect(absent?.type == "version-conflict" && absent?.version == 0)
        }
    }

    @Test("the same put again changes nothing: neither version, history nor log")
    func unchanged() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let first = try await harness.putRule("sale", UseLimits(uses: 3))
            try await harness.redeem("1", .of("sale"))
            var echoed = first
            echoed.version = 77
            echoed.usesRedeemed = 5
            let again = try await harness.rules.putPriceRule(PutPriceRuleRequest(ruleID: "sale", rule: echoed))
            #expect(!again.created && again.rule?.version == 1 && again.rule?.usesRedeemed == 1)
            #expect(try await harness.number("select count(*) from price_book_history") == 1)
            #expect(try await harness.number("select revision from price_book") == 1)
            #expect(try await harness.events().filter { $0.type == "pricing.rule.changed" }.count == 1)
        }
    }

    @Test("each change of a rule stands in the history and the log with its version, and its dates are noted")
    func history() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale") { $0.validTo = ProtoTimestamp(seconds: 40_000_000_000) }
            let changed = try await harness.putRule("sale") { $0.suspended = true }
            _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale", expectedVersion: 2))
            let events = try await harness.events().map { try PriceRuleChanged(decoding: $0.payload) }
            #expect(events.map(\.rule?.version) == [1, 2, 3])
            #expect(events.map(\.removed) == [false, false, true])
            #expect(events.map(\.rule?.suspended) == [false, true, true])
            #expect(events[1].rule == changed)
            #expect(try await harness.number("select count(*) from price_book_history where kind = 2") == 3)
            #expect(try await harness.number("select count(*) from price_due where kind = 3 and subject = 'sale'") == 1)
            let made = try await harness.putRule("sale")
            #expect(made.version == 4)
        }
    }

    @Test("rules are listed by id, by pages")
    func pages() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let ids = ["B", "a", "a.1", "a-1", "c", "d", "e"]
            for id in ids { try await harness.putRule(id) }
            try await harness.redeem("1", .of("a-1"))
            var (found, token): ([PriceRule], String) = ([], "")
            repeat {
                let answer = try await harness.rules.listPriceRules(
                    ListPriceRulesRequest(pageSize: 3, pageToken: token))
                #expect(answer.rules.count <= 3)
                found += answer.rules
                token = answer.nextPageToken
            } while !token.isEmpty
            #expect(found.map(\.ruleID) == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect(found.first { $0.ruleID == "a-1" }?.usesRedeemed == 1)
            let problem = try await harness.problem {
                _ = try await harness.rules.listPriceRules(ListPriceRulesRequest(pageToken: "00"))
            }
            #expect(problem?.fields.map(\.field) == ["pageToken"])
        }
    }

    @Test("a rule that coupons go by is not removed")
    func inUse() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let rule = try await harness.putRule("sale")
            try await harness.putCoupon("Summer", of: "sale")
            let problem = try await harness.problem {
                _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale"))
            }
            #expect(problem?.type == "in-use" && problem?.fields.map(\.field) == ["ruleId"])
            #expect(problem?.fields.first?.reason.contains("Summer") == true)
            _ = try await harness.rules.deleteCoupon(DeleteCouponRequest(code: "summer"))
            let conflict = try await harness.problem {
                _ = try await harness.rules.deletePriceRule(
                    DeletePriceRuleRequest(ruleID: "sale", expectedVersion: rule.version + 1))
            }
            #expect(conflict?.type == "version-conflict")
            _ = try await harness.rules.deletePriceRule(
                DeletePriceRuleRequest(ruleID: "sale", expectedVersion: rule.version))
            let gone = try await harness.problem {
                _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale"))
            }
            #expect(gone?.type == "rule-not-found" && gone?.fields.map(\.field) == ["ruleId"])
            #expect(try await harness.number("select count(*) from coupon_count") == 0)
        }
    }

    @Test("of a rule's removal and its first coupon, made at once, one is refused")
    func removalAgainstCoupon() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for round in 0..<10 {
                let rule = "rule-\(round)"
                try await harness.putRule(rule)
                async let removed = harness.problem {
                    _ = try await harness.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: rule))
                }
                async let made = harness.problem { try await harness.putCoupon("C\(round)", of: rule) }
                let types = try await [removed?.type ?? "", made?.type ?? ""]
                #expect([["in-use", ""], ["", "rule-not-found"]].contains(types))
            }
            #expect(
                try await harness.number(
                    """
                    select count(*) from coupon c where not exists (select 1 from price_rule r where r.rule_id = c.rule_id)
                    """) == 0)
        }
    }

    @Test("what a rule may not say names its field")
    func refusals() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            func refusal(_ id: String = "sale", _ edit: @escaping (inout PriceRule) -> Void) async throws -> [String] {
                let problem = try await harness.problem { try await harness.putRule(id, nil, edit) }
                return [problem?.type ?? "none"] + (problem?.fields.map(\.field) ?? [])
            }
            let hours = [TimeWindow(from: "08:00", to: "12:00")]
            for zone in ["Mars/Olympus", "posix/Europe/Berlin", "localtime", "europe/berlin", "EST+3"] {
                #expect(
                    try await refusal { ($0.hours, $0.timeZone) = (hours, zone) } == ["invalid-value", "rule.timeZone"])
            }
            for zone in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"] {
                #expect(try await refusal { ($0.hours, $0.timeZone) = (hours, zone) } == ["none"])
            }
            #expect(
                try await refusal { $0.effect = .percentOff(PercentOff(percent: "101")) }
                    == ["invalid-value", "rule.percentOff.percent"])
            #expect(
                try await refusal {
                    $0.validFrom = ProtoTimestamp(seconds: 10)
                    $0.validTo = ProtoTimestamp(seconds: 10)
                } == ["dates-inverted", "rule.validTo"])
            #expect(
                try await refusal { $0.limits = UseLimits(amount: "1.2345678", currency: "USD") }
                    == ["invalid-amount", "rule.limits.amount"])
            #expect(
                try await refusal { $0.limits = UseLimits(amount: "1", currency: "XQQ") }
                    == ["unknown-currency", "rule.limits.currency"])
            let skus = (0..<6_000).map { "\($0)" + String(repeating: "S", count: 50) }
            #expect(
                try await refusal { $0.products = ProductSelection(skus: skus) }
                    == ["invalid-value", "rule.products"])
            #expect(try await refusal { $0.ruleID = "other" } == ["field-invalid", "rule.ruleId"])
            #expect(try await refusal("no id") { _ in } == ["field-invalid", "ruleId"])
            let missing = try await harness.problem {
                _ = try await harness.rules.putPriceRule(PutPriceRuleRequest(ruleID: "sale"))
            }
            #expect(missing?.fields.map(\.field) == ["rule"])
            let absent = try await harness.problem {
                _ = try await harness.rules.getPriceRule(GetPriceRuleRequest(ruleID: "gone"))
            }
            #expect(absent?.type == "rule-not-found" && absent?.fields.map(\.field) == ["ruleId"])
        }
    }

    @Test("a brand has no more rules than it may have, and changes those that it has")
    func limit() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("first")
            try await harness.pool.runScript(
                """
                insert into price_rule (brand_id, rule_id, version, created_at, changed_at, document)
                select brand_id, 'rule-' || n, 1, now(), now(), document from price_rule, generate_series(2, 2000) n
                """)
            #expect(try await harness.problem { try await harness.putRule("last") }?.type == "too-many")
            try await harness.putRule("first") { $0.priority = 1 }
        }
    }

    @Test("brands have rules of their own")
    func brands() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.putCoupon("A", of: "sale")
            let rpc = try harness.client(of: PricingHarness.newBrand())
            defer { rpc.shutDown() }
            let other = PricingHarness(
                brand: harness.brand, pool: harness.pool, news: harness.news, server: harness.server, rpc: rpc)
            #expect(try await other.rules.listPriceRules(ListPriceRulesRequest()).rules.isEmpty)
            #expect(try await other.rules.listCoupons(ListCouponsRequest()).coupons.isEmpty)
            #expect(try await other.problem { try await other.putCoupon("A", of: "sale") }?.type == "rule-not-found")
            #expect(
                try await other.problem {
                    _ = try await other.rules.deletePriceRule(DeletePriceRuleRequest(ruleID: "sale"))
                }?.type == "rule-not-found")
            #expect(
                try await other.problem {
                    _ = try await other.rules.deleteCoupon(DeleteCouponRequest(code: "A"))
                }?.type == "coupon-not-found")
            #expect(try await other.putRule("sale", expecting: 0) { $0.priority = 9 }.version == 1)
            #expect(try await harness.rules.getPriceRule(GetPriceRuleRequest(ruleID: "sale")).priority == 0)
        }
    }
}
