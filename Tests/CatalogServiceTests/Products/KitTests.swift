import CatalogMessages
import ProtobufC
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("Kits", .timeLimit(.minutes(5))) struct KitTests {
    private func kit(_ sku: String, of parts: String...) -> Product {
        Product(sku: sku, kitComponents: parts.map { KitComponent(partNumber: $0, quantity: 2) })
    }

    @Test("a kit that would hold itself is refused with the way, one that is nested too deep, too")
    func cycles() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(self.kit("A", of: "B"))
            try await harness.save(self.kit("B", of: "C", "D"))
            let error = await #expect(throws: RPCError.self) { try await harness.save(self.kit("D", of: "A")) }
            #expect(error?.problem?.type == "kit-invalid")
            #expect(error?.message.contains("D → A → B → D") == true)
            #expect(try await harness.refusal { try await harness.save(self.kit("X", of: "X")) } == "kit-invalid")
            for (kit, part) in [("C", "E"), ("E", "F"), ("F", "G")] { try await harness.save(self.kit(kit, of: part)) }
            #expect(try await harness.refusal { try await harness.save(self.kit("G", of: "H")) } == "kit-invalid")
            #expect(try await harness.refusal { try await harness.save(self.kit("Z", of: "A")) } == "kit-invalid")
            #expect(try await harness.number("select count(*) from kit_component") == 6)
        }
    }

    @Test("of two kits that would hold each other, made at the same time, one is refused")
    func race() async throws {
        try await CatalogHarness.with { (harness) async throws in
            for round in 0..<10 {
                let (left, right) = ("L\(round)", "R\(round)")
                async let first = harness.refusal { try await harness.save(self.kit(left, of: right)) }
                async let second = harness.refusal { try await harness.save(self.kit(right, of: left)) }
                #expect(try await [first, second].sorted() == ["", "kit-invalid"])
            }
        }
    }

    @Test("parts of other brands are no edges; what stock goes by stands in the event")
    func otherBrands() async throws {
        try await CatalogHarness.with { (harness) async throws in
            var kit = Product(sku: "K", brandCode: "BBBB")
            kit.kitComponents = [
                KitComponent(partNumber: "K", quantity: 1, brandCode: "BBCC", description: "Another brand's K"),
                KitComponent(partNumber: "P", quantity: 3, brandCode: "BBBB"),
            ]
            try await harness.save(kit)
            #expect(try await harness.number("select sum(quantity)::bigint from kit_component") == 3)
            let event = try ProductChanged(decoding: try #require(try await harness.events().first).payload)
            #expect(event.kitComponents.map(\.partNumber) == ["K", "P"])
            #expect(event.kitComponents.map(\.quantity) == [1, 3])
            kit.kitComponents = []
            try await harness.save(kit)
            #expect(try await harness.number("select count(*) from kit_component") == 0)
        }
    }
}
