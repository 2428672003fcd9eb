internal import Buckets
internal import DequeModule

/// What of a source's events waits to be dealt with, bucket by bucket. Pure: tasks around it fetch and work.
///
/// A bucket has room for a few batches. One that has none for longer than it is waited for is left out: what the source
/// brings of it from then on is dropped, and read again by pages once the bucket gets there. So one bucket whose effect is
/// slow or fails never holds up the others, and costs no memory.
struct EventIntake {
    /// How much may wait.
    struct Limits {
        /// The most events of one transaction.
        var batch: Int
        /// How many events of one bucket may wait, beside those that are worked on.
        var waitingEvents: Int
        /// How many bytes of payloads of one bucket may wait.
        var waitingBytes: Int
        /// How long to wait with moving a cursor past events that did not come, in milliseconds.
        var skipMilliseconds: Int64
    }

    /// What is to be done next.
    enum Work: Hashable, Sendable {
        /// To carry out the effect of events, none perhaps, and to move the cursor to the span's end.
        case events(EventSpan)
        /// To deal with events being lost.
        case gap(EventGap)
        /// To read a page of a bucket that was left out.
        case read(Bucket, after: Int64)

        /// Whose turn it is.
        var bucket: Bucket {
            switch self {
            case .events(let span): span.bucket
            case .gap(let gap): gap.missing.bucket
            case .read(let bucket, _): bucket
            }
        }

        /// The events whose effect it is.
        var events: EventSpan? {
            guard case .events(let span) = self else { return nil }
            return span
        }
    }

    fileprivate struct Lane {
        /// What is committed.
        var cursor: Int64
        /// What comes next, and is kept until it is committed.
        var current: EventSpan?
        var waiting: Deque<EventSpan> = []
        var waitingEvents = 0
        var waitingBytes = 0
        /// How far what is here reaches.
        var through: Int64
        var isBusy = false
        /// How far the source has come without this bucket; nil where it brings it.
        var passed: Int64?
        /// Since when the cursor could be moved past events that did not come.
        var skippableSince: Int64?
    }

    private let limits: Limits
    private let buckets: [Bucket]
    private var lanes: [Bucket: Lane] = [:]
    private var turn = 0

    init(_ buckets: [Bucket], after cursor: EventCursor, limits: Limits) {
        self.limits = limits
        self.buckets = buckets
        for bucket in buckets { self.lanes[bucket] = Lane(cursor: cursor[bucket], through: cursor[bucket]) }
    }

    /// Takes in what a source brings.
    ///
    /// - Returns: Whether there was room; false leaves everything as it was.
    mutating func offered(_ span: EventSpan) -> Bool {
        guard var lane = self.lanes[span.bucket] else { return true }
        defer { self.lanes[span.bucket] = lane }
        if let passed = lane.passed {
            lane.passed = max(passed, span.through)
            return true
        }
        guard span.through > lane.through else { return true }
        let isFull =
            lane.waitingEvents + span.events.count > self.limits.waitingEvents
            || lane.waitingBytes >= self.limits.waitingBytes
        guard lane.waiting.isEmpty || !isFull || span.events.isEmpty else { return false }
        lane.append(span, maximumEvents: self.limits.batch)
        return true
    }

    /// Leaves a bucket out of what the source brings, until it has caught up by pages.
    mutating func leaveOut(_ bucket: Bucket) {
        guard let lane = self.lanes[bucket], lane.passed == nil else { return }
        self.lanes[bucket]?.passed = lane.through
    }

    /// Where the source has to begin anew: it brings all buckets again.
    mutating func beginAnew() -> EventCursor {
        var cursor = EventCursor()
        for bucket in self.buckets {
            self.lanes[bucket]?.passed = nil
            cursor[bucket] = self.lanes[bucket]?.through ?? 0
        }
        return cursor
    }

    /// How many events wait, beside those that are worked on.
    var waitingEvents: Int { self.lanes.values.reduce(0) { $0 + $1.waitingEvents } }

    /// What is to be done next; its buckets are busy until they are told how that went. Buckets have their turns one after
    /// the other.
    ///
    /// - Returns: Events of several buckets, together about as many as a transaction may have; or one thing of one bucket,
    ///   where that is no event's effect, or the bucket is in trouble. Nothing, where there is nothing to do.
    mutating func next(at milliseconds: Int64, _ retries: EventRetries) -> [Work] {
        var works: [Work] = []
        var events = 0
        let first = self.turn
        for offset in 0..<self.buckets.count where events < self.limits.batch {
            let index = (first + offset) % self.buckets.count
            let bucket = self.buckets[index]
            guard retries.mayRun(bucket, at: milliseconds),
                let work = self.lanes[bucket]?.next(bucket, self.limits, retries, at: milliseconds)
            else { continue }
            let isAlone = work.events == nil || retries.isInTrouble(bucket)
            // Its turn is the next one.
            guard works.isEmpty || !isAlone else { break }
            self.turn = (index + 1) % self.buckets.count
            self.lanes[bucket]?.isBusy = true
            works.append(work)
            if isAlone { break }
            events += work.events?.events.count ?? 0
        }
        return works
    }

