import DrivelineTesting
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@Suite("The sandbox's Admin API")
struct AdminAPITests {
    static let setQuantities = """
        mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
          inventorySetQuantities(input: $input) @idempotent(key: $key) {
            inventoryAdjustmentGroup { id reason changes { name delta item { id } location { id } } }
            userErrors { field message code }
          }
        }
        """

    static let itemIDs = """
        query Items($query: String!) {
          productVariants(first: 10, query: $query) { nodes { id sku price inventoryItem { id } } }
        }
        """

    /// The inventory item of a SKU.
    static func item(_ sku: String, _ shop: SandboxControl.MadeShop, _ sandbox: SandboxControl) async throws -> String {
        let answer = try await sandbox.graphQL(shop, Self.itemIDs, ["query": .string("sku:'\(sku)'")]).json
        let nodes = try #require(answer["data"]?["productVariants"]?["nodes"]?.array)
        #expect(nodes.count == 1)
        return try #require(nodes.first?["inventoryItem"]?["id"]?.text)
    }

    static func input(
        _ item: String, _ location: String, _ quantity: Int, from expected: Int?, name: String = "available"
    ) -> JSONValue {
        [
            "name": .string(name), "reason": "correction",
            "quantities": [
                [
                    "inventoryItemId": .string(item), "locationId": .string(location), "quantity": .number(quantity),
                    "changeFromQuantity": .number(expected),
                ]
            ],
        ]
    }

    @Test("a quantity is set when it is what the caller believes, and else refused")
    func compareAndSet() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let item = try await Self.item("A-1", shop, sandbox)
            let right = try await sandbox.graphQL(
                shop, Self.setQuantities,
                ["input": Self.input(item, shop.locationIDs[0], 9, from: 5), "key": "k1"])
            let payload = right.json["data"]?["inventorySetQuantities"]
            #expect(payload?["userErrors"] == [])
            #expect(payload?["inventoryAdjustmentGroup"]?["changes"]?.array?.map { $0["delta"] } == [4, 4])
            let wrong = try await sandbox.graphQL(
                shop, Self.setQuantities,
                ["input": Self.input(item, shop.locationIDs[0], 1, from: 5), "key": "k2"])
            let errors = wrong.json["data"]?["inventorySetQuantities"]?["userErrors"]?.array
            #expect(errors?.first?["code"] == "CHANGE_FROM_QUANTITY_STALE")
            #expect(errors?.first?["field"] == ["input", "quantities", "0", "changeFromQuantity"])
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 9)
        }
    }
}

