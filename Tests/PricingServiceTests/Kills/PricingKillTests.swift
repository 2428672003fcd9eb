import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import PricingAPI
import PricingMessages
import ProcessTestSupport
import ProtobufC
import RPC
import RPCMessages
import TestSupport
import Testing
import Wire

@testable import PricingService

/// `SOAK_TESTS=1` runs three minutes, as `make soak` does.
@Suite("Pricing and PostgreSQL are killed under load", .timeLimit(.minutes(30)), .serialized)
struct PricingKillTests {
    static let seconds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 10 : 180
    static let callers = 8
    /// Of the coupon: fewer than the callers ask for.
    static let uses: Int64 = 60
    static let killPause: Duration = .seconds(2)

    @Test("no acknowledged price or use is lost, none counted twice, and each change has its event")
    func kills() async throws {
        let settings = ["full_page_writes": "on", "synchronous_commit": "off", "wal_writer_delay": "10s"]
        try await withPostgres(settings: settings) { server in
            try await withDatabase(on: server) { database in
                let service = ServiceProcess("pricing", databaseURL: database.url)
                try await service.start()
                do {
                    try await Self.load(server, service, databaseURL: database.url)
                    await service.kill()
                } catch {
                    await service.kill()
                    throw error
                }
            }
        }
    }

    private static func load(_ server: LocalPostgres, _ service: ServiceProcess, databaseURL: String) async throws {
        let seed = testSeed()
        let caller = PricingKillCaller(brand: PricingHarness.newBrand(), service: service)
        try await caller.prepare(uses: Self.uses)
        let end = ContinuousClock.now + .seconds(Self.seconds)
        var kills = 0
        let outcomes = try await withThrowingTaskGroup(of: PricingKillCaller.Outcome.self) { group in
            for number in 0..<Self.callers {
                group.addTask {
                    try await caller.run(number, seed: seed &+ UInt64(number), until: end)
                }
            }
            while ContinuousClock.now < end {
                try await Task.sleep(for: Self.killPause)
                if kills % 2 == 0 {
                    await service.kill()
                    try await service.start()
                } else {
                    try await server.crash()
                }
                kills += 1
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let puts = outcomes.map(\.puts).reduce(0, +)
        let redeemed = outcomes.map(\.redeemed.count).reduce(0, +)
        let reversed = outcomes.map(\.reversed.count).reduce(0, +)
        print(
            "seed \(seed): \(kills) kills, \(puts) prices put, \(redeemed) uses redeemed, \(reversed) of them taken back"
        )
        #expect(puts > 0 && redeemed > 0, "\(service.log)")
        try await Self.check(outcomes, databaseURL)
    }

    private static func check(_ outcomes: [PricingKillCaller.Outcome], _ url: String) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        for outcome in outcomes {
            let rows = try await pool.query(
                PostgresStatement(
                    """
                    select (select amount from price where sku = $1),
                        (select count(*) from price_history where sku = $1)
                    """), outcome.sku)
            let (amount, replaced) = try #require(rows.first).decode(Int64.self, Int64.self)
            #expect(amount == Int64(outcome.puts) * 1_000_000, "\(outcome.sku)")
            #expect(replaced == Int64(outcome.puts) - 1, "\(outcome.sku)")
        }
        let events = try await pool.query(
            PostgresStatement("select payload from event where type = 'pricing.prices.changed'"))
        let told = try events.map { try PricesChanged(decoding: $0.decode([UInt8].self)).changes.count }.reduce(0, +)
        #expect(told == outcomes.map(\.puts).reduce(0, +))
        let standing = outcomes.flatMap { $0.redeemed.subtracting($0.reversed) }
        let stored = try await pool.query(
            PostgresStatement("select redemption_id from redemption where state = 1 order by 1"))
        #expect(Set(try stored.map { try $0.decode(String.self) }) == Set(standing))
        let counts = try await pool.query(
            PostgresStatement("select kind, uses from use_count where customer_id = '' order by kind"))
        #expect(
            try counts.map { try $0.decode(Int16.self, Int64.self).1 } == [
                Int64(standing.count), Int64(standing.count),
            ])
        #expect(Int64(standing.count) <= Self.uses)
        await pool.shutDown(graceMilliseconds: 0)
    }
}

/// Callers as they should be: each sends a command again, with the same id, until it knows what became of it.
struct PricingKillCaller {
    /// What a caller knows.
    struct Outcome: Sendable {
        let sku: String
        var puts = 0
        var redeemed: Set<String> = []
        var reversed: Set<String> = []
    }

    let brand: PostgresUUID
    let service: ServiceProcess

    private var options: CallOptions {
        CallOptions(
            caller: CallerIdentity(
                brand: self.brand.description, principal: "caller", scopes: ["pricing:write", "pricing:redeem"]))
    }

    /// Makes a list, a rule and a coupon with few uses.
    func prepare(uses: Int64) async throws {
        let client = try #require(self.service.client)
        let list = PriceList(type: .selling, currency: "USD")
        _ = try await PriceListServiceClient(client).putPriceList(
            PutPriceListRequest(listID: "retail", priceList: list), options: self.options)
        let rules = PriceRuleServiceClient(client)
        let rule = PriceRule(needsCoupon: true, effect: .percentOff(PercentOff(percent: "10")))
        _ = try await rules.putPriceRule(PutPriceRuleRequest(ruleID: "sale", rule: rule), options: self.options)
        _ = try await rules.putCoupon(
            PutCouponRequest(code: "SALE", coupon: Coupon(ruleID: "sale", uses: uses)), options: self.options)
    }

    /// Puts prices of a SKU of its own, and redeems and takes back uses of the coupon that all share.
    func run(_ number: Int, seed: UInt64, until end: ContinuousClock.Instant) async throws -> Outcome {
        var random = SeededGenerator(seed: seed)
        var outcome = Outcome(sku: "SKU-\(number)")
        while ContinuousClock.now < end {
            let amount = outcome.puts + 1
            let put = PutPricesRequest(
                commandID: "put-\(number)-\(amount)", listID: "retail",
                prices: [Price(sku: outcome.sku, amount: "\(amount)")])
            _ = try await self.send { try await PriceListServiceClient($0).putPrices(put, options: self.options) }
            outcome.puts = amount
            let id = "use-\(number)-\(amount)"
            let redeem = RedeemRequest(
                redemptionID: id, uses: [LimitedUse(ruleID: "sale", coupon: "SALE", amount: "1")], currency: "USD")
            let isRedeemed = try await self.send {
                try await RedemptionServiceClient($0).redeem(redeem, options: self.options)
            }
            guard isRedeemed else { continue }
            outcome.redeemed.insert(id)
            guard Bool.random(using: &random) else { continue }
            _ = try await self.send {
                try await RedemptionServiceClient($0).reverseRedemption(
                    ReverseRedemptionRequest(redemptionID: id), options: self.options)
            }
            outcome.reversed.insert(id)
        }
        return outcome
    }

    /// Sends a call until its outcome is known.
    ///
    /// - Returns: False: nothing was left of the coupon.
    private func send<Answer>(_ call: (RPCClient) async throws -> Answer) async throws -> Bool {
        while true {
            guard let client = self.service.client else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            do {
                _ = try await call(client)
                return true
            } catch let error as RPCError {
                if error.problem?.type == "budget-exhausted" { return false }
                let mayBe: Set<StatusCode> = [.unavailable, .deadlineExceeded, .cancelled, .resourceExhausted]
                guard mayBe.contains(error.code) else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
