extension ShopifyDocument {
    static let variantsBySKU = Self(
        "VariantsBySKU",
        """
        ($query: String!, $first: Int!) {
          productVariants(first: $first, query: $query) {
            nodes { id sku product { id } inventoryItem { id } }
            pageInfo { hasNextPage }
          }
        }
        """)

    static let bulkOperations = Self(
        "BulkOperations",
        """
        ($first: Int!) {
          bulkOperations(first: $first, sortKey: CREATED_AT, query: "operation_type:mutation") {
            nodes { id status query }
          }
        }
        """)

    static let bulkOperation = Self(
        "BulkOperation",
        """
        ($id: ID!) {
          bulkOperation(id: $id) { id status errorCode url partialDataUrl }
        }
        """)

    static let stageUpload = Self(
        "StageUpload",
        """
        ($input: [StagedUploadInput!]!) {
          stagedUploadsCreate(input: $input) {
            stagedTargets { url parameters { name value } }
            userErrors { field message }
          }
        }
        """, isMutation: true)

    static let runBulk = Self(
        "RunBulk",
        """
        ($mutation: String!, $path: String!) {
          bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
            bulkOperation { id }
            userErrors { code field message }
          }
        }
        """, isMutation: true)

    static let cancelBulk = Self(
        "CancelBulk",
        """
        ($id: ID!) {
          bulkOperationCancel(id: $id) {
            bulkOperation { id }
            userErrors { field message }
          }
        }
        """, isMutation: true)
}
