import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PriceHistoryTests {
    @Test("What a SKU cost on a day is answered as it was known then, and why")
    func onADay() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put([.sample("A", "10")])
            let first = try await harness.now()
            try await harness.put([.sample("A", "11"), .sample("A", "8", from: 40_000_000_000)])
            let second = try await harness.now()
            try await harness.delete([PriceKey(sku: "A")])
            let third = try await harness.now()
            let costs = try await [first, second, third].asyncMap { try await harness.history(of: "A", at: $0) }
            #expect(costs.map { $0.map(\.amount) } == [["10.00"], ["11.00"], []])
            #expect(costs[0].map(\.reason) == ["because"])
            #expect(costs[0].map(\.recordedBy) == ["tester"])
            let planned = try await harness.history(of: "A")
            #expect(planned.map(\.amount) == ["8.00", "11.00", "10.00"])
        }
    }

    @Test("A random history is, at every instant, what it was: as a model of it says", arguments: 0..<3)
    func model(run: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random history of prices: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        try await PricingHarness.withLists { harness in
            var model = HistoryModel()
            for list in ["one", "two"] {
                try await harness.put(.sample(list, priority: list == "one" ? 1 : 2))
            }
            model.note(at: try await harness.now())
            for _ in 0..<60 {
                let list = ["one", "two"].randomElement(using: &random) ?? "one"
                var prices: [HistoryModel.Key: Price] = [:]
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let price = Price.sample(
                        "SKU-\(Int.random(in: 0..<4, using: &random))", "\(Int.random(in: 1...3, using: &random))",
                        quantity: Int64.random(in: 1...2, using: &random),
                        from: [nil, 1_000, 40_000_000_000].randomElement(using: &random) ?? nil,
                        to: [nil, 2_000, 41_000_000_000].randomElement(using: &random) ?? nil)
                    let isInverted = (price.validTo?.seconds ?? .max) <= (price.validFrom?.seconds ?? .min)
                    if !isInverted { prices[HistoryModel.Key(list: list, price)] = price }
                }
                guard !prices.isEmpty else { continue }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    try await harness.delete(
                        prices.values.map {
                            PriceKey(sku: $0.sku, minimumQuantity: $0.minimumQuantity, validFrom: $0.validFrom)
                        }, from: list)
                    model.remove(Array(prices.keys))
                } else if Int.random(in: 0..<5, using: &random) == 0 {
                    // One that is refused takes the others with it.
                    _ = try await harness.problem {
                        try await harness.put(Array(prices.values) + [.sample("SKU-0", "-1")], into: list)
                    }
                } else {
                    try await harness.put(Array(prices.values), into: list)
                    model.put(prices)
                }
                model.note(at: try await harness.now())
            }
            try await harness.check(model)
        }
    }
}

/// What prices stood when, by the changes that were made.
private struct HistoryModel {
    struct Key: Hashable {
        let list: String
        let sku: String
        let quantity: Int64
        let from: Int64?

        init(list: String, _ price: Price) {
            self.list = list
            self.sku = price.sku
            self.quantity = price.minimumQuantity
            self.from = price.validFrom?.seconds
        }
    }

    /// A price as it is compared.
    struct Standing: Hashable {
        let key: Key
        let amount: String
        let to: Int64?
    }

    private var standing: [Key: Standing] = [:]
    private(set) var moments: [(at: PostgresTimestamp, prices: Set<Standing>)] = []

    mutating func put(_ prices: [Key: Price]) {
        for (key, price) in prices {
            self.standing[key] = Standing(key: key, amount: price.amount + ".00", to: price.validTo?.seconds)
        }
    }

    mutating func remove(_ keys: [Key]) { for key in keys { self.standing[key] = nil } }

    mutating func note(at now: PostgresTimestamp) { self.moments.append((now, Set(self.standing.values))) }

    /// Those of a SKU that counted at an instant when they were known.
    func counting(_ sku: String, at moment: (at: PostgresTimestamp, prices: Set<Standing>)) -> Set<Standing> {
        let seconds = moment.at.microseconds / 1_000_000
        return moment.prices.filter {
            $0.key.sku == sku && ($0.key.from ?? .min) <= seconds && seconds < ($0.to ?? .max)
        }
    }
}

extension PricingHarness {
    fileprivate func check(_ model: HistoryModel) async throws {
        for moment in model.moments {
            for sku in (0..<4).map({ "SKU-\($0)" }) {
                let known = try await self.history(of: sku, at: moment.at).map {
                    HistoryModel.Standing(
                        key: HistoryModel.Key(list: $0.listID, $0), amount: $0.amount, to: $0.validTo?.seconds)
                }
                #expect(known.count == Set(known).count)
                #expect(Set(known) == model.counting(sku, at: moment), "\(sku) at \(moment.at.microseconds)")
            }
        }
        let last = try #require(model.moments.last)
        let entries = try await self.entries(of: "one") + self.entries(of: "two")
        let standing = entries.map {
            HistoryModel.Standing(
                key: HistoryModel.Key(list: $0.listID, $0), amount: $0.amount, to: $0.validTo?.seconds)
        }
        #expect(Set(standing) == last.prices)
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
