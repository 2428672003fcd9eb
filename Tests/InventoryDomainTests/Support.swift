import InventoryDomain

// Short names for values that are known to be valid: a test that gets one wrong fails at once.

func sku(_ text: String) -> SKU { known { () throws(InvalidValue) in try SKU(text) } }
func location(_ text: String) -> LocationID { known { () throws(InvalidValue) in try LocationID(text) } }
func lot(_ text: String) -> LotID { known { () throws(InvalidValue) in try LotID(text) } }
func channel(_ text: String) -> ChannelID { known { () throws(InvalidValue) in try ChannelID(text) } }
func commandID(_ text: String) -> CommandID { known { () throws(InvalidValue) in try CommandID(text) } }
func reservation(_ text: String) -> ReservationID { known { () throws(InvalidValue) in try ReservationID(text) } }
func quantity(_ units: Int64) -> Quantity { known { () throws(InvalidValue) in try Quantity(units) } }
func count(_ units: Int64) -> UnitCount { known { () throws(InvalidValue) in try UnitCount(units) } }
func delta(_ units: Int64) -> UnitDelta { known { () throws(InvalidValue) in try UnitDelta(units) } }
func hold(_ seconds: Int64) -> HoldTime { known { () throws(InvalidValue) in try HoldTime(seconds: seconds) } }
func place(_ name: String, _ at: String) -> Place { Place(sku(name), location(at)) }

private func known<Value>(_ make: () throws(InvalidValue) -> Value) -> Value {
    do { return try make() } catch { preconditionFailure("\(error)") }
}

func command(_ id: String, _ action: Action, source: Source = .user, reference: String = "") -> Command {
    known { () throws(InvalidValue) in
        try Command(id: commandID(id), actor: "tester", source: source, reference: reference, action: action)
    }
}

/// An item with stock: on hand and reserved by location.
func item(
    _ name: String, version: Int64 = 1, settings: ItemSettings = ItemSettings(),
    _ levels: [(String, onHand: Int64, reserved: Int64)]
) -> StockItem {
    known { () throws(InvalidValue) in
        var rows: [Level] = []
        for level in levels {
            let balance = try Balance(onHand: level.onHand, reserved: level.reserved)
            rows.append(Level(location: location(level.0), balance: balance, version: version))
        }
        return try StockItem(sku: sku(name), version: version, settings: settings, levels: rows)
    }
}

let noon = Timestamp(microseconds: 1_790_000_000_000_000)

/// The brand's locations by name, with the index as the priority.
func locations(_ names: String...) -> [LocationID: Location] {
    var all: [LocationID: Location] = [:]
    for (index, name) in names.enumerated() {
        all[location(name)] = Location(id: location(name), priority: Int32(index))
    }
    return all
}

/// A working set with three locations WHS1 to WHS3.
func workingSet(
    _ items: [StockItem], rules: BrandRules = BrandRules(), kits: KitCatalog = KitCatalog(),
    at places: [LocationID: Location] = locations("WHS1", "WHS2", "WHS3"), reservations: [Reservation] = [],
    records: [CommandRecord] = [], now: Timestamp = noon
) -> WorkingSet {
    WorkingSet(
        now: now, rules: rules, locations: places, kits: kits, items: items, reservations: reservations,
        records: records)
}

extension Outcome {
    var receipt: Receipt? { if case .accepted(let receipt) = self { receipt } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var reason: RefusalReason? { self.refusal?.reason }
}

extension WorkingSet {
    /// Decides one command.
    mutating func decide(_ command: Command) -> Outcome { self.decide([command])[0] }

    func balance(_ name: String, _ at: String) -> Balance? {
        self.item(sku(name))?.levels.first { $0.location == location(at) }?.balance
    }

    func available(_ name: String, _ at: String) -> Int64? { self.balance(name, at)?.available }
}
