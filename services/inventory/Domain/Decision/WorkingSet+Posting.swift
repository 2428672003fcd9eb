extension WorkingSet {
    /// The item that a stock command is about.
    func stockItem(_ sku: SKU) throws(Refusal) -> Int {
        guard self.kits.components(of: sku) == nil else { throw Refusal(.isKit, field: "sku", sku: sku) }
        return try self.knownItem(sku, field: "sku")
    }

    /// An item that must be there, and must be known where the rules say so.
    func knownItem(_ sku: SKU, field: @autoclosure () -> String) throws(Refusal) -> Int {
        guard let index = self.index(of: sku) else { throw Refusal(.notLoaded, field: field(), sku: sku) }
        guard self.items[index].item.version > 0 || self.rules.acceptsUnknownSKUs else {
            throw Refusal(.unknownSKU, field: field(), sku: sku)
        }
        return index
    }

    /// The level of an item at one of the brand's locations; it is made where it is missing.
    mutating func level(
        _ item: Int, _ location: LocationID, field: @autoclosure () -> String = "locationId"
    ) throws(Refusal) -> LevelPosition {
        guard self.locations[location] != nil else {
            throw Refusal(.unknownLocation, field: field(), location: location)
        }
        if let level = self.items[item].item.index(of: location) { return LevelPosition(item: item, level: level) }
        let count = self.items[item].item.levels.count
        guard count < InventoryLimits.maximumLocationsOfItem else {
            let sku = self.items[item].item.sku
            throw Refusal(.tooManyLocations, field: field(), sku: sku, location: location)
        }
        self.touch(item)
        self.items[item].item.levels.append(Level(location: location, balance: Balance()))
        let position = LevelPosition(item: item, level: count)
        self.draft.created.append(position)
        return position
    }

    func balance(_ position: LevelPosition) -> Balance {
        self.items[position.item].item.levels[position.level].balance
    }

    /// Notes that the command at hand changes an item, before it does.
    mutating func touch(_ item: Int) {
        guard self.items[item].touch(by: self.draft.command) else { return }
        self.draft.touched.append(item)
        guard !self.kits.kits(holding: self.items[item].item.sku).isEmpty else { return }
        self.items[item].sellableBefore = self.sellable(self.items[item].item)
    }

    /// What channels may be told of an item.
    func sellable(_ item: StockItem) -> Int64 {
        Availability.sellable(item, locations: self.locations, now: self.now)
    }

    /// Moves units at one level: the only way a number changes.
    ///
    /// - Parameters:
    ///   - lot: The lot that they are in, which the level has.
    ///   - overdraws: Whether more may leave the free units than there are.
    ///   - reasonIfMissing: What is said where there are not enough.
    mutating func post(
        _ quantity: Int64, at position: LevelPosition, lot: LotID? = nil, from: StockState, to: StockState,
        _ reason: MovementReason, field: @autoclosure () -> String = "quantity", overdraws: Bool = false,
        reasonIfMissing: RefusalReason = .insufficientStock
    ) throws(Refusal) {
        guard quantity > 0 else { return }
        let before = self.balance(position)
        if let units = before.units(in: from), units < quantity, !(overdraws && from == .available) {
            throw self.refusal(reasonIfMissing, position, field: field(), available: max(0, units))
        }
        var movedLot: Lot?
        if let lot {
            movedLot = try self.moved(
                lot, quantity, at: position, from: from, to: to, overdraws: overdraws, field: field(),
                reasonIfMissing: reasonIfMissing)
        }
        self.touch(position.item)
        let isWithinLimits = self.items[position.item].item.levels[position.level].balance.move(
            quantity, from: from, to: to)
        guard isWithinLimits else {
            // Promised units that are not on hand cannot leave.
            let isMissing = from == .reserved && before.onHand < quantity
            let reason: RefusalReason = isMissing ? .insufficientStock : .quantityOutOfRange
            throw self.refusal(reason, position, field: field(), available: isMissing ? before.onHand : nil)
        }
        if let movedLot { self.put(movedLot, at: position) }
        self.items[position.item].item.totalAvailable +=
            (to == .available ? quantity : 0) - (from == .available ? quantity : 0)
        self.draft.postings.append(
            CommandDraft.Posting(
                position: position, lot: lot, from: from, to: to, quantity: quantity, reason: reason,
                balance: self.balance(position)))
    }

    private func refusal(
        _ reason: RefusalReason, _ position: LevelPosition, field: String, available: Int64?
    ) -> Refusal {
        let item = self.items[position.item].item
        return Refusal(
            reason, field: field, sku: item.sku, location: item.levels[position.level].location, available: available)
    }

    /// Takes back all that the command at hand has done.
    mutating func undo() {
        for posting in self.draft.postings.reversed() {
            let (item, level) = (posting.position.item, posting.position.level)
            // It was there before: it cannot fail.
            _ = self.items[item].item.levels[level].balance.move(posting.quantity, from: posting.to, to: posting.from)
            self.items[item].item.totalAvailable +=
                (posting.from == .available ? posting.quantity : 0) - (posting.to == .available ? posting.quantity : 0)
            if let lot = posting.lot { self.undo(posting, of: lot) }
        }
        for created in self.draft.createdLots {
            self.items[created.level.item].item.levels[created.level.level].lots.removeAll { $0.id == created.id }
        }
        for position in self.draft.created.reversed() { self.items[position.item].item.levels.removeLast() }
    }
}

extension Balance {
    /// The units in a state of the level's own; nil for states outside.
    func units(in state: StockState) -> Int64? {
        switch state {
        case .available: self.available
        case .reserved: self.reserved
        case .quarantined: self.quarantined
        case .inTransit: self.inTransit
        case .incoming: self.incoming
        case .supplier, .shipped, .lost, .correction, .transfer: nil
        }
    }
}
