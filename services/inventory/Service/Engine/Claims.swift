internal import InventoryDomain
internal import Postgres

/// What the transactions under way in this process may change: SKUs, and reservations by their ids.
///
/// Two transactions that change one SKU at once wait for each other, or fail where they lock nothing. So a lane leaves for
/// later what another lane has under way. It saves tries and decides nothing: other copies of the service, and components
/// of kits, are not known here.
///
/// A pure machine; each operation takes constant time for a key.
struct Claims {
    /// How many transactions have each key. More than one does where a command was passed over too often.
    private var counts: [Int: Int] = [:]
    /// How often keys were given back: as long as it stays the same, nothing has become free.
    private(set) var releases = 0

    /// Whether no transaction under way has any of the keys.
    func areFree(_ keys: ClaimKeys) -> Bool {
        self.counts.isEmpty || keys.allSatisfy { self.counts[$0] == nil }
    }

    /// A transaction begins with these keys.
    mutating func take(_ keys: some Sequence<Int>) {
        for key in keys { self.counts[key, default: 0] += 1 }
    }

    /// A transaction has ended that had these keys.
    mutating func release(_ keys: some Sequence<Int>) {
        for key in keys {
            guard let count = self.counts[key] else { continue }
            self.counts[key] = count > 1 ? count - 1 : nil
        }
        self.releases += 1
    }
}

/// The hashes of what a command may change. Two things of one hash wait for each other without need.
struct ClaimKeys: Hashable, Sendable, Sequence {
    // Nearly all commands are on one SKU: no array for them.
    private var first: Int?
    private var others: [Int] = []

    /// No key.
    init() {}

    /// The keys of what a command names itself: its SKUs, and its reservation.
    init(of command: Command, _ brand: PostgresUUID) {
        command.action.forEachSKU { self.add(Self.key(brand, $0)) }
        if let reservation = command.action.reservationID { self.add(Self.key(brand, reservation)) }
    }

    /// The key of a reservation.
    static func key(_ brand: PostgresUUID, _ reservation: ReservationID) -> Int {
        var hasher = Hasher()
        hasher.combine(brand)
        // A reservation may be named like a SKU.
        hasher.combine(true)
        hasher.combine(reservation)
        return hasher.finalize()
    }

    private static func key(_ brand: PostgresUUID, _ sku: SKU) -> Int {
        var hasher = Hasher()
        hasher.combine(brand)
        hasher.combine(sku)
        return hasher.finalize()
    }

    /// Adds keys.
    mutating func add(_ keys: some Sequence<Int>) {
        for key in keys { self.add(key) }
    }

    private mutating func add(_ key: Int) {
        if self.first == nil { self.first = key } else { self.others.append(key) }
    }

    /// All of them; a command that names a SKU twice has its key twice.
    func makeIterator() -> Iterator { Iterator(upcoming: self.first, others: self.others.makeIterator()) }

    /// The keys, one after the other.
    struct Iterator: IteratorProtocol {
        fileprivate var upcoming: Int?
        fileprivate var others: IndexingIterator<[Int]>

        mutating func next() -> Int? {
            defer { self.upcoming = self.others.next() }
            return self.upcoming
        }
    }
}

/// What reservations hold that were made here lately, so that what comes later under their ids claims the same SKUs.
///
/// A pure machine in a fixed room: the oldest go first.
struct ReservationClaims {
    private let capacity: Int
    private var keys: [Int: ClaimKeys] = [:]
    /// By age, from ``oldest`` on; the same reservation may stand in it twice.
    private var order: [Int] = []
    private var oldest = 0

    /// - Parameter capacity: In reservations.
    init(capacity: Int) { self.capacity = capacity }

    /// The keys of a reservation that was made lately; none: it was not, or is forgotten.
    func keys(of reservation: Int) -> ClaimKeys { self.keys[reservation] ?? ClaimKeys() }

    /// Somebody makes a reservation.
    mutating func add(_ reservation: Int, _ keys: ClaimKeys) {
        guard self.keys.updateValue(keys, forKey: reservation) == nil else { return }
        self.order.append(reservation)
        guard self.order.count - self.oldest > self.capacity else { return }
        self.keys[self.order[self.oldest]] = nil
        self.oldest += 1
        if self.oldest > self.capacity {
            self.order.removeFirst(self.oldest)
            self.oldest = 0
        }
    }
}
