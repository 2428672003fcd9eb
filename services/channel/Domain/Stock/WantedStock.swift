public import ChannelMessages

/// What one location has of a SKU, and whether it counts.
public struct StockAtLocation: Hashable, Sendable {
    /// The location.
    public var location: String
    /// On hand minus reserved; below zero where more is promised than is there.
    public var available: Int64
    /// Units of each SKU that it keeps back.
    public var buffer: Int64
    /// Whether anything is sold from it: it is active, known, and not a marketplace's own.
    public var isSold: Bool

    /// Stock with all that it consists of.
    public init(location: String, available: Int64, buffer: Int64 = 0, isSold: Bool = true) {
        self.location = location
        self.available = available
        self.buffer = buffer
        self.isSold = isSold
    }
}

/// What a listing says of how much of the stock it shows.
public struct ListingStockRule: Hashable, Sendable {
    /// Instead of the connection's; nil: the connection's.
    public var buffer: Int64?
    /// Instead of the connection's; nil: the connection's.
    public var cap: Int64?
    /// It is kept at zero.
    public var isPaused: Bool

    /// A rule with all that it consists of.
    public init(buffer: Int64? = nil, cap: Int64? = nil, isPaused: Bool = false) {
        self.buffer = buffer
        self.cap = cap
        self.isPaused = isPaused
    }
}

/// How many units a listing is to show: a function of what inventory says and of what the brand asked for.
public enum WantedStock {
    /// The most units that a listing is ever to show: the least of what platforms take.
    public static let maximum: Int64 = 1_000_000_000
    /// All of the stock, in hundredths of a percent.
    public static let wholeShare: Int64 = 10_000

    /// The units to show: of the locations that count, each above its own buffer, less what the SKU keeps back, the
    /// connection's share of that, less the buffer, at most the cap; below the minimum, none.
    ///
    /// - Parameters:
    ///   - levels: Of the SKU, one for each location.
    ///   - kept: Units over all locations that no channel is told of, and those that this one is not.
    /// - Returns: 0 to ``maximum``.
    public static func quantity(
        _ levels: [StockAtLocation], kept: Int64 = 0, policy: StockPolicy, listing: ListingStockRule
    ) -> Int64 {
        guard !listing.isPaused else { return 0 }
        let chosen = Set(policy.locations)
        var sum: Int64 = 0
        for level in levels where level.isSold && (chosen.isEmpty || chosen.contains(level.location)) {
            sum = sum.addingClamped(max(0, level.available.subtractingClamped(max(0, level.buffer))))
        }
        sum = max(0, sum.subtractingClamped(max(0, kept)))
        let asked = Int64(policy.shareBasisPoints)
        let share = asked == 0 ? Self.wholeShare : min(asked, Self.wholeShare)
        // The whole first, so that a large sum times the share does not overflow.
        let (wholes, rest) = sum.quotientAndRemainder(dividingBy: Self.wholeShare)
        var quantity = wholes * share + rest * share / Self.wholeShare
        quantity = max(0, quantity.subtractingClamped(max(0, listing.buffer ?? policy.buffer)))
        if let cap = listing.cap ?? policy.cap { quantity = min(quantity, max(0, cap)) }
        guard quantity >= policy.minimumToPublish else { return 0 }
        return min(quantity, Self.maximum)
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
