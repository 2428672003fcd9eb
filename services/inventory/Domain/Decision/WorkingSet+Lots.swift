extension WorkingSet {
    /// The lot of a level that a command names; nil: it names none.
    ///
    /// - Parameter isMade: Whether a lot that is not known is made.
    mutating func lot(
        _ reference: LotReference?, at position: LevelPosition, isMade: Bool, field: @autoclosure () -> String = "lot"
    ) throws(Refusal) -> LotID? {
        guard let reference else { return nil }
        let level = self.items[position.item].item.levels[position.level]
        let sku = self.items[position.item].item.sku
        if let index = level.index(of: reference.id) {
            guard reference.expiresAt == nil || reference.expiresAt == level.lots[index].expiresAt else {
                throw Refusal(.lotExpiryDiffers, field: "\(field()).expiresAt", sku: sku, location: level.location)
            }
            return reference.id
        }
        guard isMade else {
            throw Refusal(.unknownLot, field: "\(field())Id", sku: sku, location: level.location)
        }
        guard level.lots.count < InventoryLimits.maximumLotsOfLevel else {
            throw Refusal(.tooManyLots, field: field(), sku: sku, location: level.location)
        }
        self.items[position.item].item.levels[position.level].insert(
            Lot(id: reference.id, expiresAt: reference.expiresAt))
        self.draft.createdLots.append(LotPosition(level: position, id: reference.id))
        return reference.id
    }

    /// Moves units out of free stock or out of quarantine: those of the lot that is named, else as ``Level/shares(of:in:)``
    /// chooses.
    mutating func take(
        _ quantity: Int64, at position: LevelPosition, lot: LotID?, from: StockState, to: StockState,
        _ reason: MovementReason, field: String = "quantity", overdraws: Bool = false,
        reasonIfMissing: RefusalReason = .insufficientStock
    ) throws(Refusal) {
        guard quantity > 0 else { return }
        let level = self.items[position.item].item.levels[position.level]
        guard lot == nil, !level.lots.isEmpty, let units = level.balance.units(in: from), units >= quantity || overdraws
        else {
            return try self.post(
                quantity, at: position, lot: lot, from: from, to: to, reason, field: field, overdraws: overdraws,
                reasonIfMissing: reasonIfMissing)
        }
        for share in level.shares(of: quantity, in: from) {
            try self.post(
                share.units, at: position, lot: share.lot, from: from, to: to, reason, field: field, overdraws: true)
        }
    }

    /// Ships units that are promised out of no lot. Where those in no lot do not suffice, as after a backorder, free units
    /// of the lot that expires first are promised in their place.
    mutating func shipUnlotted(
        _ units: Int64, at position: LevelPosition, _ reason: MovementReason, field: String
    ) throws(Refusal) {
        let level = self.items[position.item].item.levels[position.level]
        let direct = level.lots.isEmpty ? units : min(units, max(0, level.unlotted.onHand))
        var missing = units - direct
        for lot in level.lots where missing > 0 && !lot.hasExpired(at: self.now) {
            let some = min(missing, lot.free)
            try self.post(some, at: position, from: .reserved, to: .available, .lotAssigned, field: field)
            try self.post(
                some, at: position, lot: lot.id, from: .available, to: .reserved, .lotAssigned, field: field,
                overdraws: true)
            try self.post(some, at: position, lot: lot.id, from: .reserved, to: .shipped, reason, field: field)
            missing -= some
        }
        guard missing == 0 else {
            throw Refusal(
                .insufficientStock, field: field, sku: self.items[position.item].item.sku, location: level.location,
                available: units - missing)
        }
        try self.post(direct, at: position, from: .reserved, to: .shipped, reason, field: field)
    }

    /// Sets the free units of a lot aside that has expired. Does nothing to another, and is not recorded then.
    mutating func expireLot(_ place: Place) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        guard let level = self.items[item].item.index(of: place.location), let reference = place.lot,
            let index = self.items[item].item.levels[level].index(of: reference.id)
        else { return Answer(item: item, isRecorded: false) }
        let lot = self.items[item].item.levels[level].lots[index]
        let position = LevelPosition(item: item, level: level)
        // What is backordered may have left less free than the lot has.
        let units = min(lot.free, self.balance(position).available)
        guard lot.hasExpired(at: self.now), units > 0 else { return Answer(item: item, isRecorded: false) }
        try self.post(units, at: position, lot: lot.id, from: .available, to: .quarantined, .lotExpired)
        return Answer(item: item)
    }

    /// A lot as a movement leaves it.
    ///
    /// - Throws: ``Refusal`` if the lot has not got the units, or a number would leave its range.
    func moved(
        _ id: LotID, _ quantity: Int64, at position: LevelPosition, from: StockState, to: StockState, overdraws: Bool,
        field: @autoclosure () -> String, reasonIfMissing: RefusalReason
    ) throws(Refusal) -> Lot {
        let item = self.items[position.item].item
        let level = item.levels[position.level]
        guard let index = level.index(of: id) else {
            throw Refusal(.notLoaded, field: field(), sku: item.sku, location: level.location)
        }
        var lot = level.lots[index]
        let units = from.isOfLots ? lot.balance.units(in: from) : nil
        if let units, units < quantity, !(overdraws && from == .available) {
            throw Refusal(
                reasonIfMissing, field: field(), sku: item.sku, location: level.location, available: max(0, units))
        }
        guard lot.move(quantity, from: from, to: to) else {
            // Promised units that are not on hand cannot leave.
            let isMissing = from == .reserved && lot.balance.onHand < quantity
            throw Refusal(
                isMissing ? .insufficientStock : .quantityOutOfRange, field: field(), sku: item.sku,
                location: level.location, available: isMissing ? lot.balance.onHand : nil)
        }
        return lot
    }

    /// A lot of a level; nil: the level has none of that name.
    func lot(_ id: LotID, at position: LevelPosition) -> Lot? {
        let level = self.items[position.item].item.levels[position.level]
        return level.index(of: id).map { level.lots[$0] }
    }

    /// Replaces a lot of a level.
    mutating func put(_ lot: Lot, at position: LevelPosition) {
        guard let index = self.items[position.item].item.levels[position.level].index(of: lot.id) else { return }
        self.items[position.item].item.levels[position.level].lots[index] = lot
    }

    /// Notes the lots that the command at hand changed, and forgets those that nothing is left of.
    mutating func finishLots() {
        var positions = self.draft.createdLots
        for posting in self.draft.postings {
            guard let id = posting.lot else { continue }
            let position = LotPosition(level: posting.position, id: id)
            positions.append(position)
            if self.seenLots.insert(position).inserted { self.changedLots.append(position) }
        }
        for position in positions {
            self.items[position.level.item].item.levels[position.level.level].lots.removeAll {
                $0.id == position.id && $0.balance.isZero
            }
        }
    }

    /// Takes back the movement of a lot.
    mutating func undo(_ posting: CommandDraft.Posting, of id: LotID) {
        let (item, level) = (posting.position.item, posting.position.level)
        guard let index = self.items[item].item.levels[level].index(of: id) else { return }
        // It was there before: it cannot fail.
        _ = self.items[item].item.levels[level].lots[index].move(
            posting.quantity, from: posting.to, to: posting.from)
    }
}

/// Where a lot stands in a set.
struct LotPosition: Hashable {
    let level: LevelPosition
    let id: LotID
}

/// A changed lot.
public struct LotChange: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Where.
    public let location: LocationID
    /// Which.
    public let id: LotID
    /// The lot as it is now; nil: nothing is left of it, and its row goes.
    public let lot: Lot?
}
