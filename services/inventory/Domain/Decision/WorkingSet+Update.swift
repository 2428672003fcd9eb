extension WorkingSet {
    /// Sets stock and settings. All of it is done, except for what the conflict rules take from a source of lower rank.
    mutating func update(_ update: ItemUpdate, _ command: Command) throws(Refusal) -> Answer {
        let item = try self.stockItem(update.sku)
        try self.checkLines(update)
        try self.checkVersion(update, item)
        var hasLost = false
        for (number, level) in update.levels.enumerated() {
            let isSet = try self.setLevel(level, number, item, command)
            hasLost = hasLost || !isSet
        }
        if self.setSettings(update, item, command) { hasLost = true }
        return Answer(effect: hasLost ? .superseded : nil, item: item)
    }

    private func checkLines(_ update: ItemUpdate) throws(Refusal) {
        guard update.levels.count <= InventoryLimits.maximumLines else {
            throw Refusal(.lineCount, field: "warehouses", sku: update.sku)
        }
        var seen: Set<LocationID> = []
        for (number, level) in update.levels.enumerated() where update.levels.count > 1 {
            guard seen.insert(level.location).inserted else {
                let field = "warehouses[\(number)].locationId"
                throw Refusal(.duplicateLine, field: field, sku: update.sku, location: level.location)
            }
        }
        guard update.channelBuffers.count <= InventoryLimits.maximumChannelBuffers else {
            throw Refusal(.lineCount, field: "channelBuffers", sku: update.sku)
        }
        guard Set(update.channelBuffers.map(\.channel)).count == update.channelBuffers.count else {
            throw Refusal(.duplicateLine, field: "channelBuffers", sku: update.sku)
        }
    }

    private func checkVersion(_ update: ItemUpdate, _ index: Int) throws(Refusal) {
        let version = self.items[index].item.version
        switch update.expectedVersion {
        case .exactly(let expected):
            guard expected == version else {
                throw Refusal(
                    .versionConflict, field: "expectedVersion", sku: update.sku, currentVersion: version)
            }
        case .any:
            let needsVersion = update.contestedFields.contains {
                self.rules.conflictRule(for: $0) == .expectedVersion
            }
            if needsVersion {
                throw Refusal(
                    .versionRequired, field: "expectedVersion", sku: update.sku, currentVersion: version)
            }
        }
    }

    /// - Returns: Whether the stock was set; if not, it lost against a source of higher rank.
    private mutating func setLevel(
        _ update: LevelUpdate, _ number: Int, _ item: Int, _ command: Command
    ) throws(Refusal) -> Bool {
        let position = try self.level(item, update.location, field: "warehouses[\(number)].locationId")
        let balance = self.balance(position)
        let onHand = update.onHand(beside: balance)
        let written = self.items[item].item.levels[position.level].written
        if let written, self.rules.stockConflicts.keepsOut(command.source, after: written, at: self.now) {
            self.draft.events.append(
                .updateSuperseded(
                    SupersededWrite(
                        sku: self.items[item].item.sku, location: update.location, field: .stock,
                        loser: command.source, winner: written, offered: onHand, kept: balance.onHand,
                        command: command.id)))
            return false
        }
        guard onHand >= balance.reserved else {
            throw Refusal(
                .belowReserved, field: "warehouses[\(number)].onHand", sku: self.items[item].item.sku,
                location: update.location, available: max(0, balance.available))
        }
        let difference = onHand - balance.onHand
        if difference > 0 {
            try self.post(
                difference, at: position, from: .correction, to: .available, .set, field: "warehouses[\(number)]")
        } else if difference < 0 {
            try self.take(
                -difference, at: position, lot: nil, from: .available, to: .correction, .set,
                field: "warehouses[\(number)]")
        }
        if self.rules.stockConflicts != .lastWriter { self.draft.marked.append(position) }
        return true
    }

    /// - Returns: Whether a part of it lost against a source of higher rank.
    private mutating func setSettings(_ update: ItemUpdate, _ index: Int, _ command: Command) -> Bool {
        let mark = WriteMark(source: command.source, at: self.now)
        let before = self.items[index].item.settings
        var settings = before
        var hasLost = false
        for field in update.contestedFields where field != .stock {
            let written = settings.written(field)
            if let written, self.rules.conflictRule(for: field).keepsOut(command.source, after: written, at: self.now) {
                hasLost = true
                self.draft.events.append(
                    .updateSuperseded(
                        SupersededWrite(
                            sku: update.sku, location: nil, field: field, loser: command.source, winner: written,
                            offered: update.offered(field), kept: before.kept(field), command: command.id)))
            } else {
                let replaced = settings
                settings.apply(update, field, mark)
                if !settings.hasSameValues(as: replaced) {
                    self.noteReplaced(replaced, by: settings, field, update.sku, command)
                }
            }
        }
        if settings != before, !settings.hasSameValues(as: before) || self.rules.keepsSettingMarks {
            self.touch(index)
            self.draft.settings = settings
        }
        return hasLost
    }
}

