internal import Money
internal import PricingMessages

/// What a unit costs before promotions, and what goes with it.
struct UnitPrice {
    /// A price of a list, in the quote's currency.
    struct Listed {
        var amount: Int64
        /// The place of the list in the book.
        var list: Int32
        var minimumQuantity: Int64
    }

    /// What it is sold for.
    var amount: Int64 = 0
    /// The list that says so; nil: a kit's sum.
    var selling: Listed?
    var minimumAdvertised: Listed?
    var listPrice: Int64?
    var cost: Int64?
    var core: Int64?
}

/// An amount for one unit of a line, of a part of its kit.
struct PartAmount {
    var amount: Int64
    /// The place of the list in the book; nil: it is what a kit's share takes off.
    var list: Int32?
    /// The place of the part's SKU in the plan; nil: the line's own.
    var part: Int32?
}

extension Evaluation {
    /// Where one is in the kits of a line.
    private struct Position {
        var line: Int
        var sku: Int32
        /// How many units of the SKU a unit of the line has.
        var multiplicity: Int64
        var isPart: Bool
        /// Whether the amounts are looked for: no kit above has one of its own.
        var countsForPrice = true
        var countsForListPrice = true
        var countsForCost = true
        var countsForCore = true
    }

    /// The prices that lists give for a SKU, by their rows; below zero: none does.
    private struct Winners {
        var selling: Winner?
        var list: Winner?
        var minimumAdvertised: Winner?
        var cost: Winner?
        var core: Winner?

        /// Takes a row for that of its list's type, unless a list that is asked before has one.
        mutating func offer(_ winner: Winner, of plan: QuotePlan) {
            switch plan.lists[winner.list].type {
            case .selling: Self.offer(winner, for: &self.selling, plan)
            case .list: Self.offer(winner, for: &self.list, plan)
            case .minimumAdvertised: Self.offer(winner, for: &self.minimumAdvertised, plan)
            case .cost: Self.offer(winner, for: &self.cost, plan)
            case .core: Self.offer(winner, for: &self.core, plan)
            // No list is of these.
            case .unspecified, .unrecognized: break
            }
        }

        private static func offer(_ winner: Winner, for place: inout Winner?, _ plan: QuotePlan) {
            if let present = place, plan.lists[present.list].rank < plan.lists[winner.list].rank { return }
            place = winner
        }
    }

    private struct Winner {
        var row: Int
        /// The place in ``QuotePlan/lists``.
        var list: Int
    }

    /// The first stage: what a unit of each line costs by the lists, or by the parts of a kit; and what else lists say.
    mutating func findBasePrices() throws(PricingRefusal) {
        self.lines.reserveCapacity(self.input.lines.count)
        for (index, asked) in self.input.lines.enumerated() {
            let (kitBegin, coreBegin) = (self.kitParts.count, self.coreParts.count)
            let top = Position(line: index, sku: asked.sku, multiplicity: 1, isPart: false)
            let price = try self.unitPrice(top)
            let (subtotal, isTooGreat) = price.amount.multipliedReportingOverflow(by: asked.quantity)
            guard !isTooGreat else { throw Self.tooGreat("lines[\(index)]") }
            self.lines.append(
                Line(
                    sku: asked.sku, quantity: asked.quantity, base: price, subtotal: subtotal, unit: price.amount,
                    free: asked.quantity, remaining: subtotal, kitParts: kitBegin..<self.kitParts.count,
                    coreParts: coreBegin..<self.coreParts.count))
        }
        try self.findFloors()
    }

    private mutating func unitPrice(_ position: Position) throws(PricingRefusal) -> UnitPrice {
        // Of a kit's parts, as many count as all units of the line have: as if they were bought by themselves.
        let (units, isMany) = position.multiplicity.multipliedReportingOverflow(
            by: self.input.lines[position.line].quantity)
        let winners = self.winners(of: position.sku, quantity: isMany ? .max : units)
        var price = UnitPrice()
        if position.countsForPrice { price.selling = try self.listed(winners.selling, position) }
        if !position.isPart { price.minimumAdvertised = try self.listed(winners.minimumAdvertised, position) }
        if position.countsForListPrice { price.listPrice = try self.listed(winners.list, position)?.amount }
        if position.countsForCost { price.cost = try self.listed(winners.cost, position)?.amount }
        if position.countsForCore, let core = try self.listed(winners.core, position) {
            price.core = core.amount
            try self.add(core, position, isCore: true)
        }
        let kit = self.plan.kitPlaces[Int(position.sku)]
        if kit >= 0, price.isPartial {
            try self.addParts(self.plan.kits[Int(kit)], to: &price, position)
        } else if let selling = price.selling {
            price.amount = selling.amount
        }
        guard price.selling != nil || kit >= 0 || !position.countsForPrice else { throw self.noPrice(position) }
        if let selling = price.selling, position.isPart {
            try self.add(selling, position, isCore: false)
        }
        return price
    }

