/// One change that somebody asks for.
public struct Command: Hashable, Sendable {
    /// Its idempotency id: the same command sent again gives the first answer.
    public let id: CommandID
    /// Who sends it: a key, user or service. Stands in movements.
    public let actor: String
    /// What kind of system sends it.
    public let source: Source
    /// The caller's own reference, for example an order number; empty: none.
    public let reference: String
    /// What it asks for.
    public let action: Action

    /// A command.
    ///
    /// - Throws: ``InvalidValue`` if actor or reference has more than 255 bytes.
    public init(
        id: CommandID, actor: String, source: Source = .user, reference: String = "", action: Action
    ) throws(InvalidValue) {
        for (kind, text) in [("actor", actor), ("reference", reference)]
        where text.utf8.count > InventoryLimits.maximumIDBytes {
            let expected = "at most \(InventoryLimits.maximumIDBytes) bytes"
            throw InvalidValue(kind, "has \(text.utf8.count) bytes", expected: expected)
        }
        self.id = id
        self.actor = actor
        self.source = source
        self.reference = reference
        self.action = action
    }
}

/// What a command asks for.
public enum Action: Hashable, Sendable {
    /// Sets stock and settings of a SKU.
    case update(ItemUpdate)
    /// Changes the stock at a location by a difference.
    case adjust(Place, UnitDelta, AdjustmentReason)
    /// A supplier announces units, or withdraws them.
    case expect(Place, UnitDelta)
    /// Takes units in from a supplier, those announced first.
    case receive(Place, Quantity)
    /// Sends free units on their way to another location.
    case transfer(Place, to: LocationID, Quantity)
    /// Takes in units that were on their way here, and says how many of them never will come.
    case receiveTransfer(Place, arrived: UnitCount, lost: UnitCount)
    /// Says what a count found on hand.
    case count(Place, UnitCount)
    /// Sets free units aside.
    case quarantine(Place, Quantity)
    /// Ends the quarantine of units: back into stock, or written off.
    case releaseQuarantine(Place, Quantity, isWriteOff: Bool)
    /// Holds units for an order.
    case reserve(ReserveOrder)
    /// Holds a reservation for longer, from now on. Never shortens.
    case extend(ReservationID, HoldTime)
    /// Takes the expiry from a reservation.
    case confirm(ReservationID)
    /// Ships what a reservation holds, or the portions of it that are named.
    case commit(ReservationID, portions: [ReservationPortion] = [])
    /// Gives back what a reservation holds, or the portions of it that are named.
    case release(ReservationID, portions: [ReservationPortion] = [])
    /// Sets the free units of an expired lot aside: the sweeper's command. Does nothing to one that has not expired, and is
    /// not recorded then.
    case expireLot(Place)
    /// Gives back what an expired reservation holds: the sweeper's command. Does nothing to one that has not expired,
    /// and is not recorded then, so that its id may be used again.
    case expire(ReservationID)
}

/// A SKU at a location.
public struct Place: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Where.
    public let location: LocationID
    /// Which of its units. Nil: what comes is in no lot; what goes is taken as the level's lots expire, behind what is in
    /// none. Units that are announced are in no lot.
    public let lot: LotReference?

    /// A SKU at a location.
    public init(_ sku: SKU, _ location: LocationID, lot: LotReference? = nil) {
        self.sku = sku
        self.location = location
        self.lot = lot
    }
}

/// Why stock is adjusted. The raw values are those of the proto enum.
public enum AdjustmentReason: Int16, Hashable, Sendable, CaseIterable {
    /// A number was wrong.
    case correction = 1
    /// Units were damaged.
    case damaged = 2
    /// Units were lost.
    case lost = 3
    /// Units were found.
    case found = 4
    /// Units came back from a customer, fit to be sold.
    case returned = 5
    /// Units left by a sale that was not reserved here.
    case sold = 6
}

/// What a writer knows of the SKU's version.
public enum VersionExpectation: Hashable, Sendable {
    /// Whatever it is.
    case any
    /// This one.
    case exactly(Int64)
}

