public import OrderMessages
public import Refusals
internal import WellKnownMessages

extension OrderState {
    /// Puts on record what happened to the buyer's money.
    ///
    /// Money that came is a fact, and taken in whatever the state of the order; a promise only where something may still be
    /// sent for it.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed` for a promise to an order that has ended, and for giving back where
    ///   nothing is promised; `invalidAmount`, `dateOutOfRange`, `tooMany`.
    public mutating func recordPayment(_ request: RecordPaymentRequest, at moment: OrderMoment) throws(OrderRefusal) {
        try self.check(request)
        let at = try moment.past(request.at, field: "at")
        guard self.order.payments.count < OrderLimits.payments else {
            throw .tooMany("payments", OrderLimits.payments)
        }
        let payment = Payment(
            paymentID: "p\(self.order.payments.count + 1)", kind: request.kind, amount: request.amount,
            method: request.method, reference: request.reference, at: at)
        var order = self.order
        order.payments.append(payment)
        try order.countPayments()
        self.order = order
        // It is to be confirmed now: by others, where whoever recorded this does not come to it.
        if order.status == .reserved, order.isPaid {
            self.attention = .after(milliseconds: OrderLimits.attentionMilliseconds)
        }
        self.append(.payment, subject: payment.paymentID, payment.text(in: order.currency))
        self.goOnWhenPaid()
    }

    /// Has an order looked after that was waiting for its payment, unless whoever brought that about confirms it before.
    mutating func goOnWhenPaid() {
        guard self.order.status == .reserved, self.order.isPaid else { return }
        self.attention = .after(milliseconds: OrderLimits.attentionMilliseconds)
    }

    private func check(_ request: RecordPaymentRequest) throws(OrderRefusal) {
        let currency = self.order.currency
        switch request.kind {
        case .payment:
            try OrderAmount.checkAboveZero(request.amount, "amount", currency: currency)
        case .authorization:
            try OrderAmount.checkAboveZero(request.amount, "amount", currency: currency)
            guard ![.cancelled, .closed].contains(self.order.status) else {
                throw self.order.refusal(
                    to: "take a promise of payment", in: OrderStatus.before(.cancelled).map(\.words))
            }
        case .failure:
            guard request.amount != nil else { return }
            try OrderAmount.checkAboveZero(request.amount, "amount", currency: currency)
        case .void:
            try self.checkVoid(of: request.amount)
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "kind", "is none that is known",
                expected: "authorization, payment, failure or void")
        }
    }

    private func checkVoid(of amount: Decimal?) throws(OrderRefusal) {
        let promised = PaymentSums.promised(self.order.payments)
        guard promised > 0 else {
            throw OrderRefusal(
                .stateNotAllowed, field: "kind", "gives back a promise, and nothing is promised",
                expected: "an authorization on record that was not given back")
        }
        guard let amount else { return }
        try OrderAmount.checkAboveZero(amount, "amount", currency: self.order.currency)
        guard Int128(amount.micros) <= promised else {
            let text = OrderAmount.text(Int64(clamping: promised), currency: self.order.currency)
            throw OrderRefusal(
                .invalidAmount, field: "amount", "is more than what is promised",
                expected: "at most \(text) \(self.order.currency)")
        }
    }

    /// Puts a refund on record, for whatever reason but a return or claim.
    ///
    /// - Throws: ``OrderRefusal`` with `refundExceeded` where it is more than what was paid and not refunded; `invalidAmount`,
    ///   `dateOutOfRange`, `tooMany`.
    public mutating func recordRefund(_ request: RecordRefundRequest, at moment: OrderMoment) throws(OrderRefusal) {
        switch request.reason {
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "reason", "is none that is known",
                expected: "return, cancellation, core, warranty, goodwill or chargeback")
        default: break
        }
        let at = try moment.past(request.at, field: "at")
        let refund = Refund(
            amount: request.amount, reason: request.reason, method: request.method, reference: request.reference,
            at: at)
        self.order = try self.order.with(refund)
        self.appendLastRefund()
    }

    /// Adds the entry of the refund that was put on record last.
    mutating func appendLastRefund() {
        guard let refund = self.order.refunds.last else { return }
        let amount = OrderAmount.text(refund.amount?.micros ?? 0, currency: self.order.currency)
        self.append(.refund, subject: refund.refundID, "Refunded \(amount) \(self.order.currency)")
    }
}

extension Order {
    /// What was paid and not refunded, in micros.
    var refundLimit: Int64 {
        Int64(clamping: max(0, PaymentSums.paid(self.payments) - PaymentSums.refunded(self.refunds)))
    }

    /// Whether a payment is on record for all that the buyer owes, so that what waits for it goes on.
    public var isPaid: Bool { PaymentSums.paid(self.payments) >= Int128(self.totals?.total?.micros ?? 0) }

    /// The order with one more refund on record, which is given its id.
    ///
    /// - Throws: ``OrderRefusal`` with `refundExceeded`, `invalidAmount` or `tooMany`.
    func with(_ refund: Refund) throws(OrderRefusal) -> Order {
        try OrderAmount.checkAboveZero(refund.amount, "amount", currency: self.currency)
        guard self.refunds.count < OrderLimits.refunds else { throw .tooMany("refunds", OrderLimits.refunds) }
        guard let micros = refund.amount?.micros, micros <= self.refundLimit else {
            throw OrderRefusal(
                .refundExceeded, field: "amount", "is more than what was paid and is not refunded",
                expected: "at most \(OrderAmount.text(self.refundLimit, currency: self.currency)) \(self.currency)")
        }
        var order = self
        order.refunds.append(refund)
        order.refunds[order.refunds.count - 1].refundID = "f\(order.refunds.count)"
        try order.countPayments()
        return order
    }

    /// Brings the sums and the state of payment up to date, behind a change of payments, refunds or lines.
    ///
    /// A cancelled order owes nothing, but is not paid where no money came.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept; nothing is changed then.
    public mutating func countPayments() throws(OrderRefusal) {
        try self.recount()
        let due = self.status == .cancelled ? 1 : self.totals?.total?.micros ?? 0
        self.paymentStatus = PaymentStatus(due: due, payments: self.payments, refunds: self.refunds)
    }
}

extension Payment {
    /// What happened, for people.
    fileprivate func text(in currency: String) -> String {
        let amount = self.amount.map { " of \(OrderAmount.text($0.micros, currency: currency)) \(currency)" } ?? ""
        return switch self.kind {
        case .authorization: "A payment\(amount) was promised"
        case .failure: "A payment\(amount) failed"
        case .void: "A promise\(amount) was given back"
        default: "A payment\(amount) came"
        }
    }
}
