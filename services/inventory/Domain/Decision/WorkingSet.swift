/// The locked rows of one brand that a batch of commands is decided on, and what the decisions make of them.
///
/// The engine reads the rows under their locks, makes a working set of them, decides the commands one after the other,
/// and writes what ``takeChanges()`` gives in the same transaction. Each command sees what those before it did and has the
/// outcome it would have had alone; one that is refused changes nothing. Brands never meet: each has a set of its own.
///
/// Nothing here reads a clock or waits: time is given. A set holds what it was given and what its batch adds, no more.
/// A command costs about a microsecond, a reserved line one and a half, in a release build on one core of two.
public struct WorkingSet: Sendable {
    /// The database's clock when the locks were held.
    public let now: Timestamp
    /// The brand's rules.
    public let rules: BrandRules
    /// The brand's locations.
    public let locations: [LocationID: Location]
    /// The brand's kits, as far as the commands may meet them.
    public let kits: KitCatalog

    var items: [ItemState] = []
    private var itemIndex: [SKU: Int] = [:]
    private(set) var reservations: [ReservationSlot] = []
    private var reservationIndex: [ReservationID: Int] = [:]
    /// Those that were given, and behind them those of the commands decided here.
    private var records: [CommandRecord] = []
    private var recordIndex: [CommandID: Int] = [:]
    private var firstUnwrittenRecord = 0
    /// What each client holds, where the rules cap it.
    var holds: [String: ClientHolds]

    var movements: [Movement] = []
    var events: [StockEvent] = []
    private var markedLevels: [LevelPosition] = []
    /// The lots that commands changed, in the order in which they first did.
    var changedLots: [LotPosition] = []
    var seenLots: Set<LotPosition> = []

    /// What the command at hand has done so far.
    var draft = CommandDraft()
    private var commandCount = 0

    /// A set of rows.
    ///
    /// - Parameters:
    ///   - now: The database's clock.
    ///   - rules: The brand's rules.
    ///   - locations: All of the brand's locations, whichever the commands name: the allocator chooses among them.
    ///   - kits: The kits that the commands name, and those that their SKUs are part of.
    ///   - items: The items that the commands touch; see ``Footprint``. One that has no row yet has version 0.
    ///   - reservations: Those of the ids that the commands name which exist.
    ///   - records: Those of the commands' ids that have been carried out before.
    ///   - holds: What the clients who reserve hold already, where the rules cap it.
    public init(
        now: Timestamp, rules: BrandRules = BrandRules(), locations: [LocationID: Location],
        kits: KitCatalog = KitCatalog(), items: [StockItem], reservations: [Reservation] = [],
        records: [CommandRecord] = [], holds: [String: ClientHolds] = [:]
    ) {
        self.now = now
        self.rules = rules
        self.locations = locations
        self.kits = kits
        self.holds = holds
        self.items.reserveCapacity(items.count)
        self.itemIndex.reserveCapacity(items.count)
        for item in items where self.itemIndex[item.sku] == nil {
            self.itemIndex[item.sku] = self.items.count
            self.items.append(ItemState(item))
        }
        for reservation in reservations where self.reservationIndex[reservation.id] == nil {
            self.reservationIndex[reservation.id] = self.reservations.count
            self.reservations.append(ReservationSlot(reservation: reservation))
        }
        for record in records { self.add(record) }
        self.firstUnwrittenRecord = self.records.count
    }

    private mutating func add(_ record: CommandRecord) {
        self.recordIndex[record.id] = self.records.count
        self.records.append(record)
    }

