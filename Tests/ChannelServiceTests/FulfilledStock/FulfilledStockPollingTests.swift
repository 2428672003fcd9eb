import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite("Stock that a platform holds is set at a location of ours")
struct FulfilledStockPollingTests {
    private struct Flow {
        let harness: SyncHarness
        let target = FakeFulfilledTarget()

        var held: FakeFulfilledStock { self.harness.shop.fulfilled }

        private func connections(_ location: String, _ isDescribed: Bool) -> FakeConnections {
            var adapter = FakePlatformAdapter(self.harness.shop)
            if isDescribed {
                adapter.platform.operations.append(
                    .init(PlatformDescription.fulfilledStock, bucket: "held", ratePerSecond: 10_000, burst: 10))
            }
            let settings = [PlatformDescription.fulfilmentLocation: location]
            return FakeConnections(pool: self.harness.pool, adapter: adapter, settings: settings)
        }

        func turn(_ poll: ClaimedFulfilledPoll, location: String = "FBA1", isDescribed: Bool = true) async throws {
            let polling = FulfilledStockPolling(
                self.harness.pool, connections: self.connections(location, isDescribed), transport: NoTransport(),
                target: self.target, logger: SyncHarness.logger)
            try await polling.turn(of: poll)
        }

        /// What the brand is told of it.
        func state(location: String = "FBA1", isDescribed: Bool = true) async throws -> FulfilledStockState? {
            let reports = SyncReports(
                pool: self.harness.pool, connections: self.connections(location, isDescribed))
            return try await reports.sync(of: self.harness.key).fulfilledStock
        }

        /// A turn, whenever it is due.
        func read(location: String = "FBA1", isDescribed: Bool = true) async throws {
            try await self.turn(try await self.take(), location: location, isDescribed: isDescribed)
        }

        func take() async throws -> ClaimedFulfilledPoll {
            try await self.harness.pool.runScript("update fulfilled_poll set due_at = now()")
            return try #require(try await FulfilledPollRows.take(1, from: self.harness.pool).first)
        }

        func counts() async throws -> [Int64] {
            let statement = PostgresStatement("select array[skipped, refused, tries::bigint] from fulfilled_poll")
            return try #require(try await self.harness.pool.query(statement).first).decode([Int64].self)
        }
    }

    private func with(_ body: (Flow) async throws -> Void) async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A", "B", "C"])
            try await body(Flow(harness: harness))
        }
    }

    @Test("a reading of all pages is set; what no listing has is counted, what is missing from the next one is zero")
    func readings() async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5, "stranger": 9, "B": 7, "C": 1])
            try await flow.read()
            #expect(flow.target.levels == ["FBA1/A": 5, "FBA1/B": 7, "FBA1/C": 1])
            #expect(try await flow.counts() == [1, 0, 0])
            #expect(try await FulfilledPollRows.take(1, from: flow.harness.pool).isEmpty, "not before its interval")
            flow.held.hold(["A": 6, "C": 1])
            try await flow.read()
            #expect(flow.target.levels == ["FBA1/A": 6, "FBA1/B": 0, "FBA1/C": 1])
            let changes = flow.target.counts.changes
            try await flow.read()
            #expect(flow.target.counts.changes == changes + 2, "what was set to zero is forgotten")
        }
    }

    @Test("a reading that is broken off behind its first page changes nothing")
    func brokenOff() async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5, "B": 7, "C": 1])
            try await flow.read()
            flow.held.hold(["A": 8, "B": 7, "C": 2])
            flow.held.breakOff(at: 2)
            try await flow.read()
            #expect(flow.target.levels == ["FBA1/A": 5, "FBA1/B": 7, "FBA1/C": 1])
            #expect(try await flow.counts()[2] == 1)
            flow.held.breakOff(at: nil)
            try await flow.read()
            #expect(flow.target.levels == ["FBA1/A": 8, "FBA1/B": 7, "FBA1/C": 2])
        }
    }

    @Test("who comes behind one that was killed sends the same commands, which do nothing twice")
    func killed() async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5, "B": 7])
            flow.target.killBehind()
            try await flow.read()
            // The platform has sold meanwhile: the commands of the reading before are still what they were.
            flow.held.hold(["A": 4, "B": 7])
            flow.held.breakOff(at: 0)
            try await flow.read()
            #expect(flow.target.counts == (2, 0) && flow.target.levels == ["FBA1/A": 5, "FBA1/B": 7])
            flow.held.breakOff(at: nil)
            try await flow.read()
            #expect(flow.target.counts == (4, 0) && flow.target.levels == ["FBA1/A": 4, "FBA1/B": 7])
        }
    }

    @Test("one process reads at a time, and who lost the connection writes nothing more")
    func takenOver() async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5])
            let slow = try await flow.take()
            #expect(try await FulfilledPollRows.take(1, from: flow.harness.pool).isEmpty)
            try await flow.read()
            flow.held.hold(["A": 3])
            await #expect(throws: FulfilledPollRows.Lost.self) { try await flow.turn(slow) }
            #expect(flow.target.levels == ["FBA1/A": 5])
        }
    }

    @Test("another location gets what the one before had; a refused SKU is counted and tried with the next reading")
    func locationsAndRefusals() async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5, "B": 7])
            flow.target.refuse(["B"])
            try await flow.read()
            #expect(try await flow.counts() == [0, 1, 0])
            flow.target.refuse([])
            try await flow.read(location: "FBA2")
            #expect(
                flow.target.levels == ["FBA1/A": 0, "FBA1/B": 0, "FBA2/A": 5, "FBA2/B": 7])
        }
    }

    @Test("what became of readings is told, where there are any")
    func states() async throws {
        try await self.with { flow in
            #expect(try await flow.state(location: "") == nil)
            #expect(try await flow.state(isDescribed: false) == nil)
            #expect(try await flow.state()?.readAt == nil, "not read yet")
            flow.held.hold(["A": 5, "B": 7, "stranger": 1])
            flow.target.refuse(["B"])
            try await flow.read()
            let good = try #require(try await flow.state())
            #expect(good.location == "FBA1" && good.readAt != nil && good.tries == 0 && good.errorCode.isEmpty)
            #expect([good.skipped, good.refused, good.pending] == [1, 1, 0])
            flow.held.breakOff(at: 0)
            try await flow.read()
            let failed = try #require(try await flow.state())
            #expect(failed.readAt == good.readAt && failed.tries == 1 && !failed.errorCode.isEmpty)
            #expect(failed.nextTryAt != nil)
            flow.held.breakOff(at: nil)
            flow.target.killBehind()
            try await flow.read()
            #expect(try await flow.state()?.pending == 2, "written, and not known to be")
        }
    }

    @Test(
        "nothing is written to a location that channels are told of, without one, or where the platform holds nothing",
        arguments: [("WHS1", true), ("nowhere", true), ("", true), ("FBA1", false)])
    func nothing(location: String, isDescribed: Bool) async throws {
        try await self.with { flow in
            flow.held.hold(["A": 5])
            try await flow.read(location: location, isDescribed: isDescribed)
            #expect(flow.target.levels.isEmpty)
        }
    }
}
