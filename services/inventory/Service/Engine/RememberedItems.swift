internal import InventoryDomain
internal import Postgres
internal import Synchronization

/// The items that transactions have left behind lately, for those that do not lock what they read.
///
/// Nothing here is ever trusted: who writes by it, or decides by it, has the database compare versions in the same
/// transaction. An item that others have changed meanwhile costs a try.
///
/// Only who comes by an index makes PostgreSQL clear a page of the versions that nobody sees any more; rows found by their
/// place would fill it, and move with all their indexes. So a page that was changed often is told of, to be visited.
final class RememberedItems: Sendable {
    /// Items that are recalled.
    struct Recalled {
        /// In the order of their keys; nil: it is not remembered.
        var items: [PlacedItem?] = []
        /// Rows by whose keys pages are to be visited: none until there are ``EngineLimits/visitsAtOnce``, or one cannot wait.
        var visits: [Visit] = []
    }

    /// A row whose page was changed often since one of its rows was looked for by an index.
    struct Visit {
        /// The item's key.
        let key: Keyed<SKU>
        /// Whose level it is; nil: the item's own row.
        let level: LocationID?
    }

    private struct State {
        var memory: ItemMemory
        var itemPages = PageChanges(limit: EngineLimits.changesOfItemPage)
        var levelPages = PageChanges(limit: EngineLimits.changesOfLevelPage)

        private var visits: [Visit] = []
        private var isUrgent = false

        init(memory: ItemMemory) { self.memory = memory }

        /// Notes that the pages of an item's rows are to be visited where that is due.
        mutating func visit(_ item: PlacedItem, _ key: Keyed<SKU>) {
            if let place = item.place.item { self.note(self.itemPages.ask(place), Visit(key: key, level: nil)) }
            for (index, place) in item.place.levels.enumerated() {
                self.note(
                    self.levelPages.ask(place), Visit(key: key, level: item.item.levels[index].location))
            }
        }

        private mutating func note(_ need: PageChanges.Need, _ visit: @autoclosure () -> Visit) {
            switch need {
            case .none: break
            case .visit: self.visits.append(visit())
            case .now: self.isUrgent = true
            }
        }

        /// The visits to be made now.
        mutating func takeVisits() -> [Visit] {
            guard self.isUrgent || self.visits.count >= EngineLimits.visitsAtOnce else { return [] }
            self.itemPages.visited()
            self.levelPages.visited()
            self.isUrgent = false
            defer { self.visits = [] }
            return self.visits
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

    /// The items that are remembered.
    ///
    /// They are gone from here until they are given back, so that who has them changes them where they are. An item that is
    /// not given back is read the next time.
    func lend(_ keys: [Keyed<SKU>]) -> Recalled {
        self.state.withLock { state in
            var recalled = Recalled()
            recalled.items.reserveCapacity(keys.count)
            for key in keys {
                let item = state.memory.take(key.stockKey)
                if let item { state.visit(item, key) }
                recalled.items.append(item)
            }
            recalled.visits = state.takeVisits()
            return recalled
        }
    }

    /// Takes back items that a transaction has seen and not changed.
    func giveBack(_ items: [(key: StockKey, item: PlacedItem)]) {
        self.state.withLock { state in
            for (key, item) in items { state.memory.remember(item, key) }
        }
    }

    /// Takes what a transaction has committed.
    func remember(_ items: [(key: StockKey, item: PlacedItem)]) {
        self.state.withLock { state in
            for (key, item) in items {
                state.changed(item)
                state.memory.remember(item, key)
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

/// How often rows of a table's pages were changed since a page was visited by an index.
///
/// In a fixed room: pages that share a place are visited more often than they need.
struct PageChanges {
    /// What a page needs.
    enum Need { case none, visit, now }

    private static let places = 1 << 17

    private var counts = [UInt8](repeating: 0, count: PageChanges.places)
    /// Those of which it was said that they need a visit.
    private var due: [Int] = []
    /// Whether a page is among ``due``: the highest bit of its count.
    private static let isDue: UInt8 = 0x80
    private let limit: UInt8

    /// - Parameter limit: After how many changes a page is to be visited; after ``EngineLimits/changesUntilVisit`` more of
    ///   them at once.
    init(limit: UInt8) { self.limit = limit }

    /// A row was written here.
    mutating func changed(_ place: PostgresTupleID) {
        let index = Self.index(of: place)
        if self.counts[index] & ~Self.isDue < ~Self.isDue { self.counts[index] += 1 }
    }

    /// What this row's page needs. That it needs a visit is said once.
    mutating func ask(_ place: PostgresTupleID) -> Need {
        let index = Self.index(of: place)
        let count = self.counts[index]
        if count < self.limit { return .none }
        if count & Self.isDue != 0 {
            return count & ~Self.isDue < self.limit + EngineLimits.changesUntilVisit ? .none : .now
        }
        self.counts[index] |= Self.isDue
        self.due.append(index)
        return .visit
    }

    /// All pages are visited that need it.
    mutating func visited() {
        for index in self.due { self.counts[index] = 0 }
        self.due.removeAll(keepingCapacity: true)
    }

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
        var key: StockKey
        /// Nil: it is lent, or the slot is free.
        var item: PlacedItem?
        /// Zero: the slot is free.
        var weight: Int
        var isUsed = false
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [StockKey: Int] = [:]
    private var free: [Int] = []
    private var hand = 0
    /// Of all items, those that are lent among them.
    private(set) var weight = 0

    init(capacity: Int) { self.capacity = capacity }

    /// How many items it has or has lent.
    var count: Int { self.places.count }

    /// Takes an item out, to be remembered again; nil: it is not remembered.
    mutating func take(_ key: StockKey) -> PlacedItem? {
        guard let place = self.places[key] else { return nil }
        self.slots[place].isUsed = true
        var item = self.slots[place].item.take()
        item?.place.slot = place
        return item
    }

    /// Takes an item, in the place of what it was before. One that is larger than the whole room is not taken.
    mutating func remember(_ item: PlacedItem, _ key: StockKey) {
        let weight = Self.weight(of: item)
        if let place = self.place(of: key, hint: item.place.slot), self.slots[place].weight == weight {
            self.slots[place].item = item
            return
        }
        self.forget(key)
        guard weight <= self.capacity else { return }
        while self.weight + weight > self.capacity { self.advance() }
        self.weight += weight
        let slot = Slot(key: key, item: item, weight: weight)
        if let place = self.free.popLast() {
            self.slots[place] = slot
            self.places[key] = place
        } else {
            self.places[key] = self.slots.count
            self.slots.append(slot)
        }
    }

    private func place(of key: StockKey, hint: Int?) -> Int? {
        if let hint, self.slots.indices.contains(hint), self.slots[hint].weight > 0, self.slots[hint].key == key {
            return hint
        }
        return self.places[key]
    }

    private static func weight(of item: PlacedItem) -> Int {
        self.itemWeight + item.item.levels.count + item.item.settings.channelBuffers.count
    }

    /// Drops an item.
    mutating func forget(_ key: StockKey) {
        guard let place = self.places.removeValue(forKey: key) else { return }
        self.weight -= self.slots[place].weight
        self.slots[place].item = nil
        self.slots[place].weight = 0
        self.free.append(place)
    }

    /// Moves the hand on by one. There is an item where this is called.
    private mutating func advance() {
        if self.hand >= self.slots.count { self.hand = 0 }
        if self.slots[self.hand].weight > 0 {
            if self.slots[self.hand].isUsed {
                self.slots[self.hand].isUsed = false
            } else {
                self.forget(self.slots[self.hand].key)
            }
        }
        self.hand += 1
    }
}
