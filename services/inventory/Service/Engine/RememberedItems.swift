internal import InventoryDomain
internal import Postgres
internal import Synchronization

/// The items that transactions have left behind lately, for those that do not lock what they read.
///
/// Nothing here is ever trusted: who writes by it, or decides by it, has the database compare versions in the same
/// transaction. An item that others have changed meanwhile costs a try.
final class RememberedItems: Sendable {
    private let memory: Mutex<ItemMemory>

    /// - Parameter capacity: In levels; an item counts as two more.
    init(capacity: Int) { self.memory = Mutex(ItemMemory(capacity: capacity)) }

    /// The items that are remembered, in the order of their keys.
    func items(_ keys: [Keyed<SKU>]) -> [PlacedItem?] {
        self.memory.withLock { memory in
            keys.map { memory.item(StockKey(brand: $0.brand, sku: $0.name)) }
        }
    }

    /// Takes what a transaction has committed.
    func remember(_ items: [(brand: PostgresUUID, item: PlacedItem)]) {
        self.memory.withLock { memory in
            for (brand, item) in items { memory.remember(item, StockKey(brand: brand, sku: item.item.sku)) }
        }
    }

    /// Drops items that a transaction may have changed.
    func forget(_ keys: some Sequence<StockKey>) {
        self.memory.withLock { memory in
            for key in keys { memory.forget(key) }
        }
    }
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
