internal import Events
internal import FileFormats
internal import InventoryDomain
internal import Jobs
internal import Postgres

/// What the entries of one step come to. Pure: it gets rows and the time, and gives rows and results.
struct ImportDecision {
    /// When enough of a result was made for one step, in bytes: with what one more entry adds, the results of a step fit
    /// into one checkpoint of the job.
    private static let resultBytes = 1_500_000

    /// How many of the entries are dealt with; the rest waits for the next step.
    private(set) var taken = 0
    /// How many events follow, or would.
    private(set) var events = 0
    private(set) var counts: ImportCursor.Counts
    private(set) var failedRows = CSVText()
    private(set) var differences = CSVText()
    /// What is to be written; nil: nothing.
    private(set) var decided: DecidedShare?
    /// What a dry run would leave of the items that would change.
    private(set) var drafts: [ImportDraft] = []

    /// What the ids of the commands begin with.
    private let idPrefix: String
    private let actor: String
    private let rules: ImportRules
    private var set: WorkingSet

    /// Decides entries in their order, as many as one transaction has room for.
    ///
    /// - Parameters:
    ///   - counts: Those of the steps before.
    init(
        _ entries: ArraySlice<ImportEntry>, _ read: ImportRead, job: JobID, actor: String, rules: ImportRules,
        counts: ImportCursor.Counts
    ) throws(InvalidValue) {
        self.counts = counts
        self.idPrefix = "\(job)."
        self.actor = actor
        self.rules = rules
        self.set = WorkingSet(
            now: read.now, rules: read.setup.rules, locations: read.setup.locations, kits: read.setup.kits,
            items: read.items)
        var isFull = false
        for entry in entries {
            switch entry.content {
            case .failure(let row): self.fail(row)
            case .document(let document): isFull = try !self.carryOut(document)
            }
            if isFull { break }
            self.taken += 1
            guard self.failedRows.bytes.count < Self.resultBytes, self.differences.bytes.count < Self.resultBytes else {
                break
            }
        }
        self.finish(read)
    }

    /// - Returns: false where there is no room; then nothing has changed.
    private mutating func carryOut(_ document: ImportDocument) throws(InvalidValue) -> Bool {
        var rest = document
        // A refused row is taken out of its document, and refuses no other.
        var refused: [FailedRow] = []
        while true {
            let update = rest.update
            // Named by where it begins, so that a document keeps its id whichever of its rows are refused.
            let command = try Command(
                id: try CommandID("\(self.idPrefix)\(document.line)"), actor: self.actor, source: self.rules.source,
                reference: self.rules.reference, action: .update(update))
            let before = self.rules.isDryRun ? self.set.item(update.sku) : nil
            guard let outcome = self.set.decide([command], eventLimit: EventLog.maximumEventsPerTransaction).first
            else { return false }
            switch outcome {
            case .accepted(let receipt):
                self.count(receipt.effect, Int64(rest.rows.count))
                if let before { self.compare(before, rest, update) }
            case .refused(let refusal):
                if let place = refusal.levelPlace, let (removed, others) = rest.removing(level: place) {
                    refused.append(FailedRow(refusal, removed, place: place, in: update))
                    rest = others
                    continue
                }
                refused += rest.rows.map { FailedRow(refusal, $0, place: refusal.levelPlace, in: update) }
            }
            for row in refused { self.fail(row) }
            return true
        }
    }

    private mutating func count(_ effect: Effect, _ rows: Int64) {
        switch effect {
        case .applied: self.counts.applied += rows
        case .unchanged: self.counts.unchanged += rows
        case .superseded: self.counts.superseded += rows
        }
    }

    private mutating func fail(_ row: FailedRow) {
        self.counts.failed += 1
        self.failedRows.failedRow(row)
    }

    private mutating func finish(_ read: ImportRead) {
        let changes = self.set.takeChanges()
        self.counts.levels += Int64(changes.movements.count)
        self.events = changes.events.count
        guard !self.rules.isDryRun else { return self.draft(changes, read) }
        guard !changes.items.isEmpty || !changes.levels.isEmpty || !changes.events.isEmpty else { return }
        self.decided = DecidedShare(
            brand: read.brand, share: 0, changes: changes, items: changes.items.map { self.set.item(at: $0.position) },
            keys: read.keys, places: read.places, knownReservations: [], receipts: [], traces: [:])
    }

