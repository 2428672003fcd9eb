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
    /// The commands, the last of them those of the events.
    let commands: [PostgresCommand]
    private let shares: [DecidedShare]
    private let moment: PostgresTimestamp
    private let items: ItemWrites
    private let levels: LevelWrites
    /// Where the answers stand that tell the new places of items and levels; nil: none changed.
    private let itemAnswer: Int?
    private let levelAnswer: Int?
    /// Where the answer stands that tells where the events are; nil: there are none.
    private let eventAnswer: Int?

    /// - Throws: ``PostgresError`` that no repeat helps against, where movements or events are too many, or events too
    ///   large.
    init(_ shares: [DecidedShare], at now: Timestamp) throws(PostgresError) {
        let moment = PostgresTimestamp(now)
        self.shares = shares
        self.moment = moment
        self.items = ItemWrites(shares, at: moment)
        self.levels = LevelWrites(shares)
        var commands: [PostgresCommand] = []
        self.itemAnswer = Self.append(self.items.update, to: &commands)
        commands += self.items.others
        self.levelAnswer = Self.append(self.levels.update, to: &commands)
        _ = Self.append(self.levels.insertion, to: &commands)
        commands += LotWrites(shares).commands
        commands += ReservationWrites(shares).commands
        if let movements = try MovementWrites(shares).command { commands.append(movements) }
        if let conflicts = ConflictWrites(shares, at: moment).command { commands.append(conflicts) }
        if let announcements = KitAnnouncements.adding(shares) { commands.append(announcements) }
        if let records = Self.records(shares) { commands.append(records) }
        do {
            let events = try EventLog.append(try Self.events(shares, at: moment))
            self.eventAnswer = events.isEmpty ? nil : commands.count + EventLog.rangesAnswer
            commands += events
        } catch {
            throw PostgresError(.invalidParameter, "the events cannot be appended: \(error)")
        }
        self.commands = commands
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
        guard let eventAnswer, answers.indices.contains(eventAnswer) else { return [] }
        return try EventLog.ranges(answers[eventAnswer])
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
