public import ChannelMessages

/// What is known of a listing when a platform is asked what it shows.
public struct ShelfBelief: Hashable, Sendable {
    /// What we think it shows; nil: not known.
    public var shelf: Int64?
    /// What it showed before our last push; nil: not known.
    public var previous: Int64?
    /// Whether a call for it was under way, or one's outcome is not known.
    public var isInFlight: Bool
    /// Whether the platform's own sales take from what it shows.
    public var sellsFromShelf: Bool
    /// Whether all orders until the reading are taken in.
    public var hasAllOrders: Bool

    /// A belief with all that it consists of.
    public init(shelf: Int64?, previous: Int64?, isInFlight: Bool, sellsFromShelf: Bool, hasAllOrders: Bool) {
        self.shelf = shelf
        self.previous = previous
        self.isInFlight = isInFlight
        self.sellsFromShelf = sellsFromShelf
        self.hasAllOrders = hasAllOrders
    }
}

extension DriftCause {
    /// Why a platform shows another number than we think; nil: it does not, or we did not think anything.
    ///
    /// - Parameters:
    ///   - exists: Whether the platform has the listing.
    ///   - found: What it shows; nil: it does not say.
    public static func finding(exists: Bool, _ found: Int64?, against belief: ShelfBelief) -> DriftCause? {
        guard exists else { return .listingGone }
        guard let found, let shelf = belief.shelf, found != shelf else { return nil }
        if belief.isInFlight { return .inFlight }
        if found == belief.previous { return .lostWrite }
        if belief.sellsFromShelf && !belief.hasAllOrders && found < shelf { return .platformSale }
        return .foreignEdit
    }
}
