import Testing

@testable import LocalSystem

@Suite("The supervisor decides what starts, restarts and stops")
struct SupervisorTests {
    /// Two servers, a service on both, and one that calls it.
    private static let parts = [
        Supervisor.Part(name: "postgres", waitsFor: []), Supervisor.Part(name: "redis", waitsFor: []),
        Supervisor.Part(name: "stock", waitsFor: ["postgres", "redis"]),
        Supervisor.Part(name: "gateway", waitsFor: ["stock"]),
    ]

    /// Always the longest pause.
    private struct Longest: RandomNumberGenerator, Sendable {
        mutating func next() -> UInt64 { .max }
    }

    private static func supervisor() -> Supervisor { Supervisor(self.parts, generator: Longest()) }

    private static func running() -> Supervisor {
        var supervisor = self.supervisor()
        _ = supervisor.began()
        for part in self.parts { _ = supervisor.becameReady(part.name, attempt: 1, at: 0) }
        return supervisor
    }

    @Test("parts start when all that they wait for are ready, side by side where nothing is between them")
    func startOrder() {
        var supervisor = Self.supervisor()
        #expect(supervisor.began() == [.start("postgres", attempt: 1), .start("redis", attempt: 1)])
        #expect(supervisor.becameReady("redis", attempt: 1, at: 1) == [])
        #expect(supervisor.becameReady("postgres", attempt: 1, at: 2) == [.start("stock", attempt: 1)])
        #expect(supervisor.becameReady("stock", attempt: 1, at: 3) == [.start("gateway", attempt: 1)])
        #expect(supervisor.phase == .starting)
        #expect(supervisor.becameReady("gateway", attempt: 1, at: 4) == [.announceReady])
        #expect(supervisor.phase == .running)
    }

