import RPC
import RPCTestSupport
import Testing

@Suite("The circuit breaker opens, probes and closes as it is told")
struct CircuitBreakerTests {
    private static let second: UInt64 = 1_000_000_000

    /// A breaker that failures in a row have opened at a time.
    private static func opened(at nanoseconds: UInt64) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: nanoseconds) }
        return breaker
    }

    @Test("It opens at the fifth failure in a row, not before")
    func failuresInRow() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 {
            breaker.failed(at: 1)
            #expect(breaker.allows(at: 1))
        }
        breaker.failed(at: 1)
        #expect(!breaker.allows(at: 1))
    }

    @Test("A success in between starts the count anew")
    func successBetween() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.failed(at: 1) }
        breaker.succeeded(at: 1)
        for _ in 0..<4 { breaker.failed(at: 1) }
        #expect(breaker.allows(at: 1))
    }

    @Test("It opens when half of twenty calls of a window fail, not of nineteen")
    func ratio() {
        var breaker = CircuitBreaker()
        for number in 0..<19 { number % 2 == 0 ? breaker.failed(at: 1) : breaker.succeeded(at: 1) }
        #expect(breaker.allows(at: 1))
        breaker.succeeded(at: 1)
        #expect(breaker.allows(at: 1))
        breaker.failed(at: 1)
        #expect(!breaker.allows(at: 1))
    }

    @Test("Failures of an old window do not count")
    func window() {
        var breaker = CircuitBreaker()
        let start = 100 * Self.second
        for _ in 0..<10 {
            breaker.failed(at: start)
            breaker.succeeded(at: start)
        }
        let later = start + 10 * Self.second
        for _ in 0..<10 { breaker.succeeded(at: later) }
        breaker.failed(at: later)
        #expect(breaker.allows(at: later))
    }

    @Test("While it is open nothing is let through; then one probe at a time")
    func probing() {
        var breaker = Self.opened(at: Self.second)
        #expect(!breaker.allows(at: Self.second))
        #expect(!breaker.allows(at: 31 * Self.second - 1))
        let later = 31 * Self.second
        for _ in 0..<3 {
            #expect(breaker.allows(at: later))
            breaker.began(at: later)
            #expect(!breaker.allows(at: later))
            breaker.succeeded(at: later)
        }
        for _ in 0..<10 {
            #expect(breaker.allows(at: later))
            breaker.began(at: later)
        }
    }

    @Test("A probe that fails opens it again, for longer each time, up to the longest")
    func longerOpenings() {
        var breaker = Self.opened(at: 0)
        var now: UInt64 = 30 * Self.second
        for opening in 2..<20 {
            #expect(breaker.allows(at: now))
            breaker.began(at: now)
            breaker.failed(at: now)
            let length = min(UInt64(opening) * 30, 300) * Self.second
            #expect(!breaker.allows(at: now + length - 1))
            now += length
        }
        for _ in 0..<3 {
            breaker.began(at: now)
            breaker.succeeded(at: now)
        }
        for _ in 0..<5 { breaker.failed(at: now) }
        #expect(!breaker.allows(at: now + 30 * Self.second - 1))
        #expect(breaker.allows(at: now + 30 * Self.second))
    }

    @Test("Late answers of calls from before the opening neither open it again nor close it")
    func lateAnswers() {
        var breaker = Self.opened(at: 0)
        for _ in 0..<10 { breaker.succeeded(at: 1) }
        #expect(!breaker.allows(at: 1))
        for _ in 0..<10 { breaker.failed(at: 1) }
        #expect(breaker.allows(at: 30 * Self.second))
    }
}

@Suite("The retry budget grants a tenth of the calls, and a few per second")
struct RetryBudgetTests {
    @Test("It begins with three")
    func beginning() {
        var budget = RetryBudget(nanoseconds: 5)
        let granted = (0..<4).map { _ in budget.takeRetry(isTimeout: false, at: 5) }
        #expect(granted == [true, true, true, false])
    }

    @Test("Ten calls pay for one retry; one after a time-out costs two")
    func payment() {
        var budget = RetryBudget(nanoseconds: 5)
        while budget.takeRetry(isTimeout: false, at: 5) {}
        for _ in 0..<10 { budget.called() }
        let afterTen = [true, false, false].map { isTimeout in budget.takeRetry(isTimeout: isTimeout, at: 5) }
        #expect(afterTen == [false, true, false])
        for _ in 0..<20 { budget.called() }
        let afterTwenty = [true, false].map { isTimeout in budget.takeRetry(isTimeout: isTimeout, at: 5) }
        #expect(afterTwenty == [true, false])
    }

    @Test("A second grants three, in whatever steps it passes", arguments: [1, 7, 250, 1_000])
    func refill(_ milliseconds: UInt64) {
        var budget = RetryBudget(nanoseconds: 0)
        while budget.takeRetry(isTimeout: false, at: 0) {}
        var granted = 0
        for step in 1...(14_000 / milliseconds) {
            while budget.takeRetry(isTimeout: false, at: step * milliseconds * 1_000_000) { granted += 1 }
        }
        #expect((41...42).contains(granted))
    }

    @Test("No more than a hundred are saved up")
    func cap() {
        var budget = RetryBudget(nanoseconds: 0)
        for _ in 0..<1_000_000 { budget.called() }
        var granted = 0
        while budget.takeRetry(isTimeout: false, at: 0) { granted += 1 }
        #expect(granted == 100)
    }
}

@Suite("Waiting times are random under a ceiling that doubles")
struct BackoffTests {
    @Test("Every wait is at most the ceiling, and the ceiling is nearly reached", arguments: 1...40)
    func ceiling(_ retry: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of waits \(retry): \(seed)")
        var random = SeededGenerator(seed: seed)
        for (backoff, maximum) in [(Backoff.retry, UInt64(2_000)), (.reconnect, 2_000)] {
            let ceiling = min(maximum, retry > 20 ? maximum : backoff.baseMilliseconds << UInt64(retry - 1))
            let waits = (0..<1_000).map { _ in backoff.milliseconds(retry: retry, using: &random) }
            #expect(waits.allSatisfy { $0 <= ceiling })
            #expect((waits.max() ?? 0) > ceiling * 9 / 10)
            #expect((waits.min() ?? .max) < max(ceiling / 10, 5))
        }
    }
}
