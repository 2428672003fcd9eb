internal import InventoryDomain
internal import Postgres

/// Reads what a batch is decided on, and locks it or not.
///
/// Two round trips where an item has lots, and one more where reservations must be read first.
///
/// *Locked*, the order of locks is that of every transaction: reservations, items, and with them their levels; the buckets
/// of events come last, when all is written. Records, the setup's versions and the clock are read behind the locks.
///
/// *Unlocked*, neither records nor reservations are read, and items only where they are not recalled. What is written
/// proves by version and place that the items were still so, and by primary keys that the rest was not there. Where all are
/// recalled and the database's clock was read lately, there is no round trip at all: ``proof`` then shows behind what is
/// written that the setups are still so.
struct BatchRead {
    private var shares: [BatchShare]
    /// The database's clock, when the locks were held.
    private(set) var now = Timestamp(microseconds: 0)
    /// The brands whose setup has changed since this process read it.
    private(set) var outdated: [PostgresUUID] = []
    /// The SKUs and reservations that were asked for but have no row are missing in the shares.
    private var reservationKeys: [Keyed<ReservationID>] = []
    private var itemKeys: [Keyed<SKU>] = []
    /// What is recalled.
    private var recalled = RememberedItems.Recalled()
    /// The keys of the items that are read.
    private(set) var unknownKeys: [Keyed<SKU>] = []
    private var recordKeys: [Keyed<CommandID>] = []
    /// The items with lots, and where each stands in its share.
    private var lotted: [(key: Keyed<SKU>, index: Int)] = []

    /// Where items are recalled from that are not locked; nil: all are locked.
    private let remembered: RememberedItems?
    private let clock: DatabaseClock
    /// What the decision takes to be so without having asked; nil: it was read.
    private var assumption: SetupAssumption?

    /// - Parameters:
    ///   - remembered: Where items are recalled from; nil: all are read under locks.
    ///   - clock: The database's, where it need not be read.
    init(_ shares: [BatchShare], recalling remembered: RememberedItems? = nil, clock: DatabaseClock) {
        self.shares = shares
        self.remembered = remembered
        self.clock = clock
    }

    private var isLocking: Bool { self.remembered == nil }
    /// Whether all that is asked for is known here.
    private var needsNothing: Bool {
        !self.isLocking && self.unknownKeys.isEmpty && self.shares.allSatisfy(\.holders.isEmpty)
    }

    /// What was read, for who decides on it.
    mutating func takeShares() -> [BatchShare] {
        defer { self.shares = [] }
        return self.shares
    }

    /// What is to be sent before all that is written: the commands that visit the pages which were changed often, before
    /// these are changed again.
    var visits: [PostgresCommand] { ItemRows.visiting(self.recalled.visits) }

    /// What is to be sent behind the first rows that are written, when the transaction has its id: what proves that setups
    /// are as they were decided on, where that was not read. Before the events, whose locks are held for the shortest.
    var proof: [PostgresCommand] { self.assumption.map { [$0.command] } ?? [] }

    /// Takes the answers to ``proof`` in.
    func read(proof answers: ArraySlice<PostgresRows>) throws(PostgresError) {
        if let assumption, let rows = answers.first { try assumption.read(rows, self.clock) }
    }

    /// One round trip; two where reservations must be read before it is known which items they hold; none where nothing
    /// must be read.
    mutating func run(in transaction: PostgresTransaction) async throws(PostgresError) {
        if self.isLocking { self.reservationKeys = self.keys { $0.footprint.reservations } }
        guard self.shares.contains(where: \.needsReservationsFirst) else {
            let reservations = self.reservationCommands
            let commands = reservations + self.itemCommands()
            if self.needsNothing, let now = self.clock.now {
                self.now = now
                self.assumption = SetupAssumption(self.shares)
                return try self.takeItems([], lotted: [])
            }
            let asked = ContinuousClock.now
            let answers = try await transaction.execute(commands)
            try self.readReservations(answers.prefix(reservations.count))
            try self.readItems(answers.dropFirst(reservations.count))
            self.clock.read(self.now, asked: asked)
            try await self.readLots(in: transaction)
            return try await self.readHolds(in: transaction)
        }
        try self.readReservations(try await transaction.execute(self.reservationCommands)[...])
        try self.readItems(try await transaction.execute(self.itemCommands())[...])
        try await self.readLots(in: transaction)
        try await self.readHolds(in: transaction)
    }

    /// A round trip more, where a brand caps what its clients hold.
    ///
    /// Not under a lock: transactions that run at once may each fill up what is left.
    private mutating func readHolds(in transaction: PostgresTransaction) async throws(PostgresError) {
        let capped = self.shares.indices.filter { !self.shares[$0].holders.isEmpty }
        guard !capped.isEmpty else { return }
        let answers = try await transaction.execute(
            capped.map { HoldRows.adding(up: self.shares[$0].holders, of: self.shares[$0].brand) })
        for (index, rows) in zip(capped, answers) { self.shares[index].holds = try HoldRows.read(rows) }
    }