    @Test("parts stop when all that wait for them have stopped")
    func stopOrder() {
        var supervisor = Self.running()
        #expect(supervisor.stopRequested() == [.stop("gateway", attempt: 1)])
        #expect(supervisor.stopRequested() == [])
        #expect(supervisor.ended("gateway", attempt: 1, at: 9) == [.stop("stock", attempt: 1)])
        #expect(
            supervisor.ended("stock", attempt: 1, at: 9) == [.stop("redis", attempt: 1), .stop("postgres", attempt: 1)])
        #expect(supervisor.ended("postgres", attempt: 1, at: 9) == [])
        #expect(supervisor.ended("redis", attempt: 1, at: 9) == [.finish(failed: nil)])
        #expect(supervisor.phase == .stopped)
    }

    @Test("what dies while the system runs starts again after a pause that doubles up to a cap, for ever")
    func backoff() {
        var supervisor = Self.running()
        var pauses: [Int] = []
        for attempt in 1...12 {
            let orders = supervisor.ended("stock", attempt: attempt, at: attempt)
            guard case .pause("stock", attempt, let milliseconds) = orders.first else {
                Issue.record("no pause after attempt \(attempt): \(orders)")
                return
            }
            pauses.append(milliseconds)
            #expect(supervisor["stock"]?.state == .restarting)
            #expect(supervisor.pauseEnded("stock", attempt: attempt) == [.start("stock", attempt: attempt + 1)])
            // Ready for a moment only: that does not make it stable.
            if attempt.isMultiple(of: 2) { _ = supervisor.becameReady("stock", attempt: attempt + 1, at: attempt) }
        }
        #expect(pauses == [500, 1_000, 2_000, 4_000, 8_000, 16_000] + Array(repeating: 30_000, count: 6))
        // Others are not touched, not even those that wait for it.
        #expect(supervisor["gateway"]?.state == .ready)
    }

    @Test("a part that was ready for long enough begins again with the shortest pause")
    func stableAgain() {
        var supervisor = Self.running()
        for attempt in 1...5 {
            _ = supervisor.ended("stock", attempt: attempt, at: 1)
            _ = supervisor.pauseEnded("stock", attempt: attempt)
        }
        #expect(supervisor.becameReady("stock", attempt: 6, at: 100) == [])
        #expect(
            supervisor.ended("stock", attempt: 6, at: 100 + Supervisor.stableMilliseconds) == [
                .pause("stock", attempt: 6, milliseconds: RestartBackoff.firstMilliseconds)
            ])
    }

    @Test("pauses are spread between half and all of their length")
    func jitter() {
        var generator = SystemRandomNumberGenerator()
        let pauses = (0..<200).map { _ in RestartBackoff.milliseconds(failures: 3, using: &generator) }
        #expect(pauses.allSatisfy { (1_000...2_000).contains($0) })
        #expect(Set(pauses).count > 20)
    }

    @Test("a part that dies before the system was ready ends it all, and is named")
    func crashWhileStarting() {
        var supervisor = Self.supervisor()
        _ = supervisor.began()
        _ = supervisor.becameReady("postgres", attempt: 1, at: 1)
        _ = supervisor.becameReady("redis", attempt: 1, at: 1)
        #expect(
            supervisor.ended("stock", attempt: 1, at: 2) == [.stop("redis", attempt: 1), .stop("postgres", attempt: 1)])
        #expect(supervisor["gateway"]?.state == .stopped)
        _ = supervisor.ended("redis", attempt: 1, at: 3)
        #expect(supervisor.ended("postgres", attempt: 1, at: 3) == [.finish(failed: "stock")])
    }

    @Test("a part that is not ready in time ends it all at the start, and is let be later")
    func readinessLimit() {
        var supervisor = Self.supervisor()
        _ = supervisor.began()
        _ = supervisor.becameReady("redis", attempt: 1, at: 1)
        #expect(
            supervisor.readinessLimitPassed("postgres", attempt: 1) == [
                .stop("redis", attempt: 1), .stop("postgres", attempt: 1),
            ])
        _ = supervisor.ended("redis", attempt: 1, at: 2)
        #expect(supervisor.ended("postgres", attempt: 1, at: 2) == [.finish(failed: "postgres")])

        var running = Self.running()
        #expect(running.readinessLimitPassed("stock", attempt: 1) == [])
        _ = running.ended("stock", attempt: 1, at: 3)
        _ = running.pauseEnded("stock", attempt: 1)
        #expect(running.readinessLimitPassed("stock", attempt: 2) == [])
        #expect(running.phase == .running)
    }

    @Test("a stop while parts start ends those that were started, and starts no others")
    func stopWhileStarting() {
        var supervisor = Self.supervisor()
        _ = supervisor.began()
        _ = supervisor.becameReady("redis", attempt: 1, at: 1)
        #expect(supervisor.stopRequested() == [.stop("redis", attempt: 1), .stop("postgres", attempt: 1)])
        // It became ready just then.
        #expect(supervisor.becameReady("postgres", attempt: 1, at: 2) == [])
        _ = supervisor.ended("redis", attempt: 1, at: 3)
        #expect(supervisor.ended("postgres", attempt: 1, at: 3) == [.finish(failed: nil)])
    }

    @Test("a stop during a pause starts nothing when the pause ends")
    func stopWhilePausing() {
        var supervisor = Self.running()
        _ = supervisor.ended("gateway", attempt: 1, at: 1)
        #expect(supervisor.stopRequested() == [.stop("stock", attempt: 1)])
        #expect(supervisor.pauseEnded("gateway", attempt: 1) == [])
        #expect(supervisor["gateway"]?.state == .stopped)
    }

    @Test("a kill ends everything at once, also what was being stopped, and each part once")
    func kill() {
        var supervisor = Self.running()
        _ = supervisor.stopRequested()
        #expect(
            supervisor.killRequested() == [
                .kill("gateway", attempt: 1), .kill("stock", attempt: 1), .kill("redis", attempt: 1),
                .kill("postgres", attempt: 1),
            ])
        #expect(supervisor.killRequested() == [])
        for name in ["stock", "postgres", "gateway"] { #expect(supervisor.ended(name, attempt: 1, at: 5) == []) }
        #expect(supervisor.ended("redis", attempt: 1, at: 5) == [.finish(failed: nil)])
    }

    @Test("what is late from an earlier attempt changes nothing")
    func lateInputs() {
        var supervisor = Self.running()
        _ = supervisor.ended("stock", attempt: 1, at: 1)
        _ = supervisor.pauseEnded("stock", attempt: 1)
        #expect(supervisor.ended("stock", attempt: 1, at: 2) == [])
        #expect(supervisor.pauseEnded("stock", attempt: 1) == [])
        #expect(supervisor.becameReady("stock", attempt: 1, at: 2) == [])
        #expect(supervisor.ended("nobody", attempt: 1, at: 2) == [])
        #expect(supervisor["stock"]?.state == .starting)
        #expect(supervisor["nobody"] == nil)
    }

    @Test("a system of nothing is ready at once, and stops at once")
    func nothing() {
        var supervisor = Supervisor([])
        #expect(supervisor.began() == [.announceReady])
        #expect(supervisor.stopRequested() == [.finish(failed: nil)])
    }

    @Test("whatever happens in whatever order, a stop ends with nothing running, and nobody stops before those on it")
    func randomHistories() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &generator)
        var random = Seeded(state: seed)
        for _ in 0..<2_000 {
            var history = History(Self.parts, seed: random.next())
            history.run(&random)
            #expect(history.faults.isEmpty, "seed \(seed): \(history.faults)")
            #expect(history.alive.isEmpty && history.isFinished, "seed \(seed)")
        }
    }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// A world around a supervisor, in which anything may happen at any time.
