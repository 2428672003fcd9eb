/// How locations are chosen for lines that name none. The raw values are those of the proto enum.
public enum AllocationStrategy: Int16, Hashable, Sendable, CaseIterable {
    /// The destination's region first, then its country, then the rest; each by priority.
    case nearestRegion = 1
    /// The location's priority, lowest first.
    case priority = 2
    /// As few locations as a greedy choice finds: the one that fills most lines first. One location that can do it all
    /// is always found.
    case fewestParcels = 3
    /// The location with the most free units of the line's SKU first.
    case mostStock = 4
}

/// How a reservation is allocated.
public struct AllocationRules: Hashable, Sendable {
    /// How locations are chosen.
    public var strategy: AllocationStrategy
    /// The region of where the order goes; empty: not said.
    public var destinationRegion: String
    /// The country of where the order goes, two letters; empty: not said.
    public var destinationCountry: String
    /// Whether what can be had is reserved; if not, all lines or nothing.
    public var isPartial: Bool
    /// Whether each line comes from one location; of a kit, each component.
    public var keepsLinesWhole: Bool
    /// Units that each line, or component of a kit, may be promised beyond what is free.
    public var backorderCap: UnitCount

    /// Rules; those not given: by priority, all or nothing, lines may be split, no backorders.
    public init(
        strategy: AllocationStrategy = .priority, destinationRegion: String = "", destinationCountry: String = "",
        isPartial: Bool = false, keepsLinesWhole: Bool = false, backorderCap: UnitCount = .zero
    ) {
        self.strategy = strategy
        self.destinationRegion = destinationRegion
        self.destinationCountry = destinationCountry
        self.isPartial = isPartial
        self.keepsLinesWhole = keepsLinesWhole
        self.backorderCap = backorderCap
    }
}

/// What a reserve command would hold, or holds.
public struct AllocationPlan: Hashable, Sendable {
    /// What is held, by line and location.
    public internal(set) var allocations: [Allocation] = []
    /// What a partial one leaves out.
    public internal(set) var unfilled: [UnfilledLine] = []
    /// Why these locations: one for each allocation, in the same order.
    public internal(set) var choices: [AllocationChoice] = []
}

/// Why units come from a location.
public struct AllocationChoice: Hashable, Sendable, CustomStringConvertible {
    /// What the order of locations went by.
    public enum Basis: Hashable, Sendable {
        /// The line named the location.
        case named
        /// The strategy put it at this place, from 1 on, among so many.
        case ranked(AllocationStrategy, place: Int, of: Int)
    }

    /// The line's place in the command, from 0 on.
    public let line: Int
    /// What is taken.
    public let sku: SKU
    /// Where.
    public let location: LocationID
    /// The lot that they are in; nil: none.
    public let lot: LotID?
    /// Units that are taken, backordered ones among them.
    public let quantity: Int64
    /// Units that were free there before.
    public let free: Int64
    /// Why it.
    public let basis: Basis

    /// In one sentence.
    public var description: String {
        let lot = self.lot.map { " (lot \($0))" } ?? ""
        let taken = "line \(self.line): \(self.quantity) of \(self.sku) from \(self.location)\(lot), \(self.free) free"
        let missing = self.quantity > self.free ? ", \(self.quantity - self.free) backordered" : ""
        return switch self.basis {
        case .named: "\(taken)\(missing), the location that the line names"
        case .ranked(let strategy, let place, let count):
            "\(taken)\(missing), place \(place) of \(count) by \(strategy.phrase)"
        }
    }
}

extension AllocationStrategy {
    /// What it goes by, in words.
    fileprivate var phrase: String {
        switch self {
        case .nearestRegion: "nearness"
        case .priority: "priority"
        case .fewestParcels: "fewest parcels"
        case .mostStock: "most stock"
        }
    }
}
