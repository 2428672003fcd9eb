import CatalogDomain
import CatalogMessages
import TestSupport
import Testing

@Suite(.processorBound) struct LifeCycleMovesTests {
    private static let all = (1...12).map { LifeCycle(rawValue: $0) }

    @Test("The moves are those of the trade's code list, and to stay is always right")
    func moves() throws {
        for from in Self.all {
            for to in Self.all {
                let isNormal = from == to || LifeCycleMoves.next(after: from).contains(to)
                if isNormal {
                    try LifeCycleMoves.check(from: from, to: to)
                } else {
                    #expect(throws: CatalogRefusal.self) { try LifeCycleMoves.check(from: from, to: to) }
                }
            }
        }
        #expect(LifeCycleMoves.next(after: .obsolete).isEmpty)
        #expect(LifeCycleMoves.next(after: .superseded) == [.discontinued, .obsolete])
    }

    @Test("A product may always end up obsolete, and each status can be reached from another but the first ones")
    func reach() {
        for status in Self.all {
            var seen = [status]
            var waiting = [status]
            while let next = waiting.popLast() {
                for reached in LifeCycleMoves.next(after: next) where !seen.contains(reached) {
                    seen.append(reached)
                    waiting.append(reached)
                }
            }
            #expect(seen.contains(.obsolete), "\(status)")
        }
        let reached = Set(Self.all.flatMap { LifeCycleMoves.next(after: $0) })
        #expect(Set(Self.all).subtracting(reached) == [.announced, .notYetAvailable])
    }
}
