internal import Postgres

/// Which of the waiting jobs a runner tries first. Pure.
///
/// Brands take turns: first who has the fewest jobs running, then whose turn was longest ago here, then whose job has
/// waited longest. A brand never has more jobs running than it may.
struct JobSelection {
    /// The most brands whose last turn is remembered; the oldest turn is forgotten.
    static let maximumTurns = 4_096

    /// The job of a brand that is next.
    struct Candidate: Hashable, Sendable {
        var brand: PostgresUUID
        var id: PostgresUUID
        var notBefore: PostgresTimestamp
    }

    private let maximumPerBrand: Int64
    private var turns: [PostgresUUID: UInt64] = [:]
    private var lastTurn: UInt64 = 0

    init(maximumPerBrand: Int) { self.maximumPerBrand = Int64(max(1, maximumPerBrand)) }

    /// The candidates that may run, in the order in which to try them.
    ///
    /// - Parameters:
    ///   - candidates: One of each brand.
    ///   - running: How many jobs of a brand run now, anywhere.
    func order(_ candidates: [Candidate], running: [PostgresUUID: Int64]) -> [Candidate] {
        candidates
            .filter { running[$0.brand, default: 0] < self.maximumPerBrand }
            .sorted { left, right in
                let (leftRunning, rightRunning) = (running[left.brand, default: 0], running[right.brand, default: 0])
                if leftRunning != rightRunning { return leftRunning < rightRunning }
                let (leftTurn, rightTurn) = (self.turns[left.brand, default: 0], self.turns[right.brand, default: 0])
                if leftTurn != rightTurn { return leftTurn < rightTurn }
                return (left.notBefore, left.id) < (right.notBefore, right.id)
            }
    }

    /// A job of the brand was taken.
    mutating func took(_ brand: PostgresUUID) {
        self.lastTurn += 1
        self.turns[brand] = self.lastTurn
        guard self.turns.count > Self.maximumTurns else { return }
        if let oldest = self.turns.min(by: { $0.value < $1.value }) { self.turns[oldest.key] = nil }
    }
}