    /// Adds what a kit has no price of its own for: the sums of its parts.
    private mutating func addParts(
        _ kit: QuotePlan.PlannedKit, to price: inout UnitPrice, _ position: Position
    ) throws(PricingRefusal) {
        let field = "lines[\(position.line)]"
        var (amount, core): (Int64, Int64?) = (0, nil)
        var (listPrice, cost): (Int64?, Int64?) = (0, 0)
        for (sku, quantity) in kit.parts {
            let part = Position(
                line: position.line, sku: sku, multiplicity: try Self.product(position.multiplicity, quantity, field),
                isPart: true, countsForPrice: position.countsForPrice && price.selling == nil,
                countsForListPrice: position.countsForListPrice && price.listPrice == nil && listPrice != nil,
                countsForCost: position.countsForCost && price.cost == nil && cost != nil,
                countsForCore: position.countsForCore && price.core == nil)
            let unit = try self.unitPrice(part)
            amount = try Self.sum(amount, Self.product(unit.amount, quantity, field))
            listPrice = try Self.added(unit.listPrice, quantity, to: listPrice, field)
            cost = try Self.added(unit.cost, quantity, to: cost, field)
            if let deposit = unit.core { core = try Self.added(deposit, quantity, to: core ?? 0, field) }
        }
        price.listPrice = price.listPrice ?? listPrice
        price.cost = price.cost ?? cost
        price.core = price.core ?? core
        if let selling = price.selling {
            price.amount = selling.amount
            return
        }
        let off = kit.reduction.map { $0.of(amount) } ?? 0
        price.amount = amount - off
        guard off > 0, position.countsForPrice else { return }
        self.kitParts.append(
            PartAmount(
                amount: try Self.product(-off, position.multiplicity, field), list: nil,
                part: position.isPart ? position.sku : nil))
    }

    private mutating func add(
        _ listed: UnitPrice.Listed, _ position: Position, isCore: Bool
    ) throws(PricingRefusal) {
        let part = PartAmount(
            amount: try Self.product(listed.amount, position.multiplicity, "lines[\(position.line)]"),
            list: listed.list, part: position.isPart ? position.sku : nil)
        if isCore { self.coreParts.append(part) } else { self.kitParts.append(part) }
    }

    /// The rows that give the prices of a SKU, of each type of list one.
    private mutating func winners(of sku: Int32, quantity: Int64) -> Winners {
        let at = self.plan.context.at
        let range = self.prices.range(ofSKU: sku)
        var winners = Winners()
        var place = range.lowerBound
        while place < range.upperBound {
            let number = self.prices.rows[place].list
            var last = -1
            while place < range.upperBound, self.prices.rows[place].list == number {
                if self.prices.rows[place].minimumQuantity <= quantity {
                    if self.prices.rows[place].counts(at: at) { last = place }
                    self.next.note(
                        Period.nextEnd(
                            from: self.prices.rows[place].validFrom, to: self.prices.rows[place].validTo, after: at))
                }
                place += 1
            }
            guard last >= 0, let list = self.plan.place(ofList: number) else { continue }
            winners.offer(Winner(row: last, list: list), of: self.plan)
        }
        return winners
    }

    private mutating func listed(
        _ winner: Winner?, _ position: Position
    ) throws(PricingRefusal) -> UnitPrice.Listed? {
        guard let winner else { return nil }
        let row = self.prices.rows[winner.row]
        var listed = UnitPrice.Listed(
            amount: row.amount.micros, list: self.plan.lists[winner.list].place, minimumQuantity: row.minimumQuantity)
        switch self.plan.lists[winner.list].conversion {
        case .own: break
        case .by(let conversion):
            guard let converted = conversion.converted(row.amount) else {
                throw Self.tooGreat("lines[\(position.line)]")
            }
            listed.amount = converted.micros
            if !self.usedRates.contains(conversion.rate) { self.usedRates.append(conversion.rate) }
        case .missing:
            let list = self.book.lists[Int(listed.list)]
            throw PricingRefusal(
                .noRate, field: "lines[\(position.line)].sku",
                "(\(self.plan.skus[Int(position.sku)])) has its price in \(list.currency) by the list \(list.id), and no"
                    + " rate leads from there to \(self.plan.context.currency) at \(self.plan.context.at.text)",
                expected: "a rate between the two, or a price in \(self.plan.context.currency) that goes first")
        }
        return listed
    }

    private func noPrice(_ position: Position) -> PricingRefusal {
        let sku = self.plan.skus[Int(position.sku)]
        let asked = self.plan.skus[Int(self.input.lines[position.line].sku)]
        let whose = position.isPart ? "(\(asked)) has the part \(sku), which has" : "(\(sku)) has"
        return PricingRefusal(
            .noPrice, field: "lines[\(position.line)].sku",
            "\(whose) no selling price in \(self.plan.context.currency) at \(self.plan.context.at.text)",
            expected: "a SKU that a list in scope has a price for")
    }

    static func product(_ left: Int64, _ right: Int64, _ field: String) throws(PricingRefusal) -> Int64 {
        let (product, isTooGreat) = left.multipliedReportingOverflow(by: right)
        guard !isTooGreat else { throw Self.tooGreat(field) }
        return product
    }

    private static func added(
        _ amount: Int64?, _ quantity: Int64, to sum: Int64?, _ field: String
    ) throws(PricingRefusal) -> Int64? {
        guard let amount, let sum else { return nil }
        return try Self.sum(sum, Self.product(amount, quantity, field))
    }
}

extension UnitPrice {
    /// Whether a kit's parts have something to say.
    fileprivate var isPartial: Bool {
        self.selling == nil || self.listPrice == nil || self.cost == nil || self.core == nil
    }
}
