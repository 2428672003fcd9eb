internal import OrderDomain
internal import OrderMessages
internal import Synchronization

/// Orders as this process has just put them on record, for the change that decides them: it goes by them without reading
/// them, where nobody has changed them since; what it writes proves that.
///
/// Only thrift: what is forgotten is read.
final class RememberedOrders: Sendable {
    /// The most orders that are remembered.
    static let capacity = 1_024
    /// The most lines of an order that is remembered: some 500 bytes each.
    static let maximumLines = 50

    /// Those put on record last, and those before them; together at most as many as the capacity.
    private struct Generations {
        var young: [OrderKey: StoredOrder] = [:]
        var old: [OrderKey: StoredOrder] = [:]
    }

    private let capacity: Int
    private let generations = Mutex(Generations())

    init(capacity: Int = RememberedOrders.capacity) { self.capacity = capacity }

    /// Remembers an order as it was committed.
    func keep(_ stored: StoredOrder, _ key: OrderKey) {
        guard stored.order.items.count <= Self.maximumLines else { return }
        self.generations.withLock { generations in
            if generations.young.count >= self.capacity / 2 {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[key] = stored
        }
    }

    /// Gives an order out and forgets it: it is about to change.
    func take(_ key: OrderKey) -> StoredOrder? {
        self.generations.withLock { generations in
            let young = generations.young.removeValue(forKey: key)
            let old = generations.old.removeValue(forKey: key)
            return young ?? old
        }
    }
}

extension OrderCommand {
    /// Whether the order is all that must be known to decide it.
    var needsOnlyTheOrder: Bool {
        self.commandID.isEmpty && self.needs.isEmpty && self.conclusion == nil && self.replacement == nil
    }
}
