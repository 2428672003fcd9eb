public import OrderMessages

/// An amount of a settlement with what became of it.
public struct MatchedEntry: Hashable, Sendable {
    /// The amount; one that the file does not have, but should, is of the line 0.
    public var entry: SettlementEntry
    /// Why it is not as it should be.
    public var difference: SettlementDifference
    /// Of differences: all amounts of the order and kind together; nil: they were not compared.
    public var orderAmount: Int64?
    /// Of differences: what they should be.
    public var expected: Int64?
}

/// Compares what a settlement has of one order with what the order says.
public struct SettlementMatch: Sendable {
    /// An order that a settlement is about.
    public struct Known: Sendable {
        /// What it says.
        public var expectation: SettlementExpectation
        /// What other settlements have of it, without what they have twice.
        public var earlier: [SettlementEntry]

        /// An order.
        public init(_ expectation: SettlementExpectation, earlier: [SettlementEntry] = []) {
            self.expectation = expectation
            self.earlier = earlier
        }
    }

    /// When the amounts were booked; nil: the file does not say.
    private let period: SettlementPeriod?
    /// In micros; differences up to it are none.
    private let tolerance: Int128

    /// - Parameter tolerance: In micros, of each order and kind; not below zero.
    public init(period: SettlementPeriod?, tolerance: Int64) {
        self.period = period
        self.tolerance = Int128(max(0, tolerance))
    }

    /// What becomes of the amounts that a settlement has of one order id.
    ///
    /// - Parameters:
    ///   - entries: All that the file has of the order id, in its order.
    ///   - order: nil: there is no such order.
    ///   - sums: To which each amount is added once, and each expectation.
    /// - Returns: The amounts in their order, and behind them those that the file should have.
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    public func match(
        _ entries: [SettlementEntry], with order: Known?, into sums: inout SettlementSums
    ) throws(OrderRefusal) -> [MatchedEntry] {
        var matched = entries.map { MatchedEntry(entry: $0, difference: Self.difference(of: $0, order)) }
        var missing: [MatchedEntry] = []
        if let order, let orderID = entries.first?.orderID, !orderID.isEmpty {
            for kind in SettlementAmountKind.ofOrders {
                // What is in another currency cannot be compared, and neither what is missing beside it.
                let isComparable = !matched.contains { $0.difference == .currency && $0.entry.kind == kind }
                guard isComparable else { continue }
                let places = matched.indices.filter { matched[$0].entry.kind == kind }
                if places.isEmpty {
                    missing += try self.missing(kind, of: order, orderID, isWhole: false, into: &sums)
                } else {
                    try self.compare(places, of: kind, in: &matched, with: order, into: &sums)
                }
            }
        }
        for entry in matched { try sums.add(entry) }
        return matched + missing
    }

    /// What a settlement should have of an order that is not in it, although it shipped or was refunded in its time.
    public func missing(
        _ order: Known, orderID: String, isShipped: Bool, into sums: inout SettlementSums
    ) throws(OrderRefusal) -> [MatchedEntry] {
        var missing: [MatchedEntry] = []
        for kind in SettlementAmountKind.ofOrders where isShipped || kind == .refund {
            missing += try self.missing(kind, of: order, orderID, isWhole: true, into: &sums)
        }
        return missing
    }

    /// What is known of an amount by itself.
    private static func difference(of entry: SettlementEntry, _ order: Known?) -> SettlementDifference {
        if entry.kind == .other || entry.orderID.isEmpty { return .notOfOrder }
        guard let order else { return .missingOrder }
        return entry.currency == order.expectation.currency ? .unspecified : .currency
    }

