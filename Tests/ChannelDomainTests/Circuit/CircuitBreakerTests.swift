import ChannelDomain
import TestSupport
import Testing

@Suite(.processorBound) struct CircuitBreakerTests {
    private static let second: Int64 = 1_000_000

    @Test("it opens at five failures in a row, tries one call at a time, and closes at three successes")
    func cycle() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 {
            #expect(breaker.mayCall(at: 0) == .go)
            breaker.failed(at: 0, chance: 0.5)
        }
        #expect(breaker.mayCall(at: 1) == .wait(until: 5 * Self.second))
        let then = 5 * Self.second
        for _ in 0..<3 {
            #expect(breaker.mayCall(at: then) == .go)
            #expect(breaker.mayCall(at: then) == .wait(until: nil))
            breaker.succeeded(at: then)
        }
        #expect(breaker.state == .closed)
        #expect(breaker.mayCall(at: then) == .go)
    }

    @Test("it opens where half of twenty calls in ten seconds fail, and forgets older ones")
    func half() {
        var breaker = CircuitBreaker()
        for call in 0..<20 {
            #expect(breaker.mayCall(at: 0) == .go)
            if call.isMultiple(of: 2) { breaker.succeeded(at: 0) } else { breaker.failed(at: 0, chance: 0.5) }
        }
        #expect(breaker.state == .open(until: 5 * Self.second))
        var slow = CircuitBreaker()
        for call in 0..<100 {
            let now = Int64(call) * Self.second
            if call.isMultiple(of: 2) { slow.succeeded(at: now) } else { slow.failed(at: now, chance: 0.5) }
        }
        #expect(slow.state == .closed)
    }

    @Test("each opening is longer, up to half a minute, and a long time of success makes the next one short again")
    func longer() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: 0, chance: 0.5) }
        var lengths: [Int64] = []
        for _ in 0..<12 {
            guard case .open(let until) = breaker.state else { break }
            #expect(breaker.mayCall(at: until) == .go)
            breaker.failed(at: until, chance: 0.5)
            guard case .open(let next) = breaker.state else { break }
            lengths.append((next - until) / Self.second)
        }
        #expect(lengths == [10, 15, 20, 25, 30, 30, 30, 30, 30, 30, 30, 30])
    }

    @Test("whatever happens, no call is let through while it is open, and it never stays half open without a call")
    func histories() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var breaker = CircuitBreaker()
            var (now, running): (Int64, Int) = (0, 0)
            for _ in 0..<400 {
                now += .random(in: 0...(5 * Self.second), using: &numbers)
                let before = breaker.state
                switch breaker.mayCall(at: now) {
                case .go:
                    if case .open(let until) = before { #expect(until <= now, "seed \(seed)") }
                    running += 1
                case .wait(until: nil): #expect(running > 0, "seed \(seed)")
                case .wait(let until?): #expect(until > now, "seed \(seed)")
                }
                guard running > 0, Bool.random(using: &numbers) else { continue }
                running -= 1
                if Int.random(in: 0..<3, using: &numbers) == 0 {
                    breaker.succeeded(at: now)
                } else {
                    breaker.failed(at: now, chance: .random(in: 0...1, using: &numbers))
                }
            }
        }
    }
}
