/// The units of one SKU at one location by state: the sum of its movements.
public struct Balance: Hashable, Sendable {
    /// There and free; negative where more is promised than is there.
    public private(set) var available: Int64 = 0
    /// Promised to orders.
    public private(set) var reserved: Int64 = 0
    /// There, not to be sold.
    public private(set) var quarantined: Int64 = 0
    /// On its way here.
    public private(set) var inTransit: Int64 = 0
    /// Announced by suppliers.
    public private(set) var incoming: Int64 = 0

    /// Nothing.
    public init() {}

    /// Numbers as a row holds them.
    ///
    /// - Throws: ``InvalidValue`` if one is negative or above 2^53 - 1.
    public init(
        onHand: Int64, reserved: Int64, quarantined: Int64 = 0, inTransit: Int64 = 0, incoming: Int64 = 0
    ) throws(InvalidValue) {
        for units in [onHand, reserved, quarantined, inTransit, incoming] { _ = try UnitCount(units) }
        self.available = onHand - reserved
        self.reserved = reserved
        self.quarantined = quarantined
        self.inTransit = inTransit
        self.incoming = incoming
    }

    /// Units there that may be sold or are promised.
    public var onHand: Int64 { self.available + self.reserved }

    /// Units promised beyond those on hand.
    public var shortage: Int64 { max(0, -self.available) }

    /// Whether there is nothing in any state.
    public var isZero: Bool { self == Balance() }

    /// Moves units from one state to another.
    ///
    /// - Parameter quantity: Not negative, at most 2^53 - 1.
    /// - Returns: Whether every number but `available` stays within 0 to 2^53 - 1, on hand among them. Where not, nothing
    ///   has changed.
    @inline(__always)
    mutating func move(_ quantity: Int64, from: StockState, to: StockState) -> Bool {
        var next = self
        next.add(-quantity, to: from)
        next.add(quantity, to: to)
        guard next.isWithinLimits else { return false }
        self = next
        return true
    }

    /// No overflow: what is there and what is added are at most 2^53 each way.
    private mutating func add(_ units: Int64, to state: StockState) {
        switch state {
        case .available: self.available += units
        case .reserved: self.reserved += units
        case .quarantined: self.quarantined += units
        case .inTransit: self.inTransit += units
        case .incoming: self.incoming += units
        case .supplier, .shipped, .lost, .correction, .transfer: break
        }
    }

    private var isWithinLimits: Bool {
        let range = 0...InventoryLimits.maximumUnits
        return range.contains(self.onHand) && range.contains(self.reserved) && range.contains(self.quarantined)
            && range.contains(self.inTransit) && range.contains(self.incoming)
    }
}
