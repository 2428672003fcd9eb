/// Units of a SKU that the platform holds and ships.
public struct FulfilledStock: Hashable, Sendable {
    /// The platform's SKU.
    public var platformSKU: String
    /// Units that can be sold now.
    public var fulfillable: Int64
    /// Units that are promised, or on their way between the platform's warehouses; not among the fulfillable ones.
    public var reserved: Int64
    /// Units that are on their way to the platform, or being received there.
    public var inbound: Int64

    /// Units with all that they consist of.
    public init(platformSKU: String, fulfillable: Int64, reserved: Int64, inbound: Int64) {
        self.platformSKU = platformSKU
        self.fulfillable = fulfillable
        self.reserved = reserved
        self.inbound = inbound
    }
}

/// A page of what the platform holds.
public struct FulfilledStockPage: Sendable {
    /// A SKU that is on several, as the list moves meanwhile, has the units of the last one.
    public var rows: [FulfilledStock]
    /// Where to go on; empty: that was all.
    public var next: String
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// A page with all that it consists of.
    public init(rows: [FulfilledStock], next: String, quotas: [QuotaObservation] = []) {
        self.rows = rows
        self.next = next
        self.quotas = quotas
    }
}

extension PlatformDescription {
    /// The operation that reads what the platform holds and ships; platforms without it hold nothing.
    public static let fulfilledStock = "fulfilled-stock"
    /// The setting with our location that such stock is written to; empty: it is not read.
    public static let fulfilmentLocation = "fulfilmentLocation"
}
