internal import SandboxJSON

/// What is wrong with the input of a mutation, as its payload says it.
enum UserErrors {
    /// The types of errors that have a code; others are plain.
    private static let types = [
        "inventorySetQuantities": "InventorySetQuantitiesUserError",
        "inventorySetOnHandQuantities": "InventorySetOnHandQuantitiesUserError",
        "inventoryAdjustQuantities": "InventoryAdjustQuantitiesUserError",
        "metafieldsSet": "MetafieldsSetUserError",
        "productSet": "ProductSetUserError",
        "productVariantsBulkUpdate": "ProductVariantsBulkUpdateUserError",
        "bulkOperationRunMutation": "BulkMutationUserError",
    ]

    /// An error of a mutation.
    ///
    /// - Parameter path: Where in the input; `nil` where it is about the whole.
    static func error(of field: String, _ path: [String]?, _ message: String, _ code: String? = nil) -> JSONValue {
        [
            "$type": .string(self.types[field] ?? "UserError"), "field": path.map { .texts($0) } ?? .null,
            "message": .string(message), "code": .text(code),
        ]
    }

    /// A payload with errors and nothing else.
    static func payload(_ errors: [JSONValue]) -> JSONValue { ["userErrors": .array(errors)] }
}
