import Buckets
import Postgres
import TestSupport
import Testing

@testable import Events

@Suite("The rows of one transaction's events") struct EventBatchTests {
    private static func event(_ number: Int, in bucket: Bucket) -> Event {
        Event(
            id: PostgresUUID(high: 0, low: UInt64(number)), brand: PostgresUUID(high: 0, low: 0), bucket: bucket,
            type: "test", subject: "S", occurredAt: PostgresTimestamp(microseconds: 0), payload: [])
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
            let used = Set(events.map(\.bucket)).sorted { $0.number < $1.number }
            try #require(batch.counts.count == used.count, "seed \(seed)")
            for (place, bucket) in used.enumerated() {
                let own = events.filter { $0.bucket == bucket }
                #expect(batch.counts[place] == (bucket, Int64(own.count)), "seed \(seed)")
                for (index, event) in own.enumerated() {
                    expected.append((event, Int32(place + 1), Int64(own.count - index)))
                }
            }
            #expect(batch.events == expected.map(\.event), "seed \(seed)")
            #expect(batch.places == expected.map(\.place), "seed \(seed)")
            #expect(batch.backs == expected.map(\.back), "seed \(seed)")
        }
    }
}
