import Buckets
import Testing

@testable import Events

@Suite struct EventIntakeTests {
    private let one = Bucket.all[1]
    private let two = Bucket.all[2]
    private let retries = EventRetries(maximumTries: 3, firstWaitMilliseconds: 100, longestWaitMilliseconds: 250)

    private func intake(batch: Int = 4, waiting: Int = 8) -> EventIntake {
        EventIntake(
            [self.one, self.two], after: EventCursor(),
            limits: .init(batch: batch, waitingEvents: waiting, waitingBytes: 1 << 20, skipMilliseconds: 1_000))
    }

    private func span(_ bucket: Bucket, _ sequences: ClosedRange<Int64>) -> EventSpan {
        EventSpan(
            bucket: bucket, after: sequences.lowerBound - 1, through: sequences.upperBound,
            events: sequences.map { RecordedEvent(sequence: $0, event: testEvent(Int($0), bucket: bucket)) })
    }

    private func offer(_ span: EventSpan, to intake: inout EventIntake) {
        let isTaken = intake.offered(span)
        #expect(isTaken)
    }

    private func refuse(_ span: EventSpan, to intake: inout EventIntake) {
        let isTaken = intake.offered(span)
        #expect(!isTaken)
    }

    /// What is done next, where that is of one bucket.
    private func next(_ intake: inout EventIntake, at milliseconds: Int64, _ retries: EventRetries) -> EventIntake.Work?
    {
        let works = intake.next(at: milliseconds, retries)
        #expect(works.count <= 1)
        return works.first
    }

    /// Whose turn it is.
    private func buckets(_ intake: inout EventIntake, at milliseconds: Int64, _ retries: EventRetries) -> [Bucket] {
        intake.next(at: milliseconds, retries).map(\.bucket)
    }

    /// What is done next, and is then done.
    private func sequences(_ intake: inout EventIntake) -> [Int64]? {
        guard let span = self.next(&intake, at: 0, self.retries)?.events else { return nil }
        intake.moved(span.bucket, to: span.through)
        return span.events.map(\.sequence)
    }

    @Test("spans become batches of the size that is wanted, in their order, and what comes twice counts once")
    func batches() {
        var intake = self.intake()
        self.offer(self.span(self.one, 1...3), to: &intake)
        self.offer(self.span(self.one, 2...6), to: &intake)
        self.offer(self.span(self.one, 1...6), to: &intake)
        #expect(self.sequences(&intake) == [1, 2, 3])
        self.offer(self.span(self.one, 7...8), to: &intake)
        #expect(self.sequences(&intake) == [4, 5, 6])
        #expect(self.sequences(&intake) == [7, 8])
        #expect(self.next(&intake, at: 0, self.retries) == nil)
    }

    @Test("buckets have their turns, and one that is busy or waits is passed over")
    func turns() {
        var (intake, retries) = (self.intake(), self.retries)
        self.offer(self.span(self.one, 1...4), to: &intake)
        self.offer(self.span(self.two, 1...2), to: &intake)
        #expect(self.buckets(&intake, at: 0, retries) == [self.one])
        #expect(self.buckets(&intake, at: 0, retries) == [self.two])
        #expect(self.buckets(&intake, at: 0, retries).isEmpty)
        _ = retries.failed(self.one, count: 1, through: 1, isTransient: false, at: 0)
        intake.failed(self.one)
        intake.failed(self.two)
        #expect(self.buckets(&intake, at: 50, retries) == [self.two])
        let span = self.next(&intake, at: 100, retries)?.events
        #expect(span == self.span(self.one, 1...1))
    }

