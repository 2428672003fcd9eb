import InventoryDomain
import TestSupport
import Testing

@Suite("The guard against files that would take too much", .processorBound)
struct FallGuardTests {
    @Test(
        "a fall is refused beyond its percentage, not at it",
        arguments: [
            (FeedTotals(skus: 100, units: 1_000), FeedTotals(skus: 50, units: 200), true),
            (FeedTotals(skus: 100, units: 1_000), FeedTotals(skus: 49, units: 1_000), false),
            (FeedTotals(skus: 100, units: 1_000), FeedTotals(skus: 100, units: 199), false),
            (FeedTotals(skus: 100, units: 1_000), FeedTotals(), false),
            // Nothing was said before; and a rise is no fall.
            (FeedTotals(), FeedTotals(), true), (FeedTotals(skus: 1, units: 1), FeedTotals(skus: 9, units: 9), true),
            (FeedTotals(skus: 1, units: 1), FeedTotals(), false),
            (FeedTotals(skus: 4, units: .max), FeedTotals(skus: 4, units: 0), false),
        ])
    func limits(before: FeedTotals, after: FeedTotals, passes: Bool) {
        #expect((FallGuard().excess(before: before, after: after) == nil) == passes)
    }

    @Test("of any numbers, what is refused is what exact arithmetic refuses")
    func exact() {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<20_000 {
            let bits = Int64.random(in: 0...62, using: &random)
            let limit = Int64.max >> bits
            let before = Int64.random(in: 0...limit, using: &random)
            let after = Int64.random(in: 0...limit, using: &random)
            let percent = Int64.random(in: 0...100, using: &random)
            let guarded = FallGuard(skusPercent: 100, unitsPercent: percent)
            let excess = guarded.excess(before: FeedTotals(units: before), after: FeedTotals(units: after))
            // Int128 holds these products.
            let falls = (Int128(before) - Int128(after)) * 100 > Int128(before) * Int128(percent)
            #expect((excess != nil) == (before > after && percent < 100 && falls))
        }
    }
}
