public import LocalServers
public import Logging

/// The servers that all tests of a process share, started when the first test asks for them.
///
/// They are throwaway servers, and end with the process. A test that stops, kills or pauses a server uses one of its
/// own: ``withPostgres(settings:_:)``, ``withRedisServer(settings:_:)``.
public enum SharedServers {
    /// The PostgreSQL server.
    ///
    /// - Throws: `LocalServerError` where it cannot be started, to each caller.
    public static func postgres() async throws -> LocalPostgres { try await self.postgresStart.value }

    /// The Redis server. Its databases are handed out by ``withRedis(_:)``.
    ///
    /// - Throws: `LocalServerError` where it cannot be started, to each caller.
    public static func redis() async throws -> LocalRedis { try await self.redisStart.value }

    private static let postgresStart = Task {
        let server = LocalPostgres(.testing(), logger: .silent)
        try await server.start()
        return server
    }

    private static let redisStart = Task {
        let server = LocalRedis(.testing(), logger: .silent)
        try await server.start()
        return server
    }
}

extension LocalPostgres.Configuration {
    /// A throwaway server with room for many suites at once, which finds deadlocks quickly.
    ///
    /// - Parameter settings: What `postgresql.conf` would hold beside that, or instead.
    public static func testing(settings: [String: String] = [:]) -> Self {
        var configuration = Self(.throwaway)
        configuration.settings = ["max_connections": "1000", "deadlock_timeout": "20ms"]
            .merging(settings) { _, given in given }
        configuration.startLimit = .seconds(300)
        return configuration
    }
}

extension LocalRedis.Configuration {
    /// The databases of a testing server: one for each test that runs at the same time.
    static let databaseCount = 1_024

    /// A throwaway server with many databases.
    ///
    /// - Parameter settings: What `redis.conf` would hold beside that, or instead.
    public static func testing(settings: [String: String] = [:]) -> Self {
        var configuration = Self(.throwaway)
        configuration.settings = ["databases": "\(self.databaseCount)"].merging(settings) { _, given in given }
        configuration.startLimit = .seconds(300)
        return configuration
    }
}

extension Logger {
    /// Says nothing: what servers tell of themselves is in their own logs.
    public static var silent: Logger { Logger(label: "testing") { _ in SwiftLogNoOpLogHandler() } }
}

/// Runs a PostgreSQL server of the test's own, to be stopped, killed or paused, while `body` does.
///
/// It takes two seconds or so.
///
/// - Parameter settings: What `postgresql.conf` would hold.
public func withPostgres<Value>(
    settings: [String: String] = [:], _ body: (LocalPostgres) async throws -> Value
) async throws -> Value {
    let server = LocalPostgres(.testing(settings: settings), logger: .silent)
    return try await withEnd {
        try await server.start()
        return try await body(server)
    } end: {
        await server.remove()
    }
}

/// Runs a Redis server of the test's own, to be stopped, killed or paused, while `body` does.
///
/// - Parameter settings: What `redis.conf` would hold.
public func withRedisServer<Value>(
    settings: [String: String] = [:], _ body: (LocalRedis) async throws -> Value
) async throws -> Value {
    let server = LocalRedis(.testing(settings: settings), logger: .silent)
    return try await withEnd {
        try await server.start()
        return try await body(server)
    } end: {
        await server.remove()
    }
}

/// Runs `end` after `body`, however that ended.
public func withEnd<Value>(
    _ body: () async throws -> Value, end: () async -> Void
) async throws -> Value {
    do {
        let value = try await body()
        await end()
        return value
    } catch {
        await end()
        throw error
    }
}
