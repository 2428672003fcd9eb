import DrivelineTesting
import NIOPosix
import Postgres
import RPC
import RPCTestSupport
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct FaultProxyTests {
    static let echo = Echoing.unary

    /// Calls through a proxy, over one connection, that wait long and are made once only.
    private func withProxy(
        _ service: TestService, _ body: (FaultProxy, RPCClient) async throws -> Void
    ) async throws {
        let server = try await InProcessServer([service])
        let proxy = try await FaultProxy(to: server)
        let client = try server.client(through: proxy, group: MultiThreadedEventLoopGroup.singleton.next()) {
            configuration in
            configuration.maximumAttempts = 1
            // Two failures must not make it avoid the server.
            configuration.circuitBreaker.consecutiveFailures = 1_000
        }
        try await body(proxy, client)
        client.shutDown()
        proxy.stop()
        await server.stop()
    }

    @Test("What passes is unchanged and counted; a cut connection fails its calls, and the next call has a new one")
    func cut() async throws {
        try await self.withProxy(.echoing) { (proxy: FaultProxy, client: RPCClient) async throws in
            let text = String(repeating: "x", count: 300_000)
            #expect(try await client.call(Self.echo, text) == text)
            #expect(proxy.passedBytes(.toServer) > 300_000)
            #expect(proxy.passedBytes(.toClient) > 300_000)
            #expect(proxy.connectionCount >= 1)
            proxy.cut(afterBytes: 100_000, .toServer)
            await #expect(throws: RPCError.self) { _ = try await client.call(Self.echo, text) }
            #expect(try await client.call(Self.echo, text) == text)
            proxy.cut()
            try await until { proxy.connectionCount == 0 }
            // The client may not have noticed yet, and call over what is cut.
            try await until { (try? await client.call(Self.echo, "again")) == "again" }
        }
    }

    @Test("An answer that is cut off leaves its effect at the server")
    func answer() async throws {
        let calls = Calls()
        let service = TestService().unary(Self.echo) { request, _ in
            calls.count.add(1, ordering: .relaxed)
            return request
        }
        try await self.withProxy(service) { (proxy: FaultProxy, client: RPCClient) async throws in
            _ = try await client.call(Self.echo, "first")
            proxy.cutAtNextAnswer()
            await #expect(throws: RPCError.self) { _ = try await client.call(Self.echo, "second") }
            #expect(calls.count.load(ordering: .relaxed) == 2)
        }
    }

    @Test("A stalled direction keeps what arrives and passes it on in the end; a delayed one later")
    func stall() async throws {
        try await self.withProxy(.echoing) { (proxy: FaultProxy, client: RPCClient) async throws in
            _ = try await client.call(Self.echo, "first")
            let before = proxy.passedBytes(.toServer)
            proxy.stall([.toServer])
            let late = Task { try await client.call(Self.echo, "late") }
            let short = CallOptions(timeout: .milliseconds(50))
            let error = await #expect(throws: RPCError.self) {
                _ = try await client.call(Self.echo, "too late", options: short)
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(proxy.passedBytes(.toServer) == before)
            proxy.resume()
            #expect(try await late.value == "late")
            proxy.delay(.milliseconds(100), [.toClient])
            let start = ContinuousClock.now
            #expect(try await client.call(Self.echo, "later") == "later")
            #expect(ContinuousClock.now - start >= .milliseconds(100))
        }
    }

    @Test("What vanishes in one direction is answered by nobody, and refused connections are closed")
    func drop() async throws {
        try await self.withProxy(.echoing) { (proxy: FaultProxy, client: RPCClient) async throws in
            _ = try await client.call(Self.echo, "first")
            proxy.drop(.toClient)
            let short = CallOptions(timeout: .milliseconds(50))
            let error = await #expect(throws: RPCError.self) {
                _ = try await client.call(Self.echo, "lost", options: short)
            }
            #expect(error?.code == .deadlineExceeded)
            // The bytes that vanished were whole frames, so the connection is still in step.
            proxy.resume()
            #expect(try await client.call(Self.echo, "again") == "again")
            proxy.dropSilently()
            await #expect(throws: RPCError.self) { _ = try await client.call(Self.echo, "lost", options: short) }
            #expect(proxy.connectionCount == 1)
            proxy.refuse()
            proxy.cut()
            let refused = await #expect(throws: RPCError.self) { _ = try await client.call(Self.echo) }
            #expect(refused?.code == .unavailable)
            proxy.resume()
        }
    }

    @Test("PostgreSQL and Redis are reached through it, by socket and by port")
    func servers() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        let reactor = try PostgresReactor()
        let pool = try PostgresPool(PostgresConfiguration(url: proxy.url()), on: reactor)
        try await pool.check()
        await pool.shutDown()
        let url = "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres?sslmode=disable"
        let byPort = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        try await byPort.check()
        await byPort.shutDown()
        reactor.stop()
        proxy.stop()
    }
}

private final class Calls: Sendable {
    let count = Atomic(0)
}
