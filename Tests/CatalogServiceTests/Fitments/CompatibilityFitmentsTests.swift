import CatalogAPI
import CatalogDomain
import CatalogMessages
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("Fitments that follow from a product's compatibility")
struct CompatibilityFitmentsTests {
    private static let camry = Compatibility(make: "Toyota", model: "Camry", yearFrom: 2018, yearTo: 2022)
    private static let corolla = Compatibility(
        make: "Toyota", model: "Corolla", yearFrom: 2020, submodel: "LE", engine: "1.8L L4", drive: "FWD",
        body: "Sedan",
        position: "Front", quantity: 2, notes: ["with hook"])

    @Test("they come, change and go with the product's document, in its transaction")
    func changes() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A") { $0.compatibility = [Self.camry, Self.corolla, Self.camry] }
            var fitments = try await harness.list("A")
            #expect(fitments.map(\.vehicle?.model) == ["Camry", "Corolla"])
            #expect(fitments.allSatisfy { $0.origin == .product && $0.partType == "Disc Brake Pad Set" })
            #expect(fitments[1].vehicle?.yearTo == 2020 && fitments[1].quantity == 2)
            #expect(fitments[1].attributes.map(\.name) == ["1.8L L4", "FWD", "Sedan"])
            var more = Self.corolla
            more.quantity = 4
            try await harness.save("A") { $0.compatibility = [more] }
            fitments = try await harness.list("A")
            #expect(fitments.map(\.vehicle?.model) == ["Corolla"] && fitments.map(\.quantity) == [4])
            try await harness.save("A")
            #expect(try await harness.list("A").isEmpty)
        }
    }

    @Test("what a call has said becomes the product's, and others stay; a product that is gone has none")
    func takingOver() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            try await harness.add([.toyota { $0.partType = "Disc Brake Pad Set" }, .base(1)], to: "A")
            try await harness.save("A") { $0.compatibility = [Self.camry] }
            #expect(try await harness.list("A").map(\.origin) == [.call, .product])
            // Saying it again does not take it from the product.
            #expect(
                try await harness.add([.toyota { ($0.partType, $0.quantity) = ("Disc Brake Pad Set", 9) }], to: "A")
                    .added == 0)
            #expect(try await harness.list("A").map(\.quantity) == [0, 0])
            try await harness.save("A")
            #expect(try await harness.list("A").map(\.origin) == [.call])
            _ = try await harness.products.deleteProduct(DeleteProductRequest(sku: "A"))
            try await harness.save("A")
            #expect(try await harness.list("A").isEmpty)
        }
    }

    @Test("a compatibility that names no vehicle is refused, and nothing of the product is saved")
    func refusals() async throws {
        try await FitmentHarness.with { harness in
            for bad in [
                Compatibility(make: "Toyota", yearFrom: 2018, yearTo: 2050), Compatibility(make: "-", yearFrom: 2018),
                Compatibility(make: "Toyota", yearFrom: 2018, submodel: "LE"),
            ] {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.save("A") { $0.compatibility = [Self.camry, bad] }
                }
                #expect(error?.problem?.type == "invalid-fitment")
                #expect(error?.problem?.fields.first?.field.contains("compatibility[1].") ?? false)
            }
            let refused = try await harness.refusal { _ = try await harness.list("A") }
            #expect(refused == "product-not-found")
        }
    }
}
