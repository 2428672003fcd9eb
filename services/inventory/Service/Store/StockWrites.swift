internal import Buckets
internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import ProtobufC

/// All that a transaction writes, in the order in which every transaction writes.
///
/// Items come first: where they were read without a lock, it is their update that locks them, and that fails if they are not
/// as they were read.
struct StockWrites {
    /// What changed, on its way to staging tables.
    private let staged: [StagedUpdate]
    /// New items that are copied in, before ``rows``; nil: none.
    private let newItems: PostgresBinaryCopy?
    /// The commands that write rows.
    let rows: [PostgresCommand]
    /// What else is copied in, behind ``rows``.
    private let copies: [PostgresBinaryCopy]
    /// The commands that append the events, to be sent behind all others and together with the COMMIT.
    let events: [PostgresCommand]
    private var shares: [DecidedShare]
    /// Where the rows of each share's items were.
    private var places: [[ItemPlace?]] = []
    private let moment: PostgresTimestamp
    private let items: ItemWrites
    private let levels: LevelWrites
    /// Where the answers stand that tell the new places of items and levels; nil: none changed, or it was staged.
    private let itemAnswer: Int?
    private let levelAnswer: Int?

    /// - Parameters:
    ///   - copying: Whether what changed is staged, and what is new is copied, by ``writeStaged(in:)`` and
    ///   ``writeRest(in:)``: some round trips more, and less to do for the server where rows are many. What changed must be
    ///   locked.
    ///   - deniesRepeats: Whether the transaction is to fail if one of the commands was carried out before: for who has not
    ///     looked.
    ///   - isKeyOrdered: Whether the connection has ``EngineLimits/sessionSettings``.
    /// - Throws: ``PostgresError`` that no repeat helps against, where movements or events are too many, or events too
    ///   large.
    init(
        _ shares: [DecidedShare], at now: Timestamp, copying: Bool = false, deniesRepeats: Bool = false,
        isKeyOrdered: Bool = false
    ) throws(PostgresError) {
        let moment = PostgresTimestamp(now)
        self.moment = moment
        // From here on the only one who has them.
        self.shares = shares
        self.items = ItemWrites(self.shares, at: moment)
        self.levels = LevelWrites(self.shares)
        var commands: [PostgresCommand] = []
        let stagedItems = copying ? self.items.staged : nil
        let stagedLevels = copying ? self.levels.staged : nil
        self.staged = [stagedItems, stagedLevels].compactMap(\.self)
        self.itemAnswer = Self.append(copying ? nil : self.items.update, to: &commands)
        commands += self.items.others(copying: copying)
        self.levelAnswer = Self.append(copying ? nil : self.levels.update, to: &commands)
        if !copying { _ = Self.append(self.levels.insertion, to: &commands) }
        commands += LotWrites(self.shares).commands
        commands += ReservationWrites(self.shares).commands
        let movements = try MovementWrites(self.shares)
        if !copying { _ = Self.append(movements.command, to: &commands) }
        self.newItems = copying ? self.items.copy : nil
        self.copies = copying ? [self.levels.copy, movements.copy].compactMap(\.self) : []
        if let conflicts = ConflictWrites(self.shares, at: moment).command { commands.append(conflicts) }
        if let announcements = KitAnnouncements.adding(self.shares) { commands.append(announcements) }
        if let records = Self.records(self.shares, deniesRepeats) { commands.append(records) }
        self.rows = commands
        do {
            self.events = try EventLog.append(try Self.events(self.shares, at: moment), isKeyOrdered: isKeyOrdered)
        } catch {
            throw PostgresError(.invalidParameter, "the events cannot be appended: \(error)")
        }
        // Kept by themselves, so that they are changed where they are.
        for index in self.shares.indices {
            self.places.append(self.shares[index].places)
            self.shares[index].places = []
        }
    }

    /// Writes what is staged: nobody can wait for it but who waits for the items' locks already.
    func writeStaged(in transaction: PostgresTransaction) async throws {
        guard !self.staged.isEmpty else { return }
        _ = try await transaction.execute(StagedUpdate.tables)
        for staged in self.staged { try await transaction.copy(staged.copy) }
        _ = try await transaction.execute(self.staged.map(\.command))
    }

    /// Writes the rest of all but the events, behind ``writeStaged(in:)``.
    func writeRest(in transaction: PostgresTransaction) async throws {
        if let newItems { try await transaction.copy(newItems) }
        if !self.rows.isEmpty { _ = try await transaction.execute(self.rows) }
        for copy in self.copies { try await transaction.copy(copy) }
    }