// MARK: - Who lost

extension WorkingSet {
    /// Where the last writer wins, the one before has lost if it was another source. For stock the movements say so.
    private mutating func noteReplaced(
        _ before: ItemSettings, by after: ItemSettings, _ field: ContestedField, _ sku: SKU, _ command: Command
    ) {
        guard case .lastWriter = self.rules.conflictRule(for: field), let lost = before.written(field),
            lost.source != command.source
        else { return }
        self.draft.events.append(
            .updateSuperseded(
                SupersededWrite(
                    sku: sku, location: nil, field: field, loser: lost.source,
                    winner: WriteMark(source: command.source, at: self.now), offered: before.kept(field),
                    kept: after.kept(field), command: command.id)))
    }

    /// Who lost by a refusal: a write that built on an old version, in the fields for which the rules ask for it.
    func losers(_ command: Command, _ refusal: Refusal) -> [StockEvent] {
        guard refusal.reason == .versionConflict, case .update(let update) = command.action,
            let index = self.index(of: update.sku)
        else { return [] }
        let item = self.items[index].item
        return update.contestedFields.filter { self.rules.conflictRule(for: $0) == .expectedVersion }
            .flatMap { field in
                field == .stock
                    ? update.levels.map { self.loser($0, item, command) } : [self.loser(update, field, item, command)]
            }
    }

    private func loser(_ level: LevelUpdate, _ item: StockItem, _ command: Command) -> StockEvent {
        let stored = item.index(of: level.location).map { item.levels[$0] }
        let balance = stored?.balance ?? Balance()
        return .updateSuperseded(
            SupersededWrite(
                sku: item.sku, location: level.location, field: .stock, loser: command.source,
                winner: stored?.written, offered: level.onHand(beside: balance), kept: balance.onHand,
                command: command.id))
    }

    private func loser(
        _ update: ItemUpdate, _ field: ContestedField, _ item: StockItem, _ command: Command
    ) -> StockEvent {
        .updateSuperseded(
            SupersededWrite(
                sku: item.sku, location: nil, field: field, loser: command.source,
                winner: item.settings.written(field), offered: update.offered(field),
                kept: item.settings.kept(field), command: command.id))
    }
}

extension LevelUpdate {
    /// The units on hand that it asks for.
    func onHand(beside balance: Balance) -> Int64 {
        switch self.target {
        case .onHand(let count): count.units
        // Both are below 2^53.
        case .available(let count): count.units + balance.reserved
        }
    }
}

extension ItemUpdate {
    /// The fields that it sets.
    var contestedFields: [ContestedField] {
        var fields: [ContestedField] = []
        if !self.levels.isEmpty { fields.append(.stock) }
        if self.reorderThreshold != nil || self.reorderQuantity != nil { fields.append(.reorder) }
        if self.safetyBuffer != nil || !self.channelBuffers.isEmpty { fields.append(.buffers) }
        if self.isDropShip != nil { fields.append(.dropShip) }
        return fields
    }

    func offered(_ field: ContestedField) -> Int64? {
        switch field {
        case .stock: nil
        case .reorder: self.reorderThreshold?.units
        case .buffers: self.safetyBuffer?.units
        case .dropShip: self.isDropShip.map { $0 ? 1 : 0 }
        }
    }
}

extension ItemSettings {
    func written(_ field: ContestedField) -> WriteMark? {
        switch field {
        case .stock: nil
        case .reorder: self.reorderWritten
        case .buffers: self.buffersWritten
        case .dropShip: self.dropShipWritten
        }
    }

    func kept(_ field: ContestedField) -> Int64 {
        switch field {
        case .stock: 0
        case .reorder: self.reorderThreshold.units
        case .buffers: self.safetyBuffer.units
        case .dropShip: self.isDropShip ? 1 : 0
        }
    }

    /// Whether all is the same but who wrote it.
    func hasSameValues(as other: ItemSettings) -> Bool {
        var unmarked = self
        unmarked.reorderWritten = other.reorderWritten
        unmarked.buffersWritten = other.buffersWritten
        unmarked.dropShipWritten = other.dropShipWritten
        return unmarked == other
    }

    mutating func apply(_ update: ItemUpdate, _ field: ContestedField, _ mark: WriteMark) {
        switch field {
        case .stock: break
        case .reorder:
            self.reorderThreshold = update.reorderThreshold ?? self.reorderThreshold
            self.reorderQuantity = update.reorderQuantity ?? self.reorderQuantity
            self.reorderWritten = mark
        case .buffers:
            self.safetyBuffer = update.safetyBuffer ?? self.safetyBuffer
            for buffer in update.channelBuffers {
                self.channelBuffers.removeAll { $0.channel == buffer.channel }
                self.channelBuffers.append(buffer)
            }
            self.channelBuffers.sort { $0.channel < $1.channel }
            self.buffersWritten = mark
        case .dropShip:
            self.isDropShip = update.isDropShip ?? self.isDropShip
            self.dropShipWritten = mark
        }
    }
}
