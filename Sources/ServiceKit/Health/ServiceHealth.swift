internal import HealthMessages
internal import RPCServices
internal import Synchronization

/// How the process is: the one truth behind the admin server's answers and the RPC health service.
final class ServiceHealth: Sendable {
    /// Where the process is in its life.
    enum Phase: Comparable {
        case starting
        case serving
        case draining
    }

    /// What `/readyz` says.
    struct Readiness {
        let isReady: Bool
        let phase: Phase
        let checks: [(name: String, isPassed: Bool)]
    }

    let checks = ReadinessChecks()
    let rpcHealth = Health()
    private let current = Mutex(Phase.starting)

    init() { self.rpcHealth.set(.notServing) }

    var phase: Phase { self.current.withLock { $0 } }

    /// The process has started what it needs.
    func started() { self.current.withLock { $0 = max($0, .serving) } }

    /// The process is about to leave: it is not ready from now on, whatever its dependencies say.
    func beginDrain() {
        self.current.withLock { $0 = .draining }
        self.rpcHealth.setAllNotServing()
    }

    /// Whether calls should come here; asks the dependencies, and tells the RPC health service.
    func readiness() async -> Readiness {
        let checks = await self.checks.results()
        return self.current.withLock { phase in
            let isReady = phase == .serving && checks.allSatisfy(\.isPassed)
            // Within the lock, so that a check which ends as the drain begins cannot say the opposite after it.
            if phase != .draining { self.rpcHealth.set(isReady ? .serving : .notServing) }
            return Readiness(isReady: isReady, phase: phase, checks: checks)
        }
    }
}
