/// How much there may be of anything in an order.
public enum OrderLimits {
    /// Lines of an order.
    public static let items = 250
    /// Units of a line.
    public static let unitsPerLine: Int64 = 1_000_000_000
    /// Reductions of an order beside those of its lines.
    public static let discounts = 50
    /// Fees of an order.
    public static let fees = 50
    /// Coupons of an order.
    public static let coupons = 10
    /// Payments on record of an order.
    public static let payments = 100
    /// Refunds on record of an order.
    public static let refunds = 100
    /// Parcels of an order.
    public static let shipments = 100
    /// Returns of an order.
    public static let returns = 100
    /// Warranty claims of an order.
    public static let claims = 100
    /// Orders that were split from an order, or replace parts of it.
    public static let children = 100
    /// How often an order is tried to be placed.
    public static let attempts: UInt32 = 100
    /// How long whoever places an order has for it before others look after it. Milliseconds.
    public static let attentionMilliseconds: Int64 = 10_000
    /// Bytes of a SKU.
    public static let skuBytes = 64
    /// Bytes of a channel's order id.
    public static let orderIDBytes = 128
    /// Bytes of a platform's or connection's name.
    public static let connectionBytes = 64
    /// Bytes of a line's id.
    public static let lineIDBytes = 64
    /// How far an instant may lie ahead of the database's clock and still count as now. Seconds: clocks of channels differ.
    public static let clockSkewSeconds: Int64 = 60
    /// How long stock is held for a payment, unless something else is said. Seconds.
    public static let holdSeconds: Int64 = 15 * 60
    /// How long stock is held for a payment at the most. Seconds.
    public static let maximumHoldSeconds: Int64 = 60 * 60
    /// Units that a line may be promised beyond what is there, unless the brand says something else.
    public static let backorderCap: Int64 = 1000
}
