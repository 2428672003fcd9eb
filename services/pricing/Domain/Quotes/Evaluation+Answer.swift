internal import Money
internal import PricingMessages

extension Evaluation {
    /// The last stages, rounding and deposits, and all of it as an answer.
    mutating func answer() throws(PricingRefusal) -> PricedQuote {
        if self.input.isExplained { self.considerLists() }
        var quote = PricedQuote(
            version: "", lines: [], components: [], considered: [], subtotal: .zero, discount: .zero, net: .zero,
            coreTotal: .zero, total: .zero, coupons: [], rates: self.usedRates, limitedUses: [],
            validUntil: self.next.instant)
        quote.lines.reserveCapacity(self.lines.count)
        quote.components.reserveCapacity(self.lines.count * 3 + self.reductions.count * 2 + self.kitParts.count)
        let (reductions, ends) = self.reductionsByLine()
        // Losses are gathered rule by rule; sorting alone may change the order of those of one line.
        let losses = self.considered.enumerated().sorted {
            ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
        }
        quote.considered = losses.map(\.element.loss)
        var (begin, loss) = (0, 0)
        for line in self.lines.indices {
            var priced = try self.price(line, reductions[begin..<ends[line]], into: &quote.components)
            begin = ends[line]
            let firstLoss = loss
            while loss < losses.count, losses[loss].element.line == line { loss += 1 }
            priced.considered = firstLoss..<loss
            try quote.add(priced)
        }
        quote.rates.sort { ($0.base, $0.quote, $0.at) < ($1.base, $1.quote, $1.at) }
        self.finishUses(&quote)
        quote.version = QuoteDigest.version(of: quote, input: self.input, plan: self.plan, in: self.book)
        return quote
    }

    /// All reductions by line, of each line in the order in which they were made; and where those of each line end.
    private func reductionsByLine() -> (reductions: [Reduction], ends: [Int]) {
        var places = [Int](repeating: 0, count: self.lines.count + 1)
        for reduction in self.reductions { places[Int(reduction.line) + 1] += 1 }
        for line in self.lines.indices { places[line + 1] += places[line] }
        var ordered = self.reductions
        for reduction in self.reductions {
            ordered[places[Int(reduction.line)]] = reduction
            places[Int(reduction.line)] += 1
        }
        return (ordered, places)
    }

    /// A line as it is answered; its components are added to those of the quote.
    private func price(
        _ index: Int, _ reductions: ArraySlice<Reduction>, into components: inout [PricedComponent]
    ) throws(PricingRefusal) -> PricedLine {
        let line = self.lines[index]
        let first = components.count
        try self.addBase(line, index, into: &components)
        var givenBack: Int64 = 0
        for reduction in reductions {
            let coupon = self.couponOfRule[Int(reduction.rule)]
            components.append(
                PricedComponent(
                    kind: .promotion, amount: Amount(micros: -reduction.amount),
                    rule: self.plan.rules[Int(reduction.rule)], coupon: coupon >= 0 ? coupon : nil))
            givenBack += reduction.givenBack
        }
        if givenBack > 0 {
            components.append(
                PricedComponent(
                    kind: .floor, amount: Amount(micros: givenBack), list: line.floor?.list, rule: line.floor?.rule))
        }
        let net = try self.rounded(line.remaining, least: line.minimum, index)
        if net != line.remaining {
            components.append(PricedComponent(kind: .rounding, amount: Amount(micros: net - line.remaining)))
        }
        let coreTotal = try self.addCore(line, index, into: &components)
        return PricedLine(
            sku: line.sku, quantity: line.quantity, unitPrice: Amount(micros: line.base.amount),
            list: line.base.selling?.list, minimumQuantity: line.base.selling?.minimumQuantity ?? 0,
            listPrice: line.base.listPrice.map(Amount.init(micros:)),
            minimumAdvertisedPrice: line.base.minimumAdvertised.map { Amount(micros: $0.amount) },
            floor: line.floor.map { Amount(micros: $0.amount) }, subtotal: Amount(micros: line.subtotal),
            discount: Amount(micros: line.subtotal - line.remaining), net: Amount(micros: net),
            unitNet: try self.unitNet(line, index), coreCharge: line.base.core.map(Amount.init(micros:)),
            coreTotal: Amount(micros: coreTotal), total: Amount(micros: try Self.sum(net, coreTotal)),
            components: first..<components.count, considered: 0..<0)
    }

    private func addBase(
        _ line: Line, _ index: Int, into components: inout [PricedComponent]
    ) throws(PricingRefusal) {
        guard !line.kitParts.isEmpty else {
            components.append(
                PricedComponent(kind: .base, amount: Amount(micros: line.subtotal), list: line.base.selling?.list))
            return
        }
        for part in self.kitParts[line.kitParts] {
            let amount = try Self.product(part.amount, line.quantity, "lines[\(index)]")
            components.append(
                PricedComponent(kind: .base, amount: Amount(micros: amount), list: part.list, part: part.part))
        }
    }

