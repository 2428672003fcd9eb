import DrivelineTesting
import LocalServers
import Postgres
import PricingAPI
import PricingMessages
import RPC
import TestSupport
import Testing
import Wire

@testable import PricingService

@Suite("Redemptions whose connections are cut", .timeLimit(.minutes(10))) struct RedemptionFaultTests {
    /// Commits whose answers are lost.
    private static let losses = 8
    /// The bytes of a redemption's answers, about: how far behind its first one the connection is cut.
    private static let answerBytes = 2_400

    /// Sends a call until it is answered.
    ///
    /// - Returns: The answer, and whether one was lost before.
    private func answer(_ call: () async throws -> Redemption) async throws -> (Redemption, Bool) {
        var isLost = false
        while true {
            do {
                return (try await call(), isLost)
            } catch let error as RPCError where error.code == .unavailable {
                isLost = true
            }
        }
    }

    @Test("a redemption or reversal whose answer is lost has one effect, and the same answer when it is sent again")
    func lostAnswers() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 1_000_000, amount: "1000000", currency: "USD"))
            try await harness.putCoupon("A", of: "sale")
            try await harness.withSecondInstance(through: proxy) { (second) async throws in
                try await second.redeem("first", .of("sale", coupon: "A"), customer: "c")
                try await second.reverse("first")
                var (round, lost, aim, standing) = (0, 0, 0, Int64(0))
                while lost < Self.losses, round < 400 {
                    let id = "round-\(round)"
                    func redeem() async throws -> Redemption {
                        try await second.redeem(id, .of("sale", coupon: "A", "2"), customer: "c")
                    }
                    proxy.cut(afterBytes: aim, .toClient)
                    let before = try await harness.number("select count(*) from redemption")
                    let (made, wasCut) = try await self.answer(redeem)
                    #expect(made.state == .redeemed)
                    #expect(try await self.answer(redeem).0 == made)
                    let rows = try await harness.number("select count(*) from redemption")
                    #expect(rows == before + 1)
                    if round.isMultiple(of: 2) {
                        proxy.cut(afterBytes: aim, .toClient)
                        let (reversed, _) = try await self.answer { try await second.reverse(id) }
                        #expect(reversed.redeemedAt == made.redeemedAt)
                        #expect(try await self.answer { try await second.reverse(id) }.0 == reversed)
                    } else {
                        standing += 1
                    }
                    if wasCut { lost += 1 }
                    // Byte by byte, or so, through those that lose one, and quickly past the others.
                    aim = (aim + (wasCut ? 7 : 61)) % Self.answerBytes
                    round += 1
                }
                #expect(lost == Self.losses, "in \(round) rounds")
                #expect(try await harness.uses(ofRule: "sale") == standing)
                #expect(try await harness.uses(ofCoupon: "A") == standing)
            }
            try await harness.expectSoundCounts()
        }
    }

    @Test("a redemption that is committed while its answer is lost is known when it is sent again")
    func lostCommit() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 3))
            try await harness.withSecondInstance(through: proxy) { (second) async throws in
                try await second.redeem("prepared", .of("sale"))
                // All answers before that of the commit pass: the commit waits for the lock that is held here, and the cut
                // takes the answer of whatever comes behind.
                try await harness.pool.withTransaction { transaction in
                    _ = try await transaction.query(RedemptionFaultStatements.lockBuckets)
                    async let lost = self.answer { try await second.redeem("lost", .of("sale")) }
                    try await harness.pool.untilWaiting()
                    proxy.cutAtNextAnswer()
                    _ = try await transaction.commit()
                    let (made, wasCut) = try await lost
                    #expect(wasCut)
                    #expect(made.state == .redeemed)
                }
                #expect(try await second.redeem("lost", .of("sale")).state == .redeemed)
            }
            #expect(try await harness.uses(ofRule: "sale") == 2)
            try await harness.expectSoundCounts()
        }
    }

    @Test("random redemptions and reversals over connections that are cut leave sound counts")
    func randomCuts() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        let seed = testSeed("RedemptionFaultTests.randomCuts")
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putRule("sale", UseLimits(uses: 40))
            try await harness.putCoupon("A", of: "sale", uses: 20)
            try await harness.withSecondInstance(through: proxy) { (second) async throws in
                await withTaskGroup(of: Void.self) { group in
                    for caller in 0..<8 {
                        group.addTask {
                            var random = SeededGenerator(seed: seed &+ UInt64(caller))
                            for _ in 0..<20 {
                                let id = "r-\(Int.random(in: 0..<80, using: &random))"
                                // Twice at the most, as callers do; refusals are part of the history.
                                for _ in 0..<2 {
                                    if Int.random(in: 0..<3, using: &random) == 0 {
                                        _ = try? await second.reverse(id)
                                    } else {
                                        _ = try? await second.redeem(id, .of("sale", coupon: "A"), customer: "c")
                                    }
                                }
                            }
                        }
                    }
                    group.addTask {
                        for _ in 0..<8 {
                            try? await Task.sleep(for: .milliseconds(60))
                            proxy.cut()
                        }
                    }
                }
            }
            #expect(try await harness.number("select max(uses) from use_count where kind = 2") <= 20, "seed \(seed)")
            try await harness.expectSoundCounts()
        }
    }
}

private enum RedemptionFaultStatements {
    /// Keeps all from appending events.
    static let lockBuckets = PostgresStatement("select bucket from event_bucket order by bucket for update")
}
