import DrivelineTesting
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@Suite("Orders in the sandbox")
struct OrderTests {
    static let openOrders = """
        query Orders($query: String) {
          orders(first: 50, query: $query, sortKey: UPDATED_AT) {
            nodes { id name updatedAt displayFulfillmentStatus displayFinancialStatus cancelledAt
              lineItems(first: 5) { nodes { id sku quantity } }
              transactions { id gateway }
              fulfillmentOrders(first: 5) { nodes { id status
                lineItems(first: 5) { nodes { id remainingQuantity } } } } } } }
        """

    static let fulfil = """
        mutation Ship($fulfillment: FulfillmentInput!) {
          fulfillmentCreate(fulfillment: $fulfillment) {
            fulfillment { id status trackingInfo { number company } } userErrors { field message } } }
        """

    private func onlyOrder(_ shop: SandboxControl.MadeShop, _ sandbox: SandboxControl) async throws -> JSONValue {
        let answer = try await sandbox.graphQL(shop, Self.openOrders)
        let nodes = try #require(answer.json["data"]?["orders"]?["nodes"]?.array, "\(answer.text)")
        #expect(nodes.count == 1)
        return try #require(nodes.first)
    }

    @Test("nobody buys what is not there, however many try")
    func soldOut() async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let bought = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { try await sandbox.placeOrder("pads", ["A-1": 1]) != nil } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(bought == 5)
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 0)
            #expect(try await sandbox.orders("pads").count == 5)
        }
    }

    @Test("an order is shipped in parts, with tracking, and no more than was bought")
    func ship() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            _ = try #require(try await sandbox.placeOrder("pads", ["A-1": 3]))
            let part = try #require(
                try await self.onlyOrder(shop, sandbox)["fulfillmentOrders"]?["nodes"]?.array?.first)
            let line = part["lineItems"]?["nodes"]?.array?.first?["id"] ?? .null
            func ship(_ quantity: Int) async throws -> JSONValue? {
                let answer = try await sandbox.graphQL(
                    shop, Self.fulfil,
                    [
                        "fulfillment": [
                            "lineItemsByFulfillmentOrder": [
                                [
                                    "fulfillmentOrderId": part["id"] ?? .null,
                                    "fulfillmentOrderLineItems": [["id": line, "quantity": .number(quantity)]],
                                ]
                            ], "trackingInfo": ["number": .string("T-\(quantity)"), "company": "UPS"],
                        ]
                    ])
                return answer.json["data"]?["fulfillmentCreate"]
            }
            #expect(try await ship(2)?["fulfillment"]?["trackingInfo"] == [["number": "T-2", "company": "UPS"]])
            #expect(
                try await ship(2)?["userErrors"]?.array?.first?["message"]
                    == "Invalid fulfillment order line item quantity requested.")
            #expect(try await self.onlyOrder(shop, sandbox)["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED")
            #expect(try await ship(1)?["fulfillment"]?["status"] == "SUCCESS")
            let told = try #require(try await sandbox.orders("pads").first)
            #expect(told["state"] == "FULFILLED")
            #expect(told["fulfilments"]?.array?.count == 2)
        }
    }

    @Test("a cancelled order goes back to the shelf, and its money to the buyer")
    func cancel() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let id = try #require(try await sandbox.placeOrder("pads", ["A-1": 3]))
            let answer = try await sandbox.graphQL(
                shop,
                """
                mutation Cancel($id: ID!) { orderCancel(orderId: $id, reason: INVENTORY, restock: true,
                  refundMethod: {originalPaymentMethodsRefund: true}) {
                  job { id } orderCancelUserErrors { code message } } }
                """, ["id": .string(id)])
            #expect(answer.json["data"]?["orderCancel"]?["orderCancelUserErrors"] == [])
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 5)
            let order = try await self.onlyOrder(shop, sandbox)
            #expect(order["displayFinancialStatus"] == "REFUNDED")
            #expect(order["cancelledAt"]?.isNull == false)
        }
    }

    @Test("a refund gives back money once, and no more than was paid")
    func refund() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            _ = try #require(try await sandbox.placeOrder("pads", ["A-1": 2]))
            let order = try await self.onlyOrder(shop, sandbox)
            func refund(_ amount: String, key: String) async throws -> JSONValue? {
                let sale = order["transactions"]?.array?.first?["id"] ?? .null
                let answer = try await sandbox.graphQL(
                    shop,
                    """
                    mutation Refund($input: RefundInput!, $key: String!) {
                      refundCreate(input: $input) @idempotent(key: $key) {
                        refund { id totalRefundedSet { shopMoney { amount } } } userErrors { message } } }
                    """,
                    [
                        "input": [
                            "orderId": order["id"] ?? .null,
                            "transactions": [
                                [
                                    "orderId": order["id"] ?? .null, "parentId": sale, "gateway": "bogus",
                                    "kind": "REFUND", "amount": .string(amount),
                                ]
                            ],
                        ], "key": .string(key),
                    ])
                return answer.json["data"]?["refundCreate"]
            }
            let first = try await refund("15.00", key: "r1")
            #expect(first?["refund"]?["totalRefundedSet"]?["shopMoney"]?["amount"] == "15.0")
            #expect(try await refund("15.00", key: "r1") == first)
            #expect(try await refund("15.00", key: "r2")?["userErrors"]?.array?.count == 1)
            #expect(try await sandbox.orders("pads").first?["refunded"] == "15.00")
        }
    }
}
