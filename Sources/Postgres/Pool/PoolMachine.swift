internal import DequeModule

/// Which request gets which connection, and when another one is opened.
///
/// Requests are served in the order they came. A single query shares a connection with others; a transaction has one to
/// itself. Pure: the pool does what ``next()`` says.
struct PoolMachine {
    /// What the pool does next.
    enum Action: Hashable {
        case connect(connection: Int)
        case send(request: Int, connection: Int)
        case lease(request: Int, connection: Int)
    }

    private struct Slot {
        var isReady = false
        var isLeased = false
        /// Takes nothing new, and is closed when it is idle.
        var isRetiring = false
        /// Takes nothing until it has answered.
        var isChecked = false
        /// Was not used for a while, and may have been lost without a word.
        var isDoubtful = false
        var wasUsed = false
        var outstanding = 0

        var isFree: Bool { self.isReady && !self.isLeased && !self.isRetiring && !self.isChecked }
    }

    private struct Waiting {
        var request: Int
        var needsLease: Bool
    }

    let maximumConnections: Int
    let maximumPipelined: Int
    let maximumWaiting: Int
    private var slots: [Int: Slot] = [:]
    private var waiting: Deque<Waiting> = []
    private var lastConnection = 0
    /// While the database cannot be reached, nobody tries until it is time again.
    var mayConnect = true

    init(maximumConnections: Int, maximumPipelined: Int, maximumWaiting: Int) {
        self.maximumConnections = max(1, maximumConnections)
        self.maximumPipelined = max(1, maximumPipelined)
        self.maximumWaiting = max(1, maximumWaiting)
    }

    /// Takes in a request; false when too many wait.
    mutating func enqueued(_ request: Int, needsLease: Bool) -> Bool {
        guard self.waiting.count < self.maximumWaiting else { return false }
        self.waiting.append(Waiting(request: request, needsLease: needsLease))
        return true
    }

    /// A request that gave up; false if it no longer waits.
    mutating func gaveUp(_ request: Int) -> Bool {
        guard let index = self.waiting.firstIndex(where: { $0.request == request }) else { return false }
        self.waiting.remove(at: index)
        return true
    }

    mutating func connected(_ connection: Int) { self.slots[connection]?.isReady = true }
    mutating func closed(_ connection: Int) { self.slots[connection] = nil }
    mutating func answered(_ connection: Int) {
        guard let slot = self.slots[connection], slot.outstanding > 0 else { return }
        self.slots[connection]?.outstanding -= 1
    }
    mutating func returned(_ connection: Int) { self.slots[connection]?.isLeased = false }
    mutating func retired(_ connection: Int) { self.slots[connection]?.isRetiring = true }

    /// Whether a connection is to be closed now.
    func isSpent(_ connection: Int) -> Bool {
        guard let slot = self.slots[connection] else { return false }
        return slot.isRetiring && !slot.isLeased && !slot.isChecked && slot.outstanding == 0
    }

    func isAlone(_ connection: Int) -> Bool {
        guard let slot = self.slots[connection] else { return false }
        return slot.isLeased || slot.outstanding == 1
    }

    /// What is to be done now; asked until it is nil.
    mutating func next() -> Action? {
        guard let head = self.waiting.first else { return nil }
        let least = self.leastUsed()
        if let least, least.outstanding == 0 { return self.take(head, least.connection) }
        if let connection = self.newConnection() { return .connect(connection: connection) }
        // Sharing before every connection is there could put this behind a statement that waits for whoever asks this.
        guard !head.needsLease, !self.isConnecting else { return nil }
        guard let least, least.outstanding < self.maximumPipelined else { return nil }
        return self.take(head, least.connection)
    }

    /// The free connection with the fewest queries; asked for each query, so it allocates nothing.
    private func leastUsed() -> (outstanding: Int, connection: Int)? {
        var least: (outstanding: Int, connection: Int)?
        for (connection, slot) in self.slots where slot.isFree {
            let candidate = (outstanding: slot.outstanding, connection: connection)
            if least.map({ candidate < $0 }) ?? true { least = candidate }
        }
        return least
    }

    /// Connections that were not used since the last call are to be checked.
    mutating func becameDoubtful() {
        self.slots = self.slots.mapValues { slot in
            var slot = slot
            slot.isDoubtful = !slot.wasUsed
            slot.wasUsed = false
            return slot
        }
    }

    /// The next idle connection to be checked; one at a time, so that the others are there for who asks.
    mutating func nextToCheck() -> Int? {
        guard !self.slots.values.contains(where: \.isChecked) else { return nil }
        let doubtful = self.slots.filter { $0.value.isFree && $0.value.outstanding == 0 && $0.value.isDoubtful }
        guard let connection = doubtful.keys.min() else { return nil }
        self.slots[connection]?.isChecked = true
        self.slots[connection]?.isDoubtful = false
        return connection
    }

    mutating func checked(_ connection: Int) { self.slots[connection]?.isChecked = false }

    private mutating func take(_ head: Waiting, _ connection: Int) -> Action {
        self.waiting.removeFirst()
        self.slots[connection]?.wasUsed = true
        self.slots[connection]?.isDoubtful = false
        if head.needsLease {
            self.slots[connection]?.isLeased = true
            return .lease(request: head.request, connection: connection)
        }
        self.slots[connection]?.outstanding += 1
        return .send(request: head.request, connection: connection)
    }

    private var isConnecting: Bool { self.slots.values.contains { !$0.isReady } }

    /// One connection for each request that waits is enough.
    private mutating func newConnection() -> Int? {
        let connecting = self.slots.values.count { !$0.isReady }
        guard self.mayConnect, self.slots.count < self.maximumConnections, connecting < self.waiting.count else {
            return nil
        }
        self.lastConnection += 1
        self.slots[self.lastConnection] = Slot()
        return self.lastConnection
    }

    var statistics: PostgresPoolStatistics {
        let ready = self.slots.values.filter(\.isReady)
        return PostgresPoolStatistics(
            connections: ready.count, leased: ready.count(where: \.isLeased),
            idle: ready.count { !$0.isLeased && $0.outstanding == 0 }, waiting: self.waiting.count)
    }
}

/// What a pool holds at a moment.
public struct PostgresPoolStatistics: Hashable, Sendable {
    /// Connections that are open.
    public var connections: Int
    /// Those that a transaction has to itself.
    public var leased: Int
    /// Those that nobody uses.
    public var idle: Int
    /// Requests that wait for a connection.
    public var waiting: Int
}
