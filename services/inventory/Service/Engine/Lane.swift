/// What waits for one lane of the engine: one transaction of it runs, and the next takes what came meanwhile, but for what
/// others have under way. A second one beside it is for who is behind: alone, a transaction that waits for the disk leaves
/// a core idle.
///
/// A pure machine.
struct Lane<Element: Sendable> {
    /// What a transaction is to carry out.
    struct Batch: Sendable {
        /// In the order in which they came.
        var elements: [Element] = []
        /// Whether others have some of what it may change under way all the same.
        var isContended = false
        /// What it has claimed.
        fileprivate var claimed: [Int] = []
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
    /// How many elements each transaction under way has.
    private var running: [Int] = []
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

    /// Whether two transactions are under way.
    var isOverlapping: Bool { self.running.count > 1 }

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
    /// What others have under way is passed over, and with it what came later for the same, so that all that changes a SKU
    /// keeps its order. What was passed over ``EngineLimits/maximumPasses`` times is taken all the same.
    ///
    /// - Parameter mayOverlap: Whether a second transaction may run beside the first, where enough wait for it.
    mutating func nextBatch(_ claims: inout Claims, mayOverlap: Bool = false) -> Batch? {
        guard self.isDue(mayOverlap: mayOverlap), self.releasesAtLast != claims.releases else { return nil }
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
                batch.claimed += one.keys
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
        claims.take(batch.claimed)
        self.running.append(batch.elements.count)
        return batch
    }

    private func isDue(mayOverlap: Bool) -> Bool {
        guard let first = self.running.first else { return self.count > 0 }
        return mayOverlap && !self.isOverlapping && self.count >= max(EngineLimits.overlapMinimum, first / 2)
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

    /// A batch's transaction ended, however it did.
    mutating func ended(_ batch: Batch, _ claims: inout Claims) {
        let index = self.running.firstIndex(of: batch.elements.count)
        assert(index != nil, "a batch ended that had not begun")
        if let index { self.running.remove(at: index) }
        claims.release(batch.claimed)
        self.releasesAtLast = nil
    }
}
