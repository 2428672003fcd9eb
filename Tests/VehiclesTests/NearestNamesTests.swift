import TestSupport
import Testing

@testable import Vehicles

@Suite("The nearest names are those with the fewest slips", .processorBound)
struct NearestNamesTests {
    /// The distance by its definition, without a bound.
    private func slowDistance(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        guard let first = left.last, let second = right.last else { return max(left.count, right.count) }
        let (shortLeft, shortRight) = (left.dropLast(), right.dropLast())
        var least = min(
            self.slowDistance(shortLeft, right) + 1, self.slowDistance(left, shortRight) + 1,
            self.slowDistance(shortLeft, shortRight) + (first == second ? 0 : 1))
        if let beforeFirst = shortLeft.last, let beforeSecond = shortRight.last, first == beforeSecond,
            beforeFirst == second
        {
            least = min(least, self.slowDistance(shortLeft.dropLast(), shortRight.dropLast()) + 1)
        }
        return least
    }

    @Test("the distance is that of the definition, where it is within the bound")
    func distance() {
        var generator = SeededGenerator(seed: testSeed())
        func text() -> [UInt8] {
            (0..<Int.random(in: 0...5, using: &generator)).map { _ in .random(in: 97...99, using: &generator) }
        }
        for _ in 0..<1_500 {
            let (left, right) = (text(), text())
            let expected = self.slowDistance(left[...], right[...])
            for maximum in 0...4 {
                let found = NearestNames.distance(left, right, maximum: maximum)
                #expect(found == (expected <= maximum ? expected : nil), "\(left) \(right) \(maximum)")
            }
        }
    }

    @Test("the order is the same, whatever that of the candidates is")
    func deterministic() {
        var generator = SeededGenerator(seed: testSeed())
        var candidates = ["Focus", "Fokus", "Locus", "Focas", "Fo", "Focus ST", "Taurus"].map {
            NearestNames.Candidate(name: $0, key: FoldedName.key($0), isPreferred: $0 == "Locus")
        }
        for _ in 0..<20 {
            candidates.shuffle(using: &generator)
            let nearest = NearestNames.nearest(to: "focis", of: candidates, limit: 4)
            #expect(nearest == ["Focas", "Focus", "Locus", "Fokus"])
        }
        #expect(NearestNames.nearest(to: "", of: candidates, limit: 4).isEmpty)
        #expect(NearestNames.nearest(to: "zzzzzzzz", of: candidates, limit: 4).isEmpty)
    }
}