    private mutating func draft(_ changes: Changes, _ read: ImportRead) {
        // Who wrote a level last is noted also where the item keeps its version.
        let changed = Set(changes.items.map(\.position)).union(changes.levels.map(\.position))
        self.drafts = changed.sorted().map { position in
            ImportDraft(
                key: read.keys[position], item: self.set.item(at: position), isKnown: read.drafted.contains(position))
        }
    }

    /// Notes what a dry run would change.
    private mutating func compare(_ before: StockItem, _ document: ImportDocument, _ update: ItemUpdate) {
        guard let after = self.set.item(update.sku), after.version != before.version else { return }
        for row in document.rows {
            for level in row.levels {
                let old = before.levels.first { $0.location == level.location }?.balance
                let new = after.levels.first { $0.location == level.location }?.balance
                guard let new, new != old else { continue }
                let (field, units): (StockColumn, (Balance) -> Int64) =
                    switch level.target {
                    case .available: (.stockAvailable, { $0.available })
                    case .onHand: (.onHand, { $0.onHand })
                    }
                self.differences.difference(
                    row.line, "\(update.sku)", "\(level.location)", field, old.map { "\(units($0))" } ?? "",
                    "\(units(new))")
            }
        }
        let (old, new) = (before.settings.shown, after.settings.shown)
        for (old, new) in zip(old, new) where old.value != new.value {
            self.differences.difference(document.line, "\(update.sku)", "", old.column, old.value, new.value)
        }
    }
}

extension Refusal {
    /// The place of the level that was refused, where the command's field names one.
    fileprivate var levelPlace: Int? {
        let prefix = "warehouses["
        guard self.field.hasPrefix(prefix) else { return nil }
        return Int(self.field.dropFirst(prefix.count).prefix { $0 != "]" })
    }
}

extension FailedRow {
    /// A row that the rules refuse.
    fileprivate init(_ refusal: Refusal, _ row: ImportRow, place: Int?, in update: ItemUpdate) {
        let level = place.flatMap { update.levels.indices.contains($0) ? update.levels[$0] : nil } ?? row.levels.first
        // "warehouses[2].onHand" is the column onHand, or stockAvailable where that was given.
        var field = refusal.field.split(separator: ".").last.map(String.init) ?? ""
        if place != nil, field != StockColumn.locationID.rawValue {
            let isOnHand = if case .onHand? = level?.target { true } else { false }
            field = (isOnHand ? StockColumn.onHand : .stockAvailable).rawValue
        }
        self.init(
            line: row.line, sku: "\(row.sku)", location: level.map { "\($0.location)" } ?? "",
            fault: RowFault(field: field, reason: refusal.reason.name, message: refusal.description, expected: ""))
    }
}

extension ItemSettings {
    /// The settings by their columns, as CSV has them.
    var shown: [(column: StockColumn, value: String)] {
        [
            (.dropShip, "\(self.isDropShip)"), (.reorderThreshold, "\(self.reorderThreshold)"),
            (.reorderQuantity, "\(self.reorderQuantity)"), (.safetyBuffer, "\(self.safetyBuffer)"),
            (.channelBuffers, StockText.object(self.channelBuffers)),
        ]
    }
}

extension CSVText {
    /// Adds a row to the file of failed rows.
    fileprivate mutating func failedRow(_ row: FailedRow) {
        self.field(row.line)
        self.field(row.sku)
        self.field(row.location)
        self.field(row.fault.field)
        self.field(row.fault.reason)
        self.field(row.fault.message)
        self.field(row.fault.expected)
        // What is no text is shown by its replacement, and a NUL by a space.
        self.field(String(decoding: row.text, as: UTF8.self).utf8.map { $0 == 0 ? UInt8(ascii: " ") : $0 })
        self.endRow()
    }

    /// Adds a row to the file of differences.
    fileprivate mutating func difference(
        _ line: Int64, _ sku: String, _ location: String, _ column: StockColumn, _ old: String, _ new: String
    ) {
        self.field(line)
        self.field(sku)
        self.field(location)
        self.field(column.rawValue)
        self.field(old)
        self.field(new)
        self.endRow()
    }
}
