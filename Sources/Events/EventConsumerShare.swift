internal import Buckets
internal import Leasing
internal import Logging
internal import Postgres
internal import Waking

/// Some buckets of a consumer while their lease is held.
///
/// It goes by rounds: one read over all buckets, then one transaction for each bucket that has events. Between rounds no
/// transaction holds the lease's row, so that it can be renewed.
struct EventConsumerShare {
    private enum Result: Sendable {
        case done(through: Int64, hasCommands: Bool)
        case failed(any Error)
    }

    /// Events of one bucket for one transaction.
    private struct Batch: Sendable {
        var bucket: Bucket
        var from: Int64
        var events: [RecordedEvent]
        var through: Int64
    }

    /// Another copy of the consumer has dealt with the events.
    private struct CursorMoved: Error {}

    private static let clock = ContinuousClock()

    private let consumer: EventConsumer
    private let buckets: [Bucket]
    private let lease: Lease
    private let start = clock.now
    private var cursor: EventCursor?
    private var retries: EventRetries
    private var renewAt: Int64

    init(consumer: EventConsumer, buckets: [Bucket], lease: Lease) {
        let configuration = consumer.configuration
        self.consumer = consumer
        self.buckets = buckets
        self.lease = lease
        self.retries = EventRetries(
            maximumTries: configuration.maximumTries, firstWaitMilliseconds: configuration.firstWaitMilliseconds,
            longestWaitMilliseconds: configuration.longestWaitMilliseconds)
        self.renewAt = configuration.leaseMilliseconds / 3
    }

    private var milliseconds: Int64 {
        let duration = Self.clock.now - self.start
        return duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }

    /// Until the lease is lost or the task is cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            do {
                guard try await self.isStillHeld() else { return }
                try await self.round()
            } catch {
                self.consumer.logUnlessCancelled("a consumer cannot read its events", error)
                self.cursor = nil
                try? await Task.sleep(for: .milliseconds(self.consumer.configuration.pollMilliseconds))
            }
        }
    }

    private mutating func isStillHeld() async throws(PostgresError) -> Bool {
        guard self.milliseconds >= self.renewAt else { return true }
        let duration = self.consumer.configuration.leaseMilliseconds
        guard try await self.consumer.leases.renew(self.lease, milliseconds: duration) else { return false }
        self.renewAt = self.milliseconds + duration / 3
        return true
    }

    private mutating func round() async throws {
        let configuration = self.consumer.configuration
        let count = self.consumer.news.all.count
        let cursor = try await self.currentCursor()
        let now = self.milliseconds
        let ready = self.buckets.filter { self.retries.mayRun($0, at: now) }
        let spans = try await self.consumer.source.read(
            after: cursor, in: ready, limitPerBucket: configuration.batch)
        let batches = self.batches(of: spans, after: cursor)
        guard !batches.isEmpty else {
            let wait = min(configuration.pollMilliseconds, self.retries.wait(at: now) ?? .max)
            await self.consumer.news.all.wait(past: count, milliseconds: wait)
            return
        }
        for (batch, result) in await self.run(batches) { await self.take(result, of: batch) }
    }

    private mutating func currentCursor() async throws(PostgresError) -> EventCursor {
        if let cursor { return cursor }
        let cursor = try await EventCursors.read(
            consumer: self.consumer.configuration.name, from: self.consumer.pool)
        self.cursor = cursor
        return cursor
    }

    private func batches(of spans: [EventSpan], after cursor: EventCursor) -> [Batch] {
        spans.map { span in
            let taken = Array(span.events.prefix(self.retries.size(of: span.bucket, available: span.events.count)))
            let through = taken.count == span.events.count ? span.through : taken.last?.sequence ?? span.through
            return Batch(bucket: span.bucket, from: cursor[span.bucket], events: taken, through: through)
        }
    }

    /// At most so many at a time as the consumer allows.
    private func run(_ batches: [Batch]) async -> [(Batch, Result)] {
        await withTaskGroup(of: (Batch, Result).self) { group in
            var waiting = batches[...]
            for batch in waiting.prefix(max(1, self.consumer.configuration.parallelBuckets)) {
                group.addTask { (batch, await self.apply(batch)) }
                waiting.removeFirst()
            }
            var results: [(Batch, Result)] = []
            for await result in group {
                results.append(result)
                guard let batch = waiting.popFirst() else { continue }
                group.addTask { (batch, await self.apply(batch)) }
            }
            return results
        }
    }

    private func apply(_ batch: Batch) async -> Result {
        do {
            let hasCommands = try await self.commit(batch) { transaction in
                batch.events.isEmpty ? [] : try await self.consumer.effect(batch.events, transaction)
            }
            return .done(through: batch.through, hasCommands: hasCommands)
        } catch {
            return .failed(error)
        }
    }

    /// Moves the cursor past a batch together with an effect.
    private func commit(
        _ batch: Batch, with effect: (PostgresTransaction) async throws -> [PostgresCommand]
    ) async throws -> Bool {
        try await self.consumer.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            let isMoved = try await EventCursors.move(
                consumer: self.consumer.configuration.name, bucket: batch.bucket, from: batch.from, to: batch.through,
                in: transaction)
            guard isMoved else { throw CursorMoved() }
            let commands = try await effect(transaction)
            _ = try await transaction.commit(with: commands)
            return !commands.isEmpty
        }
    }

    private mutating func take(_ result: Result, of batch: Batch) async {
        switch result {
        case .done(let through, let hasCommands):
            self.passed(batch.bucket, through: through)
            if hasCommands { self.consumer.news.committed() }
        case .failed(let error):
            await self.take(error, of: batch)
        }
    }

    private mutating func passed(_ bucket: Bucket, through sequence: Int64) {
        self.cursor?[bucket] = sequence
        self.retries.succeeded(bucket, through: sequence, at: self.milliseconds)
    }

    private mutating func take(_ error: any Error, of batch: Batch) async {
        if error is CursorMoved || error is LeaseError {
            // The next round finds out whether the lease is lost.
            self.cursor = nil
            self.renewAt = 0
            return
        }
        self.consumer.logUnlessCancelled("an event's effect failed", error, bucket: batch.bucket)
        let failure = error as? PostgresError
        if failure?.retry == .outcomeUnknown { self.cursor = nil }
        let isTransient = Task.isCancelled || failure.map { $0.retry != .never } ?? false
        let next = self.retries.failed(
            batch.bucket, count: batch.events.count, through: batch.through, isTransient: isTransient,
            at: self.milliseconds)
        if case .park(let tries) = next { await self.park(batch, tries: tries, reason: "\(error)") }
    }

    /// An event that cannot even be parked is tried again.
    private mutating func park(_ batch: Batch, tries: Int, reason: String) async {
        guard let event = batch.events.first else { return }
        let name = self.consumer.configuration.name
        do {
            _ = try await self.commit(batch) { _ in
                [EventDeadLetters.park(event, consumer: name, tries: tries, reason: reason)]
            }
            self.passed(batch.bucket, through: batch.through)
            self.consumer.logger.error(
                "an event was parked after all tries",
                metadata: [
                    "consumer": "\(name)", "bucket": "\(batch.bucket.number)", "sequence": "\(event.sequence)",
                    "error": "\(reason)",
                ])
        } catch {
            self.consumer.logUnlessCancelled("an event cannot be parked", error, bucket: batch.bucket)
            self.cursor = nil
        }
    }
}
