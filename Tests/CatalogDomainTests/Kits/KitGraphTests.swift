import CatalogDomain
import TestSupport
import Testing

@Suite(.processorBound) struct KitGraphTests {
    private func sku(_ text: String) throws -> SKU { try SKU(text) }

    @Test("A refused kit leaves the graph as it was")
    func refusal() throws {
        var graph = KitGraph()
        try graph.replace([self.sku("B")], of: self.sku("A"))
        try graph.replace([self.sku("C")], of: self.sku("B"))
        #expect(throws: CatalogRefusal.self) { try graph.replace([self.sku("A"), self.sku("D")], of: self.sku("C")) }
        #expect(throws: CatalogRefusal.self) { try graph.replace([self.sku("A")], of: self.sku("A")) }
        try graph.replace([], of: self.sku("B"))
        try graph.replace([self.sku("A")], of: self.sku("C"))
        #expect(throws: CatalogRefusal.self) { try graph.replace([self.sku("C")], of: self.sku("B")) }
    }

    @Test("Random graphs: what is taken has no circle and at most five levels, and what is refused would have")
    func properties() throws {
        var random = SeededGenerator(seed: testSeed())
        let skus = try (0..<9).map { try SKU("S\($0)") }
        for _ in 0..<300 {
            var graph = KitGraph()
            var kits: [SKU: Set<SKU>] = [:]
            for _ in 0..<24 {
                let place = Int.random(in: 0..<skus.count, using: &random)
                let kit = skus[place]
                // Mostly the next ones, so that there are long ways.
                let parts = Set(
                    (0..<Int.random(in: 0...2, using: &random)).map { _ in
                        skus[(place + Int.random(in: 0...3, using: &random)) % skus.count]
                    })
                var wanted = kits
                wanted[kit] = parts
                let isRight = skus.allSatisfy { Self.levels(from: $0, in: wanted, depth: 0) <= KitGraph.maximumDepth }
                do {
                    try graph.replace(parts, of: kit)
                    #expect(isRight, "\(wanted)")
                    kits = wanted
                } catch {
                    #expect(!isRight, "\(wanted): \(error)")
                }
            }
        }
    }

    /// More than there may be where there is a circle.
    private static func levels(from sku: SKU, in kits: [SKU: Set<SKU>], depth: Int) -> Int {
        guard depth <= KitGraph.maximumDepth else { return depth }
        return (kits[sku] ?? []).map { Self.levels(from: $0, in: kits, depth: depth + 1) }.max() ?? depth
    }
}
