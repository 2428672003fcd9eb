import DrivelineTesting
import Jobs
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import TestSupport
import Testing

@testable import OrderService

/// What a settlement should come to, by rules of the test's own: sums by order and kind, in cents.
private struct SettlementModel {
    struct Sold {
        var principal: Int
        var shipping: Int
        var fee: Int
    }

    struct Row {
        var order: String
        var kind: String
        var cents: Int
    }

    var orders: [String: Sold] = [:]
    var rows: [Row] = []

    /// The difference of each row, and those missing by order and kind.
    func outcome() -> (rows: [String], missing: Set<String>, total: Int) {
        var sums: [String: Int] = [:]
        for row in self.rows { sums["\(row.order) \(row.kind)", default: 0] += row.cents }
        func expected(_ order: Sold, _ kind: String) -> Int {
            switch kind {
            case "principal": order.principal
            case "shipping": order.shipping
            case "fee": -order.fee
            default: 0
            }
        }
        let texts = self.rows.map { row in
            if row.kind == "other" || row.order.isEmpty { return "notOfOrder" }
            guard let order = self.orders[row.order] else { return "missingOrder" }
            guard sums["\(row.order) \(row.kind)"] != expected(order, row.kind) else { return "unspecified" }
            return row.kind == "fee" ? "feeVariance" : "amount"
        }
        var missing: Set<String> = []
        for (id, order) in self.orders {
            let isThere = self.rows.contains { $0.order == id }
            for kind in ["principal", "shipping", "fee"]
            where expected(order, kind) != 0 && sums["\(id) \(kind)"] == nil {
                let difference = !isThere ? "missingPayment" : kind == "fee" ? "feeVariance" : "amount"
                missing.insert("\(id) \(kind) \(difference)")
            }
        }
        return (texts, missing, self.rows.reduce(0) { $0 + $1.cents })
    }
}

@Suite("Settlements against a model", .timeLimit(.minutes(5)))
struct SettlementModelTests {
    private static func text(_ cents: Int) -> String {
        "\(cents < 0 ? "-" : "")\(abs(cents) / 100).\(String(abs(cents) % 100 + 100).dropFirst())"
    }

    private static func model(using random: inout SeededGenerator) -> SettlementModel {
        var model = SettlementModel()
        for number in 0..<60 {
            model.orders["A-\(number)"] = SettlementModel.Sold(
                principal: Int.random(in: 200...9_999, using: &random),
                shipping: Bool.random(using: &random) ? 0 : 499, fee: Int.random(in: 0...300, using: &random))
        }
        for number in 0..<70 {
            let id = "A-\(number)"
            guard Int.random(in: 0..<5, using: &random) > 0 else { continue }
            let order = model.orders[id] ?? SettlementModel.Sold(principal: 500, shipping: 0, fee: 50)
            var parts = [("principal", order.principal), ("fee", -order.fee)]
            if order.shipping > 0 { parts.append(("shipping", order.shipping)) }
            for (kind, cents) in parts where cents != 0 && Int.random(in: 0..<9, using: &random) > 0 {
                let off = Int.random(in: 0..<6, using: &random) == 0 ? Int.random(in: -3...3, using: &random) : 0
                let first = Int.random(in: -100...100, using: &random)
                model.rows.append(SettlementModel.Row(order: id, kind: kind, cents: first))
                model.rows.append(SettlementModel.Row(order: id, kind: kind, cents: cents + off - first))
            }
        }
        for _ in 0..<5 { model.rows.append(SettlementModel.Row(order: "", kind: "other", cents: -125)) }
        model.rows.shuffle(using: &random)
        return model
    }

    @Test(
        "whatever sells and is paid, and however often the job is killed, a settlement is as the model has it",
        arguments: 1...4)
    func model(round: Int) async throws {
        let seed = testSeed() &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        let model = Self.model(using: &random)
        try await OrderFileHarness.with { files in
            _ = try await files.imported(
                model.orders.sorted { $0.key < $1.key }.map { id, order in
                    // The second line of each sample costs 1.00.
                    OrderFileSamples.line(
                        id, cents: order.principal - 100,
                        more:
                            #","shipping":\#(Self.text(order.shipping)),"fees":[{"kind":"F","amount":\#(Self.text(order.fee))}]"#
                    )
                }.joined())
            let file =
                "orderId,kind,amount,postedAt\n"
                + model.rows.map { "\($0.order),\($0.kind),\(Self.text($0.cents)),2026-03-0\(abs($0.cents) % 2 + 1)\n" }
                .joined()
                + ",other,0.00,2026-03-03\n"
            let job = try await files.beginSettlement(file, SettlementTests.options)
            for _ in 0..<6 where try await !files.kill(job, afterSteps: Int.random(in: 1...12, using: &random)) {}
            _ = try await files.finish(job)
            let settlement = try await files.settlements.getSettlement(
                GetSettlementRequest(settlementID: job.id.description))
            let outcome = model.outcome()
            #expect(settlement.state == .matched, "seed \(seed): \(settlement.problem)")
            #expect(settlement.total?.micros == Int64(outcome.total) * 10_000, "seed \(seed)")
            #expect(settlement.sums.reduce(0) { $0 + ($1.amount?.micros ?? 0) } == settlement.total?.micros)
            let lines = try await files.lines(of: settlement)
            let there = lines.filter { $0.number > 0 }
            #expect(there.dropLast().map { "\($0.difference)" } == outcome.rows, "seed \(seed)")
            #expect(there.dropLast().map(\.amount?.micros) == model.rows.map { Int64($0.cents) * 10_000 })
            let missing = lines.filter { $0.number == 0 }.map { "\($0.orderID) \($0.kind) \($0.difference)" }
            #expect(missing.count == outcome.missing.count && Set(missing) == outcome.missing, "seed \(seed)")
            for sum in settlement.sums {
                let of = there.filter { $0.kind == sum.kind && $0.difference == sum.difference }
                #expect(sum.lines == Int64(of.count))
                #expect(sum.amount?.micros == of.reduce(0) { $0 + ($1.amount?.micros ?? 0) })
            }
        }
    }
}
