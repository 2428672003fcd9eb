internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import ProtobufC

/// What a batch's commands were decided to do. Pure: it gets rows and the time, and gives rows and answers.
struct BatchDecision {
    /// An item that a decision without locks has seen and not changed.
    struct Seen {
        let key: Keyed<SKU>
        let item: PlacedItem
    }

    /// An answer for each command of the batch; nil: there was no room for it in this transaction, or it must be decided
    /// under locks, and it has changed nothing.
    private(set) var answers: [CommandAnswer?]
    /// What is to be written.
    private(set) var decided: [DecidedShare] = []
    /// What must still be so when it is written; nothing where it was read under locks.
    private(set) var seen: [Seen] = []

    private let isLocked: Bool

    /// Decides a batch.
    ///
    /// - Parameters:
    ///   - shares: What was read.
    ///   - now: The database's clock.
    ///   - count: The commands of the batch.
    ///   - isLocked: Whether all was read under locks. If not, only what leaves a record is answered: that a command is
    ///     refused, or does nothing, may be since it was carried out before, and that nobody has looked for.
    init(_ shares: consuming [BatchShare], at now: Timestamp, count: Int, isLocked: Bool) throws(EncodingError) {
        self.isLocked = isLocked
        self.answers = [CommandAnswer?](repeating: nil, count: count)
        var eventCount = 0
        let arena = ArenaMemory()
        defer { withExtendedLifetime(arena) {} }
        // Taken out one by one, so that nobody else holds what a set changes.
        shares.reverse()
        while var share = shares.popLast() {
            let room = EventLog.maximumEventsPerTransaction - eventCount
            guard room > 0 else { break }
            var set = share.takeWorkingSet(at: now)
            let outcomes = set.decide(share.commands, eventLimit: room)
            // The first command of a set is decided whatever it needs. A brand that does not fit waits.
            guard set.eventCount <= room else { continue }
            eventCount += set.eventCount
            try self.take(share, &set, outcomes, arena.arena)
        }
    }

    /// What is to be written, for who writes it.
    mutating func takeDecided() -> [DecidedShare] {
        defer { self.decided = [] }
        return self.decided
    }

    private mutating func take(
        _ share: BatchShare, _ set: inout WorkingSet, _ outcomes: [Outcome], _ arena: borrowing Arena
    ) throws(EncodingError) {
        let changes = set.takeChanges()
        var receipts: [[UInt8]] = []
        receipts.reserveCapacity(changes.records.count)
        for (index, outcome) in outcomes.enumerated() {
            let id = share.commands[index].id
            let position = share.positions[index]
            // Records stand in the order of their commands.
            let isRecorded = receipts.count < changes.records.count && changes.records[receipts.count].id == id
            switch outcome {
            case .accepted(let receipt) where receipt.isRepeat:
                guard let first = Self.firstAnswer(to: id, share, changes, receipts) else { continue }
                self.answers[position] = .accepted(first + InventoryMessages.CommandResponse.repeatedAnswerField)
            case .accepted(let receipt) where self.isLocked || isRecorded:
                arena.reset()
                let bytes = try InventoryMessages.CommandResponse(receipt, to: id).bytes(in: arena)
                if isRecorded { receipts.append(bytes) }
                self.answers[position] = .accepted(bytes)
            case .refused(let refusal) where self.isLocked:
                self.answers[position] = .refused(refusal)
            case .accepted, .refused: continue
            }
        }
        if !self.isLocked { self.seen += Self.unchanged(share, set, changes) }
        guard changes.isEmpty == false else { return }
        self.decided.append(
            DecidedShare(
                brand: share.brand, share: share.share, changes: changes,
                items: changes.items.map { set.item(at: $0.position) }, keys: share.keys, places: share.places,
                knownReservations: Set(share.reservations.map(\.id)), receipts: receipts, traces: share.traces))
    }

    /// The answer that a command got before, in an earlier transaction or in this one.
    private static func firstAnswer(
        to id: CommandID, _ share: BatchShare, _ changes: Changes, _ receipts: [[UInt8]]
    ) -> [UInt8]? {
        if let stored = share.storedAnswers[id] { return stored }
        return changes.records.firstIndex { $0.id == id }.flatMap { $0 < receipts.count ? receipts[$0] : nil }
    }

    private static func unchanged(_ share: BatchShare, _ set: WorkingSet, _ changes: Changes) -> [Seen] {
        guard changes.items.count < share.places.count else { return [] }
        var isChanged = [Bool](repeating: false, count: share.places.count)
        for change in changes.items { isChanged[change.position] = true }
        return share.places.enumerated().compactMap { position, place in
            guard !isChanged[position], let place else { return nil }
            return Seen(key: share.keys[position], item: PlacedItem(item: set.item(at: position), place: place))
        }
    }
}

extension Changes {
    /// Whether there is nothing to write.
    fileprivate var isEmpty: Bool {
        self.items.isEmpty && self.levels.isEmpty && self.reservations.isEmpty && self.movements.isEmpty
            && self.events.isEmpty && self.records.isEmpty
    }
}
