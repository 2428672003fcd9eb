internal import SandboxShop
internal import Synchronization

/// Random numbers for faults, for each shop its own, which begin anew with each seed.
final class FaultDice: Sendable {
    private struct State {
        var seed: UInt64
        var word: UInt64
    }

    private let states = Mutex<[String: State]>([:])

    /// Whether something of a share of 1 happens now.
    func happens(_ rate: Double, in shop: String, seed: UInt64) -> Bool {
        guard rate > 0 else { return false }
        return self.next(shop, seed) < rate
    }

    /// From 0 to below 1.
    private func next(_ shop: String, _ seed: UInt64) -> Double {
        self.states.withLock { states in
            var state = states[shop].flatMap { $0.seed == seed ? $0 : nil } ?? State(seed: seed, word: seed)
            // SplitMix64.
            state.word &+= 0x9E37_79B9_7F4A_7C15
            var word = state.word
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            states[shop] = state
            return Double((word ^ (word >> 31)) >> 11) / Double(1 << 53)
        }
    }
}

/// The idempotency keys of requests that are under way.
final class KeyFlights: Sendable {
    private let keys = Mutex<Set<String>>([])

    /// - Returns: Whether nobody else is using the key.
    func begin(_ key: String, of shop: String) -> Bool {
        self.keys.withLock { $0.insert("\(shop)\n\(key)").inserted }
    }

    func end(_ key: String, of shop: String) { self.keys.withLock { _ = $0.remove("\(shop)\n\(key)") } }
}
