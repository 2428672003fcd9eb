import TestSupport
import Testing

@testable import Authentication

@Suite("The cache of answers")
struct VerificationCacheTests {
    private let start = ContinuousClock.now

    @Test("an answer ends with its time")
    func time() {
        var cache = VerificationCache<Int, String>(capacity: 4)
        cache.keep("a", for: 1, until: self.start + .seconds(10), at: self.start)
        #expect(cache.answer(for: 1, at: self.start + .seconds(10) - .nanoseconds(1)) == "a")
        #expect(cache.answer(for: 1, at: self.start + .seconds(10)) == nil)
        #expect(cache.answer(for: 2, at: self.start) == nil)
    }

    @Test("what is over already is not kept")
    func over() {
        var cache = VerificationCache<Int, String>(capacity: 4)
        cache.keep("a", for: 1, until: self.start, at: self.start)
        #expect(cache.count == 0)
    }

    @Test("the oldest goes when it is full, and a key that was kept again stays")
    func capacity() {
        var cache = VerificationCache<Int, Int>(capacity: 3)
        for key in [1, 2, 1, 3] {
            cache.keep(key, for: key, until: self.start + .seconds(key == 1 ? 9 : 8), at: self.start)
        }
        #expect(cache.answer(for: 1, at: self.start) == 1)
        for key in 4...100 { cache.keep(key, for: key, until: self.start + .seconds(10), at: self.start) }
        #expect(cache.count <= 3)
        #expect((1...100).filter { cache.answer(for: $0, at: self.start) != nil } == [98, 99, 100])
    }

    @Test(
        "against a dictionary, with random keys and times: what it answers is right, and it never grows beyond its room"
    )
    func model() {
        var generator = SeededGenerator(seed: testSeed())
        var cache = VerificationCache<Int, Int>(capacity: 16)
        var model: [Int: (answer: Int, until: ContinuousClock.Instant)] = [:]
        var now = self.start
        for step in 0..<5_000 {
            now += .milliseconds(Int.random(in: 0...20, using: &generator))
            let key = Int.random(in: 0..<24, using: &generator)
            if Bool.random(using: &generator) {
                let until = now + .milliseconds(Int.random(in: -5...200, using: &generator))
                cache.keep(step, for: key, until: until, at: now)
                if until > now { model[key] = (step, until) }
            }
            if let answer = cache.answer(for: key, at: now) {
                let known = model[key]
                #expect(known.map { $0.answer == answer && now < $0.until } == true)
            }
            #expect(cache.count <= 16)
        }
    }
}
