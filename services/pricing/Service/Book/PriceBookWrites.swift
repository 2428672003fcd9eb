internal import Events
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// A brand's price book, locked by a transaction that changes it.
struct LockedPriceBook: Sendable {
    let brand: PostgresUUID
    /// The book's revision by this transaction: the version of all that it changes.
    let revision: Int64
    /// When, by the database's clock behind the lock: later than all that the book recorded before.
    let now: PostgresTimestamp
    /// The settings, with their version; 0 where they were never put.
    let settings: PricingSettings
    /// What a new list is numbered.
    let nextListNumber: Int32
}

/// What recording changes of a book takes, in the transaction that holds its lock.
struct PriceBookRecord: Sendable {
    /// To be run in the transaction, beside those that write the present tables.
    let commands: [PostgresCommand]
    /// To be appended to the log as the last thing in the transaction.
    let events: [PricingEvent]
}

/// The only way in which a brand's lists, rules, kits, settings and rates change: one transaction at a time, under the
/// lock of the brand's row in `price_book`.
///
/// Such a transaction takes that lock first, but for its idempotency key; reads and checks; runs the commands of
/// ``record(_:in:by:)`` and those that write the present tables; and commits with its events. The lock is the book's row,
/// and so is what keeps lists as they are while prices are put into them: who writes prices holds it shared.
enum PriceBookWrites {
    /// The most bytes of a document, of a rule for example: so that it goes into an event, with room for what that adds.
    static let maximumDocumentBytes = EventLog.maximumPayloadBytes - 1_024

    /// Locks a brand's book, which is made where there is none. Two round trips.
    static func lock(
        _ brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> LockedPriceBook {
        // The clock is read by a statement of its own, which begins once the lock is held.
        let answers = try await transaction.execute([
            PostgresCommand(Self.creation, brand), PostgresCommand(Self.locking, brand),
            PostgresCommand(Self.clock, brand),
        ])
        guard let row = answers[1].first, let clock = answers[2].first else {
            throw PostgresError(.server, "a price book without a row")
        }
        let (revision, document, version, number) = try row.decode(
            Int64.self, [UInt8].self, Int64.self, Int32.self)
        let memory = ArenaMemory()
        let settings = try PricingSettings(stored: document, column: "settings", in: memory.arena)
        return LockedPriceBook(
            brand: brand, revision: revision + 1, now: try clock.decode(PostgresTimestamp.self),
            settings: settings.answer(version: version), nextListNumber: number)
    }

    /// Records changes of a locked book: its revision, the history, when something will begin or end to count, and what
    /// is told.
    ///
    /// The present tables are the caller's to write: `price_list`, `price_rule`, `price_kit`, and `price_book` itself for
    /// settings; with the book's revision as their version.
    ///
    /// - Parameters:
    ///   - changes: None raises the revision alone, as new rates do.
    ///   - principal: Who changes it.
    /// - Throws: `PricingRefusal` with `invalidValue` for a document of more than ``maximumDocumentBytes``.
    static func record(
        _ changes: [PriceBookChange], in book: LockedPriceBook, by principal: String
    ) throws(PricingRefusal) -> PriceBookRecord {
        var commands = [PostgresCommand(Self.advance, book.brand, book.revision)]
        if !changes.isEmpty {
            let documents = try Self.documents(of: changes)
            commands.append(
                PostgresCommand(
                    Self.recording, book.brand, book.revision, changes.indices.map { Int16(clamping: $0) },
                    changes.map(\.kind.rawValue), changes.map(\.id), changes.map(\.listNumber), book.now, principal,
                    changes.map(\.isRemoved), documents))
        }
        let due = changes.flatMap { Self.due(of: $0, in: book) }
        if !due.isEmpty { commands.append(PriceDueRows.adding(due, of: book.brand)) }
        return PriceBookRecord(commands: commands, events: changes.map { $0.event(revision: book.revision) })
    }

    private static func documents(of changes: [PriceBookChange]) throws(PricingRefusal) -> [[UInt8]] {
        let memory = ArenaMemory()
        var documents: [[UInt8]] = []
        for change in changes {
            memory.arena.reset()
            let document = try? change.document(in: memory.arena)
            guard let document, document.count <= Self.maximumDocumentBytes else {
                throw PricingRefusal(
                    .invalidValue,
                    "\(change.id.debugDescription) has more than \(Self.maximumDocumentBytes) bytes as a message; "
                        + "expected fewer entries, for example beginnings of SKUs instead of SKUs")
            }
            documents.append(document)
        }
        return documents
    }

    private static func due(of change: PriceBookChange, in book: LockedPriceBook) -> [PriceDue] {
        guard let kind = change.dueKind, !change.isRemoved else { return [] }
        return change.boundaries.compactMap { PostgresTimestamp($0) }.filter { $0 > book.now }.map { moment in
            PriceDue(
                at: moment, bucket: book.brand.bucket(of: change.id), kind: kind, subject: change.id,
                listNumber: change.listNumber)
        }
    }

    private static let creation = PostgresStatement(
        """
        insert into price_book (brand_id, revision, settings, settings_version, next_list_number)
        values ($1, 0, '', 0, 1) on conflict (brand_id) do nothing
        """)

    private static let locking = PostgresStatement(
        "select revision, settings, settings_version, next_list_number from price_book where brand_id = $1 for update")

    // Later than what the book recorded before, also where the server's clock was set back.
    private static let clock = PostgresStatement(
        """
        select greatest(clock_timestamp(), (
            select h.recorded_at + interval '1 microsecond' from price_book_history h
            where h.brand_id = $1 order by h.revision desc, h.part desc limit 1))
        """)

    private static let advance = PostgresStatement("update price_book set revision = $2 where brand_id = $1")

    private static let recording = PostgresStatement(
        """
        insert into price_book_history (brand_id, revision, part, kind, id, list_number, recorded_at, recorded_by,
            is_removed, document)
        select $1, $2, r.part, r.kind, r.id, r.list_number, $7, $8, r.is_removed, r.document
        from unnest($3::smallint[], $4::smallint[], $5::text[], $6::integer[], $9::boolean[], $10::bytea[])
            as r (part, kind, id, list_number, is_removed, document)
        """)
}

extension PriceBookChange {
    /// The document as rows hold it.
    fileprivate func document(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        switch self.subject {
        case .list(let list, _): try list.stored.bytes(in: arena)
        case .rule(let rule): try rule.stored.bytes(in: arena)
        case .kit(let kit): try kit.stored.bytes(in: arena)
        case .settings(let settings): try settings.stored.bytes(in: arena)
        }
    }
}
