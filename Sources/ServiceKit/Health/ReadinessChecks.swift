internal import Synchronization

/// Whether the service's dependencies answer, asked at most once a second however many want to know.
actor ReadinessChecks {
    /// How long an answer is used again.
    static let cacheDuration: Duration = .seconds(1)
    /// The checks of a service.
    static let maximumChecks = 64

    /// Asks one dependency; it throws where the service cannot do its work without it.
    typealias Check = @Sendable () async throws -> Void

    private struct Entry {
        let name: String
        let limit: Duration
        let check: Check
        /// The check that runs, also when nobody waits for it any more: one that hangs is not begun again.
        var running: Outcome?
        var last: (isPassed: Bool, at: ContinuousClock.Instant)?
    }

    private var entries: [Entry] = []

    /// Adds a check.
    ///
    /// - Parameter limit: How long it may take; beyond that the dependency counts as gone.
    func add(_ name: String, limit: Duration, _ check: @escaping Check) {
        precondition(self.entries.count < Self.maximumChecks, "more than \(Self.maximumChecks) readiness checks")
        self.entries.append(Entry(name: name, limit: limit, check: check))
    }

    /// The names of the checks and whether each passed, in the order in which they were added.
    func results() async -> [(name: String, isPassed: Bool)] {
        let pending = self.entries.indices.map { self.outcome(of: $0) }
        var results: [(name: String, isPassed: Bool)] = []
        for (index, outcome) in pending.enumerated() {
            results.append((self.entries[index].name, await outcome.isPassed))
        }
        return results
    }

    private func outcome(of index: Int) -> Outcome {
        let entry = self.entries[index]
        if let running = entry.running { return running }
        if let last = entry.last, .now - last.at < Self.cacheDuration { return Outcome(isPassed: last.isPassed) }
        let outcome = Outcome()
        self.entries[index].running = outcome
        Task {
            do {
                try await entry.check()
                self.ended(index, outcome, isPassed: true)
            } catch {
                self.ended(index, outcome, isPassed: false)
            }
        }
        Task {
            try? await Task.sleep(for: entry.limit)
            outcome.settle(isPassed: false)
        }
        return outcome
    }

    private func ended(_ index: Int, _ outcome: Outcome, isPassed: Bool) {
        self.entries[index].running = nil
        // A check that came too late is known by its outcome, which is failed already.
        self.entries[index].last = (outcome.settle(isPassed: isPassed), .now)
    }
}

/// Whether a check passed, once that is known; the first who says so decides.
final class Outcome: Sendable {
    private enum State {
        case open([CheckedContinuation<Bool, Never>])
        case settled(Bool)
    }

    private let state: Mutex<State>

    init() { self.state = Mutex(.open([])) }

    init(isPassed: Bool) { self.state = Mutex(.settled(isPassed)) }

    var isPassed: Bool {
        get async {
            await withCheckedContinuation { continuation in
                let known: Bool? = self.state.withLock { state in
                    switch state {
                    case .settled(let isPassed): return isPassed
                    case .open(let waiters):
                        state = .open(waiters + [continuation])
                        return nil
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }

    /// Decides, unless that was done before; answers what holds.
    @discardableResult
    func settle(isPassed: Bool) -> Bool {
        let (waiters, decided) = self.state.withLock { state -> ([CheckedContinuation<Bool, Never>], Bool) in
            switch state {
            case .settled(let decided): return ([], decided)
            case .open(let waiters):
                state = .settled(isPassed)
                return (waiters, isPassed)
            }
        }
        for waiter in waiters { waiter.resume(returning: decided) }
        return decided
    }
}
