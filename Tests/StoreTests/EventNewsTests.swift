import Buckets
import DrivelineTesting
import Events
import Testing

@Suite(.timeLimit(.minutes(2))) struct EventNewsTests {
    @Test("a reader in another process is woken long before it would look by itself")
    func otherProcess() async throws {
        try await withEvents { pool in
            let bucket = try #require(Bucket(number: 7))
            // What two processes have.
            let (ours, theirs) = (EventNews(), EventNews())
            let exchanges = [ours, theirs].map { news in Task { try await EventExchange(pool, news: news).run() } }
            var configuration = EventFollower.Configuration()
            configuration.pollMilliseconds = 3_600_000
            let follower = EventFollower(
                EventReader(pool), after: EventCursor(), news: theirs, configuration: configuration)
            let found = AsyncStream<String>.makeStream()
            let reader = Task {
                for try await events in follower {
                    for recorded in events { found.continuation.yield(recorded.event.subject) }
                }
            }
            // From the second round on the reader waits already when the event is appended.
            var subjects = found.stream.makeAsyncIterator()
            for number in 1...20 {
                try await append([testEvent(number, bucket: bucket)], pool, ours)
                #expect(await subjects.next() == "SKU-\(number)")
            }
            reader.cancel()
            for exchange in exchanges {
                exchange.cancel()
                try await exchange.value
            }
        }
    }
}
