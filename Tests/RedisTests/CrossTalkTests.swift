import Foundation
import LocalServers
import NIOCore
import Redis
import Synchronization
import Testing

@Suite("No reply ever reaches another's caller", .timeLimit(.minutes(10))) struct CrossTalkTests {
    /// A million in the soak, where there is time.
    static let commandCount = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 60_000 : 1_000_000
    static let batchSize = 50

    /// What the callers saw.
    final class Seen: Sendable {
        let begun = Atomic<Int>(0)
        let answered = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        let wrong = Atomic<Int>(0)

        /// Numbers for the next commands; `nil` when there were enough.
        func take(_ count: Int) -> Range<Int>? {
            let start = self.begun.add(count, ordering: .relaxed).oldValue
            return start < CrossTalkTests.commandCount ? start..<(start + count) : nil
        }
    }

    @Test(
        "tagged commands get their own tag or an error, through delays, time-outs, cancellations and lost connections")
    func tags() async throws {
        let server = try await LocalRedis.started()
        let seen = Seen()
        try await withRedis(on: server) {
            $0.commandMilliseconds = 150
        } _: { (client) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { await Self.batches(client, seen) } }
                for index in 0..<8 { group.addTask { await Self.singles(client, seen, seed: UInt64(index)) } }
                let disturber = Task {
                    while !Task.isCancelled {
                        // Shorter than the time-out and longer, so that some only come late.
                        _ = try? await client.send("DEBUG", "SLEEP", ["0.02", "0.3"].randomElement() ?? "0.02")
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await group.waitForAll()
                disturber.cancel()
                _ = await disturber.value
            }
        }
        print(
            "CrossTalkTests: \(seen.answered.load(ordering: .relaxed)) answered, "
                + "\(seen.failed.load(ordering: .relaxed)) failed")
        #expect(seen.wrong.load(ordering: .relaxed) == 0)
        #expect(seen.answered.load(ordering: .relaxed) > 0)
    }

    private static func batches(_ client: RedisClient, _ seen: Seen) async {
        while let tags = seen.take(Self.batchSize) {
            var batch = RedisBatch()
            for tag in tags { batch.append("ECHO", tag) }
            do throws(RedisError) {
                let replies = try await client.send(batch)
                let isRight = replies == tags.map { .bytes(Array(String($0).utf8)) }
                seen.wrong.add(isRight ? 0 : 1, ordering: .relaxed)
                seen.answered.add(replies.count, ordering: .relaxed)
            } catch {
                seen.failed.add(Self.batchSize, ordering: .relaxed)
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    /// One command after the other, of which one in eight is given up at some moment.
    private static func singles(_ client: RedisClient, _ seen: Seen, seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        while let tags = seen.take(1) {
            let tag = String(tags.lowerBound)
            let task = Task { try await client.send("ECHO", tag) }
            if Int.random(in: 0..<8, using: &generator) == 0 {
                for _ in 0..<Int.random(in: 0..<4, using: &generator) { await Task.yield() }
                task.cancel()
            }
            switch await task.result {
            case .success(let reply):
                if reply != .bytes(Array(tag.utf8)) { seen.wrong.add(1, ordering: .relaxed) }
                seen.answered.add(1, ordering: .relaxed)
            case .failure:
                seen.failed.add(1, ordering: .relaxed)
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }
}
