internal import NIOCore
internal import Postgres
internal import Synchronization

/// Answers to reads of stock in this process's own memory, in front of Redis: packed, in a fixed room, those that came last.
///
/// The rules are those of ``StockCache``, which says when any of it may be shown:
///
/// - Who misses an item gets a ticket, then reads it elsewhere, and puts what it read only where nothing was settled under the
///   item's mark meanwhile (``fill(_:under:)``). A mark is shared by some items, which costs a reading now and then.
/// - Changes are settled (``settle(_:)``): an older entry gives way, and nothing is added.
///
/// `@unchecked`: the state is touched under the lock alone.
final class NearCache: @unchecked Sendable {
    /// Where what was missed may be put, for as long as nothing changes it.
    struct Ticket: Sendable {
        let generation: UInt64
        /// By the order of what was missed.
        var marks: [UInt32] = []
    }

    /// What one reader did not find.
    struct Misses {
        /// The questions, ascending.
        var questions: [Int] = []
        /// For these, in their order.
        var ticket: Ticket
    }

    /// What was read elsewhere, to be put.
    struct Entry {
        /// Its place in the ticket.
        let position: Int
        let key: StockKey
        /// As it is kept in Redis, see ``StockCacheEntry``.
        let entry: [UInt8]
    }

    private static let tickSeconds: Int64 = 16

    private let lock = Mutex(())
    private var state: NearCacheState
    private let lifetime: TimeAmount
    private let start = NIODeadline.now()

    /// - Parameters:
    ///   - byteCount: Of all entries together.
    ///   - lifetime: How long an entry stays after it was read, however often it is replaced.
    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int, lifetime: TimeAmount) {
        guard let state = NearCacheState(byteCount: byteCount) else { return nil }
        self.state = state
        self.lifetime = lifetime
    }

    /// How many entries there are.
    var count: Int { self.lock.withLock { _ in self.state.entries.count } }

    /// Gives the answers that are here.
    ///
    /// - Parameter give: Gets the index of a question and the encoded answer, which is good until it returns. It must not come
    ///   back here.
    func answer(_ questions: StockQuestions, _ give: (Int, borrowing RawSpan) -> Void) -> Misses {
        let tick = self.tick(.now())
        return self.lock.withLock { _ in self.state.answer(questions, at: tick, give) }
    }

    /// A ticket for keys that are about to be read.
    func ticket(for keys: [StockKey]) -> Ticket {
        self.lock.withLock { _ in self.state.ticket(for: keys) }
    }

    /// Puts what was read after the ticket was given.
    func fill(_ entries: [Entry], under ticket: Ticket) {
        let deadline = self.tick(.now() + self.lifetime)
        self.lock.withLock { _ in
            guard self.state.generation == ticket.generation else { return }
            for entry in entries where self.state.mark(of: entry.key) == ticket.marks[entry.position] {
                let bytes = entry.entry.span.bytes
                guard let version = StockCacheEntry.version(of: bytes) else { continue }
                self.state.put(
                    bytes.extracting(droppingFirst: StockCacheEntry.headerBytes), of: entry.key, version: version,
                    deadline: deadline)
            }
        }
    }

    /// Settles committed changes: what is older gives way to the entry, or goes where there is none.
    ///
    /// - Parameter given: How many tickets had been given when the same changes were settled before: where there are no more
    ///   of them by now, nobody can have put anything older, nor will, and nothing is done. Nil: they were not settled yet.
    /// - Returns: How many tickets have been given.
    @discardableResult
    func settle(_ changes: [StockCacheChange], unlessTicketsBeyond given: UInt64? = nil) -> UInt64 {
        self.lock.withLock { _ in
            if given != self.state.ticketCount { self.state.settle(changes) }
            return self.state.ticketCount
        }
    }

    /// Drops everything, and has no ticket that was given before hold.
    func removeAll() { self.lock.withLock { _ in self.state.removeAll() } }

    /// Moments count in ticks, of which entries have room for 8 million: more than four years.
    private func tick(_ moment: NIODeadline) -> UInt32 {
        UInt32((moment - self.start).nanoseconds / 1_000_000_000 / Self.tickSeconds) + 1
    }
}
