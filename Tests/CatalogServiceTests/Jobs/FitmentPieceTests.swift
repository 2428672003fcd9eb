import Testing

@testable import CatalogService

@Suite struct FitmentPieceTests {
    private typealias Part = FitmentPiece.Part
    private static let limits = FitmentPiece.Limits(parts: 3, records: 10)

    private func first(
        _ named: [Part], isCut: Bool = false, and left: [Part] = [], isLeftCut: Bool = false
    ) -> [String] {
        FitmentPiece.first(of: named, isCut: isCut, and: left, isCut: isLeftCut, Self.limits)
    }

    @Test("A piece ends where there are as many parts or records as it may have, but has one part at least")
    func limits() {
        #expect(self.first([]) == [])
        #expect(self.first([Part(sku: "A", count: 99), Part(sku: "B", count: 1)]) == ["A"])
        let parts = [Part(sku: "A", count: 4), Part(sku: "B", count: 6), Part(sku: "C", count: 1)]
        #expect(self.first(parts) == ["A", "B"])
        #expect(self.first(["A", "B", "C", "D"].map { Part(sku: $0, count: 1) }) == ["A", "B", "C"])
    }

    @Test("Parts that the file leaves out come between those that it has, by their bytes")
    func merged() {
        #expect(
            self.first([Part(sku: "B", count: 1), Part(sku: "a", count: 1)], and: [Part(sku: "C", count: 1)])
                == ["B", "C", "a"])
    }

    @Test("Behind the end of a list that is cut, nothing is taken from the other one, which would be passed over")
    func cut() {
        let (middle, others) = ([Part(sku: "B", count: 1)], [Part(sku: "A", count: 1), Part(sku: "C", count: 1)])
        #expect(self.first(middle, isCut: true, and: others) == ["A", "B"])
        #expect(self.first(others, and: middle, isLeftCut: true) == ["A", "B"])
    }
}
