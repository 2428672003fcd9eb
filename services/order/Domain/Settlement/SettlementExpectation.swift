public import OrderMessages
internal import WellKnownMessages

/// What an order says a channel should pay for it, in micros; what the channel keeps or takes back is below zero.
public struct SettlementExpectation: Hashable, Sendable {
    /// Money that went back to the buyer.
    struct Repaid: Hashable, Sendable {
        /// In microseconds since 1970; nil: not said.
        let at: Int64?
        let amount: Int64
    }

    /// By kind, without refunds; none: zero.
    private var amounts: [SettlementAmountKind: Int64] = [:]
    private var refunds: [Repaid] = []
    /// The order's currency.
    public let currency: String

    /// What an order says.
    ///
    /// Of an order that has shipped in part, the units on their way are counted, as channels pay what has left; of
    /// others all that is not cancelled.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    public init(of order: Order) throws(OrderRefusal) {
        self.currency = order.currency
        var due = order
        if order.status == .partiallyShipped {
            for (place, item) in order.items.enumerated() { due.items[place].cancelled = item.quantity - item.shipped }
        }
        let totals = try OrderTotals(of: due)
        self.amounts[.principal] = totals.items?.micros ?? 0
        self.amounts[.shipping] = totals.shipping?.micros ?? 0
        self.amounts[.tax] = totals.tax?.micros ?? 0
        self.amounts[.promotion] = -(totals.discount?.micros ?? 0)
        self.amounts[.core] = totals.core?.micros ?? 0
        // What is cancelled whole costs no fees.
        let isCancelled = due.items.allSatisfy { $0.quantity <= $0.cancelled }
        self.amounts[.fee] = isCancelled ? 0 : -(totals.fees?.micros ?? 0)
        self.refunds = order.refunds.map { Repaid(at: $0.at?.microseconds, amount: $0.amount?.micros ?? 0) }
    }

    /// What there should be of a kind.
    ///
    /// - Parameter period: Of refunds, those within it; nil: all.
    func amount(_ kind: SettlementAmountKind, in period: SettlementPeriod? = nil) -> Int128 {
        guard kind == .refund else { return Int128(self.amounts[kind] ?? 0) }
        return self.refunds.reduce(into: Int128(0)) { sum, refund in
            if period?.contains(refund.at) != false { sum -= Int128(refund.amount) }
        }
    }
}

/// The time that a settlement is about.
public struct SettlementPeriod: Hashable, Sendable {
    /// In microseconds since 1970.
    public let from: Int64
    /// In microseconds since 1970, with it.
    public let to: Int64

    /// A time; nil: its end is before its beginning.
    public init?(from: Int64, to: Int64) {
        guard from <= to else { return nil }
        (self.from, self.to) = (from, to)
    }

    func contains(_ instant: Int64?) -> Bool { instant.map { self.from <= $0 && $0 <= self.to } ?? false }
}

extension ProtoTimestamp {
    /// In microseconds since 1970; of instants beyond what 64 bits hold the nearest.
    fileprivate var microseconds: Int64 {
        let (micros, isTooGreat) = self.seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !isTooGreat else { return self.seconds < 0 ? .min : .max }
        let (sum, overflow) = micros.addingReportingOverflow(Int64(self.nanos / 1_000))
        return overflow ? .max : sum
    }
}
