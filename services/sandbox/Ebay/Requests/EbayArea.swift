/// One of eBay's interfaces.
enum EbayArea: String, CaseIterable {
    case inventory
    case fulfillment
    case cancellation
    case notification
    case metadata
    case taxonomy
    case analytics

    /// The parts that its paths begin with.
    var prefix: [String] {
        switch self {
        case .inventory: ["sell", "inventory", "v1"]
        case .fulfillment: ["sell", "fulfillment", "v1"]
        case .cancellation: ["post-order", "v2", "cancellation"]
        case .notification: ["commerce", "notification", "v1"]
        case .metadata: ["sell", "metadata", "v1"]
        case .taxonomy: ["commerce", "taxonomy", "v1"]
        case .analytics: ["developer", "analytics", "v1_beta"]
        }
    }

    init?(_ path: [String]) {
        guard let area = Self.allCases.first(where: { path.starts(with: $0.prefix) }) else { return nil }
        self = area
    }

    /// What may stand before its tokens: the older interface has words of its own.
    var tokenWords: [String] { self == .cancellation ? ["IAF", "TOKEN", "Bearer"] : ["Bearer"] }

    /// What is said where something broke.
    var systemError: Int {
        switch self {
        case .inventory: 25001
        case .fulfillment, .cancellation: 30500
        case .notification: 195000
        case .metadata: 46000
        case .taxonomy: 62000
        case .analytics: 105000
        }
    }

    /// The calls of a day that an application has.
    var callsPerDay: Int {
        switch self {
        case .inventory: 2_000_000
        case .fulfillment: 250_000
        case .cancellation, .notification, .analytics: 10_000
        case .metadata, .taxonomy: 5_000
        }
    }

    /// What a seller must have granted: `nil` for nothing.
    func scope(of rest: [String]) -> String? {
        switch self {
        case .inventory: "sell.inventory"
        case .fulfillment: rest.last == "issue_refund" ? "sell.finances" : "sell.fulfillment"
        case .cancellation: "sell.fulfillment"
        case .notification: rest.first == "subscription" ? "commerce.notification.subscription" : nil
        case .metadata, .taxonomy, .analytics: nil
        }
    }

    /// Whether only the seller's own token is taken.
    func isSellers(_ rest: [String]) -> Bool {
        switch self {
        case .inventory, .fulfillment, .cancellation: true
        case .notification, .metadata, .taxonomy: false
        case .analytics: rest.first == "user_rate_limit"
        }
    }
}
