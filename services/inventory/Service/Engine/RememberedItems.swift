internal import InventoryDomain
internal import Postgres
internal import Synchronization

/// The items that transactions have left behind lately, for those that do not lock what they read.
///
/// Nothing here is ever trusted: who writes by it, or decides by it, has the database compare versions in the same
/// transaction. An item that others have changed meanwhile costs a try.
///
/// An item whose page was changed often is not told of once, so that it is read. Only who comes by an index makes PostgreSQL
/// clear a page of the versions that nobody sees any more; rows found by their place would fill it, and move with all their
/// indexes.
final class RememberedItems: Sendable {
    private struct State {
        var memory: ItemMemory
        var itemPages = PageChanges(limit: EngineLimits.changesOfItemPage)
        var levelPages = PageChanges(limit: EngineLimits.changesOfLevelPage)

        mutating func isToBeRead(_ place: ItemPlace) -> Bool {
            let isDue =
                (place.item.map { self.itemPages.isDue($0) } ?? false)
                || place.levels.contains { self.levelPages.isDue($0) }
            guard isDue else { return false }
            if let item = place.item { self.itemPages.read(item) }
            for level in place.levels { self.levelPages.read(level) }
            return true
        }

        mutating func changed(_ item: PlacedItem) {
            if let place = item.place.item { self.itemPages.changed(place) }
            for (level, place) in zip(item.item.levels, item.place.levels) where level.version == item.item.version {
                self.levelPages.changed(place)
            }
        }
    }

    private let state: Mutex<State>

    /// - Parameter capacity: In levels; an item counts as two more.
    init(capacity: Int) { self.state = Mutex(State(memory: ItemMemory(capacity: capacity))) }

    /// The items that are remembered, in the order of their keys, but for those that are to be read.
    func items(_ keys: [Keyed<SKU>]) -> [PlacedItem?] {
        self.state.withLock { state in
            keys.map { key in
                guard let item = state.memory.item(StockKey(brand: key.brand, sku: key.name)),
                    !state.isToBeRead(item.place)
                else { return nil }
                return item
            }
        }
    }

    /// Takes what a transaction has committed.
    func remember(_ items: [(brand: PostgresUUID, item: PlacedItem)]) {
        self.state.withLock { state in
            for (brand, item) in items {
                state.changed(item)
                state.memory.remember(item, StockKey(brand: brand, sku: item.item.sku))
            }
        }
    }

    /// Drops items that a transaction may have changed.
    func forget(_ keys: some Sequence<StockKey>) {
        self.state.withLock { state in
            for key in keys { state.memory.forget(key) }
        }
    }
}

/// How often rows of a table's pages were changed since one of a page was read by an index.
///
/// In a fixed room: pages that share a place are read more often than they need.
struct PageChanges {
    private static let places = 1 << 17

    private var counts = [UInt8](repeating: 0, count: PageChanges.places)
    private let limit: UInt8

    /// - Parameter limit: After how many changes a page is due.
    init(limit: UInt8) { self.limit = limit }

    /// A row was written here.
    mutating func changed(_ place: PostgresTupleID) {
        let index = Self.index(of: place)
        if self.counts[index] < .max { self.counts[index] += 1 }
    }

    /// Whether this row's page is to be read.
    func isDue(_ place: PostgresTupleID) -> Bool { self.counts[Self.index(of: place)] >= self.limit }

    /// This row is read.
    mutating func read(_ place: PostgresTupleID) { self.counts[Self.index(of: place)] = 0 }

    private static func index(of place: PostgresTupleID) -> Int { Int(place.block) & (Self.places - 1) }
}

/// Items in a fixed room. The one that has not been asked for goes first: the hand of a clock passes over the items, takes
/// the mark of those that were used since it came by last, and drops those without one.
///
/// A pure machine; each operation takes constant time, seen over many.
struct ItemMemory {
    /// What an item counts beside its levels.
    private static let itemWeight = 2

    private struct Slot {
        let key: StockKey
        var item: PlacedItem
        var isUsed: Bool

        var weight: Int {
            ItemMemory.itemWeight + self.item.item.levels.count + self.item.item.settings.channelBuffers.count
        }
    }

    private let capacity: Int
    private var slots: [Slot?] = []
    private var places: [StockKey: Int] = [:]
    private var free: [Int] = []
    private var hand = 0
    /// Of all items.
    private(set) var weight = 0

    init(capacity: Int) { self.capacity = capacity }

    /// How many items it has.
    var count: Int { self.places.count }

    /// An item; nil: it is not remembered.
    mutating func item(_ key: StockKey) -> PlacedItem? {
        guard let place = self.places[key] else { return nil }
        self.slots[place]?.isUsed = true
        return self.slots[place]?.item
    }

    /// Takes an item, in the place of what it was before. One that is larger than the whole room is not taken.
    mutating func remember(_ item: PlacedItem, _ key: StockKey) {
        let slot = Slot(key: key, item: item, isUsed: false)
        if let place = self.places[key], self.slots[place]?.weight == slot.weight {
            self.slots[place]?.item = item
            return
        }
        self.forget(key)
        guard slot.weight <= self.capacity else { return }
        while self.weight + slot.weight > self.capacity { self.advance() }
        self.weight += slot.weight
        if let place = self.free.popLast() {
            self.slots[place] = slot
            self.places[key] = place
        } else {
            self.places[key] = self.slots.count
            self.slots.append(slot)
        }
    }

    /// Drops an item.
    mutating func forget(_ key: StockKey) {
        guard let place = self.places.removeValue(forKey: key), let slot = self.slots[place] else { return }
        self.weight -= slot.weight
        self.slots[place] = nil
        self.free.append(place)
    }

    /// Moves the hand on by one. There is an item where this is called.
    private mutating func advance() {
        if self.hand >= self.slots.count { self.hand = 0 }
        if let slot = self.slots[self.hand] {
            if slot.isUsed { self.slots[self.hand]?.isUsed = false } else { self.forget(slot.key) }
        }
        self.hand += 1
    }
}
