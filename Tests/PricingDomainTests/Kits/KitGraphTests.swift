import PricingDomain
import PricingMessages
import TestSupport
import Testing

@Suite("Kits and their parts", .processorBound)
struct KitGraphTests {
    private func kit(_ sku: String, _ parts: String) throws -> BookKit {
        try BookKit(PriceKit(sku: sku, components: TestBook.items(parts)))
    }

    private func graph(_ kits: (String, String)...) throws -> KitGraph {
        try KitGraph(kits.map { try self.kit($0.0, $0.1) })
    }

    @Test("a kit that would hold itself is refused with the way")
    func cycle() throws {
        var graph = try self.graph(("A", "B 1"), ("B", "C 1"))
        let refusal = #expect(throws: PricingRefusal.self) { try graph.replace(try self.kit("C", "X 1, A 1")) }
        #expect(refusal?.reason == .kitInvalid)
        #expect(
            refusal?.description.contains("→ C →") == true || refusal?.description.contains("C → A → B → C") == true)
        #expect(graph[SKU(unchecked: "C")] == nil)
        #expect(throws: PricingRefusal.self) { try graph.replace(try self.kit("A", "A 1")) }
        #expect(graph[SKU(unchecked: "A")]?.parts.map(\.sku.description) == ["B"])
        try graph.replace(try self.kit("C", "X 1"))
        graph.remove(SKU(unchecked: "B"))
        try graph.replace(try self.kit("C", "A 1"))
    }

    @Test("kits are at most five levels deep, whatever changes")
    func depth() throws {
        var graph = try self.graph(("K1", "K2 1"), ("K2", "K3 1"), ("K3", "K4 1"), ("K4", "K5 1"), ("K5", "P 1"))
        let below = #expect(throws: PricingRefusal.self) { try graph.replace(try self.kit("P", "Q 1")) }
        #expect(below?.description.contains("K1 → K2 → K3 → K4 → K5 → P") == true)
        let above = #expect(throws: PricingRefusal.self) { try graph.replace(try self.kit("K0", "K1 1")) }
        #expect(above?.reason == .kitInvalid)
        #expect(throws: PricingRefusal.self) {
            try self.graph(
                ("K0", "K1 1"), ("K1", "K2 1"), ("K2", "K3 1"), ("K3", "K4 1"), ("K4", "K5 1"), ("K5", "P 1"))
        }
    }

    @Test("kits within kits have at most a thousand parts")
    func breadth() throws {
        let parts = (0..<50).map { "P\($0) 1" }.joined(separator: ",")
        let kits = (0..<20).map { ("K\($0)", parts) }
        var graph = try KitGraph(kits.map { try self.kit($0.0, $0.1) })
        let few = kits.prefix(19).map { "\($0.0) 1" }.joined(separator: ",")
        try graph.replace(try self.kit("TOP", few))
        let all = kits.map { "\($0.0) 1" }.joined(separator: ",")
        #expect(throws: PricingRefusal.self) { try graph.replace(try self.kit("TOP", all)) }
    }

    @Test("what is no kit is refused by its fields")
    func faults() throws {
        let kit = PriceKit(sku: "", components: TestBook.items("A 1, A 0"), percentOff: "101")
        let refusal = #expect(throws: PricingRefusal.self) { try BookKit(kit) }
        #expect(
            refusal?.faults.map(\.field) == ["sku", "components[1].quantity", "components[1].sku", "percentOff"])
    }
}
