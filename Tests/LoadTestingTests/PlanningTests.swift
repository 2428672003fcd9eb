import TestSupport
import Testing

@testable import LoadTesting

@Suite("What is called for follows the plan")
struct PlanningTests {
    @Test(
        "the table gives each number its exact probability", arguments: [0, 0.5, 0.99, 1, 2.5],
        [1, 2, 7, 1_000, 40_000])
    func zipfTable(_ exponent: Double, _ count: Int) {
        let weights = ZipfDistribution.weights(count: count, exponent: exponent)
        let total = weights.reduce(0, +)
        let probabilities = ZipfDistribution(count: count, exponent: exponent).probabilities
        #expect(probabilities.count == count)
        #expect(zip(weights, probabilities).allSatisfy { abs($0 / total - $1) < 1e-11 })
        if exponent == 1, count == 7 { #expect(abs(weights[3] - 0.25) < 1e-12) }
    }

    @Test("picks are distributed as the table says")
    func zipfPicks() {
        var generator = LoadTesting.SeededGenerator(seed: testSeed(), stream: 0)
        let zipf = ZipfDistribution(count: 50, exponent: 0.99)
        var counts = [Int](repeating: 0, count: 50)
        let picks = 200_000
        for _ in 0..<picks { counts[zipf.pick(using: &generator)] += 1 }
        // Chi-square with 49 degrees of freedom exceeds 120 in less than one of ten million runs.
        let distance = zip(counts, zipf.probabilities).reduce(0.0) { sum, pair in
            let expected = pair.1 * Double(picks)
            return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
        }
        #expect(distance < 120)
    }

    @Test("a cold walk meets every number once before any comes again, wherever it begins")
    func coldWalk() {
        for count in [1, 2, 3, 10, 618, 1_000, 4_096] {
            for part in 0..<3 {
                var walk = ColdWalk(count: count, part: part, of: 3)
                let first = (0..<count).map { _ in walk.next() }
                #expect(Set(first) == Set(0..<count))
                #expect((0..<count).map { _ in walk.next() } == first)
            }
        }
    }

    @Test("a mix is read from its text, and its shares are picked")
    func mix() throws {
        let mix = try #require(LoadMix("reads=80,updates=15,reservations=5"))
        #expect(mix.share(of: .reads) == 0.8 && mix.share(of: .coldReads) == 0)
        #expect("\(mix)" == "reads=80,updates=15,reservations=5")
        #expect(LoadMix("cold-reads")?.share(of: .coldReads) == 1)
        #expect(LoadMix("all") == .all && LoadMix("\(LoadMix.all)") == .all)
        for text in [
            "", "writes", "reads=", "reads=x", "reads=-1", "reads=0", "reads=1,reads=2", "reads,updates",
            "reads=1000001", "reads=1,", "all,reads=1", "reads=9223372036854775807,updates=1",
        ] {
            #expect(LoadMix(text) == nil, "\(text)")
        }
        var generator = LoadTesting.SeededGenerator(seed: testSeed(), stream: 0)
        var counts: [LoadMix.Part: Int] = [:]
        for _ in 0..<20_000 { counts[mix.pick(using: &generator), default: 0] += 1 }
        #expect(counts[.coldReads] == nil)
        // More than ten standard deviations to either side.
        for part in [LoadMix.Part.reads, .updates, .reservations] {
            #expect(abs(Double(counts[part] ?? 0) / 20_000 - mix.share(of: part)) < 0.03)
        }
    }

    @Test("connections share out a rate evenly, and know what is due and was not taken")
    func schedule() {
        var due: [UInt64] = []
        for connection in 0..<4 {
            var schedule = CallSchedule(start: 1_000, callsPerSecond: 1_000, connection: connection, of: 4)
            #expect(schedule.untaken(in: 1_000..<1_000_001_000) == 250)
            var taken: UInt64 = 0
            while let next = schedule.take(before: 500_001_000) {
                due.append(next)
                taken += 1
            }
            #expect(taken == 125)
            #expect(schedule.untaken(in: 1_000..<1_000_001_000) == 125)
            #expect(schedule.untaken(in: 1_000..<500_001_000) == 0)
            #expect(schedule.untaken(in: 800_001_000..<1_000_001_000) == 50)
        }
        #expect(due.sorted() == (0..<500).map { 1_000 + $0 * 1_000_000 })
    }

    @Test("seeds repeat themselves, and connections differ")
    func seeds() {
        func numbers(_ seed: UInt64, _ stream: Int) -> [UInt64] {
            var generator = LoadTesting.SeededGenerator(seed: seed, stream: stream)
            return (0..<100).map { _ in generator.next() }
        }
        #expect(numbers(1, 0) == numbers(1, 0))
        #expect(Set(numbers(1, 0)).isDisjoint(with: numbers(1, 1)))
        #expect(Set(numbers(1, 0)).isDisjoint(with: numbers(2, 0)))
    }

    @Test("SKUs that are set and SKUs that are counted are told apart, whatever number is near")
    func kindsOfSKUs() {
        for count in [4, 5, 6, 7, 8, 1_000] {
            var plan = LoadPlan()
            plan.skus = count
            for number in 0..<count {
                #expect(plan.isSet(plan.setSKU(near: number)) && plan.setSKU(near: number) < count)
                #expect(!plan.isSet(plan.countedSKU(near: number)))
            }
        }
        #expect(LoadPlan().sku(42) == "LOAD-0000042" && LoadPlan().location(0) == "LOAD-W1")
    }
}