    /// The cursor of a bucket was moved.
    mutating func moved(_ bucket: Bucket, to sequence: Int64) {
        self.lanes[bucket]?.moved(to: sequence)
    }

    /// What was to be done of a bucket is to be done again.
    mutating func failed(_ bucket: Bucket) { self.lanes[bucket]?.isBusy = false }

    /// A page of a bucket was read that was left out.
    mutating func read(_ bucket: Bucket, _ spans: [EventSpan]) {
        guard var lane = self.lanes[bucket] else { return }
        lane.isBusy = false
        for span in spans where span.bucket == bucket { lane.append(span, maximumEvents: self.limits.batch) }
        // Where nothing is left to read, the source's next span tells whether something is missing.
        if let passed = lane.passed, lane.through >= passed || spans.isEmpty { lane.passed = nil }
        self.lanes[bucket] = lane
    }
}

extension EventIntake.Lane {
    /// Adds what goes on where the lane ends; what it has already is left out.
    fileprivate mutating func append(_ span: EventSpan, maximumEvents: Int) {
        guard span.through > self.through else { return }
        var span = span
        if span.after < self.through {
            let known = self.through
            span.events.removeAll { $0.sequence <= known }
            span.after = known
        }
        self.through = span.through
        self.waitingEvents += span.events.count
        self.waitingBytes += span.payloadBytes
        if let last = self.waiting.last, last.through == span.after,
            last.events.count + span.events.count <= maximumEvents
        {
            self.waiting[self.waiting.count - 1].extend(with: span)
        } else {
            self.waiting.append(span)
        }
    }

    fileprivate mutating func next(
        _ bucket: Bucket, _ limits: EventIntake.Limits, _ retries: EventRetries, at milliseconds: Int64
    ) -> EventIntake.Work? {
        guard !self.isBusy else { return nil }
        if self.current == nil, let first = self.waiting.first, first.after > self.cursor {
            return .gap(EventGap(missing: EventRange(bucket: bucket, sequences: self.cursor + 1...first.after)))
        }
        let size = min(limits.batch, retries.size(of: bucket, available: limits.batch))
        self.collect(size)
        guard let span = self.current else {
            return self.passed == nil ? nil : .read(bucket, after: self.through)
        }
        guard span.events.isEmpty, self.passed == nil else { return .events(self.cut(span, to: size)) }
        let since = self.skippableSince ?? milliseconds
        self.skippableSince = since
        return milliseconds - since >= limits.skipMilliseconds ? .events(span) : nil
    }

    /// Makes the current span as large as a transaction may be.
    private mutating func collect(_ size: Int) {
        while let first = self.waiting.first {
            if let current = self.current {
                guard current.through == first.after, current.events.count + first.events.count <= size else { return }
                self.current?.extend(with: first)
            } else {
                self.current = first
            }
            self.waiting.removeFirst()
            self.waitingEvents -= first.events.count
            self.waitingBytes -= first.payloadBytes
        }
    }

    /// Keeps so many events of the current span; the rest waits on.
    private mutating func cut(_ span: EventSpan, to count: Int) -> EventSpan {
        guard span.events.count > count, count > 0 else { return span }
        let through = span.events[count - 1].sequence
        let kept = EventSpan(
            bucket: span.bucket, after: span.after, through: through, events: Array(span.events[..<count]))
        let rest = EventSpan(
            bucket: span.bucket, after: through, through: span.through, events: Array(span.events[count...]))
        self.current = kept
        self.waiting.prepend(rest)
        self.waitingEvents += rest.events.count
        self.waitingBytes += rest.payloadBytes
        return kept
    }

    fileprivate mutating func moved(to sequence: Int64) {
        self.isBusy = false
        self.cursor = sequence
        self.current = nil
        self.skippableSince = nil
    }
}

extension EventSpan {
    fileprivate var payloadBytes: Int { self.events.reduce(0) { $0 + $1.event.payload.count } }

    fileprivate mutating func extend(with next: EventSpan) {
        self.through = next.through
        self.events += next.events
    }
}
