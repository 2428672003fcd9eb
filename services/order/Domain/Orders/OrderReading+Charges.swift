internal import OrderMessages
internal import Refusals

extension OrderReading {
    /// Reads what is paid beside the lines.
    mutating func readCharges() {
        self.check(self.request.shipping, "shipping")
        self.check(self.request.shippingTax, "shippingTax")
        self.check(self.request.total, "total")
        self.checkCount(self.request.discounts.count, "discounts", OrderLimits.discounts)
        self.checkCount(self.request.fees.count, "fees", OrderLimits.fees)
        self.checkCount(self.request.coupons.count, "coupons", OrderLimits.coupons)
        for (place, discount) in self.request.discounts.enumerated() {
            self.check(discount.amount, "discounts[\(place)].amount")
        }
        for (place, fee) in self.request.fees.enumerated() {
            self.check(fee.amount, "fees[\(place)].amount")
        }
        for (place, coupon) in self.request.coupons.enumerated()
        where self.request.coupons[..<place].contains(coupon) {
            self.faults.add(.duplicateEntry, "coupons[\(place)]", "is named before", expected: "each coupon once")
        }
        self.order.shipping = self.request.shipping
        self.order.shippingTax = self.request.shippingTax
        self.order.discounts = self.request.discounts
        self.order.fees = self.request.fees
        self.order.coupons = self.request.coupons
        self.order.taxIncluded = self.request.taxIncluded
    }

    private mutating func checkCount(_ count: Int, _ field: String, _ maximum: Int) {
        guard count > maximum else { return }
        self.faults.add(.tooMany, field, "has \(count) entries", expected: "at most \(maximum)")
    }

    /// Reads where the order is: to be placed, or finished.
    mutating func readState() {
        switch self.request.status {
        case .unspecified, .pending: self.order.status = .pending
        case .shipped, .fulfilled, .delivered, .cancelled, .closed: self.order.status = self.request.status
        case .reserved, .confirmed, .partiallyShipped, .unrecognized:
            self.faults.add(
                .invalidValue, "status", "is \(self.request.status.words)",
                expected: "none or pending to be placed; shipped, fulfilled, delivered, cancelled or closed")
        }
        self.readPaymentStatus()
        self.order.shippingTracking = self.request.shippingTracking
        if self.order.status == .pending, !self.request.shippingTracking.isEmpty {
            self.faults.add(
                .invalidValue, "shippingTracking", "is given, and the order is to be placed",
                expected: "none, or a status such as shipped")
        }
        if self.order.status != .pending, self.request.confirmOnPayment {
            self.faults.add(
                .invalidValue, "confirmOnPayment", "is true, and the order is finished", expected: "false")
        }
    }

    private mutating func readPaymentStatus() {
        self.order.paymentStatus = self.request.paymentStatus
        switch self.request.paymentStatus {
        case .unspecified: self.order.paymentStatus = .pending
        case .pending, .authorized, .paid: break
        case .refunded, .failed, .voided:
            guard self.order.status == .pending else { break }
            self.faults.add(
                .invalidValue, "paymentStatus", "is \(self.request.paymentStatus.words), and the order is to be placed",
                expected: "none, pending, authorized or paid")
        case .partiallyPaid, .partiallyRefunded, .unrecognized:
            self.faults.add(
                .invalidValue, "paymentStatus", "is \(self.request.paymentStatus.words), and does not say how much",
                expected: "pending, authorized, paid, refunded, failed or voided; payments are recorded one by one")
        }
    }
}

extension PaymentStatus {
    /// In a sentence: "partially paid".
    var words: String {
        switch self {
        case .pending: "pending"
        case .authorized: "authorized"
        case .partiallyPaid: "partially paid"
        case .paid: "paid"
        case .partiallyRefunded: "partially refunded"
        case .refunded: "refunded"
        case .failed: "failed"
        case .voided: "voided"
        case .unspecified, .unrecognized: "of no known kind"
        }
    }
}
