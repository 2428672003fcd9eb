import ChannelDomain
import TestSupport
import Testing

@Suite(.processorBound) struct RevisionBudgetTests {
    private static let day: Int64 = 86_400_000_000

    @Test("in no 24 hours more than so many changes, whatever comes when; what it says to wait for is there then")
    func neverMore() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let perDay = Double.random(in: 20...250, using: &numbers)
            let burst = Double.random(in: 1..<perDay, using: &numbers)
            let limit = RevisionBudget.Limit(
                perDay: perDay, burst: burst, keptForZero: .random(in: 0...30, using: &numbers))
            var budget = RevisionBudget(full: limit, at: 0)
            var (now, taken): (Int64, [(at: Int64, cost: Double)]) = (0, [])
            while now < 3 * Self.day {
                let lane = Bool.random(using: &numbers) ? SyncLane.stock : .stockToZero
                let cost = Double.random(in: 0.1...3, using: &numbers)
                if let until = budget.take(cost, lane: lane, of: limit, at: now) {
                    #expect(until > now, "seed \(seed)")
                    var copy = budget
                    #expect(copy.take(cost, lane: lane, of: limit, at: until) == nil, "seed \(seed)")
                    now = Bool.random(using: &numbers) ? until : now + .random(in: 1...Self.day / 10, using: &numbers)
                } else {
                    taken.append((now, cost))
                    let window = taken.reversed().prefix { $0.at > now - Self.day }.reduce(0) { $0 + $1.cost }
                    // One that costs more than ever gathers goes beyond it by that much.
                    #expect(window <= perDay + 1e-6 + max(0, cost - burst), "seed \(seed)")
                }
            }
        }
    }

    @Test("what is kept for zeros is out of reach of all else")
    func kept() {
        let limit = RevisionBudget.Limit(perDay: 250, burst: 100, keptForZero: 20)
        var budget = RevisionBudget(full: limit, at: 0)
        for _ in 0..<80 { #expect(budget.take(1, lane: .stock, of: limit, at: 0) == nil) }
        // A change comes back in 576 seconds.
        #expect(budget.take(1, lane: .price, of: limit, at: 0) == 576_000_001)
        for _ in 0..<20 { #expect(budget.take(1, lane: .stockToZero, of: limit, at: 0) == nil) }
        #expect(budget.take(1, lane: .stockToZero, of: limit, at: 0) == 576_000_001)
    }
}
