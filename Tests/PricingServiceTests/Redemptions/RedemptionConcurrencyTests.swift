import DrivelineTesting
import Events
import LocalServers
import Money
import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import RPC
import RPCMessages
import TestSupport
import Testing

@testable import PricingService

@Suite("Limits under concurrency", .timeLimit(.minutes(10))) struct RedemptionConcurrencyTests {
    private static let callers = 64

    private static let greatestCount = PostgresStatement(
        "select max(uses) from use_count where id = $1 and (customer_id = '') = $2")

    /// Runs a call for each number at once, each until it is answered.
    ///
    /// - Returns: Those that were not refused.
    private func atOnce<Answer: Sendable>(
        _ count: Int = Self.callers, refusedFor type: String = "budget-exhausted",
        _ call: @escaping @Sendable (Int) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            for number in 0..<count {
                group.addTask { try await answered(refusedFor: type) { try await call(number) } }
            }
            return try await group.reduce(into: []) { found, answer in if let answer { found.append(answer) } }
        }
    }

    @Test("of 64 redemptions at once of a coupon with 10 uses left, exactly 10 are made")
    func coupon() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale") { $0.needsCoupon = true }
            try await harness.putCoupon("TEN", of: "sale", uses: 12)
            for number in 0..<2 { try await harness.redeem("before-\(number)", .of("sale", coupon: "TEN")) }
            let made = try await self.atOnce { number in
                try await harness.redeem("r-\(number)", .of("sale", coupon: "TEN"), customer: "c-\(number)")
            }
            #expect(made.count == 10)
            #expect(try await harness.uses(ofCoupon: "TEN") == 12)
            try await harness.expectSoundCounts()
        }
    }

    @Test("the same through two instances of the service, each with its own connections")
    func twoInstances() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale")
            try await harness.putCoupon("TEN", of: "sale", uses: 10)
            try await harness.withSecondInstance { (second) async throws in
                let made = try await self.atOnce { number in
                    let instance = number.isMultiple(of: 2) ? harness : second
                    return try await instance.redeem("r-\(number)", .of("sale", coupon: "TEN"))
                }
                #expect(made.count == 10)
            }
            try await harness.expectSoundCounts()
        }
    }

    @Test("a budget of the rule, limits of each customer and a budget of money hold together")
    func mixed() async throws {
        let seed = testSeed("RedemptionConcurrencyTests.mixed")
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("uses", UseLimits(uses: 25))
            try await harness.putRule("each", UseLimits(usesPerCustomer: 3))
            try await harness.putRule("money", UseLimits(amount: "60", currency: "USD"))
            try await harness.putCoupon("A", of: "uses", uses: 8, perCustomer: 2)
            try await harness.withSecondInstance { (second) async throws in
                _ = try await self.atOnce(96) { number in
                    var random = SeededGenerator(seed: seed &+ UInt64(number))
                    var uses: [LimitedUse] = [
                        .of("uses", coupon: Bool.random(using: &random) ? "A" : ""), .of("each"),
                        .of("money", "\(Int.random(in: 1...7, using: &random)).25"),
                    ].shuffled(using: &random)
                    uses.removeLast(Int.random(in: 0...2, using: &random))
                    return try await (number.isMultiple(of: 2) ? harness : second).redemptions.redeem(
                        RedeemRequest(
                            redemptionID: "r-\(number)", uses: uses, currency: "USD", customerID: "c-\(number % 6)"))
                }
            }
            for (id, isTotal, limit) in [("uses", true, 25), ("A", true, 8), ("each", false, 3), ("A", false, 2)] {
                let rows = try await harness.pool.query(Self.greatestCount, id, isTotal)
                let most = try rows.first?.decode(Int64.self) ?? 0
                #expect(most > 0 && most <= limit, "\(id): \(most), seed \(seed)")
            }
            // What is left can be taken to the last use and the last millionth, and no more.
            let spent = try await harness.number("select amount from use_amount where rule_id = 'money'")
            try await harness.redeem("rest", .of("money", Amount(micros: 60_000_000 - spent).text(decimalPlaces: 2)))
            let more = try await harness.problem { try await harness.redeem("more", .of("money", "0.000001")) }
            #expect(more?.type == "budget-exhausted")
            let uses = try await self.atOnce { try await harness.redeem("fill-\($0)", .of("uses")) }.count
            #expect(uses <= 25)
            #expect(try await harness.uses(ofRule: "uses") == 25)
            try await harness.expectSoundCounts()
        }
    }

    @Test("with reversals at once the limit is never passed, and counters are the sums of what stands")
    func reversals() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 10, amount: "10", currency: "USD"))
            try await harness.putCoupon("A", of: "sale", uses: 10)
            // Sees each state that is committed, if only it looks often enough: the database keeps each of them.
            try await harness.pool.runScript(
                """
                create table seen (uses bigint); create function note() returns trigger language plpgsql as
                $$ begin insert into seen values (new.uses); return null; end $$;
                create trigger note after update on use_count for each row when (new.customer_id = '')
                execute function note()
                """)
            try await harness.withSecondInstance { (second) async throws in
                let made = try await self.atOnce { number in
                    let (one, other) = number.isMultiple(of: 2) ? (harness, second) : (second, harness)
                    let use = number.isMultiple(of: 3) ? LimitedUse.of("sale") : .of("sale", coupon: "A")
                    let redemption = try await one.redeem("r-\(number)", use, customer: "c-\(number % 3)")
                    if !number.isMultiple(of: 4) {
                        _ = try await answered(refusedFor: "") { try await other.reverse("r-\(number)") }
                    }
                    return redemption
                }
                #expect(made.count >= 10)
            }
            #expect(try await harness.number("select max(uses) from seen") <= 10)
            #expect(try await harness.number("select max(uses) from use_count") <= 10)
            try await harness.expectSoundCounts()
        }
    }

    @Test("one redemption that is sent many times at once is made once, and all are answered the same")
    func sameID() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 2))
            try await harness.withSecondInstance { (second) async throws in
                let answers = try await self.atOnce(32) { number in
                    try await (number.isMultiple(of: 2) ? harness : second).redeem("one", .of("sale"), customer: "c")
                }
                #expect(answers.count == 32)
                #expect(Set(answers).count == 1)
            }
            #expect(try await harness.uses(ofRule: "sale") == 1)
            try await harness.expectSoundCounts()
        }
    }

    @Test("whether a redemption or its reversal comes first, in the end it is reversed and nothing is counted")
    func redeemAgainstReverse() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 1))
            try await harness.withSecondInstance { (second) async throws in
                for round in 0..<20 {
                    let id = "r-\(round)"
                    async let redeemed = answered(refusedFor: "redemption-conflict") {
                        try await harness.redeem(id, .of("sale"))
                    }
                    async let reversed = answered(refusedFor: "") { try await second.reverse(id) }
                    let (made, back) = try await (redeemed, reversed)
                    #expect(back?.state == .reversed)
                    #expect((made != nil) == (back?.redeemedAt != nil))
                    #expect(try await harness.uses(ofRule: "sale") == 0)
                }
            }
            try await harness.expectSoundCounts()
        }
    }

    @Test("uses of many rules in any order do not wait for each other in a circle")
    func crossing() async throws {
        let seed = testSeed("RedemptionConcurrencyTests.crossing")
        try await PricingHarness.withRules { (harness) async throws in
            let rules = (0..<6).map { "rule-\($0)" }
            for rule in rules { try await harness.putRule(rule) }
            let made = try await self.atOnce { number in
                var random = SeededGenerator(seed: seed &+ UInt64(number))
                let uses = rules.shuffled(using: &random).prefix(3).map { LimitedUse.of($0) }
                let redemption = try await harness.redemptions.redeem(
                    RedeemRequest(
                        redemptionID: "r-\(number)", uses: uses, currency: "USD", customerID: "c-\(number % 5)"))
                if number.isMultiple(of: 2) { try await harness.reverse("r-\(number)") }
                return redemption
            }
            #expect(made.count == Self.callers, "seed \(seed)")
            #expect(
                try await harness.number(
                    "select deadlocks from pg_stat_database where datname = current_database()") == 0)
            try await harness.expectSoundCounts()
        }
    }

    @Test("once a rule's change is answered, nothing is redeemed by what it was before")
    func changedRule() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.withSecondInstance { (second) async throws in
                for round in 0..<5 {
                    let rule = "rule-\(round)"
                    try await harness.putRule(rule)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<16 {
                            group.addTask {
                                _ = try await answered(refusedFor: "budget-exhausted") {
                                    try await (number.isMultiple(of: 2) ? harness : second).redeem(
                                        "\(round)-\(number)", .of(rule))
                                }
                            }
                        }
                        // A limit below what was used already, if anything was: nothing may come behind it.
                        try await harness.putRule(rule, UseLimits(uses: 1))
                        let uses = try await harness.uses(ofRule: rule)
                        try await group.waitForAll()
                        #expect(try await harness.uses(ofRule: rule) == max(uses, 1))
                    }
                }
            }
            try await harness.expectSoundCounts()
        }
    }
}

extension PricingHarness {
    /// Runs a second instance of the services, with its own pool on the same database, while `body` does.
    func withSecondInstance(
        through proxy: FaultProxy? = nil, _ body: (PricingHarness) async throws -> Void
    ) async throws {
        let name = try await self.pool.query(Self.databaseName).first?.decode(String.self) ?? ""
        let url =
            if let proxy { proxy.url(database: name) } else { try await SharedServers.postgres().url(database: name) }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: self.pool.reactor)
        let news = EventNews()
        let server = try await InProcessServer(Self.services(pool, news))
        // What is lost on the way is told to the test, and not made good by the client.
        let rpc = try server.client(credential: "\(self.brand)/tester \(Self.scopes)") { $0.maximumAttempts = 1 }
        let second = PricingHarness(brand: self.brand, pool: self.pool, news: news, server: server, rpc: rpc)
        let result: Result<Void, any Error>
        do { result = .success(try await body(second)) } catch { result = .failure(error) }
        rpc.shutDown()
        await server.stop()
        await pool.shutDown(graceMilliseconds: 0)
        try result.get()
    }

    private static let databaseName = PostgresStatement("select current_database()::text")
}
