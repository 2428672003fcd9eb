import InventoryDomain
import TestSupport
import Testing

@Suite("How a feed is doing", .processorBound)
struct FeedConditionTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func after(_ due: Timestamp?) -> Int64? { due.map { $0.seconds - self.now.seconds } }

    @Test("failures are told of once, tried again at growing intervals, and end with a success")
    func streak() {
        var condition = FeedCondition()
        var waits: [Int64?] = []
        for number in 1...9 {
            let (due, notice) = condition.lookEnded(
                .failed(isRetryable: true), schedule: .interval(minutes: 5), now: self.now, offset: { _ in 0 })
            waits.append(self.after(due))
            #expect(notice == (number == 1 ? .failed : nil))
        }
        #expect(waits == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600])
        // That there is no file proves nothing.
        let (_, silent) = condition.lookEnded(
            .nothing, schedule: .interval(minutes: 5), now: self.now, offset: { _ in 0 })
        #expect(silent == nil && condition.failures == 9)
        let (due, notice) = condition.lookEnded(
            .imported, schedule: .interval(minutes: 5), now: self.now, offset: { _ in 0 })
        #expect(self.after(due) == 300 && notice == .recovered && condition.failures == 0)
        let (_, again) = condition.lookEnded(
            .unchanged, schedule: .interval(minutes: 5), now: self.now, offset: { _ in 0 })
        #expect(again == nil)
    }

    @Test("what another try cannot help waits for the schedule; a retry never passes over the time of the day")
    func schedules() {
        var condition = FeedCondition()
        let (due, _) = condition.lookEnded(
            .failed(isRetryable: false), schedule: .interval(minutes: 15), now: self.now, offset: { _ in 0 })
        #expect(self.after(due) == 900)
        // 13:46:40 UTC; the next time is twenty seconds ahead.
        let (daily, _) = condition.lookEnded(
            .failed(isRetryable: true), schedule: .daily(minutes: [827]), now: self.now, offset: { _ in 0 })
        #expect(self.after(daily) == 20)
        let (byHand, _) = condition.lookEnded(
            .failed(isRetryable: true), schedule: nil, now: self.now, offset: { _ in 0 })
        #expect(byHand == nil)
    }

    @Test("however often it fails, nothing overflows")
    func manyFailures() {
        var condition = FeedCondition(failures: .max)
        let (due, notice) = condition.lookEnded(
            .failed(isRetryable: true), schedule: .interval(minutes: 1), now: self.now, offset: { _ in 0 })
        #expect(self.after(due) == 3_600 && notice == nil && condition.failures == .max)
    }

    @Test("a run goes on from where it was left, ends once, and never turns back")
    func progress() {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<2_000 {
            var run = FeedRunProgress()
            var finals: Set<FeedRunState> = []
            for _ in 0..<8 {
                let before = run.state
                let wasEnded: Bool
                switch Int.random(in: 0..<4, using: &random) {
                case 0: wasEnded = run.rowsKept(excess: nil)
                case 1: wasEnded = run.rowsKept(excess: .units(before: 2, after: 1, maximumPercent: 0))
                case 2: wasEnded = run.importEnded(isComplete: .random(using: &random))
                default: wasEnded = run.faultOccurred()
                }
                #expect(wasEnded == (run.state != before))
                #expect(run.state.rawValue >= before.rawValue && (!before.isFinal || run.state == before))
                // What was kept and read again says the same.
                #expect(FeedRunProgress(run.state).next == run.next)
                if run.state.isFinal { finals.insert(run.state) }
                if run.state == .succeeded, before != .succeeded { #expect(before == .importing) }
                if run.state == .refused, before != .refused { #expect(before == .fetching) }
            }
            #expect(finals.count <= 1)
        }
        #expect(!FeedRunProgress.isTooOld(startedAt: self.now, now: self.now.adding(seconds: 86_399)))
        #expect(FeedRunProgress.isTooOld(startedAt: self.now, now: self.now.adding(seconds: 86_400)))
    }
}
