internal import DequeModule

/// The keys that wait to be read from the database, each once, and who waits for them.
///
/// Who asks while a key is being read waits for the next reading of it: that one could be older than a change that the
/// caller knows of. So of each key there are at most one reading and one that waits, however many ask.
///
/// Pure: ``StockLoader`` does the reading.
struct StockLoadQueue<Waiter> {
    /// The limits of a queue.
    struct Limits: Sendable {
        /// Keys of one reading.
        var keysPerLoad = 512
        /// Readings at the same time.
        var loads = 4
        /// Calls that may wait for a reading to begin.
        var waiters = 65_536
    }

    /// What one reading is for.
    typealias Load = [(key: StockKey, waiters: [Waiter])]

    private let limits: Limits
    private var waiting: [StockKey: [Waiter]] = [:]
    private var order: Deque<StockKey> = []
    private var waiterCount = 0
    private var loadCount = 0

    init(limits: Limits = Limits()) {
        precondition(limits.keysPerLoad > 0 && limits.loads > 0 && limits.waiters > 0, "the limits are at least 1")
        self.limits = limits
    }

    /// Has one more wait for a key; false where too many wait already.
    mutating func add(_ waiter: Waiter, for key: StockKey) -> Bool {
        guard self.waiterCount < self.limits.waiters else { return false }
        self.waiterCount += 1
        if self.waiting[key]?.append(waiter) == nil {
            self.waiting[key] = [waiter]
            self.order.append(key)
        }
        return true
    }

    /// What is to be read next; nil where enough is being read, or nothing waits.
    mutating func nextLoad() -> Load? {
        guard self.loadCount < self.limits.loads, !self.order.isEmpty else { return nil }
        self.loadCount += 1
        var load: Load = []
        while load.count < self.limits.keysPerLoad, let key = self.order.popFirst() {
            let waiters = self.waiting.removeValue(forKey: key) ?? []
            self.waiterCount -= waiters.count
            load.append((key, waiters))
        }
        return load
    }

    /// A reading ended, however it did.
    mutating func loadEnded() {
        assert(self.loadCount > 0, "a reading ended that had not begun")
        self.loadCount -= 1
    }
}
