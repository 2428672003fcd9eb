import Buckets
import DrivelineTesting
import Events
import Postgres
import TestSupport
import Testing

@testable import InventoryService

/// Without a statement that locks them first, buckets are locked in the order in which the plan comes by their rows.
@Suite("The order in which the engine's transactions lock the buckets of events") struct EventLockOrderTests {
    private static let transactions = 60

    @Test("transactions at once that append to many of the same buckets never wait for each other in a circle")
    func order() async throws {
        let seed = testSeed()
        try await InventoryHarness.with { harness in
            let pool = harness.copies[0].engine.pool
            let writers = UInt64(EngineLimits().connections)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ writer)
                        for _ in 0..<Self.transactions {
                            let events = Self.events(of: harness.brand, &random)
                            // A deadlock would be thrown by the one that is chosen to end it.
                            _ = try await pool.withTransaction { transaction in
                                try await transaction.commit(with: try EventLog.append(events, isKeyOrdered: true))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func events(of brand: PostgresUUID, _ random: inout SeededGenerator) -> [Event] {
        Bucket.all.shuffled(using: &random).prefix(32).map { bucket in
            Event(
                id: PostgresUUID(milliseconds: 0, using: &random), brand: brand, bucket: bucket, type: "test",
                subject: "S", occurredAt: PostgresTimestamp(microseconds: 0), traceParent: nil, payload: [])
        }
    }
}
