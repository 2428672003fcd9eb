internal import Buckets
internal import Leasing
internal import Logging
internal import Postgres
internal import Synchronization
internal import Waking

/// Some buckets of a consumer while their lease is held: one task takes what the source brings, a few carry out effects.
final class EventConsumerShare: Sendable {
    /// How long a bucket without room may hold up the others, in milliseconds, before it is left out of the stream.
    static let patienceMilliseconds: Int64 = 2_000
    /// How many bytes of payloads of one bucket may wait: 2 MiB.
    static let waitingBytes = 2 << 20
    /// How long to wait with moving a cursor past events of other types, in milliseconds.
    static let skipMilliseconds: Int64 = 5_000
    /// How long to wait before a source that failed is asked again, at the most, in milliseconds.
    static let longestPauseMilliseconds: Int64 = 10_000

    /// What was committed is not known, or is another copy's: the cursors are read anew.
    private struct BeginAnew: Error {}

    private struct State {
        var intake: EventIntake
        var retries: EventRetries
        /// Before that only a full transaction begins.
        var mayBegin: Int64 = 0

        /// What is to be done next together, in the consumer's pace.
        mutating func next(
            at milliseconds: Int64, _ configuration: EventConsumer.Configuration
        ) -> [EventIntake.Work] {
            guard milliseconds >= self.mayBegin || self.intake.waitingEvents >= configuration.allowedBatch else {
                return []
            }
            let works = self.intake.next(at: milliseconds, self.retries)
            if !works.isEmpty { self.mayBegin = milliseconds + configuration.paceMilliseconds }
            return works
        }

        /// How long until there may be something to do, in milliseconds; nil: until something comes.
        func wait(at milliseconds: Int64) -> Int64? {
            let pause = self.mayBegin > milliseconds ? self.mayBegin - milliseconds : nil
            return [self.retries.wait(at: milliseconds), pause].compactMap { $0 }.min()
        }
    }

    private static let clock = ContinuousClock()

    private let consumer: EventConsumer
    private let buckets: [Bucket]
    private let transactions: EventTransactions
    private let start = clock.now
    private let state: Mutex<State>
    /// There may be something to do.
    private let work = WakeSignal()
    /// A bucket may have room again.
    private let room = WakeSignal()

    init(_ consumer: EventConsumer, buckets: [Bucket], lease: Lease) {
        self.consumer = consumer
        self.buckets = buckets
        self.transactions = EventTransactions(consumer, lease: lease)
        self.state = Mutex(
            State(
                intake: Self.intake(buckets, after: EventCursor(), consumer.configuration),
                retries: EventRetries(consumer.configuration)))
    }

    private static func intake(
        _ buckets: [Bucket], after cursor: EventCursor, _ configuration: EventConsumer.Configuration
    ) -> EventIntake {
        let batch = configuration.allowedBatch
        return EventIntake(
            buckets, after: cursor,
            limits: EventIntake.Limits(
                batch: batch, waitingEvents: 2 * batch, waitingBytes: Self.waitingBytes,
                skipMilliseconds: Self.skipMilliseconds))
    }

    private var milliseconds: Int64 {
        let duration = Self.clock.now - self.start
        return duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let cursor = try await self.transactions.cursor(of: self.buckets)
                self.state.withLock { state in
                    state.intake = Self.intake(self.buckets, after: cursor, self.consumer.configuration)
                }
                try await self.runOnce()
            } catch is BeginAnew {
                // Whoever has the cursors now is not pushed.
            } catch {
                self.consumer.logUnlessCancelled("a consumer cannot read its cursors", error)
            }
            try? await Task.sleep(for: .milliseconds(self.consumer.configuration.pollMilliseconds))
        }
    }

    private func runOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            for _ in 0..<max(1, self.consumer.configuration.transactions) {
                group.addTask { try await self.carryOut() }
            }
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }
}

// MARK: - What the source brings

extension EventConsumerShare {
    /// Follows the source, again and again where it breaks off.
    private func follow() async {
        var failures = 0
        while !Task.isCancelled {
            let cursor = self.state.withLock { $0.intake.beginAnew() }
            let began = self.milliseconds
            do {
                try await self.consumer.source.follow(after: cursor, in: self.buckets) { spans in
                    for span in spans { try await self.take(span) }
                    self.work.wake()
                }
            } catch {
                self.consumer.logUnlessCancelled("a consumer's source broke off", error)
            }
            failures = self.milliseconds - began > Self.longestPauseMilliseconds ? 0 : failures + 1
            let pause = min(
                self.consumer.configuration.pollMilliseconds << Int64(min(failures, 4)), Self.longestPauseMilliseconds)
            try? await Task.sleep(for: .milliseconds(Int64.random(in: 0...max(1, pause))))
        }
    }

