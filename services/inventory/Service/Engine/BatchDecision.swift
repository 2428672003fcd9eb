internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import ProtobufC

/// What a batch's commands were decided to do. Pure: it gets rows and the time, and gives rows and answers.
struct BatchDecision {
    /// An answer for each command of the batch; nil: there was no room for it in this transaction, or it must be decided
    /// under locks, and it has changed nothing.
    private(set) var answers: [CommandAnswer?]
    /// What is to be written.
    private(set) var decided: [DecidedShare] = []

    private let isLocked: Bool

    /// Decides a batch.
    ///
    /// - Parameters:
    ///   - count: The commands of the batch.
    ///   - isLocked: Whether all was read under locks. If not, only what leaves a record is answered: that a command is
    ///     refused, or does nothing, may be since it was carried out before, and that nobody has looked for.
    init(_ read: BatchRead, count: Int, isLocked: Bool) throws(EncodingError) {
        self.isLocked = isLocked
        self.answers = [CommandAnswer?](repeating: nil, count: count)
        var eventCount = 0
        let arena = ArenaMemory()
        defer { withExtendedLifetime(arena) {} }
        for share in read.shares {
            let room = EventLog.maximumEventsPerTransaction - eventCount
            guard room > 0 else { break }
            var set = share.workingSet(at: read.now)
            let outcomes = set.decide(share.commands, eventLimit: room)
            // The first command of a set is decided whatever it needs. A brand that does not fit waits.
            guard set.eventCount <= room else { continue }
            eventCount += set.eventCount
            try self.take(share, &set, outcomes, arena.arena)
        }
    }

    private mutating func take(
        _ share: BatchShare, _ set: inout WorkingSet, _ outcomes: [Outcome], _ arena: borrowing Arena
    ) throws(EncodingError) {
        let changes = set.takeChanges()
        let recorded = self.isLocked ? [] : Set(changes.records.map(\.id))
        var receipts: [CommandID: [UInt8]] = [:]
        for (index, outcome) in outcomes.enumerated() {
            let id = share.commands[index].id
            let position = share.positions[index]
            switch outcome {
            case _ where !self.isLocked && !recorded.contains(id):
                continue
            case .refused(let refusal):
                self.answers[position] = .refused(refusal)
            case .accepted(let receipt) where receipt.isRepeat:
                let first = share.storedAnswers[id] ?? receipts[id] ?? []
                self.answers[position] = .accepted(first + InventoryMessages.CommandResponse.repeatedAnswerField)
            case .accepted(let receipt):
                arena.reset()
                let bytes = try InventoryMessages.CommandResponse(receipt, to: id).bytes(in: arena)
                receipts[id] = bytes
                self.answers[position] = .accepted(bytes)
            }
        }
        guard changes.isEmpty == false else { return }
        self.decided.append(
            DecidedShare(
                brand: share.brand, share: share.share, changes: changes,
                items: changes.items.compactMap { set.item($0.sku) },
                places: share.places,
                knownReservations: Set(share.reservations.map(\.id)),
                receipts: changes.records.map { receipts[$0.id] ?? [] }, traces: share.traces))
    }
}

extension Changes {
    /// Whether there is nothing to write.
    fileprivate var isEmpty: Bool {
        self.items.isEmpty && self.levels.isEmpty && self.reservations.isEmpty && self.movements.isEmpty
            && self.events.isEmpty && self.records.isEmpty
    }
}
