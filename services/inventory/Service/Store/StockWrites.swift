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
    /// New items that are copied in, before ``rows``; nil: none.
    private let newItems: PostgresBinaryCopy?
    /// The commands that write rows.
    private let rows: [PostgresCommand]
    /// What else is copied in, behind ``rows``.
    private let copies: [PostgresBinaryCopy]
    /// The commands that append the events, to be sent behind all others and together with the COMMIT.
    let events: [PostgresCommand]
    private let shares: [DecidedShare]
    private let moment: PostgresTimestamp
    private let items: ItemWrites
    private let levels: LevelWrites
    /// Where the answers stand that tell the new places of items and levels; nil: none changed.
    private let itemAnswer: Int?
    private let levelAnswer: Int?

    /// - Parameter copying: Whether what is new is copied, by ``write(in:)``: some round trips more, and less to do for the
    ///   server where rows are many. What changed must be locked.
    /// - Throws: ``PostgresError`` that no repeat helps against, where movements or events are too many, or events too
    ///   large.
    init(_ shares: [DecidedShare], at now: Timestamp, copying: Bool = false) throws(PostgresError) {
        let moment = PostgresTimestamp(now)
        self.shares = shares
        self.moment = moment
        self.items = ItemWrites(shares, at: moment)
        self.levels = LevelWrites(shares)
        var commands: [PostgresCommand] = []
        self.itemAnswer = Self.append(self.items.update, to: &commands)
        commands += self.items.others(copying: copying)
        self.levelAnswer = Self.append(self.levels.update, to: &commands)
        if !copying { _ = Self.append(self.levels.insertion, to: &commands) }
        commands += LotWrites(shares).commands
        commands += ReservationWrites(shares).commands
        let movements = try MovementWrites(shares)
        if !copying { _ = Self.append(movements.command, to: &commands) }
        self.newItems = copying ? self.items.copy : nil
        self.copies = copying ? [self.levels.copy, movements.copy].compactMap(\.self) : []
        if let conflicts = ConflictWrites(shares, at: moment).command { commands.append(conflicts) }
        if let announcements = KitAnnouncements.adding(shares) { commands.append(announcements) }
        if let records = Self.records(shares) { commands.append(records) }
        self.rows = commands
        do {
            self.events = try EventLog.append(try Self.events(shares, at: moment))
        } catch {
            throw PostgresError(.invalidParameter, "the events cannot be appended: \(error)")
        }
    }

    /// All commands, in their order, where nothing is copied.
    var commands: [PostgresCommand] { self.rows + self.events }

    /// Writes all but the events.
    func write(in transaction: PostgresTransaction) async throws {
        if let newItems { try await transaction.copy(newItems) }
        _ = try await transaction.execute(self.rows)
        for copy in self.copies { try await transaction.copy(copy) }
    }

    private static func append(_ command: PostgresCommand?, to commands: inout [PostgresCommand]) -> Int? {
        guard let command else { return nil }
        commands.append(command)
        return commands.count - 1
    }

    /// Where the events are.
    ///
    /// - Parameter answers: Those to ``commands``.
    func eventRanges(_ answers: [PostgresRows]) throws(PostgresError) -> [EventRange] {
        try self.eventRanges(ofEvents: Array(answers.dropFirst(self.rows.count)))
    }

    /// Where the events are.
    ///
    /// - Parameter answers: Those to ``events``.
    func eventRanges(ofEvents answers: [PostgresRows]) throws(PostgresError) -> [EventRange] {
        guard !self.events.isEmpty, answers.indices.contains(EventLog.rangesAnswer) else { return [] }
        return try EventLog.ranges(answers[EventLog.rangesAnswer])
    }

    /// The changed items with where their rows are now, of those that can be told: neither new, nor with new levels, lots
    /// or settings, whose rows were written twice or elsewhere.
    ///
    /// - Parameter answers: Those to ``commands``.
    func placed(_ answers: [PostgresRows]) throws(PostgresError) -> [(brand: PostgresUUID, item: PlacedItem)] {
        guard let itemAnswer, answers.indices.contains(itemAnswer) else { return [] }
        var rows = self.shares.map { _ in [SKU: PostgresTupleID]() }
        for (key, place) in zip(self.items.changedKeys, try PlacedUpdate.places(answers[itemAnswer])) {
            rows[key.share][key.name] = place
        }
        var moved = self.shares.map { _ in [SKU: [LevelWrites.Moved]]() }
        if let levelAnswer, answers.indices.contains(levelAnswer) {
            for level in self.levels.moved(to: try PlacedUpdate.places(answers[levelAnswer])) {
                moved[level.key.share][level.key.name, default: []].append(level)
            }
        }
        var placed: [(brand: PostgresUUID, item: PlacedItem)] = []
        for (index, share) in self.shares.enumerated() {
            let lotted = Set(share.changes.lots.map(\.sku))
            for (change, item) in zip(share.changes.items, share.items) {
                guard !change.settingsChanged, !item.hasLots, !lotted.contains(change.sku),
                    let row = rows[index][change.sku], var levels = share.places[change.sku]?.levels,
                    levels.count == item.levels.count
                else { continue }
                for level in moved[index][change.sku] ?? [] { levels[level.index] = level.place }
                let place = ItemPlace(version: item.version, changedAt: self.moment, item: row, levels: levels)
                placed.append((share.brand, PlacedItem(item: item, place: place)))
            }
        }
        return placed
    }

    private static func records(_ shares: [DecidedShare]) -> PostgresCommand? {
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
        return CommandRecords.inserting(records)
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