private struct History {
    private let parts: [Supervisor.Part]
    private var supervisor: Supervisor
    private var pauses: [(name: String, attempt: Int)] = []
    private(set) var alive: [String: Int] = [:]
    private(set) var isFinished = false
    private(set) var faults: [String] = []

    init(_ parts: [Supervisor.Part], seed: UInt64) {
        self.parts = parts
        self.supervisor = Supervisor(parts, generator: Seeded(state: seed))
    }

    mutating func run(_ random: inout Seeded) {
        self.obey(self.supervisor.began())
        for step in 0..<Int.random(in: 0...40, using: &random) {
            guard !self.isFinished else { return }
            self.happen(at: step, &random)
        }
        self.obey(self.supervisor.stopRequested())
        if Bool.random(using: &random) { self.obey(self.supervisor.killRequested()) }
        for step in 0..<1_000 where !self.isFinished { self.happen(at: step, &random) }
    }

    private mutating func happen(at step: Int, _ random: inout Seeded) {
        if let pause = self.pauses.randomElement(using: &random), Bool.random(using: &random) {
            self.obey(self.supervisor.pauseEnded(pause.name, attempt: pause.attempt))
        }
        guard let name = self.alive.keys.sorted().randomElement(using: &random), let attempt = self.alive[name] else {
            return
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: self.obey(self.supervisor.becameReady(name, attempt: attempt, at: step))
        case 5: self.obey(self.supervisor.readinessLimitPassed(name, attempt: attempt))
        default:
            // Most deaths at the start end the story early; some are let through.
            guard self.supervisor.phase != .starting || Int.random(in: 0..<8, using: &random) == 0 else { return }
            self.alive[name] = nil
            self.obey(self.supervisor.ended(name, attempt: attempt, at: step))
        }
    }

    private mutating func obey(_ orders: [Supervisor.Order]) {
        for order in orders {
            switch order {
            case .start(let name, let attempt):
                if self.alive[name] != nil { self.faults.append("\(name) was started twice") }
                if self.supervisor.phase == .stopping { self.faults.append("\(name) was started while stopping") }
                self.alive[name] = attempt
            case .pause(let name, let attempt, _): self.pauses.append((name, attempt))
            case .stop(let name, _):
                let dependents = self.parts.filter { $0.waitsFor.contains(name) && self.alive[$0.name] != nil }
                if !dependents.isEmpty { self.faults.append("\(name) was stopped before \(dependents)") }
            case .finish:
                if !self.alive.isEmpty { self.faults.append("finished with \(self.alive)") }
                self.isFinished = true
            case .kill, .announceReady: break
            }
        }
    }
}
