import Buckets
import Postgres
import TestSupport
import Testing

@testable import Events

@Suite("The rows of one transaction's events") struct EventBatchTests {
    private static func event(_ number: Int, in bucket: Bucket) -> Event {
        Event(
            id: PostgresUUID(high: 0, low: UInt64(number)), brand: PostgresUUID(high: 0, low: 0), bucket: bucket,
            type: "test", subject: "S", occurredAt: PostgresTimestamp(microseconds: 0),
            payload: Array(repeating: 0, count: number % 17 == 0 ? 2_000 : number % 500))
    }

    @Test("random events come bucket by bucket, in their order, and are counted back from each bucket's end")
    func order() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let buckets = Bucket.all.shuffled(using: &random).prefix(.random(in: 1...64, using: &random))
            let events = try (0..<Int.random(in: 1...300, using: &random)).map {
                Self.event($0, in: try #require(buckets.randomElement(using: &random)))
            }
            let batch = EventBatch(events)
            var expected: [(event: Event, place: Int32, back: Int64)] = []
            var appended: [(event: Event, place: Int32, back: Int64)] = []
            let used = Set(events.map(\.bucket)).sorted { $0.number < $1.number }
            try #require(batch.counts.count == used.count, "seed \(seed)")
            for (place, bucket) in used.enumerated() {
                let own = events.filter { $0.bucket == bucket }
                #expect(batch.counts[place] == (bucket, Int64(own.count)), "seed \(seed)")
                for (index, event) in own.enumerated() {
                    expected.append((event, Int32(place + 1), Int64(own.count - index)))
                }
            }
            for (index, run) in batch.runs.enumerated() {
                let (place, back) = (batch.places[index], batch.backs[index])
                let bucket = batch.counts[Int(place) - 1].bucket
                // Counted from the bucket's next sequence, as if that were 0.
                let read = try EventRun.events(of: bucket, last: -back, count: run.count, bytes: run.bytes)
                appended += read.map { ($0.event, place, -$0.sequence) }
                #expect(run.count == 1 || run.bytes.count <= EventRun.maximumBytes, "seed \(seed)")
            }
            #expect(appended.map(\.event) == expected.map(\.event), "seed \(seed)")
            #expect(appended.map(\.place) == expected.map(\.place), "seed \(seed)")
            #expect(appended.map(\.back) == expected.map(\.back), "seed \(seed)")
        }
    }
}
