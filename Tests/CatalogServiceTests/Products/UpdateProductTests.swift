import CatalogAPI
import CatalogMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import CatalogService

@Suite("Changing, looking up and deleting products", .timeLimit(.minutes(5))) struct UpdateProductTests {
    private func update(
        _ harness: CatalogHarness, _ change: Product, _ paths: [String]?, expecting version: UInt64? = nil
    ) async throws -> Product {
        try await harness.client.updateProduct(
            UpdateProductRequest(
                sku: "R280", product: change, updateMask: paths.map { ProtoFieldMask(paths: $0) },
                expectedVersion: version))
    }

    @Test("a mask changes what it names: fields of messages by themselves, lists and maps as a whole, null clears")
    func masks() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            let changed = try await self.update(
                harness,
                Product(
                    name: "Vented rotor", attributes: ["finish": "Zinc"],
                    warranty: Warranty(time: 24), itemQuantity: Quantity(unit: "PR")),
                [
                    "name", "attributes", "warranty.time", "item_quantity.unit", "description", "certificates",
                    "version",
                ],
                expecting: 1)
            var expected = Product.full("R280").available
            expected.name = "Vented rotor"
            expected.attributes = ["finish": "Zinc"]
            expected.warranty?.time = 24
            expected.itemQuantity?.unit = "PR"
            expected.description = ""
            expected.certificates = []
            #expect(changed.named == expected)
            #expect(changed.version == 2)
            #expect(try await harness.get("R280") == changed)
        }
    }

    @Test("without a mask everything that is said changes; with an empty one nothing")
    func noMask() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            let same = try await self.update(harness, Product(name: "Other"), [])
            #expect(same.version == 1)
            let changed = try await self.update(harness, Product(name: "Other"), nil)
            #expect(changed.name == "Other" && changed.description == "Vented" && changed.version == 2)
        }
    }

    @Test("a path that no product has, another SKU, a wrong version and a missing product are refused")
    func refusals() async throws {
        try await CatalogHarness.with { (harness) async throws in
            #expect(
                try await harness.refusal { _ = try await self.update(harness, Product(name: "X"), ["name"]) }
                    == "product-not-found")
            try await harness.save(.full("R280"))
            #expect(
                try await harness.refusal { _ = try await self.update(harness, Product(), ["colour"]) }
                    == "invalid-product")
            #expect(
                try await harness.refusal { _ = try await self.update(harness, Product(sku: "R281"), []) }
                    == "field-invalid")
            #expect(
                try await harness.refusal {
                    _ = try await self.update(harness, Product(name: "X"), ["name"], expecting: 7)
                } == "version-conflict")
            #expect(
                try await harness.refusal { _ = try await self.update(harness, Product(gtin: "123"), ["gtin"]) }
                    == "invalid-product")
        }
    }

    @Test("a deleted product leaves nothing behind, and its numbers are free")
    func deletion() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            try await harness.save(Product(sku: "NEXT"))
            try await harness.supersede("R280", by: "NEXT")
            #expect(
                try await harness.refusal {
                    _ = try await harness.client.deleteProduct(DeleteProductRequest(sku: "R280", expectedVersion: 2))
                } == "version-conflict")
            _ = try await harness.client.deleteProduct(DeleteProductRequest(sku: "R280", expectedVersion: 1))
            #expect(try await harness.refusal { _ = try await harness.get("R280") } == "product-not-found")
            #expect(try await harness.find("R-280").isEmpty)
            #expect(try await harness.number("select count(*) from part_number") == 1)
            #expect(try await harness.number("select count(*) from gtin") == 0)
            #expect(try await harness.number("select count(*) from supersession") == 0)
            let last = try #require(try await harness.events().last { $0.subject == "R280" })
            #expect(last.type == "catalog.product.deleted")
            #expect(try ProductDeleted(decoding: last.payload).version == 2)
            try await harness.save(.full("R281"))
            #expect(
                try await harness.refusal {
                    _ = try await harness.client.deleteProduct(DeleteProductRequest(sku: "R280"))
                } == "product-not-found")
        }
    }

    @Test("a look-up answers what there is, in the order asked for")
    func lookUp() async throws {
        try await CatalogHarness.with { (harness) async throws in
            for sku in ["A", "B", "C"] { try await harness.save(Product(sku: sku)) }
            let found = try await harness.client.lookUpProducts(
                LookUpProductsRequest(skus: ["C", "X", "A", "C", " no sku "]))
            #expect(found.products.map(\.sku) == ["C", "A"])
        }
    }
}
