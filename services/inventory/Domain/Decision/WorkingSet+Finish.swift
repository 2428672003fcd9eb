extension WorkingSet {
    /// Makes a command that was carried out final: versions, movements, events, and its answer. Cannot fail.
    mutating func finish(_ command: Command, _ answer: Answer) -> Receipt {
        if let reservation = answer.changedReservation {
            self.put(reservation)
            self.countHold(reservation)
        }
        if let settings = self.draft.settings, let item = answer.item { self.items[item].set(settings) }
        for position in self.draft.marked { self.mark(position, WriteMark(source: command.source, at: self.now)) }
        for item in self.draft.touched { self.items[item].item.version += 1 }
        for position in self.draft.created { self.stampVersion(position) }
        for posting in self.draft.postings {
            self.stampVersion(posting.position)
            self.appendMovement(posting, command, answer.reservation)
        }
        if self.draft.postings.contains(where: { $0.lot != nil }) || !self.draft.createdLots.isEmpty {
            self.finishLots()
        }
        let (kitEvents, untold) = self.kits.isEmpty ? ([], []) : self.kitEvents()
        for item in self.draft.touched { self.appendStockEvents(item, command, hasUntoldKits: untold.contains(item)) }
        self.events.append(contentsOf: self.draft.events)
        let reservation = answer.reservation.flatMap { self.reservation($0) }
        if answer.changedReservation != nil, let reservation {
            self.events.append(.reservationChanged(reservation, command: command.id))
        }
        self.events.append(contentsOf: kitEvents)

        let isChanged = !self.draft.touched.isEmpty || answer.changedReservation != nil
        let touched = self.draft.touched.isEmpty ? answer.item.map { [$0] } ?? [] : self.draft.touched
        return Receipt(
            effect: answer.effect ?? (isChanged ? .applied : .unchanged),
            items: touched.map { ItemVersion(sku: self.items[$0].item.sku, version: self.items[$0].item.version) },
            reservation: reservation, choices: answer.choices, variance: answer.variance)
    }

    private mutating func stampVersion(_ position: LevelPosition) {
        self.items[position.item].item.levels[position.level].version = self.items[position.item].item.version
    }

    private mutating func appendMovement(
        _ posting: CommandDraft.Posting, _ command: Command, _ reservation: ReservationID?
    ) {
        let (item, level) = (posting.position.item, posting.position.level)
        self.movements.append(
            Movement(
                sku: self.items[item].item.sku, location: self.items[item].item.levels[level].location,
                from: posting.from, to: posting.to, lot: posting.lot, quantity: posting.quantity,
                balance: posting.balance,
                reason: posting.reason, reservation: reservation, command: command.id, actor: command.actor,
                reference: command.reference, occurredAt: self.now, version: self.items[item].item.version))
    }

    private mutating func appendStockEvents(_ index: Int, _ command: Command, hasUntoldKits: Bool) {
        let settingsChanged = self.items[index].settingsChanged
        let wasBelow = self.items[index].wasBelowThreshold
        let item = self.items[index].item
        var levels = item.levels.filter { $0.version == item.version }
        // A level made in this batch comes last here and elsewhere once it is read back: events must not tell.
        if levels.count > 1 { levels.sort { $0.location < $1.location } }
        self.events.append(
            .stockChanged(
                StockChange(
                    sku: item.sku, version: item.version, levels: levels,
                    totalAvailable: item.totalAvailable, settingsChanged: settingsChanged,
                    hasUntoldKits: hasUntoldKits, command: command.id)))
        if item.isBelowReorderThreshold, !wasBelow {
            self.events.append(
                .thresholdCrossed(
                    sku: item.sku, version: item.version, threshold: item.settings.reorderThreshold.units,
                    reorderQuantity: item.settings.reorderQuantity.units, available: item.totalAvailable))
        }
    }

    /// An event for each kit that a changed component is part of, once for each kit; and the items with kits of which more
    /// is to be told, because they are too many or their other components are not at hand.
    private func kitEvents() -> (events: [StockEvent], untold: Set<Int>) {
        var seen: Set<SKU> = []
        var events: [StockEvent] = []
        var untold: Set<Int> = []
        for index in self.draft.touched {
            let sku = self.items[index].item.sku
            let holding = self.kits.kits(holding: sku)
            guard !holding.isEmpty, self.sellable(self.items[index].item) != self.items[index].sellableBefore else {
                continue
            }
            for kit in holding where !seen.contains(kit) {
                guard seen.count < InventoryLimits.maximumKitEvents else {
                    untold.insert(index)
                    break
                }
                seen.insert(kit)
                let after = self.kitCount(kit) { self.sellable($0.item) }
                let before = self.kitCount(kit) {
                    $0.touchedBy == self.draft.command ? $0.sellableBefore : self.sellable($0.item)
                }
                if let after {
                    if after != before {
                        events.append(.kitAvailabilityChanged(kit: kit, component: sku, available: after))
                    }
                } else {
                    untold.insert(index)
                }
            }
        }
        return (events, untold)
    }

    /// The most events that the command at hand can append.
    var eventBound: Int {
        var bound = 2 * self.draft.touched.count + self.draft.events.count + 1
        guard !self.kits.isEmpty else { return bound }
        var kits = 0
        for index in self.draft.touched { kits += self.kits.kits(holding: self.items[index].item.sku).count }
        bound += min(kits, InventoryLimits.maximumKitEvents)
        return bound
    }

    private func kitCount(_ kit: SKU, _ units: (ItemState) -> Int64) -> Int64? {
        guard let components = self.kits.components(of: kit) else { return nil }
        return Availability.kits(components) { sku in self.index(of: sku).map { units(self.items[$0]) } }?.count
    }
}
