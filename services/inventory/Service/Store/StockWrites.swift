internal import Buckets
internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import ProtobufC

/// All that a transaction writes, in the order in which every transaction writes.
enum StockWrites {
    /// The commands, the last of them those of the events.
    ///
    /// - Throws: ``PostgresError`` that no repeat helps against, where events are too many or too large.
    static func commands(_ shares: [DecidedShare], at now: Timestamp) throws(PostgresError) -> [PostgresCommand] {
        let moment = PostgresTimestamp(now)
        var commands = ReservationWrites(shares).commands
        commands += ItemWrites(shares, at: moment).commands
        commands += LevelWrites(shares).commands
        commands += LotWrites(shares).commands
        if let movements = MovementWrites(shares).command { commands.append(movements) }
        if let conflicts = ConflictWrites(shares, at: moment).command { commands.append(conflicts) }
        if let announcements = KitAnnouncements.adding(shares) { commands.append(announcements) }
        if let records = Self.records(shares) { commands.append(records) }
        do {
            commands += try EventLog.append(try Self.events(shares, at: moment))
        } catch {
            throw PostgresError(.invalidParameter, "the events cannot be appended: \(error)")
        }
        return commands
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
        var generator = SystemRandomNumberGenerator()
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
