/// What is done with figures whose source has been silent for too long.
public enum StaleRule: Int16, Hashable, Sendable {
    /// Sold as if they were fresh.
    case sell = 1
    /// Not told to any channel, and not allocated.
    case hide = 2
}

/// A place that holds stock, as far as decisions need to know it.
public struct Location: Hashable, Sendable {
    /// Its name.
    public let id: LocationID
    /// The brand's own word for its area; empty: none.
    public var region: String
    /// ISO 3166-1, two letters; empty: not said.
    public var country: String
    /// The lower, the sooner it is chosen.
    public var priority: Int32
    /// A marketplace's own: it ships what it sells itself. No channel is told of what is there, and no order is given it but
    /// by name.
    public var isMarketplaces: Bool
    /// Nothing is sold from a location that is not active; what it has stays counted.
    public var isActive: Bool
    /// Units of each SKU that no channel is told of.
    public var safetyBuffer: UnitCount
    /// When its feed brought figures last; nil: it has no feed.
    public var fedAt: Timestamp?
    /// The age from which its figures are stale, in seconds; nil: never.
    public var staleAfterSeconds: Int64?
    /// What is done with stale figures.
    public var staleRule: StaleRule

    /// A location.
    public init(
        id: LocationID, region: String = "", country: String = "", priority: Int32 = 0,
        isMarketplaces: Bool = false, isActive: Bool = true, safetyBuffer: UnitCount = .zero, fedAt: Timestamp? = nil,
        staleAfterSeconds: Int64? = nil, staleRule: StaleRule = .sell
    ) {
        self.id = id
        self.region = region
        self.country = country
        self.priority = priority
        self.isMarketplaces = isMarketplaces
        self.isActive = isActive
        self.safetyBuffer = safetyBuffer
        self.fedAt = fedAt
        self.staleAfterSeconds = staleAfterSeconds
        self.staleRule = staleRule
    }

    /// Whether its figures are older than it allows.
    public func isStale(at now: Timestamp) -> Bool {
        guard let fedAt = self.fedAt, let age = self.staleAfterSeconds else { return false }
        return fedAt.adding(seconds: age) <= now
    }

    /// Whether channels are told of its units, and orders are given them that name no location: a marketplace's own are
    /// never another one's to sell.
    public func isOffered(at now: Timestamp) -> Bool { !self.isMarketplaces && self.sells(at: now) }

    /// Whether units can be promised from it to who names it.
    public func sells(at now: Timestamp) -> Bool {
        self.isActive && !(self.staleRule == .hide && self.isStale(at: now))
    }
}
