internal import DequeModule

/// What waits for the next transaction, and which of it the next one takes.
///
/// Pure: ``GroupCommit`` runs the transactions.
struct GroupCommitQueue<Element> {
    private let maximumBatch: Int
    private let maximumWaiting: Int
    private var waiting: Deque<Element> = []
    private var isRunning = false

    init(maximumBatch: Int, maximumWaiting: Int) {
        precondition(maximumBatch > 0 && maximumWaiting > 0, "a group commit's limits are at least 1")
        self.maximumBatch = maximumBatch
        self.maximumWaiting = maximumWaiting
    }

    /// How many wait; those of the running transaction do not count.
    var count: Int { self.waiting.count }

    /// Takes in an element; false when too many wait already.
    mutating func enqueued(_ element: Element) -> Bool {
        guard self.waiting.count < self.maximumWaiting else { return false }
        self.waiting.append(element)
        return true
    }

    /// The next transaction's elements in the order they came, or nil while one runs or nothing waits.
    mutating func nextBatch() -> [Element]? {
        guard !self.isRunning, !self.waiting.isEmpty else { return nil }
        self.isRunning = true
        let taken = Swift.min(self.waiting.count, self.maximumBatch)
        let batch = Array(self.waiting.prefix(taken))
        self.waiting.removeFirst(taken)
        return batch
    }

    /// The running transaction ended, however it did.
    mutating func batchEnded() {
        assert(self.isRunning, "a batch ended that had not begun")
        self.isRunning = false
    }
}
