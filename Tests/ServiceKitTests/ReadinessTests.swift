import HealthMessages
import Logging
import NIOCore
import NIOEmbedded
import RPC
import Synchronization
import Testing

@testable import RPCServices
@testable import ServiceKit

@Suite("Liveness and readiness say how the process is", .timeLimit(.minutes(1)))
struct ReadinessTests {
    struct Gone: Error {}

    static func rpcState(_ health: ServiceHealth) async throws -> ServingStatus? {
        for await status in try #require(health.rpcHealth.addWatcher(of: "")).statuses { return status }
        return nil
    }

    @Test("The process is ready when it has started and all checks pass, and never again once it drains")
    func phases() async throws {
        let health = ServiceHealth()
        #expect(await !health.readiness().isReady)
        #expect(try await Self.rpcState(health) == .notServing)
        health.started()
        #expect(await health.readiness().isReady)
        #expect(try await Self.rpcState(health) == .serving)
        health.beginDrain()
        #expect(await !health.readiness().isReady)
        health.started()
        #expect(await !health.readiness().isReady)
        #expect(try await Self.rpcState(health) == .notServing)
    }

    @Test("A check that fails is named, and the RPC health service says the same")
    func failing() async throws {
        let health = ServiceHealth()
        await health.checks.add("good", limit: .seconds(60)) {}
        await health.checks.add("bad", limit: .seconds(60)) { throw Gone() }
        health.started()
        let readiness = await health.readiness()
        #expect(!readiness.isReady)
        #expect(readiness.checks.map(\.name) == ["good", "bad"])
        #expect(readiness.checks.map(\.isPassed) == [true, false])
        #expect(try await Self.rpcState(health) == .notServing)
    }

    @Test("A check that hangs counts as failed after its limit, and is not begun a second time")
    func hanging() async {
        let begun = Atomic(0)
        let checks = ReadinessChecks()
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        await checks.add("stuck", limit: .milliseconds(1)) {
            begun.add(1, ordering: .relaxed)
            // Deaf to cancellation, as a bad driver is.
            await Task { for await _ in gate {} }.value
        }
        for _ in 0..<5 { #expect(await checks.results().map(\.isPassed) == [false]) }
        #expect(begun.load(ordering: .relaxed) == 1)
        opening.finish()
    }

    @Test("Many who ask at once ask a dependency once")
    func cached() async {
        let begun = Atomic(0)
        let checks = ReadinessChecks()
        await checks.add("counted", limit: .seconds(60)) { begun.add(1, ordering: .relaxed) }
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { #expect(await checks.results().map(\.isPassed) == [true]) } }
        }
        // A machine that stands still for a second may ask again.
        #expect(begun.load(ordering: .relaxed) < 10)
    }

    @Test("A loop that does not turn for the limit is noticed, and one that turns again is alive again")
    func watchdog() {
        let loop = EmbeddedEventLoop()
        let now = Atomic<UInt64>(1_000_000_000)
        let watchdog = LoopWatchdog(loop) { .uptimeNanoseconds(now.load(ordering: .relaxed)) }
        loop.run()
        #expect(watchdog.isLive)
        now.add(UInt64(LoopWatchdog.maximumSilence.nanoseconds) - 1, ordering: .relaxed)
        #expect(watchdog.isLive)
        now.add(1, ordering: .relaxed)
        #expect(!watchdog.isLive)
        loop.advanceTime(by: LoopWatchdog.interval)
        #expect(watchdog.isLive)
        watchdog.stop()
    }

    @Test("The trace of a call is taken from its traceparent, and from nothing that only looks like one")
    func trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let metadata = CallMetadata.metadata(traceparent: "00-\(trace)-00f067aa0ba902b7-01")
        #expect(metadata["trace.id"] == .string(trace))
        #expect(metadata["span.id"] == "00f067aa0ba902b7")
        for wrong in ["", "00", "00-\(trace)-00f067aa0ba902b-01", "00-\(trace.uppercased())-00f067aa0ba902b7-01"] {
            #expect(CallMetadata.metadata(traceparent: wrong).isEmpty)
        }
    }

    @Test("Only the right token and trusted certificates may act for brands; nothing shown is anonymous")
    func tokens() async throws {
        let authenticator = ServiceTokenAuthenticator(token: "right", trustedPeers: ["gateway"])
        #expect(try await authenticator.authenticate(.init(credential: "right")).mayActForOthers)
        #expect(try await authenticator.authenticate(.init(credential: "")) == .anonymous)
        let named = try await authenticator.authenticate(.init(credential: "", certificateNames: ["gateway"]))
        #expect(named.mayActForOthers && named.principal == "gateway")
        for wrong in ["righ", "rightright", "Right", "wrong"] {
            await #expect(throws: (any Error).self) { try await authenticator.authenticate(.init(credential: wrong)) }
        }
        await #expect(throws: (any Error).self) {
            try await ServiceTokenAuthenticator(token: nil).authenticate(.init(credential: "any"))
        }
    }
}