    @Test("buckets go together until they have as many events as a batch")
    func together() {
        var intake = self.intake()
        self.offer(self.span(self.one, 1...3), to: &intake)
        self.offer(self.span(self.two, 1...3), to: &intake)
        #expect(intake.waitingEvents == 6)
        #expect(
            intake.next(at: 0, self.retries) == [
                .events(self.span(self.one, 1...3)), .events(self.span(self.two, 1...3)),
            ])
        #expect(intake.waitingEvents == 0)
        intake.moved(self.one, to: 3)
        intake.moved(self.two, to: 3)
        self.offer(self.span(self.one, 4...8), to: &intake)
        self.offer(self.span(self.two, 4...4), to: &intake)
        #expect(self.buckets(&intake, at: 0, self.retries) == [self.one])
        #expect(self.buckets(&intake, at: 0, self.retries) == [self.two])
    }

    @Test("a bucket in trouble is alone, has its turn all the same, and goes with others again when that is behind it")
    func alone() {
        var (intake, retries) = (self.intake(), self.retries)
        _ = retries.failed(self.two, count: 2, through: 2, isTransient: false, at: 0)
        self.offer(self.span(self.one, 1...1), to: &intake)
        self.offer(self.span(self.two, 1...2), to: &intake)
        #expect(self.buckets(&intake, at: 0, retries) == [self.one])
        intake.moved(self.one, to: 1)
        self.offer(self.span(self.one, 2...2), to: &intake)
        #expect(self.next(&intake, at: 0, retries) == .events(self.span(self.two, 1...1)))
        intake.moved(self.two, to: 1)
        retries.succeeded(self.two, through: 1, at: 0)
        #expect(self.buckets(&intake, at: 0, retries) == [self.one])
        intake.moved(self.one, to: 2)
        #expect(self.next(&intake, at: 0, retries) == .events(self.span(self.two, 2...2)))
        intake.moved(self.two, to: 2)
        retries.succeeded(self.two, through: 2, at: 0)
        self.offer(self.span(self.one, 3...3), to: &intake)
        self.offer(self.span(self.two, 3...3), to: &intake)
        #expect(self.buckets(&intake, at: 0, retries) == [self.one, self.two])
    }

    @Test("what is not an event's effect is alone, and comes behind what was before it")
    func readsAlone() {
        var intake = self.intake()
        self.offer(self.span(self.one, 1...1), to: &intake)
        intake.leaveOut(self.two)
        #expect(self.buckets(&intake, at: 0, self.retries) == [self.one])
        #expect(self.next(&intake, at: 0, self.retries) == .read(self.two, after: 0))
    }

    @Test("a full bucket takes no more, and one that is left out catches up by pages and joins again")
    func leftOut() {
        var intake = self.intake(batch: 4, waiting: 4)
        self.offer(self.span(self.one, 1...3), to: &intake)
        self.refuse(self.span(self.one, 4...6), to: &intake)
        intake.leaveOut(self.one)
        self.offer(self.span(self.one, 4...6), to: &intake)
        self.offer(self.span(self.one, 7...9), to: &intake)
        #expect(self.sequences(&intake) == [1, 2, 3])
        #expect(self.next(&intake, at: 0, self.retries) == .read(self.one, after: 3))
        intake.read(self.one, [self.span(self.one, 4...7)])
        #expect(self.sequences(&intake) == [4, 5, 6, 7])
        #expect(self.next(&intake, at: 0, self.retries) == .read(self.one, after: 7))
        intake.read(self.one, [self.span(self.one, 8...11)])
        self.refuse(self.span(self.one, 10...12), to: &intake)
        #expect(self.sequences(&intake) == [8, 9, 10, 11])
        self.offer(self.span(self.one, 10...12), to: &intake)
        #expect(self.sequences(&intake) == [12])
        #expect(self.next(&intake, at: 0, self.retries) == nil)
    }

    @Test("a bucket that is left out before it has anything begins by a page, and a source that begins anew brings it")
    func beginAnew() {
        var intake = self.intake()
        intake.leaveOut(self.one)
        #expect(self.next(&intake, at: 0, self.retries) == .read(self.one, after: 0))
        intake.failed(self.one)
        let first = intake.beginAnew()
        #expect(first[self.one] == 0)
        #expect(self.next(&intake, at: 0, self.retries) == nil)
        self.offer(self.span(self.one, 1...2), to: &intake)
        let second = intake.beginAnew()
        #expect(second[self.one] == 2)
        #expect(self.sequences(&intake) == [1, 2])
    }

    @Test("a gap is told before what comes behind it")
    func gap() {
        var intake = self.intake()
        self.offer(self.span(self.one, 1...2), to: &intake)
        self.offer(self.span(self.one, 6...7), to: &intake)
        #expect(self.sequences(&intake) == [1, 2])
        let gap = EventGap(missing: EventRange(bucket: self.one, sequences: 3...5))
        #expect(self.next(&intake, at: 0, self.retries) == .gap(gap))
        intake.failed(self.one)
        #expect(self.next(&intake, at: 0, self.retries) == .gap(gap))
        intake.moved(self.one, to: 5)
        #expect(self.sequences(&intake) == [6, 7])
    }

    @Test("a cursor is moved past events that did not come only after a while, or with the next that did")
    func skips() {
        var intake = self.intake()
        self.offer(EventSpan(bucket: self.one, after: 0, through: 5, events: []), to: &intake)
        #expect(self.next(&intake, at: 100, self.retries) == nil)
        #expect(self.next(&intake, at: 1_099, self.retries) == nil)
        let skipped = EventSpan(bucket: self.one, after: 0, through: 5, events: [])
        #expect(self.next(&intake, at: 1_100, self.retries) == .events(skipped))
        intake.moved(self.one, to: 5)
        self.offer(EventSpan(bucket: self.one, after: 5, through: 8, events: []), to: &intake)
        #expect(self.next(&intake, at: 2_000, self.retries) == nil)
        self.offer(self.span(self.one, 9...9), to: &intake)
        #expect(self.sequences(&intake) == [9])
    }
}