    /// A round trip more, where an item has lots.
    private mutating func readLots(in transaction: PostgresTransaction) async throws(PostgresError) {
        guard !self.lotted.isEmpty else { return }
        let keys = self.lotted.map(\.key)
        let rows = try await transaction.execute([LotRows.reading(keys)])
        guard let rows = rows.first else { throw PostgresError(.server, "no answer for lots") }
        for (position, lots) in try LotRows.read(rows, keys) {
            let (key, index) = self.lotted[position]
            for (location, lots) in lots { self.shares[key.share].items[index].attach(lots, at: location) }
        }
    }

    private func keys<Name>(_ names: (BatchShare) -> [Name]) -> [Keyed<Name>] {
        var keys: [Keyed<Name>] = []
        for share in self.shares {
            keys += names(share).map { Keyed($0, of: share.brand, share: share.share) }
        }
        keys.sort(by: Keyed.isBefore)
        return keys
    }

    private var reservationCommands: [PostgresCommand] {
        self.reservationKeys.isEmpty ? [] : ReservationRows.locking(self.reservationKeys)
    }

    private mutating func itemCommands() -> [PostgresCommand] {
        self.itemKeys = self.keys { $0.footprint.skus }
        let clock = PostgresCommand(Self.clockAndVersions, self.shares.map(\.brand))
        if let remembered {
            self.recalled = remembered.lend(self.itemKeys)
            for (key, item) in zip(self.itemKeys, self.recalled.items) where item == nil {
                self.unknownKeys.append(key)
            }
            return [TransactionIdentity.assigning]
                + (self.unknownKeys.isEmpty ? [] : ItemRows.reading(self.unknownKeys)) + [clock]
        }
        self.unknownKeys = self.itemKeys
        self.recordKeys = self.keys { share in
            var seen: Set<CommandID> = []
            return share.commands.compactMap { seen.insert($0.id).inserted ? $0.id : nil }
        }
        return [TransactionIdentity.assigning]
            + (self.unknownKeys.isEmpty ? [] : ItemRows.locking(self.unknownKeys)) + [
                CommandRecords.looking(for: self.recordKeys), clock,
            ]
    }

    private mutating func readReservations(_ answers: ArraySlice<PostgresRows>) throws(PostgresError) {
        guard !self.reservationKeys.isEmpty else { return }
        let rows = try ReservationRows.read(answers, self.reservationKeys)
        for (key, reservation) in zip(self.reservationKeys, rows) {
            if let reservation { self.shares[key.share].reservations.append(reservation) }
        }
    }

    private mutating func readItems(_ answers: ArraySlice<PostgresRows>) throws(PostgresError) {
        guard let clock = answers.last else { throw PostgresError(.server, "no answer to a batch's reads") }
        if self.isLocking {
            guard let records = answers.dropLast().last else { throw PostgresError(.server, "no answer for records") }
            for (key, answer) in zip(self.recordKeys, try CommandRecords.read(records, self.recordKeys)) {
                if let answer { self.shares[key.share].found(answer, of: key.name) }
            }
        }
        let (rows, lotted) =
            self.unknownKeys.isEmpty
            ? ([], []) : try ItemRows.read(answers.dropFirst().dropLast(self.isLocking ? 2 : 1), self.unknownKeys)
        try self.takeItems(rows, lotted: lotted)
        for row in clock {
            let (now, position, version) = try row.decode(PostgresTimestamp.self, Int64.self, Int64.self)
            self.now = Timestamp(now)
            guard self.shares.indices.contains(Int(position) - 1) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            let share = self.shares[Int(position) - 1]
            if share.setup.version != version { self.outdated.append(share.brand) }
        }
    }

    /// Hands the items to their shares, in the order of their keys.
    ///
    /// - Parameters:
    ///   - rows: What was read, in the order of ``unknownKeys``.
    ///   - lotted: The places in it of items with lots.
    private mutating func takeItems(_ rows: [PlacedItem?], lotted: [Int]) throws(PostgresError) {
        var lotted = lotted[...]
        var next = 0
        for (place, key) in self.itemKeys.enumerated() {
            if !self.recalled.items.isEmpty, let item = self.recalled.items[place].take() {
                self.shares[key.share].take(item.item, key, at: item.place)
                continue
            }
            if next == lotted.first {
                lotted.removeFirst()
                self.lotted.append((key, self.shares[key.share].items.count))
            }
            if let item = rows[next] {
                self.shares[key.share].take(item.item, key, at: item.place)
            } else {
                self.shares[key.share].take(try StockItem.unknown(key.name), key, at: nil)
            }
            next += 1
        }
    }

    private static let clockAndVersions = PostgresStatement(
        """
        select clock_timestamp(), k.position, coalesce(s.version, 0)
        from unnest($1::uuid[]) with ordinality as k (brand_id, position)
        left join setup s on s.brand_id = k.brand_id
        """,
        readOnly: true)
}

extension StockItem {
    /// An item that nothing is known of.
    static func unknown(_ sku: SKU) throws(PostgresError) -> StockItem {
        do throws(InvalidValue) { return try StockItem(sku: sku) } catch {
            throw .unexpectedValue(error, column: "sku")
        }
    }
}
