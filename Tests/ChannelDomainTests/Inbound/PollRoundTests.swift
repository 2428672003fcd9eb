import TestSupport
import Testing

@testable import ChannelDomain

@Suite("Rounds of asking for orders", .processorBound)
struct PollRoundTests {
    private static let second: Int64 = 1_000_000
    /// So late that a clock that is behind is not before the beginning of all times.
    private static let start = 10_000 * second

    /// An order on a platform: it shows some time after its change.
    private struct Change {
        let id: Int
        let changedAt: Int64
        let showsAt: Int64
    }

    /// A platform whose orders change and show at random, whose clock is off, and that does not list in order of change.
    private func changes(_ generator: inout SeededGenerator, skew: Int64) -> [Change] {
        (0..<200).map { number in
            let at = Int64.random(in: 0...7_200, using: &generator) * Self.second
            return Change(
                // Ids are given at the creation, and an order may be changed much later.
                id: Int.random(in: 0...60, using: &generator), changedAt: Self.start + at + skew,
                showsAt: Self.start + at + Int64.random(in: 0...20, using: &generator) * Self.second)
        }
    }

    @Test(
        "no change is left out, whatever clocks, order and outages; a reader of what is behind the highest id leaves some out"
    )
    func complete() {
        var generator = SeededGenerator(seed: testSeed())
        var misses = 0
        for run in 0..<200 {
            let skew = Int64.random(in: -3_600...240, using: &generator) * Self.second
            let changes = self.changes(&generator, skew: skew)
            var (seen, newest, highest, seenByID) = (Set<Int64>(), Int64?.none, -1, Set<Int64>())
            var now = Self.start
            while now < Self.start + 7_300 * Self.second {
                now += Int64.random(in: 1...300, using: &generator) * Self.second
                if Int.random(in: 0..<20, using: &generator) == 0 { now += 3_600 * Self.second }
                let visible = changes.filter { $0.showsAt <= now }
                var round = PollRound.begin(
                    at: now, behind: newest, notBefore: .min, overlapMilliseconds: 60_000)
                let found = visible.filter { $0.changedAt >= round.since }.shuffled(using: &generator)
                let middle = found.count / 2
                round.took(changes: found.prefix(middle).map(\.changedAt), next: "2")
                #expect(!round.isEnded && round.page == "2")
                // It may be cut off here, and then goes on where it was.
                round = PollRound(
                    beganAt: round.beganAt, since: round.since, page: round.page, newest: round.newest)
                // Some platforms say until when they have told all, by their clock.
                let told = Bool.random(using: &generator) ? now + skew : nil
                round.took(changes: found.dropFirst(middle).map(\.changedAt), toldUntil: told, next: "")
                #expect(round.isEnded)
                newest = round.newest(beside: newest)
                seen.formUnion(found.map(\.changedAt))
                let behind = visible.filter { $0.id > highest }
                seenByID.formUnion(behind.map(\.changedAt))
                highest = max(highest, behind.map(\.id).max() ?? highest)
            }
            let last = changes.filter { $0.showsAt <= now }
            #expect(Set(last.map(\.changedAt)).subtracting(seen).isEmpty, "run \(run)")
            misses += Set(last.map(\.changedAt)).subtracting(seenByID).count
        }
        #expect(misses > 0)
    }

    @Test("a change far in the future moves the next question only as far as clocks may differ")
    func future() {
        var round = PollRound.begin(at: 1_000, behind: nil, notBefore: 0, overlapMilliseconds: 0)
        round.took(changes: [.max, 500], next: "")
        #expect(round.newest(beside: nil) == 1_000 + 300 * Self.second)
        #expect(PollRound.begin(at: 0, behind: .min, notBefore: 7, overlapMilliseconds: 10).since == 7)
    }

    @Test("until when the platform has told all counts with the last page alone, and never beyond our own time")
    func told() {
        var round = PollRound.begin(at: 1_000, behind: nil, notBefore: 0, overlapMilliseconds: 0)
        round.took(changes: [100], toldUntil: 900, next: "2")
        #expect(round.newest == 100)
        var other = round
        round.took(changes: [200], toldUntil: 300, next: "")
        #expect(round.newest == 300)
        other.took(changes: [200], toldUntil: 5_000, next: "")
        #expect(other.newest == 1_000)
    }

    @Test("an empty round keeps the last change, and one before the beginning is not asked for")
    func empty() {
        var round = PollRound.begin(
            at: 9 * Self.second, behind: 5 * Self.second, notBefore: 3, overlapMilliseconds: 1_000)
        #expect(round.since == 4 * Self.second)
        round.took(changes: [], next: "")
        #expect(round.isEnded && round.newest == nil && round.newest(beside: 5) == 5)
    }
}