    /// Decides commands in their order, as many as the events of one transaction leave room for.
    ///
    /// - Parameter eventLimit: How many events may wait for ``takeChanges()``. The first command is decided whatever it
    ///   needs, which is at most ``InventoryLimits/maximumEventsOfCommand``.
    /// - Returns: An outcome for each command but those that there is no room for: they come last, have changed nothing,
    ///   and wait for another transaction.
    public mutating func decide(_ commands: [Command], eventLimit: Int = .max) -> [Outcome] {
        if self.movements.isEmpty {
            // Only the first time: room that grows by exact steps is copied at each of them.
            self.movements.reserveCapacity(commands.count)
            self.events.reserveCapacity(commands.count)
            self.records.reserveCapacity(self.records.count + commands.count)
            self.recordIndex.reserveCapacity(self.records.count + commands.count)
        }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(commands.count)
        for command in commands {
            guard let outcome = self.decide(command, eventLimit: eventLimit) else { break }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// - Returns: Nil if its events have no room.
    private mutating func decide(_ command: Command, eventLimit: Int) -> Outcome? {
        let fingerprint = command.fingerprint
        if let index = self.recordIndex[command.id] {
            let record = self.records[index]
            guard record.fingerprint == fingerprint else {
                return .refused(Refusal(.commandIDReused, field: "commandId"))
            }
            var receipt = record.receipt
            receipt.isRepeat = true
            return .accepted(receipt)
        }
        self.commandCount += 1
        self.draft.begin(self.commandCount)
        do throws(Refusal) {
            let answer = try self.carryOut(command)
            if eventLimit < .max, !self.events.isEmpty, self.events.count + self.eventBound > eventLimit {
                self.undo()
                return nil
            }
            let receipt = self.finish(command, answer)
            if answer.isRecorded {
                self.add(CommandRecord(id: command.id, fingerprint: fingerprint, receipt: receipt))
            }
            return .accepted(receipt)
        } catch {
            self.undo()
            let losers = self.losers(command, error)
            guard losers.isEmpty || self.events.isEmpty || self.events.count + losers.count <= eventLimit else {
                return nil
            }
            self.events.append(contentsOf: losers)
            return .refused(error)
        }
    }

    /// How many events wait for ``takeChanges()``.
    public var eventCount: Int { self.events.count }

    /// The item with a SKU, as it is now; nil: it was not given.
    public func item(_ sku: SKU) -> StockItem? { self.index(of: sku).map { self.items[$0].item } }

    /// The item at a place among those that were given, each SKU counted once, as it is now.
    public func item(at position: Int) -> StockItem { self.items[position].item }

    /// The reservation with an id, as it is now; nil: there is none.
    public func reservation(_ id: ReservationID) -> Reservation? {
        self.slot(of: id).map { self.reservations[$0].reservation }
    }

    /// All items, as they are now.
    public var allItems: [StockItem] { self.items.map(\.item) }

    /// All reservations, as they are now.
    public var allReservations: [Reservation] { self.reservations.map(\.reservation) }

    func index(of sku: SKU) -> Int? { self.itemIndex[sku] }

    func slot(of id: ReservationID) -> Int? { self.reservationIndex[id] }

    /// Adds a reservation, or replaces the one with its id.
    mutating func put(_ reservation: Reservation) {
        if let slot = self.reservationIndex[reservation.id] {
            self.reservations[slot].reservation = reservation
            self.reservations[slot].isChanged = true
        } else {
            self.reservationIndex[reservation.id] = self.reservations.count
            self.reservations.append(ReservationSlot(reservation: reservation, isChanged: true))
        }
    }

    /// Notes who set a level's stock last, where the rules ask for it.
    mutating func mark(_ position: LevelPosition, _ mark: WriteMark) {
        self.items[position.item].item.levels[position.level].written = mark
        self.markedLevels.append(position)
    }

    /// What the commands decided so far have changed; from then on the set counts as written.
    public mutating func takeChanges() -> Changes {
        var changes = Changes()
        for index in self.items.indices { self.items[index].collect(into: &changes, at: index) }
        for position in self.markedLevels {
            let item = self.items[position.item].item
            let change = LevelChange(
                sku: item.sku, position: position.item, level: item.levels[position.level], index: position.level)
            if !changes.levels.contains(where: { $0.sku == item.sku && $0.level.location == change.level.location }) {
                changes.levels.append(change)
            }
        }
        for position in self.changedLots {
            let item = self.items[position.level.item].item
            let level = item.levels[position.level.level]
            let lot = level.index(of: position.id).map { level.lots[$0] }
            changes.lots.append(LotChange(sku: item.sku, location: level.location, id: position.id, lot: lot))
        }
        self.changedLots.removeAll()
        self.seenLots.removeAll()
        for slot in self.reservations.indices where self.reservations[slot].isChanged {
            changes.reservations.append(self.reservations[slot].reservation)
            self.reservations[slot].isChanged = false
        }
        changes.movements = self.movements
        changes.events = self.events
        let firstRecord = self.firstUnwrittenRecord
        changes.records = firstRecord == 0 ? self.records : Array(self.records[firstRecord...])
        self.firstUnwrittenRecord = self.records.count
        (self.movements, self.events, self.markedLevels) = ([], [], [])
        return changes
    }
}

/// What a batch of decisions changed: the rows to write, in one transaction.
public struct Changes: Hashable, Sendable {
    /// Items whose version rose.
    public internal(set) var items: [ItemChange] = []
    /// Levels that changed or are new.
    public internal(set) var levels: [LevelChange] = []
    /// Lots that changed, are new or are used up.
    public internal(set) var lots: [LotChange] = []
    /// Reservations that are new or changed, whole.
    public internal(set) var reservations: [Reservation] = []
    /// Rows of the ledger, in their order.
    public internal(set) var movements: [Movement] = []
    /// Events to append, in their order.
    public internal(set) var events: [StockEvent] = []
    /// The commands that were carried out, for repeats.
    public internal(set) var records: [CommandRecord] = []
}

/// A changed item.
public struct ItemChange: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Its place among the items that the set was given, each SKU counted once.
    public let position: Int
    /// Its new version.
    public let version: Int64
    /// Its settings.
    public let settings: ItemSettings
    /// Whether they changed.
    public let settingsChanged: Bool
    /// Whether its row says wrongly whether it has lots, though none of them may have changed: of repairs only.
    public internal(set) var notesLots = false
}

/// A changed level.
public struct LevelChange: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Its item's place among those that the set was given, each SKU counted once.
    public let position: Int
    /// The level as it is now.
    public let level: Level
    /// Where it stands among the levels that the item was given with; nil: it has no row yet.
    public let index: Int?

    /// Whether it has no row yet.
    public var isNew: Bool { self.index == nil }
}

/// A reservation in a set.
struct ReservationSlot {
    var reservation: Reservation
    var isChanged = false
}

/// Where a level stands in a set.
struct LevelPosition: Hashable {
    let item: Int
    let level: Int
}
