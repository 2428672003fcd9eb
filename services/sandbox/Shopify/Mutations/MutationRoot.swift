internal import Crypto
internal import Foundation
internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// The fields that change something.
struct MutationRoot: GraphQLObject {
    /// Those that are not done without a key.
    static let keyed: Set<String> = [
        "inventoryActivate", "inventoryAdjustQuantities", "inventorySetOnHandQuantities", "inventorySetQuantities",
        "refundCreate",
    ]

    let view: ShopView

    var typeName: String { "Mutation" }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        // Arguments come first, as was recorded.
        try Self.check(field, arguments)
        guard !Self.keyed.contains(field) || arguments.idempotencyKey != nil else {
            throw GraphQLError(
                "The @idempotent directive is required for this mutation but was not provided.", code: "BAD_REQUEST",
                at: arguments.fieldLocation)
        }
        return .object(
            StoredObject(
                view: self.view, typeName: Self.payload(of: field), members: try self.once(field, arguments)))
    }

    static func payload(of field: String) -> String { field.prefix(1).uppercased() + field.dropFirst() + "Payload" }

    /// Does the work, unless its key says that it is done already.
    private func once(_ field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> JSONValue {
        guard let key = arguments.idempotencyKey else { return try self.payload(of: field, arguments) }
        guard (1...255).contains(key.utf8.count) else {
            throw GraphQLError(
                "The idempotency key must have 1 to 255 characters.", code: "BAD_REQUEST", at: arguments.fieldLocation)
        }
        let input = Self.digest(field, arguments)
        if let use = self.view.state.keyUses[key] {
            guard use.input == input else {
                return Self.keyError(
                    field, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                    "The same idempotency key cannot be used with different operation parameters.")
            }
            guard let answer = use.answer.flatMap({ try? JSONValue(json: $0) }) else {
                return Self.keyError(
                    field, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
                    "The previous attempt with this idempotency key failed; use a new key.")
            }
            return answer
        }
        let payload = try self.payload(of: field, arguments)
        self.view.state.put(KeyUse(key: key, input: input, answer: payload.jsonText, usedAt: .now()))
        return payload
    }

    /// What tells one input from another.
    static func digest(_ field: String, _ arguments: GraphQLArguments) -> String {
        let text = field + JSONValue.object(arguments.values).jsonText
        return Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }

    /// A payload that only says what is wrong with a key.
    static func keyError(_ field: String, _ code: String, _ message: String) -> JSONValue {
        ["userErrors": [UserErrors.error(of: field, nil, message, code)]]
    }

    private func payload(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> JSONValue {
        switch field {
        case "inventorySetQuantities", "inventorySetOnHandQuantities", "inventoryAdjustQuantities":
            InventoryMutation(view: self.view, field: field, input: arguments["input"] ?? .null).payload()
        case "inventoryActivate": self.activate(arguments)
        case "fulfillmentCreate": self.fulfil(arguments)
        case "fulfillmentTrackingInfoUpdate": self.updateTracking(arguments)
        case "orderCancel": self.cancelOrder(arguments)
        case "refundCreate": self.refund(arguments)
        case "productVariantsBulkUpdate": self.updateVariants(arguments)
        case "productSet": self.setProduct(arguments)
        case "metafieldsSet": self.setMetafields(arguments)
        case "stagedUploadsCreate": self.stageUploads(arguments)
        case "bulkOperationRunMutation": self.runBulkMutation(arguments)
        case "bulkOperationCancel": self.cancelBulk(arguments)
        case "webhookSubscriptionCreate": self.subscribe(arguments)
        case "webhookSubscriptionUpdate": self.updateSubscription(arguments)
        case "webhookSubscriptionDelete": self.unsubscribe(arguments)
        default: .null
        }
    }

    /// What the schema leaves open and the platform asks for nevertheless.
    private static func check(_ field: String, _ arguments: GraphQLArguments) throws(GraphQLError) {
        let input = arguments["input"]
        let (rows, type): (JSONValue?, String)
        switch field {
        case "inventorySetQuantities": (rows, type) = (input?["quantities"], "InventoryQuantityInput")
        case "inventorySetOnHandQuantities": (rows, type) = (input?["setQuantities"], "InventorySetQuantityInput")
        case "inventoryAdjustQuantities": (rows, type) = (input?["changes"], "InventoryChangeInput")
        case "metafieldsSet": return
        case "productVariantsBulkUpdate": (rows, type) = (arguments["variants"], "")
        default: return
        }
        let list = rows?.array ?? []
        guard list.count <= Connection.maximumPage else {
            throw GraphQLError(
                "The input array size of \(list.count) is greater than the maximum allowed of "
                    + "\(Connection.maximumPage).", code: "MAX_INPUT_SIZE_EXCEEDED", at: arguments.locations)
        }
        guard !type.isEmpty, list.contains(where: { $0.object?.keys.contains("changeFromQuantity") == false }) else {
            return
        }
        throw GraphQLError(
            "\(type) must include the following argument: changeFromQuantity.", code: "INVALID_FIELD_ARGUMENTS",
            at: arguments.locations)
    }
}
