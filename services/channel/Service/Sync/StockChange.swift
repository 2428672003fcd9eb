internal import ChannelDomain
internal import Events
internal import InventoryMessages
internal import Postgres
internal import ProtobufC

/// What an event says of the stock of one SKU.
struct StockChange: Hashable, Sendable {
    /// Where a kit's number stands, as it has no locations of its own.
    static let kitLocation = ""

    /// Whose it is.
    let brand: PostgresUUID
    /// Ours.
    let sku: String
    /// Of inventory; nil: of a kit, whose numbers have none, and come in order.
    let version: Int64?
    /// The units of the locations that changed.
    let available: [String: Int64]
    /// It does not say all: inventory is to be asked.
    let mustAsk: Bool

    /// The changes of events, in their order; those of other types say nothing of stock.
    ///
    /// - Throws: Where an event is none of its type.
    static func changes(of events: [RecordedEvent]) throws -> [StockChange] {
        try events.compactMap { recorded in
            let event = recorded.event
            switch event.type {
            case "inventory.stock.changed":
                let change = try StockChanged(decoding: event.payload)
                var available: [String: Int64] = [:]
                for place in change.warehouses {
                    guard let units = place.stockAvailable else { continue }
                    available[place.locationID] = units
                }
                return StockChange(
                    brand: event.brand, sku: change.sku, version: Int64(clamping: change.version),
                    available: available, mustAsk: change.settingsChanged)
            case "inventory.kit.availability.changed":
                let change = try KitAvailabilityChanged(decoding: event.payload)
                // Where the number is not known, another event with it follows.
                guard let available = change.available else { return nil }
                return StockChange(
                    brand: event.brand, sku: change.sku, version: nil, available: [Self.kitLocation: available],
                    mustAsk: false)
            default: return nil
            }
        }
    }
}
