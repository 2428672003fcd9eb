internal import Money
internal import PricingMessages

/// The prices of one SKU in one list, for all times.
public struct PriceTimeline: Sendable {
    /// By quantity and beginning.
    public let rows: [PriceRow]

    /// Those prices, in any order; which SKU and list they are of is not looked at.
    public init(_ rows: some Sequence<PriceRow>) {
        self.rows = rows.sorted {
            ($0.minimumQuantity, $0.validFrom) < ($1.minimumQuantity, $1.validFrom)
        }
    }

    /// The price of a unit at an instant, where so many are bought; nil: there is none.
    public func price(at instant: Instant, quantity: Int64) -> PriceRow? {
        self.rows.last { $0.minimumQuantity <= quantity && $0.counts(at: instant) }
    }

    /// The prices that count at an instant, one for each minimum quantity, ascending.
    public func tiers(at instant: Instant) -> [PriceRow] {
        var tiers: [PriceRow] = []
        for row in self.rows where row.counts(at: instant) {
            if tiers.last?.minimumQuantity == row.minimumQuantity { tiers.removeLast() }
            tiers.append(row)
        }
        return tiers
    }

    /// The next instant behind another at which a price begins or ends; nil: none does.
    public func nextChange(after instant: Instant) -> Instant? {
        self.rows.lazy.compactMap { Period.nextEnd(from: $0.validFrom, to: $0.validTo, after: instant) }.min()
    }

    /// Refuses prices of which a greater quantity's is higher at any instant.
    ///
    /// - Parameter field: The beginning of the names of the fields, for the refusal: "prices[2].", or empty.
    /// - Throws: ``PricingRefusal`` with `tiersNotMonotone` that names the first instant, both quantities and both prices.
    public func checkMonotone(field: String = "") throws(PricingRefusal) {
        // Between two ends of prices nothing changes.
        let ends = Set(self.rows.flatMap { [$0.validFrom, $0.validTo] })
        for instant in ends.sorted() where instant != .distantFuture {
            let tiers = self.tiers(at: instant)
            for (lower, higher) in zip(tiers, tiers.dropFirst()) where higher.amount > lower.amount {
                throw Self.refusal(lower, higher, at: instant, field: field)
            }
        }
    }

    private static func refusal(
        _ lower: PriceRow, _ higher: PriceRow, at instant: Instant, field: String
    ) -> PricingRefusal {
        let time = instant == .distantPast ? "from ever" : "from \(instant.text)"
        return PricingRefusal(
            .tiersNotMonotone, field: "\(field)amount",
            "makes \(higher.minimumQuantity) and more cost \(higher.amount.text(decimalPlaces: 2)) each \(time), and"
                + " \(lower.minimumQuantity) and more \(lower.amount.text(decimalPlaces: 2))",
            expected: "a greater quantity at the same price or a lower one at every instant, as the list says")
    }
}
