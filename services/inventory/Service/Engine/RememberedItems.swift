internal import InventoryDomain
internal import Postgres
internal import Synchronization

/// The items that transactions have left behind lately, for those that do not lock what they read.
///
/// Nothing here is ever trusted: who writes by it, or decides by it, has the database compare versions in the same
/// transaction. An item that others have changed meanwhile costs a try.
///
/// Who finds rows by their places never makes PostgreSQL clear a page of the versions that nobody sees any more: it would
/// fill, and its rows would move with all their indexes. So a page that was changed often is told of, to be visited.
final class RememberedItems: Sendable {
    /// Items that are recalled.
    struct Recalled {
        /// In the order of their keys; nil: it is not remembered.
        var items: [PlacedItem?] = []
        /// Pages that are to be visited: none until there are ``EngineLimits/visitsAtOnce``, or one cannot wait.
        var visits: [Visit] = []
    }

    /// A page that was changed often since it was visited.
    struct Visit: Hashable {
        /// What is on it.
        enum Table { case items, levels }

        /// The table that it is of.
        let table: Table
        /// The page of the table, from 0 on.
        let block: UInt32
    }

    private struct State: ~Copyable {
        /// Nil: the system has no room for it.
        var memory: ItemMemory?
        var itemPages = PageChanges(limit: EngineLimits.changesOfItemPage)
        var levelPages = PageChanges(limit: EngineLimits.changesOfLevelPage)

        private var visits: [Visit] = []
        private var isUrgent = false

        init(memory: consuming ItemMemory?) { self.memory = memory }

        /// Notes that the pages of an item's rows are to be visited where that is due.
        mutating func visit(_ place: ItemPlace) {
            if let item = place.item { self.note(self.itemPages.ask(item), .items, item) }
            for level in place.levels { self.note(self.levelPages.ask(level), .levels, level) }
        }

        private mutating func note(_ need: PageChanges.Need, _ table: Visit.Table, _ place: PostgresTupleID) {
            switch need {
            case .none: break
            case .visit: self.visits.append(Visit(table: table, block: place.block))
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

    /// - Parameter byteCount: Of all items together.
    init(byteCount: Int) { self.state = Mutex(State(memory: ItemMemory(byteCount: byteCount))) }

    /// The items that are remembered.
    ///
    /// They are gone from here until they are given back, so that who has them changes them where they are. An item that is
    /// not given back is read the next time.
    func lend(_ keys: [Keyed<SKU>]) -> Recalled {
        self.state.withLock { state in
            var recalled = Recalled()
            recalled.items = state.memory?.take(keys.lazy.map(\.stockKey)) ?? keys.map { _ in nil }
            for item in recalled.items {
                if let item { state.visit(item.place) }
            }
            recalled.visits = state.takeVisits()
            return recalled
        }
    }

    /// Takes back items that a transaction has seen and not changed.
    func giveBack(_ keys: some Sequence<StockKey>) {
        self.state.withLock { state in
            for key in keys { state.memory?.giveBack(key) }
        }
    }

    /// Takes what a transaction has committed.
    func remember(_ items: [(key: StockKey, item: PlacedItem)]) {
        self.state.withLock { state in
            for (key, item) in items {
                state.changed(item)
                state.memory?.remember(item, key)
            }
        }
    }

    /// Drops items that a transaction may have changed.
    func forget(_ keys: some Sequence<StockKey>) {
        self.state.withLock { state in
            for key in keys { state.memory?.forget(key) }
        }
    }
}
