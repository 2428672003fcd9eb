internal import InventoryDomain
internal import InventoryMessages
internal import ProtobufC

/// The payloads of inventory's events, encoded.
extension StockEvent {
    /// The type of the event that tells of a change of a SKU.
    static let stockChangedType = "inventory.stock.changed"

    /// The type of the event that tells how many there are of a kit.
    static let kitAvailabilityChangedType = "inventory.kit.availability.changed"

    /// The event's type, as `proto/driveline/inventory/v1/events.proto` lists them.
    var type: String {
        switch self {
        case .stockChanged: Self.stockChangedType
        case .reservationChanged: "inventory.reservation.changed"
        case .thresholdCrossed: "inventory.threshold.crossed"
        case .shortageRecorded: "inventory.shortage.recorded"
        case .kitAvailabilityChanged: Self.kitAvailabilityChangedType
        case .updateSuperseded: "inventory.update.superseded"
        }
    }

    /// The command that caused it, where the event tells.
    var command: InventoryDomain.CommandID? {
        switch self {
        case .stockChanged(let change): change.command
        case .reservationChanged(_, let command): command
        case .shortageRecorded(_, _, _, let command): command
        case .updateSuperseded(let write): write.command
        case .thresholdCrossed, .kitAvailabilityChanged: nil
        }
    }

    /// The encoded payload.
    ///
    /// - Throws: ``EncodingError`` where the arena does not suffice.
    func payload(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        switch self {
        case .stockChanged(let change): return try StockChanged(change).bytes(in: arena)
        case .reservationChanged(let reservation, let command):
            return try ReservationChanged(
                reservation: InventoryMessages.Reservation(reservation), commandID: command.description
            ).bytes(in: arena)
        case .thresholdCrossed(let sku, let version, let threshold, let quantity, let available):
            return try ThresholdCrossed(
                sku: sku.description, version: UInt64(clamping: version), reorderThreshold: threshold,
                reorderQuantity: quantity, totalAvailable: available
            ).bytes(in: arena)
        case .shortageRecorded(let place, let onHand, let reserved, let command):
            return try ShortageRecorded(
                sku: place.sku.description, locationID: place.location.description, onHand: onHand,
                reserved: reserved, shortage: reserved - onHand, commandID: command.description,
                lotID: place.lot?.id.description ?? ""
            ).bytes(in: arena)
        case .kitAvailabilityChanged(let kit, let component, let available):
            return try KitAvailabilityChanged(
                sku: kit.description, componentSku: component.description, available: available
            ).bytes(in: arena)
        case .updateSuperseded(let write): return try UpdateSuperseded(write).bytes(in: arena)
        }
    }
}

extension StockChanged {
    fileprivate init(_ change: StockChange) {
        self.init(
            sku: change.sku.description, version: UInt64(clamping: change.version),
            warehouses: change.levels.map { InventoryMessages.WarehouseStock($0) },
            totalAvailable: change.totalAvailable, commandID: change.command.description,
            settingsChanged: change.settingsChanged, hasUntoldKits: change.hasUntoldKits)
    }
}

extension UpdateSuperseded {
    fileprivate init(_ write: SupersededWrite) {
        self.init(
            sku: write.sku.description, locationID: write.location?.description ?? "", field: write.field.rawValue,
            loser: InventoryMessages.Source(rawValue: Int32(write.loser.rawValue)),
            winner: InventoryMessages.Source(rawValue: Int32(write.winner?.source.rawValue ?? 0)),
            offered: write.offered ?? 0, kept: write.kept, commandID: write.command.description)
    }
}