    /// Adds the deposits, rounded, to the components.
    private func addCore(
        _ line: Line, _ index: Int, into components: inout [PricedComponent]
    ) throws(PricingRefusal) -> Int64 {
        guard let core = line.base.core else { return 0 }
        let field = "lines[\(index)]"
        for part in self.coreParts[line.coreParts] {
            let amount = try Self.product(part.amount, line.quantity, field)
            components.append(
                PricedComponent(kind: .core, amount: Amount(micros: amount), list: part.list, part: part.part))
        }
        let exact = try Self.product(core, line.quantity, field)
        let total = try self.rounded(exact, least: 0, index)
        if total != exact {
            components.append(PricedComponent(kind: .rounding, amount: Amount(micros: total - exact)))
        }
        return total
    }

    /// An amount in whole steps of the currency; rounded up where it would be less than a least one otherwise.
    private func rounded(_ amount: Int64, least: Int64, _ line: Int) throws(PricingRefusal) -> Int64 {
        var rounded = self.rounding.rounded(Amount(micros: amount))
        if let nearest = rounded, nearest.micros < least { rounded = self.rounding.roundedUp(Amount(micros: amount)) }
        guard let rounded else { throw Self.tooGreat("lines[\(line)]") }
        return rounded.micros
    }

    /// A unit's part of what is left of a line, in whole steps of the currency and not under its floor.
    private func unitNet(_ line: Line, _ index: Int) throws(PricingRefusal) -> Amount {
        let step = Int128(self.rounding.increment.micros)
        let divisor = Int128(line.quantity) * step
        var steps = Rounding.divide(Int128(line.remaining), by: divisor, self.rounding.mode)
        if steps * divisor < Int128(line.minimum) {
            steps = Rounding.divide(Int128(line.remaining), by: divisor, .up)
        }
        guard let micros = Int64(exactly: steps * step) else { throw Self.tooGreat("lines[\(index)]") }
        return Amount(micros: micros)
    }

    /// Says what became of coupons, and which uses redeeming has to name.
    private func finishUses(_ quote: inout PricedQuote) {
        quote.coupons = self.coupons
        for place in self.plan.rules.indices {
            let taken = self.taken[place]
            let coupon = Int(self.couponOfRule[place])
            if coupon >= 0 {
                quote.coupons[coupon].amount = Amount(micros: taken)
                // What was reduced and given back is lost to the floor.
                quote.coupons[coupon].reason = taken > 0 ? nil : self.losses[place] ?? .floor
            }
            guard taken > 0 else { continue }
            var isLimited = self.book.rules[Int(self.plan.rules[place])].limits != nil
            if coupon >= 0, let known = self.input.coupons[coupon].known {
                isLimited = isLimited || known.uses > 0 || known.usesPerCustomer > 0
            }
            guard isLimited else { continue }
            quote.limitedUses.append(
                PricedUse(
                    rule: self.plan.rules[place], coupon: coupon >= 0 ? Int32(coupon) : nil,
                    amount: Amount(micros: taken)))
        }
    }

    /// Notes the prices of selling lists that count at the instant and did not give a line's price.
    private mutating func considerLists() {
        for (index, line) in self.lines.enumerated() {
            guard let winner = line.base.selling?.list else { continue }
            var losers: [ConsideredLoss] = []
            for place in self.prices.range(ofSKU: line.sku) {
                let row = self.prices.rows[place]
                guard row.counts(at: self.plan.context.at), row.minimumQuantity <= line.quantity,
                    let planned = self.plan.place(ofList: row.list), self.plan.lists[planned].type == .selling
                else { continue }
                let list = self.plan.lists[planned]
                // A later row of the same list counts instead of an earlier one.
                if losers.last?.list == list.place { losers[losers.count - 1].reason = .laterPrice }
                losers.append(
                    ConsideredLoss(
                        list: list.place, rule: nil, amount: list.conversion.converted(row.amount),
                        reason: .lowerPriority))
            }
            if let given = losers.lastIndex(where: { $0.list == winner }) { losers.remove(at: given) }
            self.considered.append(contentsOf: losers.map { (Int32(index), $0) })
        }
    }
}

extension PricedQuote {
    /// Adds a line, and its amounts to those of the quote.
    fileprivate mutating func add(_ line: PricedLine) throws(PricingRefusal) {
        self.lines.append(line)
        self.subtotal.micros = try Evaluation.sum(self.subtotal.micros, line.subtotal.micros)
        self.discount.micros = try Evaluation.sum(self.discount.micros, line.discount.micros)
        self.net.micros = try Evaluation.sum(self.net.micros, line.net.micros)
        self.coreTotal.micros = try Evaluation.sum(self.coreTotal.micros, line.coreTotal.micros)
        self.total.micros = try Evaluation.sum(self.total.micros, line.total.micros)
    }
}

extension QuotePlan.ListConversion {
    /// What an amount of the list is in the quote's currency; nil: there is no rate, or it is too much.
    fileprivate func converted(_ amount: Amount) -> Amount? {
        switch self {
        case .own: amount
        case .by(let conversion): conversion.converted(amount)
        case .missing: nil
        }
    }
}
