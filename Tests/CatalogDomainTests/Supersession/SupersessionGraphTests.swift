import CatalogDomain
import CatalogMessages
import TestSupport
import Testing

@Suite(.processorBound) struct SupersessionGraphTests {
    private static func edge(_ old: String, _ new: String, _ from: String, _ to: String = "") throws -> SupersessionEdge
    {
        try SupersessionEdge(Supersession(oldSku: old, newSku: new, effectiveFrom: from, effectiveTo: to))
    }

    @Test("One part may be replaced by several, and several by one")
    func breadth() throws {
        let graph = SupersessionGraph(
            try [
                Self.edge("A", "B", "2020-01-01"), Self.edge("A", "C", "2020-01-01"), Self.edge("X", "B", "2020-01-01"),
            ])
        let day = try #require(Day("2026-01-01"))
        #expect(graph.current(for: try SKU("A"), on: day).map(\.description) == ["B", "C"])
        #expect(graph.current(for: try SKU("X"), on: day).map(\.description) == ["B"])
        #expect(graph.chain(to: try SKU("B"), on: day).map(\.old.description) == ["A", "X"])
        #expect(graph.current(for: try SKU("Q"), on: day).map(\.description) == ["Q"])
    }

    @Test("A chain may be 64 steps long, and no longer")
    func depth() throws {
        var graph = SupersessionGraph()
        for step in 0..<SupersessionGraph.maximumDepth {
            try graph.put(Self.edge("\(step)", "\(step + 1)", "2020-01-01"))
        }
        let error = #expect(throws: CatalogRefusal.self) { try graph.put(Self.edge("64", "65", "2020-01-01")) }
        #expect(error?.reason == .tooMany)
        let day = try #require(Day("2026-01-01"))
        #expect(graph.current(for: try SKU("0"), on: day).map(\.description) == ["64"])
    }

    @Test("A part has 50 successors and 500 predecessors at the most")
    func width() throws {
        var graph = SupersessionGraph()
        for number in 0..<50 { try graph.put(Self.edge("A", "N\(number)", "2020-01-01")) }
        #expect(throws: CatalogRefusal.self) { try graph.put(Self.edge("A", "N50", "2020-01-01")) }
        for number in 0..<500 { try graph.put(Self.edge("O\(number)", "Z", "2020-01-01")) }
        #expect(throws: CatalogRefusal.self) { try graph.put(Self.edge("O500", "Z", "2020-01-01")) }
    }

    @Test("Random graphs: on no day has what is taken a circle, and what is refused would have one")
    func properties() throws {
        var random = SeededGenerator(seed: testSeed())
        let days = (1...9).map { "2026-01-0\($0)" }
        for _ in 0..<300 {
            var graph = SupersessionGraph()
            var edges: [String: SupersessionEdge] = [:]
            for _ in 0..<16 {
                let (old, new) = (Int.random(in: 0..<5, using: &random), Int.random(in: 0..<5, using: &random))
                let ends = [days.randomElement(using: &random) ?? "", days.randomElement(using: &random) ?? ""].sorted()
                let edge = try Self.edge("S\(old)", "S\(new)", ends[0], Bool.random(using: &random) ? ends[1] : "")
                var wanted = edges
                wanted["\(old)-\(new)"] = edge
                let isRight = days.compactMap { Day($0) }.allSatisfy { !Self.hasCircle(Array(wanted.values), on: $0) }
                do {
                    try graph.put(edge)
                    #expect(isRight, "\(wanted)")
                    edges = wanted
                } catch {
                    #expect(!isRight, "\(wanted): \(error)")
                }
            }
        }
    }

    /// Takes away parts that nothing leads on from, until there are none; what is left leads in circles.
    private static func hasCircle(_ edges: [SupersessionEdge], on day: Day) -> Bool {
        var rest = edges.filter { $0.days.contains(day) }
        while true {
            let olds = Set(rest.map(\.old))
            let next = rest.filter { olds.contains($0.new) }
            if next.count == rest.count { return !rest.isEmpty }
            rest = next
        }
    }
}
