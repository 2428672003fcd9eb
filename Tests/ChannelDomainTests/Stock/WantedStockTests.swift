import ChannelDomain
import ChannelMessages
import TestSupport
import Testing

@Suite(.processorBound) struct WantedStockTests {
    private static func levels(_ numbers: [Int64]) -> [StockAtLocation] {
        numbers.enumerated().map { StockAtLocation(location: "W\($0.offset)", available: $0.element) }
    }

    @Test("share, then buffer, then cap; below the minimum, nothing")
    func order() {
        let levels = Self.levels([100, 50])
        var policy = StockPolicy(buffer: 5, cap: 60, shareBasisPoints: 5_000)
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule()) == 60)
        policy.cap = nil
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule()) == 70)
        #expect(WantedStock.quantity(levels, kept: 10, policy: policy, listing: ListingStockRule()) == 65)
        policy.minimumToPublish = 71
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule()) == 0)
    }

    @Test("a listing's buffer and cap go before the connection's, zero among them; a paused one shows nothing")
    func listing() {
        let levels = Self.levels([10])
        let policy = StockPolicy(buffer: 4, cap: 3)
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule(buffer: 0, cap: 8)) == 8)
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule(cap: 0)) == 0)
        #expect(WantedStock.quantity(levels, policy: policy, listing: ListingStockRule(isPaused: true)) == 0)
    }

    @Test("locations that are not sold from never count, named or not, and shortages take from nobody else")
    func locations() {
        var levels = Self.levels([10, 20, -5])
        levels[1].isSold = false
        levels[0].buffer = 3
        #expect(WantedStock.quantity(levels, policy: StockPolicy(), listing: ListingStockRule()) == 7)
        let named = StockPolicy(locations: ["W1"])
        #expect(WantedStock.quantity(levels, policy: named, listing: ListingStockRule()) == 0)
    }

    @Test("whatever the numbers: between zero and what may be sold, and never less for more stock")
    func properties() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        let some: [Int64] = [.min, -1, 0, 1, 9_999, 10_000, 10_001, 1_000_000_000, .max]
        for _ in 0..<20_000 {
            func number() -> Int64 {
                Bool.random(using: &numbers)
                    ? .random(in: -100...10_000, using: &numbers) : some.randomElement(using: &numbers) ?? 0
            }
            let levels = Self.levels((0..<Int.random(in: 0...4, using: &numbers)).map { _ in number() })
            var policy = StockPolicy(
                buffer: number(), shareBasisPoints: UInt32.random(in: 0...10_000, using: &numbers),
                minimumToPublish: number())
            if Bool.random(using: &numbers) { policy.cap = number() }
            let wanted = WantedStock.quantity(levels, kept: number(), policy: policy, listing: ListingStockRule())
            var sum: Int64 = 0
            for level in levels {
                sum =
                    sum.addingReportingOverflow(max(0, level.available)).overflow ? .max : sum + max(0, level.available)
            }
            #expect(wanted >= 0 && wanted <= min(sum, WantedStock.maximum), "seed \(seed): \(levels) \(policy)")
            if let cap = policy.cap { #expect(wanted <= max(0, cap)) }
            var more = levels
            if let first = more.indices.first, more[first].available < .max { more[first].available += 1 }
            let then = WantedStock.quantity(more, policy: policy, listing: ListingStockRule())
            #expect(then >= WantedStock.quantity(levels, policy: policy, listing: ListingStockRule()))
        }
    }
}
