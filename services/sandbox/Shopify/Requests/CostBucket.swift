internal import NIOCore
internal import SandboxShop

/// The points that a shop's app has left, which come back by and by.
struct CostBucket {
    /// The most that one request may cost.
    static let maximumQueryCost = 1_000

    private var points: Double
    private var at: NIODeadline

    init(_ faults: Faults) {
        self.points = Double(faults.limitPoints)
        self.at = .now()
    }

    mutating func available(_ faults: Faults, now: NIODeadline = .now()) -> Double {
        let seconds = Double((now - self.at).nanoseconds) / 1e9
        self.points = min(
            Double(faults.limitPoints), self.points + max(0, seconds) * Double(faults.limitPointsPerSecond))
        self.at = max(now, self.at)
        return self.points
    }

    /// - Returns: `nil` where there is not enough; nothing is taken then.
    mutating func take(_ cost: Double, _ faults: Faults) -> Double? {
        guard self.available(faults) >= cost else { return nil }
        self.points -= cost
        return cost
    }

    mutating func giveBack(_ cost: Double, _ faults: Faults) {
        self.points = min(Double(faults.limitPoints), self.points + cost)
    }
}
