import ChannelDomain
import TestSupport
import Testing

@Suite(.processorBound) struct BackoffTests {
    @Test("waits are even from nothing to the try's longest, which doubles up to its limit")
    func bounds() {
        #expect(Backoff.milliseconds(tries: 1, chance: 0) == 0)
        #expect(Backoff.milliseconds(tries: 1, chance: 1) == 500)
        #expect(Backoff.milliseconds(tries: 4, chance: 1) == 4_000)
        #expect(Backoff.milliseconds(tries: .max, chance: 1) == 300_000)
        #expect(Backoff.milliseconds(tries: .max, chance: 1, limit: 7_000) == 7_000)
        #expect(Backoff.milliseconds(tries: -1, chance: .infinity) == 500)
    }

    @Test("repetitions are at most a tenth of the calls, three a second, and the thirty that gather")
    func budget() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var budget = RetryBudget()
            var (now, calls, retries): (Int64, Double, Double) = (0, 0, 0)
            for _ in 0..<2_000 {
                now += .random(in: 0...200_000, using: &numbers)
                if Int.random(in: 0..<3, using: &numbers) == 0 {
                    budget.called(at: now)
                    calls += 1
                } else if let later = budget.take(at: now) {
                    #expect(later > now)
                } else {
                    retries += 1
                }
                #expect(retries <= 30 + calls * 0.1 + Double(now) / 1_000_000 * 3 + 1e-6, "seed \(seed)")
            }
        }
    }

    @Test("what the budget says to wait for is there then")
    func wait() {
        var budget = RetryBudget()
        for _ in 0..<30 { #expect(budget.take(at: 0) == nil) }
        let later = budget.take(at: 0) ?? 0
        #expect(budget.take(at: later) == nil)
    }
}
