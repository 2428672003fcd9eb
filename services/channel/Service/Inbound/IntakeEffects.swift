internal import ChannelMessages
internal import Postgres

/// Units of an order that a platform has sold from what it shows.
struct SoldUnits: Hashable, Sendable {
    /// Ours.
    var sku: String
    var quantity: Int64
}

/// An order of a platform that was taken in.
struct SoldOrder: Sendable {
    var brand: PostgresUUID
    var connection: String
    /// The platform's.
    var orderID: String
    /// When it was sold: what was read of the shelf later has it in it.
    var soldAt: PostgresTimestamp
    /// At most one of each SKU.
    var units: [SoldUnits]
}

/// What lowers what a platform is believed to show when an order of it is taken in.
protocol ShelfSales: Sendable {
    /// Lowers the shelf, once for each order, in the transaction that says that the order is taken in.
    func sold(_ order: SoldOrder, in transaction: PostgresTransaction) async throws
}

/// What knows a platform's SKUs.
protocol PlatformSKUs: Sendable {
    /// Our SKUs, by those of a platform; what no listing names is ours by the same name, and left out.
    func ours(_ platformSKUs: [String], on connection: String, of brand: PostgresUUID) async throws -> [String: String]
}

/// A notification that something of the platform's shelf changed.
struct ShelfHint: Sendable {
    var brand: PostgresUUID
    var connection: String
    /// Stock or product.
    var kind: InboundKind
    var topic: String
    /// The platform's id of what changed.
    var subject: String
    /// As it came.
    var body: [UInt8]
}

/// What reads back what platforms show.
protocol ShelfHints: Sendable {
    /// Has what a notification names read back soon, in the transaction that says that it is dealt with.
    func readBack(_ hint: ShelfHint, in transaction: PostgresTransaction) async throws
}

/// What keeps to the limits of a platform.
protocol IntakeQuota: Sendable {
    /// Waits until a call may be made.
    func admit(_ operation: String, on connection: String, of brand: PostgresUUID) async throws
}

/// No limits beside those that the platform tells by its answers.
struct NoIntakeQuota: IntakeQuota {
    func admit(_ operation: String, on connection: String, of brand: PostgresUUID) async throws {}
}
