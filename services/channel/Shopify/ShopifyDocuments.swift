/// A GraphQL document that is sent. All of them are known before: what changes goes into variables.
struct ShopifyDocument: Hashable, Sendable {
    /// The operation's name.
    let name: String
    /// Its text.
    let text: String
    /// Whether it changes something: what became of it is not known where no answer comes.
    let isMutation: Bool

    init(_ name: String, _ text: String, isMutation: Bool = false) {
        self.name = name
        self.isMutation = isMutation
        self.text = (isMutation ? "mutation " : "query ") + name + text
    }

    /// All that this adapter sends.
    static let all: [Self] = [
        .shop, .location, .currency, .variants, .variantBySKU, .shelves, .orders, .order, .orderLines, .setQuantities,
        .activateInventory, .updateVariants, .setProduct, .setMetafields, .fulfillmentOrders, .fulfillments,
        .createFulfillment, .cancellation, .cancelOrder, .payments, .createRefund, .subscriptions, .createSubscription,
        .moveSubscription, .endSubscription, .variantsBySKU, .bulkOperations, .bulkOperation, .stageUpload, .runBulk,
        .cancelBulk,
    ]

    static let shop = Self(
        "Shop",
        """
         {
          shop { id name myshopifyDomain currencyCode }
          location { id name }
        }
        """)

    static let location = Self("Location", " { location { id } }")

    static let currency = Self("Currency", " { shop { currencyCode } }")

    static let variants = Self(
        "Variants",
        """
        ($first: Int!, $after: String) {
          shop { currencyCode }
          location { id }
          productVariants(first: $first, after: $after, sortKey: ID) {
            nodes { id sku product { id } inventoryItem { id } }
            pageInfo { hasNextPage endCursor }
          }
        }
        """)

    static let variantBySKU = Self(
        "VariantBySKU",
        """
        ($query: String!) {
          productVariants(first: 10, query: $query) {
            nodes { id sku product { id } inventoryItem { id } }
          }
        }
        """)

    static let shelves = Self(
        "Shelves",
        """
        ($ids: [ID!]!, $location: ID!) {
          shop { currencyCode }
          nodes(ids: $ids) {
            id
            ... on ProductVariant {
              price
              inventoryItem {
                id
                inventoryLevel(locationId: $location) { id quantities(names: ["available"]) { name quantity } }
              }
            }
          }
        }
        """)

    static let setQuantities = Self(
        "SetQuantities",
        """
        ($input: InventorySetQuantitiesInput!, $key: String!) {
          inventorySetQuantities(input: $input) @idempotent(key: $key) {
            userErrors { code field message }
          }
        }
        """, isMutation: true)

    static let activateInventory = Self(
        "ActivateInventory",
        """
        ($item: ID!, $location: ID!, $key: String!) {
          inventoryActivate(inventoryItemId: $item, locationId: $location) @idempotent(key: $key) {
            inventoryLevel { id }
            userErrors { field message }
          }
        }
        """, isMutation: true)

    static let updateVariants = Self(
        "UpdateVariants",
        """
        ($product: ID!, $variants: [ProductVariantsBulkInput!]!) {
          productVariantsBulkUpdate(productId: $product, variants: $variants, allowPartialUpdates: true) {
            productVariants { id price }
            userErrors { code field message }
          }
        }
        """, isMutation: true)

    static let setProduct = Self(
        "SetProduct",
        """
        ($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {
          productSet(identifier: $identifier, input: $input, synchronous: true) {
            product { id variants(first: 1) { nodes { id inventoryItem { id } } } }
            userErrors { code field message }
          }
        }
        """, isMutation: true)

    static let setMetafields = Self(
        "SetMetafields",
        """
        ($metafields: [MetafieldsSetInput!]!) {
          metafieldsSet(metafields: $metafields) {
            metafields { id }
            userErrors { code field message }
          }
        }
        """, isMutation: true)
}
