internal import Money
internal import PricingMessages

extension Evaluation {
    /// A stage of promotions: its rules, in their order.
    mutating func reduce(_ stage: PricingStage) throws(PricingRefusal) {
        if self.input.purpose == .showing, stage != .units { return }
        for place in self.plan.rules.indices {
            let bookPlace = Int(self.plan.rules[place])
            guard self.book.rules[bookPlace].stage == stage else { continue }
            let rule = self.book.rules[bookPlace]
            if self.input.purpose == .showing, rule.needsCoupon || rule.minimumSubtotal != nil { continue }
            try self.apply(rule, at: place)
        }
    }

    private mutating func apply(_ rule: BookRule, at place: Int) throws(PricingRefusal) {
        if let loss = try self.loss(ofRule: place, rule) {
            self.lose(place, loss)
            return
        }
        let rewards = self.rewardSets[place] >= 0 ? Int(self.rewardSets[place]) : place
        let open = self.open(rewards, for: rule, at: place)
        var took: [(line: Int, units: Int64)] = []
        switch rule.effect {
        case .percentOff(let share):
            self.reduceUnits(open, from: rule.minimumQuantity) { share.of($0) }
        case .amountOff(let money):
            self.reduceUnits(open, from: rule.minimumQuantity) { min($0, money.amount.micros) }
        case .fixedPrice(let money):
            self.reduceUnits(open, from: rule.minimumQuantity) { max(0, $0 - money.amount.micros) }
        case .buyAndGet(let terms): took = self.reduceRewards(terms, bought: place, open)
        case .bundle(let terms): took = try self.reduceBundle(terms, place, open)
        case .percentOffQuote(let share): try self.reduceQuote(open) { share.of($0) }
        case .amountOffQuote(let money): try self.reduceQuote(open) { min($0, money.amount.micros) }
        case .marginGuard, .minimumOfListPrice: return
        }
        try self.commit(rule, place, rewards: rewards, open, took)
    }

    /// The lines of a set that a rule may reduce, ascending: not those that an exclusive rule reduced, nor another one of its
    /// group, nor what costs its floor; an exclusive rule none that is reduced.
    private func open(_ set: Int, for rule: BookRule, at place: Int) -> [Int] {
        var open: [Int] = []
        let group = Int(self.groups[place])
        for word in 0..<self.selections.words {
            var rest = self.selections.word(word, of: set)
            rest &= ~self.marks.word(word, of: Self.closed)
            rest &= ~self.marks.word(word, of: Self.atFloor)
            if rule.isExclusive { rest &= ~self.marks.word(word, of: Self.reduced) }
            if group >= 0 { rest &= ~self.groupMarks.word(word, of: group) }
            if rest != 0, open.isEmpty { open.reserveCapacity(self.lines.count) }
            while rest != 0 {
                open.append(word * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return open
    }

    /// Takes as much off each unit of lines with enough of them.
    private mutating func reduceUnits(_ open: [Int], from quantity: Int64, by reduction: (Int64) -> Int64) {
        for line in open where self.lines[line].quantity >= quantity {
            // Of at most all of it, it fits.
            self.pending[line] = reduction(self.lines[line].unit) * self.lines[line].quantity
        }
    }

    /// Takes an amount off lines, in proportion to what is left of them.
    private mutating func reduceQuote(
        _ open: [Int], by reduction: (Int64) -> Int64
    ) throws(PricingRefusal) {
        var sum: Int64 = 0
        for line in open { sum = try Self.sum(sum, self.lines[line].remaining) }
        let shares = Spread.shares(
            of: reduction(sum), over: open.map { self.lines[$0].remaining }, step: self.rounding.increment.micros)
        for (line, share) in zip(open, shares) { self.pending[line] = share }
    }

    /// Takes what is pending off the lines, if the rule's limit leaves as much.
    private mutating func commit(
        _ rule: BookRule, _ place: Int, rewards: Int, _ open: [Int], _ took: [(line: Int, units: Int64)]
    ) throws(PricingRefusal) {
        defer { for line in open { self.pending[line] = 0 } }
        let left = self.amountLeft(of: rule)
        if self.input.purpose == .showing, let left {
            for line in open where self.pending[line] > left { self.pending[line] = 0 }
        }
        var total: Int64 = 0
        for line in open { total = try Self.sum(total, self.pending[line]) }
        if total == 0 {
            self.losses[place] = self.lossOfAll(rewards, open)
        } else if self.input.purpose == .sale, let left, left < total {
            self.lose(place, .limit)
            return
        }
        if self.input.isExplained { self.explain(place, rule, rewards: rewards) }
        guard total > 0 else { return }
        for (line, units) in took { self.lines[line].free -= units }
        let group = Int(self.groups[place])
        for line in open where self.pending[line] > 0 {
            let amount = self.pending[line]
            self.reductions.append(Reduction(line: Int32(line), rule: Int32(place), amount: amount))
            self.lines[line].remaining -= amount
            if rule.stage == .units { self.lines[line].unit -= amount / self.lines[line].quantity }
            self.marks.insert(line, into: Self.reduced)
            if rule.isExclusive { self.marks.insert(line, into: Self.closed) }
            if group >= 0 { self.groupMarks.insert(line, into: group) }
        }
    }

    /// Why a rule took nothing off any line, though the quote meets its conditions.
    private func lossOfAll(_ set: Int, _ open: [Int]) -> LossReason {
        guard open.isEmpty, !self.selections.isEmpty(set) else { return .condition }
        var isAtFloor = true
        self.selections.forEach(in: set) { if !self.marks.has($0, in: Self.atFloor) { isAtFloor = false } }
        return isAtFloor ? .floor : .excluded
    }

    /// Notes that a rule does not count for the quote.
    private mutating func lose(_ place: Int, _ reason: LossReason) {
        self.losses[place] = reason
        guard self.input.isExplained else { return }
        let loss = ConsideredLoss(list: nil, rule: self.plan.rules[place], amount: nil, reason: reason)
        var considered = self.considered
        self.selections.forEach(in: place) { considered.append((Int32($0), loss)) }
        self.considered = considered
    }

    /// Notes the lines that a rule is for and does not reduce.
    private mutating func explain(_ place: Int, _ rule: BookRule, rewards: Int) {
        var considered = self.considered
        let group = Int(self.groups[place])
        self.selections.forEach(in: rewards) { line in
            guard self.pending[line] == 0 else { return }
            var reason = LossReason.condition
            let isExcluded =
                self.marks.has(line, in: Self.closed) || rule.isExclusive && self.marks.has(line, in: Self.reduced)
                || group >= 0 && self.groupMarks.has(line, in: group)
            if self.marks.has(line, in: Self.atFloor) {
                reason = .floor
            } else if isExcluded {
                reason = .excluded
            }
            considered.append(
                (Int32(line), ConsideredLoss(list: nil, rule: self.plan.rules[place], amount: nil, reason: reason)))
        }
        self.considered = considered
    }
}
