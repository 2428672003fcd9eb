/// What waits for one lane of the engine: at most one transaction of it runs, and the next takes what came meanwhile, but
/// for what other lanes have under way.
///
/// A pure machine.
struct Lane<Element> {
    /// What a transaction is to carry out.
    struct Batch {
        /// In the order in which they came.
        var elements: [Element] = []
        /// Whether another lane has some of what it may change under way all the same.
        var isContended = false
    }

    private struct Waiting {
        let element: Element
        let keys: ClaimKeys
        /// How many batches have passed it over.
        var passes = 0
    }

    private var waiting: [Waiting] = []
    /// Where what waits begins in the array, so that taking a batch does not move the rest each time.
    private var first = 0
    private var isRunning = false
    /// What the running transaction has claimed.
    private var claimed: [Int] = []
    /// How often claims had been given back when there was nothing to take: until they are again there is not either.
    private var releasesAtLast: Int?
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
    ///
    /// - Parameter keys: What it may change.
    mutating func enqueued(_ element: Element, _ keys: ClaimKeys) {
        self.waiting.append(Waiting(element: element, keys: keys))
    }

    /// The batch whose transaction is to be started now; nil: one runs already, or nothing waits that it may have.
    ///
    /// What other lanes have under way is passed over, and with it what came later for the same, so that all that changes
    /// a SKU keeps its order. What was passed over ``EngineLimits/maximumPasses`` times is taken all the same.
    mutating func nextBatch(_ claims: inout Claims) -> Batch? {
        guard !self.isRunning, self.count > 0, self.releasesAtLast != claims.releases else { return nil }
        var batch = Batch()
        batch.elements.reserveCapacity(min(self.count, self.maximumBatch))
        var passed: [Waiting] = []
        var passedKeys: Set<Int> = []
        var next = self.first
        let last = min(self.waiting.count, self.first + self.maximumBatch * EngineLimits.batchesSearched)
        while next < last && batch.elements.count < self.maximumBatch {
            let one = self.waiting[next]
            next += 1
            let isFree = claims.areFree(one.keys)
            let isTurn = isFree || one.passes >= EngineLimits.maximumPasses
            if isTurn && (passedKeys.isEmpty || one.keys.allSatisfy { !passedKeys.contains($0) }) {
                batch.elements.append(one.element)
                batch.isContended = batch.isContended || !isFree
                self.claimed += one.keys
            } else {
                passed.append(Waiting(element: one.element, keys: one.keys, passes: one.passes + 1))
                passedKeys.formUnion(one.keys)
            }
        }
        self.leave(passed, before: next)
        guard !batch.elements.isEmpty else {
            self.releasesAtLast = claims.releases
            return nil
        }
        claims.take(self.claimed)
        self.isRunning = true
        return batch
    }

    /// What was passed over waits in front of what was not looked at.
    private mutating func leave(_ passed: [Waiting], before next: Int) {
        self.first = next - passed.count
        for (offset, one) in passed.enumerated() { self.waiting[self.first + offset] = one }
        if self.first == self.waiting.count {
            self.waiting.removeAll(keepingCapacity: true)
            self.first = 0
        } else if self.first > self.maximumWaiting {
            self.waiting.removeFirst(self.first)
            self.first = 0
        }
    }

    /// The running transaction ended, however it did.
    mutating func batchEnded(_ claims: inout Claims) {
        assert(self.isRunning, "a batch ended that had not begun")
        self.isRunning = false
        claims.release(self.claimed)
        self.claimed.removeAll(keepingCapacity: true)
        self.releasesAtLast = nil
    }
}
