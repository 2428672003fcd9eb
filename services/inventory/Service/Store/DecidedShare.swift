internal import InventoryDomain
internal import Postgres

/// What a transaction decided for one brand, ready to be written.
struct DecidedShare: Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// Which of the transaction's brands that is, from 0 on.
    let share: Int
    /// What changed.
    let changes: Changes
    /// The changed items as they are now, in the order of ``Changes/items``.
    let items: [StockItem]
    /// The keys of the items, by their places in the set that was decided on.
    let keys: [Keyed<SKU>]
    /// Where the rows of the items were, by the items' places in the set that was decided on; nil: an item had none.
    var places: [ItemPlace?]
    /// The reservations that had a row.
    let knownReservations: Set<ReservationID>
    /// The encoded answers of the commands that leave records, in the order of ``Changes/records``.
    let receipts: [[UInt8]]
    /// The trace context of those commands that have one.
    let traces: [CommandID: String]
}