    /// Compares all amounts of one kind.
    private func compare(
        _ places: [Int], of kind: SettlementAmountKind, in matched: inout [MatchedEntry], with order: Known,
        into sums: inout SettlementSums
    ) throws(OrderRefusal) {
        let earlier = order.earlier.filter { $0.kind == kind }
        let rest = self.rest(kind, of: order)
        var compared = places
        if self.difference(places, in: matched, from: rest) {
            // What another settlement has to the letter is a payment told twice, and the others are compared without
            // it.
            var known: [SettlementEntry.Identity: Int] = [:]
            for entry in earlier { known[entry.identity, default: 0] += 1 }
            compared = places.filter { place in
                guard let count = known[matched[place].entry.identity], count > 0 else { return true }
                known[matched[place].entry.identity] = count - 1
                matched[place].difference = .duplicate
                return false
            }
        }
        guard !compared.isEmpty else { return }
        let expected = self.expectation(rest, compared, in: matched)
        let amount = Self.sum(compared, in: matched)
        if (amount - expected).magnitude > self.tolerance.magnitude {
            for place in compared {
                matched[place].difference = kind == .fee ? .feeVariance : .amount
                matched[place].orderAmount = try SettlementSums.kept(amount)
                matched[place].expected = try SettlementSums.kept(expected)
            }
        }
        try sums.expect(expected, of: kind, matched[compared[0]].difference)
    }

    /// What there may be of a kind beyond what other settlements have: of refunds by now, or by the end of the period.
    private func rest(_ kind: SettlementAmountKind, of order: Known) -> [Int128] {
        let earlier = order.earlier.reduce(into: Int128(0)) { sum, entry in
            // What was withheld was not to be expected either.
            if entry.kind == kind, !entry.isWithheld { sum += Int128(entry.amount) }
        }
        let all = order.expectation.amount(kind) - earlier
        guard kind == .refund, let period = self.period, let known = SettlementPeriod(from: .min, to: period.to) else {
            return [all]
        }
        return [all, order.expectation.amount(kind, in: known) - earlier]
    }

    /// The one of several expectations that holds; where none does, the last.
    private func expectation(_ rest: [Int128], _ places: [Int], in matched: [MatchedEntry]) -> Int128 {
        let withheld = places.reduce(into: Int128(0)) { sum, place in
            if matched[place].entry.isWithheld { sum += Int128(matched[place].entry.amount) }
        }
        let amount = Self.sum(places, in: matched)
        let expectations = rest.map { $0 + withheld }
        let holding = expectations.first { (amount - $0).magnitude <= self.tolerance.magnitude }
        return holding ?? expectations.last ?? withheld
    }

    private func difference(_ places: [Int], in matched: [MatchedEntry], from rest: [Int128]) -> Bool {
        let expected = self.expectation(rest, places, in: matched)
        return (Self.sum(places, in: matched) - expected).magnitude > self.tolerance.magnitude
    }

    private static func sum(_ places: [Int], in matched: [MatchedEntry]) -> Int128 {
        places.reduce(into: Int128(0)) { $0 += Int128(matched[$1].entry.amount) }
    }

    /// An amount that the file should have, and does not.
    ///
    /// - Parameter isWhole: The file has nothing of the order.
    private func missing(
        _ kind: SettlementAmountKind, of order: Known, _ orderID: String, isWhole: Bool,
        into sums: inout SettlementSums
    ) throws(OrderRefusal) -> [MatchedEntry] {
        let expected: Int128
        if kind == .refund {
            // One that was made later is in a later file.
            let due = self.period.map { order.expectation.amount(.refund, in: $0) } ?? 0
            let rest = self.rest(.refund, of: order).last ?? 0
            expected = min(0, max(due, rest))
        } else {
            // What an earlier file left open was told then.
            expected = order.earlier.isEmpty ? order.expectation.amount(kind) : 0
        }
        guard expected.magnitude > self.tolerance.magnitude else { return [] }
        let difference: SettlementDifference =
            isWhole || kind == .refund ? .missingPayment : kind == .fee ? .feeVariance : .amount
        try sums.expect(expected, of: kind, difference)
        let entry = SettlementEntry(
            number: 0, orderID: orderID, kind: kind, amount: 0, currency: order.expectation.currency)
        return [
            MatchedEntry(
                entry: entry, difference: difference, orderAmount: 0, expected: try SettlementSums.kept(expected))
        ]
    }
}
