/// What a feed says in all: so many SKUs with stock, so many units.
public struct FeedTotals: Hashable, Sendable {
    /// SKUs at locations with at least one unit.
    public var skus: Int64
    /// Units over all of them.
    public var units: Int64

    /// Totals.
    public init(skus: Int64 = 0, units: Int64 = 0) {
        self.skus = skus
        self.units = units
    }
}

/// Refuses a file by which much more would fall than usual: one that is half empty must not take the stock with it.
public struct FallGuard: Hashable, Sendable {
    /// How much of the SKUs with stock may fall away in one run where nobody says, in percent.
    public static let defaultSKUsPercent: Int64 = 50
    /// How much of the units may fall away in one run where nobody says, in percent.
    public static let defaultUnitsPercent: Int64 = 80

    /// What falls too much.
    public enum Excess: Hashable, Sendable {
        /// The SKUs with stock.
        case skus(before: Int64, after: Int64, maximumPercent: Int64)
        /// The units.
        case units(before: Int64, after: Int64, maximumPercent: Int64)
    }

    /// How much of the SKUs with stock may fall away, in percent; 100: all.
    public let skusPercent: Int64
    /// How much of the units may fall away, in percent; 100: all.
    public let unitsPercent: Int64

    /// A guard.
    public init(skusPercent: Int64 = Self.defaultSKUsPercent, unitsPercent: Int64 = Self.defaultUnitsPercent) {
        self.skusPercent = skusPercent
        self.unitsPercent = unitsPercent
    }

    /// Compares what a feed has said so far with what it would say after a run.
    ///
    /// - Returns: nil: the run may go on.
    public func excess(before: FeedTotals, after: FeedTotals) -> Excess? {
        if Self.falls(before.skus, after.skus, byMoreThan: self.skusPercent) {
            return .skus(before: before.skus, after: after.skus, maximumPercent: self.skusPercent)
        }
        if Self.falls(before.units, after.units, byMoreThan: self.unitsPercent) {
            return .units(before: before.units, after: after.units, maximumPercent: self.unitsPercent)
        }
        return nil
    }

    private static func falls(_ before: Int64, _ after: Int64, byMoreThan percent: Int64) -> Bool {
        guard before > after, percent < 100 else { return false }
        // Totals may be as large as numbers are: products of them would overflow.
        let fallen = before.subtractingReportingOverflow(after)
        guard !fallen.overflow else { return true }
        let allowed = before.multipliedFullWidth(by: max(0, percent))
        let asked = fallen.partialValue.multipliedFullWidth(by: 100)
        return (asked.high, asked.low) > (allowed.high, allowed.low)
    }
}
