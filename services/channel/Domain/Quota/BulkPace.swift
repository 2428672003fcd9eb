/// How long bulks take: so much whatever they have, and so much for each row.
public struct BulkPace: Hashable, Sendable {
    /// Whatever it has, in seconds.
    public var seconds: Double
    /// For each row, in seconds.
    public var secondsPerRow: Double

    /// A pace with both of its parts; what is no time counts as none.
    public init(seconds: Double = 0, secondsPerRow: Double = 0) {
        self.seconds = seconds.isFinite ? max(seconds, 0) : 0
        self.secondsPerRow = secondsPerRow.isFinite ? max(secondsPerRow, 0) : 0
    }

    /// How long one with so many rows takes, in seconds.
    public func seconds(ofRows rows: Int64) -> Double { self.seconds + self.secondsPerRow * Double(max(rows, 0)) }

    /// What one that has ended shows: the part that all have stays, and the rest is shared by its rows. One that took less
    /// than all should is all that is known.
    public mutating func learn(rows: Int64, seconds: Double) {
        guard rows > 0, seconds.isFinite, seconds >= 0 else { return }
        self.seconds = min(self.seconds, seconds)
        self.secondsPerRow = (seconds - self.seconds) / Double(rows)
    }
}
