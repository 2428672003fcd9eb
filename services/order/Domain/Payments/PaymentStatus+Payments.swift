public import OrderMessages

extension PaymentStatus {
    /// What was paid of an order, by the payments and refunds on record.
    ///
    /// Money that came counts before promises, and refunds before both. Where no money came, the last thing that happened
    /// decides: a try that failed is told even where an earlier promise still stands, because somebody must act on it.
    ///
    /// - Parameters:
    ///   - due: What the buyer owes in all, in millionths; at zero or below, nothing is left to be paid.
    ///   - payments: In the order in which they were recorded.
    public init(due: Int64, payments: [Payment], refunds: [Refund]) {
        let paid = PaymentSums.paid(payments)
        let refunded = PaymentSums.refunded(refunds)
        guard refunded == 0 else {
            self = refunded < paid ? .partiallyRefunded : .refunded
            return
        }
        guard paid == 0 else {
            self = paid < Int128(due) ? .partiallyPaid : .paid
            return
        }
        guard due > 0 else {
            self = .paid
            return
        }
        let promised = PaymentSums.promised(payments)
        switch payments.last?.kind {
        case .failure: self = .failed
        case .void where promised == 0: self = .voided
        default: self = promised < Int128(due) ? .pending : .authorized
        }
    }
}

/// Sums of what is on record of the buyer's money, in millionths.
///
/// In 128 bits, so that no record overflows them.
enum PaymentSums {
    /// Money that came.
    static func paid(_ payments: [Payment]) -> Int128 {
        payments.reduce(0) { $1.kind == .payment ? $0 + Int128($1.amount?.micros ?? 0) : $0 }
    }

    /// Money that was given back.
    static func refunded(_ refunds: [Refund]) -> Int128 { refunds.reduce(0) { $0 + Int128($1.amount?.micros ?? 0) } }

    /// What is promised and was not given back since; what of it came does not count here.
    static func promised(_ payments: [Payment]) -> Int128 {
        var promised: Int128 = 0
        for payment in payments {
            switch payment.kind {
            case .authorization: promised += Int128(payment.amount?.micros ?? 0)
            // Without an amount, all of it.
            case .void: promised = max(0, promised - Int128(payment.amount?.micros ?? .max))
            default: break
            }
        }
        return promised
    }
}
