internal import Money
internal import PricingMessages

extension Evaluation {
    /// Finds which coupons count, and for which rules of the plan.
    mutating func findCoupons() {
        self.couponOfRule = [Int32](repeating: -1, count: self.plan.rules.count)
        self.coupons.reserveCapacity(self.input.coupons.count)
        for (index, coupon) in self.input.coupons.enumerated() {
            var outcome = PricedCoupon(rule: nil, amount: .zero, reason: nil)
            if let known = coupon.known, let rule = self.book.place(ofRule: known.ruleID) {
                outcome.rule = Int32(rule)
                outcome.reason = self.loss(of: known, for: rule, index)
            } else {
                outcome.reason = .coupon
            }
            self.coupons.append(outcome)
        }
    }

    /// Why a coupon does not count; nil: it does, and asks for its rule from now on.
    private mutating func loss(of coupon: CouponState.Known, for rule: Int, _ index: Int) -> LossReason? {
        self.next.note(coupon.period)
        guard coupon.period.contains(self.plan.context.at) else { return .notInForce }
        guard let place = self.place(ofRule: Int32(rule)) else {
            let rule = self.book.rules[rule]
            let isInForce = !rule.isSuspended && rule.period.contains(self.plan.context.at)
            return isInForce ? .condition : .notInForce
        }
        guard coupon.uses == 0 || coupon.used < coupon.uses else { return .limit }
        if coupon.usesPerCustomer > 0 {
            guard !self.input.customerID.isEmpty, coupon.usedByCustomer < coupon.usesPerCustomer else { return .limit }
        }
        guard self.couponOfRule[place] < 0 else { return .excluded }
        self.couponOfRule[place] = Int32(index)
        return nil
    }

    /// Where a rule of the book is in the plan; nil: it does not count for the quote.
    private func place(ofRule rule: Int32) -> Int? {
        var (low, high) = (0, self.plan.rules.count)
        while low < high {
            let middle = (low + high) / 2
            if self.plan.rules[middle] < rule { low = middle + 1 } else { high = middle }
        }
        return low < self.plan.rules.count && self.plan.rules[low] == rule ? low : nil
    }

    /// Why a promotion does not count for the quote at all; nil: it does.
    ///
    /// - Parameter place: Its place in the plan.
    mutating func loss(ofRule place: Int, _ rule: BookRule) throws(PricingRefusal) -> LossReason? {
        if !self.isInHours(rule, otherwise: false) { return .hours }
        let currency = self.plan.context.currency
        let amounts = [rule.effect.currency, rule.limits?.amount?.currency, rule.minimumSubtotal?.currency]
        for amount in amounts { if let amount, amount != currency { return .currency } }
        if rule.needsCoupon, self.couponOfRule[place] < 0 { return self.lossOfCoupon(for: place) }
        if let limits = rule.limits, !self.hasUseLeft(rule, limits) { return .limit }
        return try self.meets(rule, place) ? nil : .condition
    }

    /// Why a rule that needs a coupon has none.
    private func lossOfCoupon(for place: Int) -> LossReason {
        let named = self.coupons.first { $0.rule == self.plan.rules[place] }
        return named?.reason ?? .coupon
    }

    /// Whether the clocks of a rule's zone show a time of its hours.
    ///
    /// - Parameter otherwise: The answer where it is not known what the clocks show.
    mutating func isInHours(_ rule: BookRule, otherwise: Bool) -> Bool {
        guard let zone = rule.timeZone else { return true }
        guard let clock = self.input.clocks[zone] else { return otherwise }
        // Clocks go by whole minutes since long ago, wherever they stand.
        let at = self.plan.context.at.microseconds
        let minute: Int64 = 60_000_000
        let begin = at.subtractingReportingOverflow(((at % minute) + minute) % minute).partialValue
        for hours in rule.hours {
            let end = begin.addingReportingOverflow(Int64(hours.minutesToNextEnd(after: clock)) * minute).partialValue
            self.next.note(min(Instant(microseconds: end), clock.isSteadyUntil))
        }
        return rule.hours.contains { $0.contains(clock) }
    }

    private func hasUseLeft(_ rule: BookRule, _ limits: RuleLimits) -> Bool {
        let use = self.use(of: rule)
        if let uses = limits.uses, use?.uses ?? 0 >= uses { return false }
        if let uses = limits.usesPerCustomer {
            guard !self.input.customerID.isEmpty, use?.usesByCustomer ?? 0 < uses else { return false }
        }
        if let left = self.amountLeft(of: rule), left <= 0 { return false }
        return true
    }

    private func use(of rule: BookRule) -> RuleUse? { self.input.ruleUses.first { $0.ruleID == rule.id } }

    /// What a rule's limit leaves for reductions; nil: it has none.
    func amountLeft(of rule: BookRule) -> Int64? {
        guard let limit = rule.limits?.amount else { return nil }
        // Neither is below zero.
        return limit.amount.micros - (self.use(of: rule)?.amount.micros ?? 0)
    }

    /// Whether the lines of a rule's products are enough together.
    private func meets(_ rule: BookRule, _ place: Int) throws(PricingRefusal) -> Bool {
        if rule.stage != .units, rule.minimumQuantity > 0 {
            // At most 500 lines of what a line's quantity may be.
            var units: Int128 = 0
            self.selections.forEach(in: place) { units += Int128(self.lines[$0].quantity) }
            guard units >= Int128(rule.minimumQuantity) else { return false }
        }
        guard let minimum = rule.minimumSubtotal else { return true }
        var subtotal: Int128 = 0
        self.selections.forEach(in: place) { subtotal += Int128(self.lines[$0].subtotal) }
        return subtotal >= Int128(minimum.amount.micros)
    }
}
