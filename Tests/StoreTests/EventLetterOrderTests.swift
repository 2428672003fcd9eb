import Buckets
import DrivelineTesting
import Postgres
import Testing

@testable import Events

@Suite(.timeLimit(.minutes(5))) struct EventLetterOrderTests {
    private static func recorded(_ sequence: Int64, _ subject: String, brand: UInt64 = 1) -> RecordedEvent {
        var event = testEvent(Int(sequence), bucket: Bucket.all[1])
        event.subject = subject
        event.brand = PostgresUUID(high: 1, low: brand)
        return RecordedEvent(sequence: sequence, event: event)
    }

    @Test("whoever replays, a letter is taken only as the first of its subject, and once")
    func first() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let events = [
                Self.recorded(1, "A"), Self.recorded(2, "A"), Self.recorded(3, "B"), Self.recorded(4, "A", brand: 2),
            ]
            try await pool.withTransaction { transaction in
                _ = try await transaction.commit(
                    with: EventDeadLetters.park(events, consumer: "test", tries: 1, reason: "it failed"))
            }
            let letters = try await EventDeadLetters.read(consumer: "test", from: pool)
            try #require(letters.count == 4)
            func take(_ place: Int) async throws -> Bool {
                try await pool.withTransaction { transaction in
                    try await EventDeadLetters.take(letters[place], consumer: "test", transaction)
                }
            }
            for (place, isTaken) in [(1, false), (2, true), (3, true), (0, true), (0, false), (1, true)] {
                #expect(try await take(place) == isTaken)
            }
        }
    }
}
