internal import DequeModule

/// Answers that may be used again for a time: bounded, and the oldest goes first.
///
/// Pure: time is told by the caller. Answers have nearly the same time to live, so the oldest is also the first to end.
struct VerificationCache<Key: Hashable & Sendable, Answer: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let capacity: Int
    private var answers: [Key: (answer: Answer, until: Instant, number: UInt64)] = [:]
    private var order: Deque<(key: Key, until: Instant, number: UInt64)> = []
    private var lastNumber: UInt64 = 0

    /// - Parameter capacity: The answers that are kept at most.
    init(capacity: Int) {
        precondition(capacity > 0, "a cache has room for an answer")
        self.capacity = capacity
    }

    /// How many answers are kept, those included whose time is over.
    var count: Int { self.answers.count }

    /// The answer for a key, if its time is not over.
    func answer(for key: Key, at now: Instant) -> Answer? {
        guard let known = self.answers[key], now < known.until else { return nil }
        return known.answer
    }

    /// Keeps an answer until a time; an older one for the key goes.
    mutating func keep(_ answer: Answer, for key: Key, until: Instant, at now: Instant) {
        guard now < until else { return }
        self.lastNumber += 1
        self.answers[key] = (answer, until, self.lastNumber)
        self.order.append((key, until, self.lastNumber))
        while let first = self.order.first, self.order.count > self.capacity || first.until <= now {
            self.order.removeFirst()
            // A key that was kept again since stands further behind, too.
            if self.answers[first.key]?.number == first.number { self.answers[first.key] = nil }
        }
    }
}
