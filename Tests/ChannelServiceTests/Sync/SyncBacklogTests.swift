import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct SyncBacklogTests {
    @Test("a stock to zero goes out behind a backlog within two seconds, by the platform's limits")
    func zeroBehindBacklog() async throws {
        try await SyncHarness.with { harness in
            let skus = (0..<3_000).map { "S\($0)" }
            for sku in skus { _ = harness.inventory.set(sku, 2) }
            _ = harness.inventory.set("Z", 5)
            try await harness.list(skus, shelf: 1)
            try await harness.list(["Z"], shelf: 5)
            let adapter = FakePlatformAdapter(harness.shop, ratePerSecond: 5, burst: 10, rows: 1)
            try await harness.withWorkers(adapter) {
                // Until the tokens that others may take are used up.
                try await until { harness.shop.calls.count >= 10 }
                let start = ContinuousClock.now
                try await harness.stock("Z", 0)
                try await until { harness.shop.shelf["Z"] == 0 }
                let took = ContinuousClock.now - start
                print("a stock to zero behind \(skus.count) rows took \(took)")
                // What the limits take; the machine's own delay is not for a test to judge.
                let before = harness.shop.calls.prefix { !$0.skus.contains("Z") }.count
                #expect(before <= 14)
            }
            #expect(harness.shop.calls.filter { $0.skus == ["Z"] }.count == 1)
        }
    }
}
