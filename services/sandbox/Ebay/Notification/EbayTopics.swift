internal import OrderedCollections
internal import SandboxJSON

/// What sellers and applications can be told of.
enum EbayTopic: String, CaseIterable {
    case accountDeletion = "MARKETPLACE_ACCOUNT_DELETION"
    case authorizationRevocation = "AUTHORIZATION_REVOCATION"
    case itemAvailability = "ITEM_AVAILABILITY"
    case itemPrice = "ITEM_PRICE_REVISION"
    case orderConfirmation = "ORDER_CONFIRMATION"
    case itemShipped = "ITEM_MARKED_SHIPPED"

    /// The only version of the bodies.
    static let schemaVersion = "1.0"

    var json: JSONValue {
        let isApplications = self == .accountDeletion || self == .authorizationRevocation
        return [
            "topicId": .string(self.rawValue), "description": .string(self.rawValue.lowercased()),
            "status": "ENABLED", "scope": isApplications ? "APPLICATION" : "USER", "context": "SELL",
            "filterable": false, "authorizationScopes": [],
            "supportedPayloads": [
                [
                    "format": ["JSON"], "schemaVersion": .string(Self.schemaVersion), "deliveryProtocol": "HTTPS",
                    "deprecated": false,
                ]
            ],
        ]
    }
}