extension AdminAPITests {
    @Test("a key answers the same input the same way, and another input not at all")
    func idempotency() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let item = try await Self.item("A-1", shop, sandbox)
            let variables: JSONValue = ["input": Self.input(item, shop.locationIDs[0], 9, from: 5), "key": "once"]
            let first = try await sandbox.graphQL(shop, Self.setQuantities, variables).json
            try await sandbox.editShelf("pads", "A-1", available: 3)
            let second = try await sandbox.graphQL(shop, Self.setQuantities, variables).json
            #expect(first["data"] == second["data"])
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 3)
            let other = try await sandbox.graphQL(
                shop, Self.setQuantities,
                ["input": Self.input(item, shop.locationIDs[0], 4, from: nil), "key": "once"]
            ).json
            #expect(
                other["data"]?["inventorySetQuantities"]?["userErrors"]?.array?.first?["code"]
                    == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 3)
        }
    }

    @Test("one bad entry refuses the whole call")
    func allOrNothing() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let item = try await Self.item("A-1", shop, sandbox)
            let place = JSONValue.string(shop.locationIDs[0])
            let input: JSONValue = [
                "name": "available", "reason": "correction",
                "quantities": [
                    [
                        "inventoryItemId": .string(item), "locationId": place, "quantity": 1,
                        "changeFromQuantity": .null,
                    ],
                    [
                        "inventoryItemId": "gid://shopify/InventoryItem/1", "locationId": place, "quantity": 1,
                        "changeFromQuantity": .null,
                    ],
                ],
            ]
            let answer = try await sandbox.graphQL(shop, Self.setQuantities, ["input": input, "key": "k"]).json
            let errors = answer["data"]?["inventorySetQuantities"]?["userErrors"]?.array
            #expect(errors?.map { $0["code"] } == ["INVALID_INVENTORY_ITEM"])
            #expect(errors?.first?["field"] == ["input", "quantities", "1", "inventoryItemId"])
            #expect(try await sandbox.shelf("pads")["A-1"]?.available == 5)
        }
    }

    @Test("a wrong token, an unknown shop and a body that is no request are refused")
    func refusals() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads")
            #expect(try await sandbox.graphQL(shop, "{ shop { name } }", token: "wrong").status == 401)
            let path = "/shops/nobody/admin/api/2026-04/graphql.json"
            #expect(try await sandbox.send("POST", path, body: [:]).status == 404)
            let empty = try await sandbox.send(
                "POST", "/shops/pads/admin/api/2026-04/graphql.json", bytes: Array("{".utf8),
                headers: ["X-Shopify-Access-Token": shop.token])
            #expect(empty.status == 400)
            #expect(try await sandbox.send("GET", "/control/shops", headers: [:]).status == 401)
        }
    }

    @Test("lists come by pages, forwards and backwards, each element once")
    func paging() async throws {
        try await withSandbox { sandbox in
            let products = (1...7).map { SandboxProduct(sku: "P-\($0)", quantity: $0) }
            let shop = try await sandbox.createShop("pads", products: products)
            for isReversed in [false, true] {
                var (seen, after): ([String], JSONValue) = ([], .null)
                repeat {
                    let answer = try await sandbox.graphQL(
                        shop,
                        """
                        query Page($after: String, $reverse: Boolean) {
                          productVariants(first: 3, after: $after, reverse: $reverse) {
                            edges { cursor node { sku } } pageInfo { hasNextPage endCursor }
                          }
                        }
                        """, ["after": after, "reverse": .bool(isReversed)])
                    let page = try #require(answer.json["data"]?["productVariants"])
                    seen += (page["edges"]?.array ?? []).compactMap { $0["node"]?["sku"]?.text }
                    after = page["pageInfo"]?["hasNextPage"] == true ? page["pageInfo"]?["endCursor"] ?? .null : .null
                } while !after.isNull
                let all = (1...7).map { "P-\($0)" }
                #expect(seen == (isReversed ? all.reversed() : all))
            }
        }
    }

    @Test("a bulk mutation does each line of an uploaded file, and tells what became of it")
    func bulk() async throws {
        try await withSandbox { sandbox in
            let products = (1...120).map { SandboxProduct(sku: "B-\($0)", quantity: 0) }
            let shop = try await sandbox.createShop("pads", products: products)
            try await sandbox.setFaults("pads", ["refusedRowInterval": 50])
            let list = try await sandbox.graphQL(
                shop, "{ productVariants(first: 250) { nodes { sku inventoryItem { id } } } }")
            let nodes = try #require(list.json["data"]?["productVariants"]?["nodes"]?.array)
            let lines = nodes.enumerated().map { index, node -> String in
                let item = node["inventoryItem"]?["id"]?.text ?? ""
                let input = Self.input(item, shop.locationIDs[0], index + 1, from: nil)
                return JSONValue.object(["input": input, "key": .string("bulk-\(index)")]).jsonText
            }
            let staged = try await sandbox.graphQL(
                shop,
                """
                mutation { stagedUploadsCreate(input: [{resource: BULK_MUTATION_VARIABLES, filename: "lines.jsonl",
                  mimeType: "text/jsonl", httpMethod: PUT}]) { stagedTargets { url parameters { name value } } } }
                """)
            let target = try #require(staged.json["data"]?["stagedUploadsCreate"]?["stagedTargets"]?.array?.first)
            let key = try #require(target["parameters"]?.array?.first { $0["name"] == "key" }?["value"]?.text)
            let url = try #require(target["url"]?.text)
            let upload = try await sandbox.send(
                "PUT", url, bytes: Array(lines.joined(separator: "\n").utf8), headers: [:])
            #expect(upload.status == 201)
            let begun = try await sandbox.graphQL(
                shop,
                """
                mutation Run($document: String!, $path: String!) {
                  bulkOperationRunMutation(mutation: $document, stagedUploadPath: $path) {
                    bulkOperation { id status } userErrors { code message } } }
                """, ["document": .string(Self.setQuantities), "path": .string(key)])
            let operation = begun.json["data"]?["bulkOperationRunMutation"]?["bulkOperation"]?["id"]
            let id = try #require(operation, "\(begun.text)")
            var state: JSONValue?
            try await until {
                let answer = try await sandbox.graphQL(
                    shop, "query Poll($id: ID!) { bulkOperation(id: $id) { status objectCount url } }", ["id": id])
                state = answer.json["data"]?["bulkOperation"]
                return state?["status"] == "COMPLETED"
            }
            #expect(state?["objectCount"] == "120")
            let others = try await sandbox.graphQL(
                shop,
                """
                { latest: bulkOperations(first: 1, query: "operation_type:mutation status:completed") { nodes { id query } }
                  queries: bulkOperations(first: 1, query: "operation_type:query") { nodes { id } }
                  running: bulkOperations(first: 1, query: "status:running") { nodes { id } } }
                """)
            #expect(others.json["data"]?["latest"]?["nodes"]?.array?.first?["id"] == id)
            #expect(others.json["data"]?["latest"]?["nodes"]?.array?.first?["query"]?.text == Self.setQuantities)
            for name in ["queries", "running"] { #expect(others.json["data"]?[name]?["nodes"]?.array?.isEmpty == true) }
            let results = try await sandbox.send("GET", try #require(state?["url"]?.text), headers: [:]).text
            #expect(results.split(separator: "\n").count == 120)
            #expect(results.split(separator: "\n").filter { $0.contains("INTERNAL_SERVER_ERROR") }.count == 2)
            let shelf = try await sandbox.shelf("pads")
            #expect(shelf["B-1"]?.available == 1)
            #expect(shelf["B-50"]?.available == 0)
            #expect(shelf["B-120"]?.available == 120)
        }
    }

    @Test("products are set with variants, prices, stock and metafields, now or later")
    func productSet() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("pads")
            let document = """
                mutation Set($input: ProductSetInput!, $now: Boolean!) {
                  productSet(input: $input, synchronous: $now) {
                    product { id totalInventory variants(first: 5) { nodes { id sku price } }
                      metafield(namespace: "fitment", key: "vehicles") { type jsonValue } }
                    productSetOperation { id status }
                    userErrors { field message code } } }
                """
            func input(_ sku: String) -> JSONValue {
                [
                    "title": .string("Pad \(sku)"),
                    "productOptions": [["name": "Axle", "values": [["name": "Front"]]]],
                    "variants": [
                        [
                            "sku": .string(sku), "price": "24.90",
                            "optionValues": [["optionName": "Axle", "name": "Front"]],
                            "inventoryQuantities": [
                                ["locationId": .string(shop.locationIDs[0]), "name": "available", "quantity": 7]
                            ],
                        ]
                    ],
                    "metafields": [
                        ["namespace": "fitment", "key": "vehicles", "type": "json", "value": "[{\"make\":\"A\"}]"]
                    ],
                ]
            }
            let now = try await sandbox.graphQL(shop, document, ["input": input("N-1"), "now": true]).json
            let product = now["data"]?["productSet"]?["product"]
            #expect(product?["totalInventory"] == 7, "\(now.jsonText)")
            #expect(product?["variants"]?["nodes"]?.array?.first?["price"] == "24.90")
            #expect(product?["metafield"]?["jsonValue"] == [["make": "A"]])
            let later = try await sandbox.graphQL(shop, document, ["input": input("L-1"), "now": false]).json
            #expect(later["data"]?["productSet"]?["productSetOperation"]?["status"] == "CREATED")
            try await until { try await sandbox.shelf("pads")["L-1"]?.available == 7 }
        }
    }
}
