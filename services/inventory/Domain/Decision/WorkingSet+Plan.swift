extension WorkingSet {
    /// Where the units of lines would come from now. A reserve command does exactly this; asking changes nothing.
    ///
    /// Lines are filled in their order. A kit's line takes its components, in whole kits; they may come from different
    /// locations unless the line names one. Buffers do not count: they guard channels, not orders. A marketplace's own
    /// location gives to lines that name it alone.
    ///
    /// - Throws: ``Refusal`` if a line cannot be filled and `rules` ask for all of them, if nothing at all can be had, or
    ///   if lines, SKUs or locations are not valid.
    public func plan(_ lines: [ReserveLine], _ rules: AllocationRules) throws(Refusal) -> AllocationPlan {
        guard (1...InventoryLimits.maximumLines).contains(lines.count) else {
            throw Refusal(.lineCount, field: "lines")
        }
        var draft = AllocationDraft()
        for (number, line) in lines.enumerated() { try self.add(line, number, to: &draft, rules) }
        draft.sort(by: rules.strategy)
        var plan = AllocationPlan()
        for line in draft.lines { try self.fill(line, &draft, rules, into: &plan) }
        guard !plan.allocations.isEmpty else {
            throw Refusal(.insufficientStock, field: "lines", sku: lines[0].sku, available: 0)
        }
        guard plan.allocations.count <= InventoryLimits.maximumAllocations else {
            throw Refusal(.lineCount, field: "lines")
        }
        return plan
    }

    private func add(
        _ line: ReserveLine, _ number: Int, to draft: inout AllocationDraft, _ rules: AllocationRules
    ) throws(Refusal) {
        if let name = line.location {
            let field = "lines[\(number)].locationId"
            guard let location = self.locations[name] else {
                throw Refusal(.unknownLocation, field: field, sku: line.sku, location: name)
            }
            guard location.sells(at: self.now) else {
                throw Refusal(.inactiveLocation, field: field, sku: line.sku, location: name)
            }
        }
        let first = draft.needs.count
        let components = self.kits.components(of: line.sku)
        if let components {
            for component in components {
                try self.addNeed(component.sku, component.quantity.units, line, number, to: &draft, rules)
            }
        } else {
            try self.addNeed(line.sku, 1, line, number, to: &draft, rules)
        }
        guard draft.needs.count <= InventoryLimits.maximumAllocations else {
            throw Refusal(.lineCount, field: "lines")
        }
        draft.lines.append(
            AllocationDraft.Line(
                number: number, sku: line.sku, units: line.quantity.units, isKit: components != nil,
                location: line.location, needs: first..<draft.needs.count))
    }

    private func addNeed(
        _ sku: SKU, _ unitsEach: Int64, _ line: ReserveLine, _ number: Int, to draft: inout AllocationDraft,
        _ rules: AllocationRules
    ) throws(Refusal) {
        let item = try self.knownItem(sku, field: "lines[\(number)].sku")
        var source = draft.sources.count
        if let known = draft.sources.firstIndex(where: { $0.item == item }) {
            source = known
        } else {
            draft.sources.append(AllocationDraft.Source(item: item, rows: self.rows(of: item, rules)))
        }
        draft.needs.append(
            AllocationDraft.Need(sku: sku, source: source, unitsEach: unitsEach, location: line.location))
        if let name = line.location {
            guard let location = self.locations[name] else { return }
            let index = self.items[item].item.index(of: name)
            guard index == nil || location.isMarketplaces else { return }
            draft.sources[source].named.append(
                self.row(index.map { self.items[item].item.levels[$0] }, at: location, rules))
        } else if draft.sources[source].rows.isEmpty, rules.backorderCap > .zero, let row = self.firstRow(rules) {
            // Nothing was ever there: what is backordered waits where the strategy would look first.
            draft.sources[source].rows.append(row)
        }
    }

    /// The levels of an item at locations that sell to whoever asks.
    private func rows(of item: Int, _ rules: AllocationRules) -> [AllocationDraft.Row] {
        var rows: [AllocationDraft.Row] = []
        rows.reserveCapacity(self.items[item].item.levels.count)
        for level in self.items[item].item.levels {
            guard let location = self.locations[level.location], location.isOffered(at: self.now) else { continue }
            rows.append(self.row(level, at: location, rules))
        }
        return rows
    }

    private func row(
        _ level: Level?, at location: Location, _ rules: AllocationRules
    ) -> AllocationDraft.Row {
        let isInRegion = !rules.destinationRegion.isEmpty && location.region == rules.destinationRegion
        let isInCountry = !rules.destinationCountry.isEmpty && location.country == rules.destinationCountry
        let balance = level?.balance ?? Balance()
        let lots = level?.lots ?? []
        // What has expired is there, and of no use to an order.
        let available = balance.available - (lots.isEmpty ? 0 : level?.expired(at: self.now) ?? 0)
        let free = max(0, available)
        // What is promised must stay within the limit as well.
        let room = min(
            self.rules.backorderCap.units - max(0, -available), InventoryLimits.maximumUnits - balance.reserved - free)
        return AllocationDraft.Row(
            location: location.id, priority: location.priority, distance: isInRegion ? 0 : isInCountry ? 1 : 2,
            stocked: free, free: free, room: max(0, room),
            lots: lots.filter { !$0.hasExpired(at: self.now) && $0.free > 0 }.map { ($0.id, $0.free) })
    }

    private func firstRow(_ rules: AllocationRules) -> AllocationDraft.Row? {
        self.locations.values.lazy.filter { $0.isOffered(at: self.now) }
            .map { self.row(nil, at: $0, rules) }
            .min { left, right in
                rules.strategy == .nearestRegion && left.distance != right.distance
                    ? left.distance < right.distance : AllocationDraft.isBefore(left, right)
            }
    }

    private func fill(
        _ line: AllocationDraft.Line, _ draft: inout AllocationDraft, _ rules: AllocationRules,
        into plan: inout AllocationPlan
    ) throws(Refusal) {
        var units = line.units
        for index in line.needs {
            let need = draft.needs[index]
            units = min(units, draft.supply(of: need, rules: rules) / need.unitsEach)
        }
        if units < line.units {
            guard rules.isPartial else {
                throw Refusal(
                    .insufficientStock, field: "lines[\(line.number)].quantity", sku: line.sku,
                    location: line.location, available: units)
            }
            plan.unfilled.append(UnfilledLine(line: line.number, sku: line.sku, quantity: line.units - units))
        }
        guard units > 0 else { return }
        for index in line.needs {
            let need = draft.needs[index]
            // No overflow: the product is at most what can be had.
            for share in draft.take(units * need.unitsEach, of: need, rules: rules) {
                self.append(share, line, need, draft, rules, to: &plan)
            }
        }
    }

    private func append(
        _ share: AllocationDraft.Share, _ line: AllocationDraft.Line, _ need: AllocationDraft.Need,
        _ draft: AllocationDraft, _ rules: AllocationRules, to plan: inout AllocationPlan
    ) {
        let rows = draft.sources[need.source].rows
        let location = rows[share.row].location
        let count = draft.sources[need.source].rankedCount
        let basis: AllocationChoice.Basis =
            need.location != nil ? .named : .ranked(rules.strategy, place: share.row + 1, of: count)
        var free = share.free
        func append(_ units: Int64, of lot: LotID?, backordered: Int64) {
            plan.allocations.append(
                Allocation(
                    line: line.number, sku: need.sku, location: location, quantity: units, backordered: backordered,
                    kit: line.isKit ? line.sku : nil, lot: lot))
            plan.choices.append(
                AllocationChoice(
                    line: line.number, sku: need.sku, location: location, lot: lot, quantity: units, free: free,
                    basis: basis))
            free = max(0, free - units)
        }
        for part in share.lotted { append(part.units, of: part.id, backordered: 0) }
        let rest = share.lotted.reduce(share.units) { $0 - $1.units }
        // What is backordered is in no lot.
        if rest > 0 { append(rest, of: nil, backordered: share.backordered) }
    }
}
