import LocalServers
import NIOCore
import NIOPosix
import Redis

/// What a test found wanting before it could begin.
struct Failure: Error { var reason: String }

extension LocalRedis {
    /// The server that tests share which do it no harm, each with keys of its own.
    static let shared = Task { try await LocalRedis.started() }

    /// A server of the test's own.
    ///
    /// - Parameter settings: What `redis.conf` holds beside the defaults.
    static func started(settings: [String: String] = [:]) async throws -> LocalRedis {
        var configuration = LocalRedis.Configuration(.throwaway)
        configuration.settings = settings.merging(["enable-debug-command": "local"]) { given, _ in given }
        let server = LocalRedis(configuration)
        try await server.start()
        return server
    }
}

/// Event loops that all tests share, so that many tests need few threads.
let testGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// Keys that no other test has.
func uniquePrefix() -> String { "test-\(UInt64.random(in: .min ... .max)):" }

/// A client of a server, ready, and shut down afterwards.
func withRedis<Value>(
    on server: LocalRedis? = nil, _ change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient) async throws -> Value
) async throws -> Value {
    let shared = try await LocalRedis.shared.value
    var configuration = RedisConfiguration(address: .unix(path: (server ?? shared).socketPath))
    configuration.commandMilliseconds = 20_000
    configuration.connectMilliseconds = 20_000
    configuration.reconnectMilliseconds = 1...20
    change(&configuration)
    let client = try RedisClient(configuration, group: testGroup)
    defer { client.shutDown() }
    try await client.waitUntilReady()
    return try await body(client)
}

extension RedisClient {
    /// Waits until commands are carried out again.
    func waitUntilAnswering() async throws {
        for _ in 0..<2_000 {
            if (try? await self.check()) != nil { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        try await self.check()
    }

    /// Runs something on the event loop with its connection.
    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (RedisConnection, CheckedContinuation<Value, Never>) -> Void
    ) async throws -> Value {
        let eventLoop = testGroup.any()
        guard let connection = self.connection(on: eventLoop) else { throw Failure(reason: "no connection") }
        return await withCheckedContinuation { continuation in
            eventLoop.execute { body(connection, continuation) }
        }
    }
}