/// What a location's stock is set to.
public enum StockTarget: Hashable, Sendable {
    /// Units on hand, those promised among them.
    case onHand(UnitCount)
    /// Units on hand and not promised.
    case available(UnitCount)
}

/// The stock of one location in an update.
public struct LevelUpdate: Hashable, Sendable {
    /// Where.
    public let location: LocationID
    /// How much.
    public let target: StockTarget

    /// The stock of one location.
    public init(location: LocationID, target: StockTarget) {
        self.location = location
        self.target = target
    }
}

/// Sets stock and settings of one SKU; what it does not mention stays as it is.
public struct ItemUpdate: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// What the writer knows of its version.
    public let expectedVersion: VersionExpectation
    /// Its stock, by location.
    public let levels: [LevelUpdate]
    /// The new reorder threshold.
    public var reorderThreshold: UnitCount?
    /// The new reorder quantity.
    public var reorderQuantity: UnitCount?
    /// The new buffer of the SKU.
    public var safetyBuffer: UnitCount?
    /// New buffers of channels; one of zero stays, and stands before the brand's own.
    public var channelBuffers: [ChannelBuffer]
    /// The new drop-ship flag.
    public var isDropShip: Bool?

    /// An update.
    public init(
        sku: SKU, expectedVersion: VersionExpectation = .any, levels: [LevelUpdate] = [],
        reorderThreshold: UnitCount? = nil, reorderQuantity: UnitCount? = nil, safetyBuffer: UnitCount? = nil,
        channelBuffers: [ChannelBuffer] = [], isDropShip: Bool? = nil
    ) {
        self.sku = sku
        self.expectedVersion = expectedVersion
        self.levels = levels
        self.reorderThreshold = reorderThreshold
        self.reorderQuantity = reorderQuantity
        self.safetyBuffer = safetyBuffer
        self.channelBuffers = channelBuffers
        self.isDropShip = isDropShip
    }
}

/// How long a reservation is held from now on: 1 second to an hour.
public struct HoldTime: Hashable, Sendable {
    /// Seconds.
    public let seconds: Int64

    /// A time.
    ///
    /// - Throws: ``InvalidValue`` outside 1 to 3,600.
    public init(seconds: Int64) throws(InvalidValue) {
        guard (1...InventoryLimits.maximumHoldSeconds).contains(seconds) else {
            let expected = "1 to \(InventoryLimits.maximumHoldSeconds) seconds"
            throw InvalidValue("hold time", "is \(seconds) seconds", expected: expected)
        }
        self.seconds = seconds
    }

    private init() { self.seconds = InventoryLimits.defaultHoldSeconds }

    /// 15 minutes.
    public static let standard = HoldTime()
}

/// One line of a reservation.
public struct ReserveLine: Hashable, Sendable {
    /// A SKU or kit.
    public let sku: SKU
    /// Units.
    public let quantity: Quantity
    /// Where from; nil: the rules choose.
    public let location: LocationID?

    /// A line.
    public init(sku: SKU, quantity: Quantity, location: LocationID? = nil) {
        self.sku = sku
        self.quantity = quantity
        self.location = location
    }
}

/// What a reserve command asks for.
public struct ReserveOrder: Hashable, Sendable {
    /// Chosen by who reserves.
    public let id: ReservationID
    /// What is to be held.
    public let lines: [ReserveLine]
    /// How locations are chosen, and what is done where units are missing.
    public let rules: AllocationRules
    /// How long it is held.
    public let holdTime: HoldTime
    /// Whether it is confirmed from the start; then it is held for good.
    public let isConfirmed: Bool

    /// An order to reserve.
    public init(
        id: ReservationID, lines: [ReserveLine], rules: AllocationRules = AllocationRules(),
        holdTime: HoldTime = .standard, isConfirmed: Bool = false
    ) {
        self.id = id
        self.lines = lines
        self.rules = rules
        self.holdTime = holdTime
        self.isConfirmed = isConfirmed
    }
}
