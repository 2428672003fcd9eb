/// What waits for one lane of the engine: at most one transaction of it runs, and the next takes what came meanwhile.
///
/// A pure machine.
struct Lane<Element> {
    private var waiting: [Element] = []
    /// Where what waits begins in the array, so that taking a batch does not move the rest each time.
    private var first = 0
    private var isRunning = false
    private let maximumBatch: Int
    private let maximumWaiting: Int

    init(maximumBatch: Int, maximumWaiting: Int) {
        precondition(maximumBatch > 0 && maximumWaiting >= maximumBatch, "a lane that holds less than a batch")
        self.maximumBatch = maximumBatch
        self.maximumWaiting = maximumWaiting
    }

    /// How many wait.
    var count: Int { self.waiting.count - self.first }

    /// Whether so many more may wait.
    func takes(_ count: Int) -> Bool { self.count + count <= self.maximumWaiting }

    /// Something came that waits for its turn.
    mutating func enqueued(_ element: Element) { self.waiting.append(element) }

    /// The batch whose transaction is to be started now; nil: one runs already, or nothing waits.
    mutating func nextBatch() -> [Element]? {
        guard !self.isRunning, self.count > 0 else { return nil }
        self.isRunning = true
        let end = min(self.first + self.maximumBatch, self.waiting.count)
        let batch = Array(self.waiting[self.first..<end])
        self.first = end
        if self.first == self.waiting.count {
            self.waiting.removeAll(keepingCapacity: true)
            self.first = 0
        } else if self.first > self.maximumWaiting {
            self.waiting.removeFirst(self.first)
            self.first = 0
        }
        return batch
    }

    /// The running transaction ended, however it did.
    mutating func batchEnded() {
        assert(self.isRunning, "a batch ended that had not begun")
        self.isRunning = false
    }
}
