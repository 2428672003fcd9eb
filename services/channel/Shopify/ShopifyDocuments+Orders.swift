/// The documents about orders and notifications.
extension ShopifyDocument {
    /// What is read of a line.
    private static let lineFields = """
        id sku title quantity currentQuantity requiresShipping
                originalUnitPriceSet { shopMoney { amount } }
                discountAllocations { allocatedAmountSet { shopMoney { amount } } }
                taxLines { priceSet { shopMoney { amount } } }
                duties { price { shopMoney { amount } } }
        """

    /// What is read of an order; it needs the variable `$lines`.
    private static let orderFields = """
        id name createdAt updatedAt cancelledAt cancelReason currencyCode taxesIncluded test
            displayFinancialStatus displayFulfillmentStatus
            email phone note tags
            totalPriceSet { shopMoney { amount } }
            totalTipReceivedSet { shopMoney { amount } }
            additionalFees { price { shopMoney { amount } } }
            shippingLines(first: 20) {
              nodes {
                title
                discountedPriceSet { shopMoney { amount } }
                taxLines { priceSet { shopMoney { amount } } }
              }
            }
            shippingAddress {
              name company address1 address2 city provinceCode zip countryCodeV2 phone
            }
            billingAddress {
              name company address1 address2 city provinceCode zip countryCodeV2 phone
            }
            fulfillments(first: 1) { trackingInfo(first: 1) { number } }
            lineItems(first: $lines) {
              nodes {
                \(lineFields)
              }
              pageInfo { hasNextPage endCursor }
            }
        """

    static let orders = orderDocument(
        "Orders", "($first: Int!, $after: String, $query: String!, $lines: Int!)",
        "orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {\n    nodes {\n    "
            + orderFields + "\n    }\n    pageInfo { hasNextPage endCursor }\n  }")

    static let order = orderDocument(
        "Order", "($id: ID!, $lines: Int!)", "order(id: $id) {\n    " + orderFields + "\n  }")

    static let orderLines = orderDocument(
        "OrderLines", "($id: ID!, $first: Int!, $after: String)",
        """
        order(id: $id) {
            lineItems(first: $first, after: $after) {
              nodes {
                \(lineFields)
              }
              pageInfo { hasNextPage endCursor }
            }
          }
        """)

    static let fulfillmentOrders = orderDocument(
        "FulfillmentOrders", "($id: ID!)",
        """
        order(id: $id) {
            fulfillmentOrders(first: 20) {
              nodes {
                id status
                assignedLocation { location { id } }
                lineItems(first: 100) { nodes { id remainingQuantity lineItem { id sku } } }
              }
            }
          }
        """)

    /// What was sent already; asked for only where an earlier try may have been carried out.
    static let fulfillments = orderDocument(
        "Fulfillments", "($id: ID!)",
        """
        order(id: $id) {
            fulfillments(first: 20) {
              id status
              trackingInfo(first: 10) { number }
              fulfillmentLineItems(first: 100) { nodes { quantity lineItem { id sku } } }
            }
          }
        """)

    static let createFulfillment = changingDocument(
        "CreateFulfillment", "($fulfillment: FulfillmentInput!)",
        """
        fulfillmentCreate(fulfillment: $fulfillment) {
            fulfillment { id }
            userErrors { field message }
          }
        """)

    static let cancellation = orderDocument(
        "Cancellation", "($id: ID!)", "order(id: $id) { id cancelledAt }")

    static let cancelOrder = changingDocument(
        "CancelOrder",
        "($id: ID!, $reason: OrderCancelReason!, $notify: Boolean!, $note: String!)",
        """
        orderCancel(
            orderId: $id, reason: $reason, restock: false, notifyCustomer: $notify, staffNote: $note,
            refundMethod: { originalPaymentMethodsRefund: false }
          ) {
            job { id }
            orderCancelUserErrors { code field message }
          }
        """)

    static let payments = orderDocument(
        "Payments", "($id: ID!)",
        """
        order(id: $id) {
            transactions(first: 100) {
              id kind status gateway
              amountSet { shopMoney { amount } }
              parentTransaction { id }
            }
            refunds(first: 100) { id note }
            lineItems(first: 250) { nodes { id sku } }
          }
        """)

    static let createRefund = changingDocument(
        "CreateRefund", "($input: RefundInput!, $key: String!)",
        """
        refundCreate(input: $input) @idempotent(key: $key) {
            refund { id }
            userErrors { field message }
          }
        """)

    static let subscriptions = orderDocument(
        "Subscriptions", "($after: String)",
        """
        webhookSubscriptions(first: 100, after: $after) {
            nodes { id topic uri }
            pageInfo { hasNextPage endCursor }
          }
        """)

    static let createSubscription = changingDocument(
        "CreateSubscription", "($topic: WebhookSubscriptionTopic!, $uri: String!)",
        """
        webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri, format: JSON }) {
            webhookSubscription { id }
            userErrors { field message }
          }
        """)

    static let moveSubscription = changingDocument(
        "MoveSubscription", "($id: ID!, $uri: String!)",
        """
        webhookSubscriptionUpdate(id: $id, webhookSubscription: { uri: $uri }) {
            webhookSubscription { id }
            userErrors { field message }
          }
        """)

    static let endSubscription = changingDocument(
        "EndSubscription", "($id: ID!)",
        """
        webhookSubscriptionDelete(id: $id) {
            deletedWebhookSubscriptionId
            userErrors { field message }
          }
        """)

    private static func orderDocument(_ name: String, _ variables: String, _ selection: String) -> Self {
        Self(name, "\(variables) {\n  \(selection)\n}")
    }

    private static func changingDocument(_ name: String, _ variables: String, _ selection: String) -> Self {
        Self(name, "\(variables) {\n  \(selection)\n}", isMutation: true)
    }
}