    private func take(_ span: EventSpan) async throws {
        let end = self.milliseconds + Self.patienceMilliseconds
        while true {
            try Task.checkCancellation()
            let count = self.room.count
            let now = self.milliseconds
            let isTaken = self.state.withLock { state in
                // Who waits after a failure is not waited for.
                if now >= end || !state.retries.mayRun(span.bucket, at: now) { state.intake.leaveOut(span.bucket) }
                return state.intake.offered(span)
            }
            guard !isTaken else { break }
            self.work.wake()
            await self.room.wait(past: count, milliseconds: end - now)
        }
    }
}

// MARK: - Effects

extension EventConsumerShare {
    /// Does one thing after the other, until the task is cancelled.
    private func carryOut() async throws {
        while !Task.isCancelled {
            let count = self.work.count
            let now = self.milliseconds
            let (works, wait) = self.state.withLock {
                ($0.next(at: now, self.consumer.configuration), $0.wait(at: now))
            }
            guard !works.isEmpty else {
                await self.work.wait(
                    past: count, milliseconds: min(self.consumer.configuration.pollMilliseconds, wait ?? .max))
                continue
            }
            try await self.carryOut(works)
            self.room.wake()
            self.work.wake()
        }
    }

    /// Carries out what several buckets have in one transaction; where that fails, each by itself, so that the failure is
    /// that of one bucket.
    private func carryOut(_ works: [EventIntake.Work]) async throws {
        let spans = works.compactMap(\.events)
        if spans.count > 1 {
            do {
                return try await self.apply(spans)
            } catch  where !Self.leavesUnknown(error) {
                self.consumer.logUnlessCancelled("a batch failed, and is divided by buckets", error)
            } catch {
                throw BeginAnew()
            }
        }
        for work in works {
            do {
                try await self.carryOut(work)
            } catch {
                try await self.failed(work, error)
            }
        }
    }

    private func carryOut(_ work: EventIntake.Work) async throws {
        switch work {
        case .events(let span): try await self.apply([span])
        case .gap(let gap):
            try await self.transactions.pass(gap)
            self.moved(gap.missing.bucket, to: gap.missing.sequences.upperBound)
        case .read(let bucket, let after):
            var cursor = EventCursor()
            cursor[bucket] = after
            let spans = try await self.consumer.source.read(
                after: cursor, in: [bucket], limitPerBucket: self.consumer.configuration.allowedBatch)
            self.state.withLock { $0.intake.read(bucket, spans) }
        }
    }

    private func apply(_ spans: [EventSpan]) async throws {
        try await self.transactions.apply(spans)
        for span in spans { self.moved(span.bucket, to: span.through) }
    }

    /// Whether nobody here knows how far the cursors are.
    private static func leavesUnknown(_ error: any Error) -> Bool {
        error is EventTransactions.CursorMoved || (error as? PostgresError)?.retry == .outcomeUnknown
    }

    private func moved(_ bucket: Bucket, to sequence: Int64) {
        let now = self.milliseconds
        self.state.withLock { state in
            state.intake.moved(bucket, to: sequence)
            state.retries.succeeded(bucket, through: sequence, at: now)
        }
    }

    private func failed(_ work: EventIntake.Work, _ error: any Error) async throws {
        guard !Self.leavesUnknown(error) else { throw BeginAnew() }
        let message: Logger.Message =
            switch work {
            case .events: "an event's effect failed"
            case .gap: "events were lost before their consumer had read them"
            case .read: "a consumer cannot read its events"
            }
        self.consumer.logUnlessCancelled(message, error, bucket: work.bucket)
        let now = self.milliseconds
        guard case .events(let span) = work else {
            return self.state.withLock { state in
                state.retries.delayed(work.bucket, at: now)
                state.intake.failed(work.bucket)
            }
        }
        let isTransient =
            Task.isCancelled
            || (error as? PostgresError).map { $0.retry != .never } ?? self.consumer.configuration.isTransient(error)
        let next = self.state.withLock { state in
            state.retries.failed(
                span.bucket, count: span.events.count, through: span.through,
                isTransient: isTransient || span.events.isEmpty, at: now)
        }
        if case .park(let tries) = next {
            try await self.park(span, tries: tries, reason: "\(error)")
        } else {
            self.state.withLock { $0.intake.failed(span.bucket) }
        }
    }

    /// An event that cannot even be parked is tried again.
    private func park(_ span: EventSpan, tries: Int, reason: String) async throws {
        do {
            try await self.transactions.park(span, tries: tries, reason: reason)
        } catch {
            self.consumer.logUnlessCancelled("an event cannot be parked", error, bucket: span.bucket)
            throw BeginAnew()
        }
        self.moved(span.bucket, to: span.through)
        self.consumer.logger.error(
            "an event was parked after all tries",
            metadata: [
                "consumer": "\(self.consumer.configuration.name)", "bucket": "\(span.bucket.number)",
                "sequence": "\(span.through)", "error": "\(reason)",
            ])
    }
}
