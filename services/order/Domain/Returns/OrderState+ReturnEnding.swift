public import OrderMessages
public import Refusals

extension OrderState {
    /// Puts the refund of a return on record, or closes it without money.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `refundExceeded`, `invalidAmount` or `tooMany`.
    public mutating func refundReturn(
        _ place: Int, _ request: RefundReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .refund)
        let credit = try ReturnCredit(ofGraded: goods, in: self)
        let limit = self.order.roundedDown(max(0, credit.amount - (goods.restockingFee?.micros ?? 0)))
        let amount = try self.amount(of: request, limit: limit)
        goods.refundable = Decimal(micros: limit)
        guard amount > 0 else {
            goods.status = .closed
            goods.refunded = Decimal()
            self.returns[place] = goods
            return self.append(.return, subject: self.order.returnID(place), "The return was closed without money")
        }
        var order = try self.order.with(
            Refund(
                amount: Decimal(micros: amount), reason: goods.isCore ? .core : .return,
                returnID: self.order.returnID(place), method: request.method, reference: request.reference,
                at: moment.now))
        for (line, units) in credit.deposits { order.items[line].coresReturned += units }
        if !goods.isCore { goods.lines = ReturnableUnits(state: self).ended(goods) }
        goods.status = .refunded
        goods.refunded = Decimal(micros: amount)
        goods.refundID = order.refunds.last?.refundID ?? ""
        self.order = order
        self.returns[place] = goods
        self.appendLastRefund()
        self.append(.return, subject: order.returnID(place), "The return was refunded: \(order.text(amount))")
    }

    private func amount(of request: RefundReturnRequest, limit: Int64) throws(OrderRefusal) -> Int64 {
        guard let amount = request.amount else {
            let paid = self.order.roundedDown(self.order.refundLimit)
            guard limit == 0 || paid > 0 else {
                throw OrderRefusal(
                    .refundExceeded, field: "amount", "is all that is refundable, and nothing is paid and not refunded",
                    expected: "a payment on record first, or an amount of 0")
            }
            return min(limit, paid)
        }
        guard amount.micros != 0 else { return 0 }
        try OrderAmount.checkAboveZero(amount, "amount", currency: self.order.currency)
        guard amount.micros <= limit else {
            throw OrderRefusal(
                .refundExceeded, field: "amount", "is more than what came back lets be refunded",
                expected: "at most \(self.order.text(limit))")
        }
        return amount.micros
    }
}
