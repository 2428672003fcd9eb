import ChannelDomain
import TestSupport
import Testing

@Suite(.processorBound) struct QuotaPlannerTests {
    private static let second: Int64 = 1_000_000

    private static func stock(rate: Double, burst: Double, cost: Double = 1, rows: Int = 1) -> QuotaOperation {
        QuotaOperation(name: "stock", bucket: "main", ratePerSecond: rate, burst: burst, cost: cost, rows: rows)
    }

    @Test("never more tokens than the burst and what came back since, in any bucket, and no lane waits for ever")
    func neverMore() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let burst = Double.random(in: 1...50, using: &numbers)
            let rate = Double.random(in: 0.01...20, using: &numbers)
            let operations = [
                Self.stock(rate: rate, burst: burst, cost: .random(in: 0.5...burst, using: &numbers)),
                QuotaOperation(
                    name: "price", bucket: "main", ratePerSecond: rate, burst: burst,
                    cost: .random(in: 0.5...burst, using: &numbers)),
            ]
            var planner = QuotaPlanner(operations, at: 0)
            var (now, taken): (Int64, Double) = (0, 0)
            for _ in 0..<300 {
                let lane =
                    SyncLane.allCases.filter { $0 != .content && $0 != .readBack }
                    .randomElement(using: &numbers) ?? .stock
                switch planner.take(lane.operation, lane: lane, at: now) {
                case .go(let permit):
                    taken += permit.tokens
                    planner.settle(permit, at: now)
                    #expect(taken <= burst + Double(now) / 1_000_000 * rate + 1e-6, "seed \(seed)")
                case .wait(let until):
                    #expect(until > now)
                    // What it says to wait for is there then.
                    var copy = planner
                    if case .wait = copy.take(lane.operation, lane: lane, at: until) {
                        Issue.record("seed \(seed): \(lane) still waits")
                    }
                    now = Bool.random(using: &numbers) ? until : now + .random(in: 0...Self.second, using: &numbers)
                }
            }
        }
    }

    @Test("a new owner goes on with what the one before has left, and waits for as long as that was asked to")
    func takenOver() {
        let operations = [Self.stock(rate: 1, burst: 10)]
        var before = QuotaPlanner(operations, at: 0)
        var calls = 0
        while calls < 100, case .go = before.take("stock", lane: .stockToZero, at: 0) { calls += 1 }
        #expect(calls == 10)
        var after = QuotaPlanner(operations, known: before.state(at: 0), at: 0)
        #expect(after.take("stock", lane: .stockToZero, at: 0) == .wait(until: Self.second + 1))
        // What has come back meanwhile is there, and never more than the burst.
        for (seconds, expected) in [(3, 3), (1_000, 10)] {
            let now = Int64(seconds) * Self.second
            var later = QuotaPlanner(operations, known: before.state(at: 0), at: now)
            calls = 0
            while calls < 100, case .go = later.take("stock", lane: .stockToZero, at: now) { calls += 1 }
            #expect(calls == expected)
        }
        before.throttled("main", for: 60 * Self.second, at: 0)
        var blocked = QuotaPlanner(operations, known: before.state(at: 0), at: 30 * Self.second)
        #expect(blocked.take("stock", lane: .stockToZero, at: 30 * Self.second) == .wait(until: 60 * Self.second))
    }

    @Test("what is kept back for stock to zero is out of reach of every other lane")
    func reserve() {
        var planner = QuotaPlanner([Self.stock(rate: 1, burst: 10)], at: 0)
        var others = 0
        while others < 100, case .go = planner.take("stock", lane: .stock, at: 0) { others += 1 }
        #expect(others == 8)
        guard case .go = planner.take("stock", lane: .stockToZero, at: 0) else {
            Issue.record("stock to zero finds no tokens")
            return
        }
    }

    @Test("a stock to zero behind 100,000 rows goes out within 2 s, whenever it comes", arguments: [1, 250])
    func backlog(rows: Int) {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        var planner = QuotaPlanner([Self.stock(rate: 5, burst: 10, rows: rows)], at: 0)
        var (now, backlog): (Int64, Int) = (0, 100_000)
        var zeroAt = Int64.random(in: 0...(30 * Self.second), using: &numbers)
        var longest: Int64 = 0
        for _ in 0..<20 {
            while true {
                let isZero = zeroAt <= now
                switch planner.take("stock", lane: isZero ? .stockToZero : .stock, at: now) {
                case .go(let permit):
                    planner.settle(permit, at: now)
                    if !isZero { backlog -= rows }
                case .wait(let until):
                    now = isZero ? until : min(until, max(zeroAt, now + 1))
                    continue
                }
                guard isZero else { continue }
                longest = max(longest, now - zeroAt)
                break
            }
            zeroAt = now + .random(in: 0...(5 * Self.second), using: &numbers)
        }
        #expect(longest <= 2 * Self.second, "seed \(seed)")
    }

    @Test("a throttled bucket is left alone for as long as was asked, and for longer and longer where nothing was said")
    func throttled() {
        var planner = QuotaPlanner([Self.stock(rate: 100, burst: 100)], at: 0)
        planner.throttled("main", for: 5 * Self.second, at: 0)
        #expect(planner.take("stock", lane: .stockToZero, at: 1) == .wait(until: 5 * Self.second))
        guard case .go = planner.take("stock", lane: .stock, at: 5 * Self.second) else {
            Issue.record("blocked for longer than asked")
            return
        }
        var waits: [Int64] = []
        var now = 10 * Self.second
        for _ in 0..<8 {
            planner.throttled("main", for: nil, at: now)
            guard case .wait(let until) = planner.take("stock", lane: .stock, at: now) else { break }
            waits.append((until - now) / Self.second)
            now = until
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60])
        planner.passed("main")
        planner.throttled("main", for: nil, at: now)
        #expect(planner.take("stock", lane: .stock, at: now) == .wait(until: now + Self.second))
    }

    @Test("what an answer says of what is left counts, less what is under way; nonsense does not")
    func observed() {
        var planner = QuotaPlanner([Self.stock(rate: 1, burst: 10)], at: 0)
        guard case .go(let first) = planner.take("stock", lane: .stock, at: 0),
            case .go = planner.take("stock", lane: .stock, at: 0)
        else { return }
        planner.settle(first, cost: 1, at: 0)
        planner.observe("main", available: 4, ratePerSecond: 2, burst: 40, at: 0)
        #expect(planner.state(at: 0).map(\.available) == [3])
        #expect(planner.state(at: 10 * Self.second).map(\.available) == [23])
        planner.observe("main", available: .nan, ratePerSecond: 0, burst: -.infinity, at: 0)
        #expect(planner.state(at: 0).map(\.ratePerSecond) == [2])
        #expect(planner.state(at: 0).map(\.burst) == [40])
    }

    @Test("the forecast is how long it takes to send a backlog by the limits")
    func forecast() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let operation = Self.stock(
                rate: .random(in: 0.5...20, using: &numbers), burst: .random(in: 3...40, using: &numbers),
                rows: .random(in: 1...250, using: &numbers))
            var planner = QuotaPlanner([operation], at: 0)
            let rows = Int64.random(in: 1...5_000, using: &numbers)
            let forecast = planner.forecast([.init(lane: .stockToZero, rows: rows)], at: 0)[.stockToZero] ?? 0
            var (now, left): (Int64, Int64) = (0, rows)
            while left > 0 {
                switch planner.take("stock", lane: .stockToZero, at: now) {
                case .go: left -= Int64(operation.rows)
                case .wait(let until): now = until
                }
            }
            #expect(abs(Double(now) / 1_000_000 - forecast) < 0.01, "seed \(seed)")
        }
    }

    @Test("a later lane's forecast waits for those before it that take from the same bucket")
    func forecastOfLanes() {
        let operations = [
            Self.stock(rate: 10, burst: 10, rows: 10),
            QuotaOperation(name: "price", bucket: "main", ratePerSecond: 10, burst: 10),
            QuotaOperation(name: "content", bucket: "other", ratePerSecond: 1, burst: 1),
        ]
        let forecast = QuotaPlanner(operations, at: 0).forecast(
            [
                .init(lane: .price, rows: 100), .init(lane: .stock, rows: 1_000), .init(lane: .content, rows: 11),
                .init(lane: .stockToZero, rows: 0),
            ], at: 0)
        #expect(forecast == [.stockToZero: 0, .stock: 9, .price: 19, .content: 10])
    }

    @Test(
        "a bulk takes its own cost, which leaves as much for stock to zero, and is forecast where there are rows enough"
    )
    func bulk() {
        let operations = [
            QuotaOperation(name: "stock", bucket: "main", ratePerSecond: 1, burst: 100, cost: 10, rows: 250),
            QuotaOperation(
                name: "content", bucket: "main", ratePerSecond: 1, burst: 100, cost: 4,
                bulk: .init(minimumRows: 20, maximumRows: 500, cost: 60)),
        ]
        var planner = QuotaPlanner(operations, at: 0)
        let taken = { (decision: QuotaPlanner.Decision) -> Double? in
            if case .go(let permit) = decision { permit.tokens } else { nil }
        }
        #expect(taken(planner.take("content", lane: .content, isBulk: true, at: 0)) == 60)
        // Of 40 that are left, 20 are kept for stock to zero.
        #expect(planner.take("content", lane: .content, isBulk: true, at: 0) == .wait(until: 40_000_001))
        #expect(taken(planner.take("content", lane: .content, at: 0)) == 4)
        #expect(taken(planner.take("stock", lane: .stockToZero, at: 0)) == 10)
        let cases: [(Int64, Double)] = [(19, 0), (20, 0), (500, 0), (519, 36), (520, 20), (1_025, 80)]
        for (rows, seconds) in cases {
            let forecast = QuotaPlanner(operations, at: 0).forecast([.init(lane: .content, rows: rows)], at: 0)
            #expect(forecast[.content] == seconds, "\(rows)")
        }
    }

    private static func feeds() -> [QuotaOperation] {
        [
            QuotaOperation(
                name: "stock", bucket: "main", ratePerSecond: 5, burst: 5,
                bulk: .init(
                    minimumRows: 500, maximumRows: 25_000, cost: 1,
                    limit: .init(bucket: "feeds", ratePerSecond: 0.01, burst: 3),
                    pace: BulkPace(seconds: 60, secondsPerRow: 0.01)))
        ]
    }

    @Test("bulks with a limit of their own take nothing from ordinary calls, and are throttled apart")
    func bulksApart() {
        var planner = QuotaPlanner(Self.feeds(), at: 0)
        let bucket = { (decision: QuotaPlanner.Decision) -> String? in
            if case .go(let permit) = decision { permit.bucket } else { nil }
        }
        for _ in 0..<3 {
            #expect(bucket(planner.take("stock", lane: .stock, isBulk: true, at: 0)) == "feeds")
        }
        #expect(planner.take("stock", lane: .stock, isBulk: true, at: 0) == .wait(until: 100_000_001))
        #expect(planner.state(at: 0).map(\.available) == [0, 5])
        planner.throttled("feeds", for: 1_000 * Self.second, at: 0)
        for _ in 0..<5 { #expect(bucket(planner.take("stock", lane: .stockToZero, at: 0)) == "main") }
        #expect(!planner.wouldTakeBulk("stock", lane: .stock, at: 999 * Self.second))
        #expect(planner.wouldTakeBulk("stock", lane: .stock, at: 1_001 * Self.second))
    }

    @Test(
        "the forecast of bulks is how long they take one after the other, as the last one went, or what they wait for")
    func bulkForecast() {
        let cases: [(zeros: Int64, stock: Int64, seconds: Double)] = [
            // One by one, five a second, five at once.
            (0, 499, 98.8),
            (0, 500, 65),
            // Four feeds; the fourth waits for its token no longer than for the three before.
            (0, 100_000, 4 * 310),
            // The rest goes one by one, beside the feed.
            (0, 25_010, 310),
            (10, 25_000, 310),
        ]
        for one in cases {
            let forecast = QuotaPlanner(Self.feeds(), at: 0).forecast(
                [.init(lane: .stock, rows: one.stock), .init(lane: .stockToZero, rows: one.zeros)], at: 0)
            #expect(forecast[.stock] == one.seconds, "\(one)")
            #expect(forecast[.stockToZero] == max(0, Double(one.zeros) - 5) / 5)
        }
        var learned = QuotaPlanner(Self.feeds(), at: 0)
        let pace = learned.learn("stock", rows: 10_000, seconds: 160)
        #expect(pace == BulkPace(seconds: 60, secondsPerRow: 0.01))
        _ = learned.learn("stock", rows: 1_000, seconds: 20)
        #expect(learned.forecast([.init(lane: .stock, rows: 25_000)], at: 0) == [.stock: 20])
        let known = QuotaPlanner(Self.feeds(), paces: ["stock": BulkPace(seconds: 10, secondsPerRow: 1)], at: 0)
        #expect(known.forecast([.init(lane: .stock, rows: 1_000)], at: 0) == [.stock: 1_010])
        for seconds in [Double.nan, -1, .infinity] {
            #expect(learned.learn("stock", rows: 5, seconds: seconds)?.seconds == 20)
        }
    }
}
