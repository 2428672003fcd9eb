public import Money

/// A price as it is read for quotes: of one SKU in one list, from a quantity on, for a time.
public struct PriceRow: Hashable, Sendable {
    /// The place of the SKU among those that were asked for.
    public var sku: Int32
    /// The number of the list.
    public var list: Int32
    /// From how many units on it counts; 1 or more.
    public var minimumQuantity: Int64
    /// Since when it counts.
    public var validFrom: Instant
    /// Until when it counts, exclusively.
    public var validTo: Instant
    /// What a unit costs.
    public var amount: Amount

    /// A price with all that it consists of.
    public init(
        sku: Int32, list: Int32, minimumQuantity: Int64, validFrom: Instant, validTo: Instant, amount: Amount
    ) {
        self.sku = sku
        self.list = list
        self.minimumQuantity = minimumQuantity
        self.validFrom = validFrom
        self.validTo = validTo
        self.amount = amount
    }

    /// Whether it counts at an instant.
    func counts(at instant: Instant) -> Bool { self.validFrom <= instant && instant < self.validTo }

    /// Whether the left one comes first, of one SKU: by list, quantity and beginning.
    static func isOrdered(_ left: PriceRow, before right: PriceRow) -> Bool {
        if left.list != right.list { return left.list < right.list }
        if left.minimumQuantity != right.minimumQuantity { return left.minimumQuantity < right.minimumQuantity }
        return left.validFrom < right.validFrom
    }
}
