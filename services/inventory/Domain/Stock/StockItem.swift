/// Who wrote a contested field last, and when.
public struct WriteMark: Hashable, Sendable {
    /// What kind of system.
    public let source: Source
    /// When, by the database's clock.
    public let at: Timestamp

    /// A write.
    public init(source: Source, at: Timestamp) {
        self.source = source
        self.at = at
    }
}

/// What kind of system sends a command; the conflict rules rank them. The raw values are those of the proto enum.
public enum Source: Int16, Hashable, Sendable, CaseIterable {
    /// A warehouse's own system.
    case warehouse = 1
    /// The brand's resource planning.
    case erp = 2
    /// A marketplace.
    case channel = 3
    /// A file or page of figures, read on schedule.
    case feed = 4
    /// A person.
    case user = 5
}

/// The stock of one SKU at one location.
public struct Level: Hashable, Sendable {
    /// Where.
    public let location: LocationID
    /// How many units, by state.
    public internal(set) var balance: Balance
    /// The SKU's version when this level changed last; 0: never.
    public internal(set) var version: Int64
    /// Who set its stock last; nil: nobody.
    public internal(set) var written: WriteMark?
    /// Its lots, those that expire first in front. Units beyond theirs are in no lot.
    public internal(set) var lots: [Lot]

    /// A level as its row holds it.
    public init(
        location: LocationID, balance: Balance, version: Int64 = 0, written: WriteMark? = nil, lots: [Lot] = []
    ) {
        self.location = location
        self.balance = balance
        self.version = version
        self.written = written
        self.lots = lots.isEmpty ? lots : lots.sorted(by: Lot.isBefore)
    }
}

/// What one channel is not told of.
public struct ChannelBuffer: Hashable, Sendable {
    /// The channel.
    public let channel: ChannelID
    /// Units.
    public let quantity: UnitCount

    /// A buffer.
    public init(channel: ChannelID, quantity: UnitCount) {
        self.channel = channel
        self.quantity = quantity
    }
}

/// What a brand says of a SKU beside its stock.
public struct ItemSettings: Hashable, Sendable {
    /// Below this many available units over all locations the SKU must be ordered again; 0: never.
    public var reorderThreshold: UnitCount
    /// How many to order then; 0: not said.
    public var reorderQuantity: UnitCount
    /// Units over all locations that no channel is told of.
    public var safetyBuffer: UnitCount
    /// Channels with a buffer of their own.
    public var channelBuffers: [ChannelBuffer]
    /// Whether a supplier ships it to the customer.
    public var isDropShip: Bool
    /// Who wrote threshold and quantity last.
    public var reorderWritten: WriteMark?
    /// Who wrote the buffers last.
    public var buffersWritten: WriteMark?
    /// Who wrote the drop-ship flag last.
    public var dropShipWritten: WriteMark?

    /// Settings; those not given are as of a new SKU.
    public init(
        reorderThreshold: UnitCount = .zero, reorderQuantity: UnitCount = .zero, safetyBuffer: UnitCount = .zero,
        channelBuffers: [ChannelBuffer] = [], isDropShip: Bool = false
    ) {
        self.reorderThreshold = reorderThreshold
        self.reorderQuantity = reorderQuantity
        self.safetyBuffer = safetyBuffer
        self.channelBuffers = channelBuffers
        self.isDropShip = isDropShip
    }
}

/// One SKU with all its levels: what a decision reads and writes under the item's lock.
public struct StockItem: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Rises by one with every command that changes the SKU; 0: only just made, nothing is known of it yet.
    public internal(set) var version: Int64
    /// What the brand says of it.
    public internal(set) var settings: ItemSettings
    /// Its levels, each location once; those that a decision makes come last.
    public internal(set) var levels: [Level]
    /// Over all levels, on hand minus reserved.
    public internal(set) var totalAvailable: Int64

    /// An item as its rows hold it.
    ///
    /// - Throws: ``InvalidValue`` if the version is negative or above 2^53, or there are more than a thousand levels.
    public init(
        sku: SKU, version: Int64 = 0, settings: ItemSettings = ItemSettings(), levels: [Level] = []
    ) throws(InvalidValue) {
        guard (0...InventoryLimits.maximumUnits).contains(version) else {
            throw InvalidValue("version", "is \(version)", expected: "0 to \(InventoryLimits.maximumUnits)")
        }
        guard levels.count <= InventoryLimits.maximumLocationsOfItem else {
            let expected = "at most \(InventoryLimits.maximumLocationsOfItem)"
            throw InvalidValue("number of levels of \(sku)", "is \(levels.count)", expected: expected)
        }
        self.sku = sku
        self.version = version
        self.settings = settings
        self.levels = levels
        self.totalAvailable = levels.reduce(0) { $0 + $1.balance.available }
    }

    /// Adds the lots of a level, as their rows hold them.
    public mutating func attach(_ lots: [Lot], at location: LocationID) {
        guard let index = self.index(of: location) else { return }
        self.levels[index].lots = lots.sorted(by: Lot.isBefore)
    }

    /// Whether any of its units are in lots.
    public var hasLots: Bool { self.levels.contains { !$0.lots.isEmpty } }

    /// Whether fewer units are available than the reorder threshold asks for.
    public var isBelowReorderThreshold: Bool { self.totalAvailable < self.settings.reorderThreshold.units }

    /// Where a location's level stands; nil: it has none.
    ///
    /// Takes time linear in the number of levels; their names are told apart by their hashes.
    func index(of location: LocationID) -> Int? {
        self.levels.firstIndex { $0.location == location }
    }
}
