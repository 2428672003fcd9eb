/// A column of a CSV file of stock, by its name, which is that of the JSON document.
enum StockColumn: String, CaseIterable, Sendable {
    case sku = "sku"
    case locationID = "locationId"
    case stockAvailable = "stockAvailable"
    case onHand = "onHand"
    case dropShip = "dropShip"
    case reorderThreshold = "reorderThreshold"
    case reorderQuantity = "reorderQuantity"
    case safetyBuffer = "safetyBuffer"
    /// An object of channels and units, as in JSON.
    case channelBuffers = "channelBuffers"
    case expectedVersion = "expectedVersion"
    // What stands in full exports. Imports pass it over, as updates do.
    case reserved = "reserved"
    case incoming = "incoming"
    case inTransit = "inTransit"
    case quarantined = "quarantined"
    case shortage = "shortage"
    case version = "version"
    case changedAt = "changedAt"

    /// Whether an import takes it.
    var isImported: Bool {
        switch self {
        case .reserved, .incoming, .inTransit, .quarantined, .shortage, .version, .changedAt: false
        default: true
        }
    }

    /// The names that an import takes.
    static let imported: [String] = Self.allCases.filter(\.isImported).map(\.rawValue)
}
