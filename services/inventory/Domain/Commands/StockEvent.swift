/// Something that happened, to be appended to the event log in the transaction of the change.
public enum StockEvent: Hashable, Sendable {
    /// Stock or settings of a SKU changed.
    case stockChanged(StockChange)
    /// A reservation was made, or changed its state or expiry.
    case reservationChanged(Reservation, command: CommandID)
    /// A SKU fell below its reorder threshold. Once for each time that it does.
    case thresholdCrossed(sku: SKU, version: Int64, threshold: Int64, reorderQuantity: Int64, available: Int64)
    /// A count found less than is promised.
    case shortageRecorded(Place, onHand: Int64, reserved: Int64, command: CommandID)
    /// A component of a kit changed.
    case kitAvailabilityChanged(kit: SKU, component: SKU, available: Int64)
    /// A write lost against a source of higher rank.
    case updateSuperseded(SupersededWrite)

    /// What it happened to, as text: a SKU, or a reservation's id. Its bucket is where the event stands.
    public var subject: String {
        switch self {
        case .stockChanged(let change): "\(change.sku)"
        case .reservationChanged(let reservation, _): "\(reservation.id)"
        case .thresholdCrossed(let sku, _, _, _, _): "\(sku)"
        case .shortageRecorded(let place, _, _, _): "\(place.sku)"
        case .kitAvailabilityChanged(let kit, _, _): "\(kit)"
        case .updateSuperseded(let write): "\(write.sku)"
        }
    }
}

/// A change of a SKU.
public struct StockChange: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Its version after the change.
    public let version: Int64
    /// The levels that changed.
    public let levels: [Level]
    /// Over all levels, on hand minus reserved.
    public let totalAvailable: Int64
    /// Whether the settings changed too.
    public let settingsChanged: Bool
    /// Whether kits that hold the SKU may have changed of which none of the command's events tells: there are more of them
    /// than it tells of, or their other components were not at hand. All kits that hold the SKU are to be told of again.
    public let hasUntoldKits: Bool
    /// The command that caused it.
    public let command: CommandID
}

/// A write that lost: against a source of higher rank, by an old version where the rules ask for the present one, or, among
/// settings, replaced by another source.
public struct SupersededWrite: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Where, for stock.
    public let location: LocationID?
    /// Which field.
    public let field: ContestedField
    /// Who lost.
    public let loser: Source
    /// Whose write stays; nil: not known.
    public let winner: WriteMark?
    /// What was offered: for stock the units on hand, for reorder the threshold, for buffers that of the SKU, for the
    /// flag 0 or 1; nil where that part was not in the update.
    public let offered: Int64?
    /// What was kept, in the same measure.
    public let kept: Int64
    /// The command that lost, or the one that replaced what had been written.
    public let command: CommandID
}