    private static func append(_ command: PostgresCommand?, to commands: inout [PostgresCommand]) -> Int? {
        guard let command else { return nil }
        commands.append(command)
        return commands.count - 1
    }

    /// Where the events are.
    ///
    /// - Parameter answers: Those to ``events``.
    func eventRanges(ofEvents answers: [PostgresRows]) throws(PostgresError) -> [EventRange] {
        guard !self.events.isEmpty, let ranges = answers.last else { return [] }
        return try EventLog.ranges(ranges)
    }

    /// The changed items as they are now.
    ///
    /// - Parameter now: The database's clock.
    func committed(at now: Timestamp) -> [CommittedItem] {
        self.shares.flatMap { share in
            share.items.map { CommittedItem(brand: share.brand, item: $0, changedAt: now) }
        }
    }

    /// Where the rows of the changed items are now.
    struct Placement {
        /// Those of which it can be told: neither new, nor with new levels, lots or settings, whose rows were written twice
        /// or elsewhere.
        var placed: [(key: StockKey, item: PlacedItem)] = []
        /// The others.
        var unknown: [StockKey] = []
    }

    /// Where the rows of the changed items are now. To be asked for once.
    ///
    /// - Parameter answers: Those to ``rows``.
    mutating func placement(_ answers: [PostgresRows]) throws(PostgresError) -> Placement {
        var rows = self.places.map { [PostgresTupleID?](repeating: nil, count: $0.count) }
        if let itemAnswer, answers.indices.contains(itemAnswer) {
            for (item, row) in zip(self.items.changedPlaces, try PlacedUpdate.places(answers[itemAnswer])) {
                rows[item.share][item.position] = row
            }
        }
        if let levelAnswer, answers.indices.contains(levelAnswer) {
            for level in self.levels.moved(to: try PlacedUpdate.places(answers[levelAnswer])) {
                self.places[level.share][level.position]?.levels[level.index] = level.place
            }
        }
        var placement = Placement()
        for (index, share) in self.shares.enumerated() {
            let lotted = Set(share.changes.lots.map(\.sku))
            for (change, item) in zip(share.changes.items, share.items) {
                let key = share.keys[change.position].stockKey
                guard !change.settingsChanged, !item.hasLots, !lotted.contains(change.sku),
                    let row = rows[index][change.position], let before = self.places[index][change.position].take(),
                    before.levels.count == item.levels.count
                else {
                    placement.unknown.append(key)
                    continue
                }
                let place = ItemPlace(
                    version: item.version, changedAt: self.moment, item: row, levels: before.levels)
                placement.placed.append((key, PlacedItem(item: item, place: place)))
            }
            // Who wrote a level last is noted without a new version of its item.
            for change in share.changes.levels where rows[index][change.position] == nil {
                placement.unknown.append(share.keys[change.position].stockKey)
            }
        }
        return placement
    }

    private static func records(_ shares: [DecidedShare], _ deniesRepeats: Bool) -> PostgresCommand? {
        var records: [(key: Keyed<CommandID>, answer: StoredAnswer)] = []
        for share in shares {
            for (record, receipt) in zip(share.changes.records, share.receipts) {
                records.append(
                    (
                        key: Keyed(record.id, of: share.brand, share: share.share),
                        answer: StoredAnswer(fingerprint: record.fingerprint, receipt: receipt)
                    ))
            }
        }
        guard !records.isEmpty else { return nil }
        records.sort { Keyed.isBefore($0.key, $1.key) }
        return CommandRecords.inserting(records, deniesOthers: deniesRepeats)
    }

    private static func events(_ shares: [DecidedShare], at now: PostgresTimestamp) throws -> [Event] {
        var generator = EventIDGenerator()
        return try ArenaMemory.with { arena in
            var events: [Event] = []
            for share in shares {
                for event in share.changes.events {
                    arena.reset()
                    let subject = event.subject
                    events.append(
                        Event(
                            id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator),
                            brand: share.brand, bucket: share.brand.bucket(of: subject), type: event.type,
                            subject: subject, occurredAt: now,
                            traceParent: share.traces.isEmpty ? nil : event.command.flatMap { share.traces[$0] },
                            payload: try event.payload(in: arena)))
                }
            }
            return events
        }
    }
}
