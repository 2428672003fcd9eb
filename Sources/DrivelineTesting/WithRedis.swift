public import LocalServers
internal import Synchronization

/// A Redis database of one test's own.
public struct TestRedis: Sendable {
    /// The server that it is on. It takes no password.
    public let server: LocalRedis
    /// Its number, for `SELECT`. Publish and subscribe know no databases: put the number into a channel's name.
    public let database: Int
}

/// Hands out an empty database of the Redis server that tests share for the length of `body`.
///
/// - Throws: ``TooManyDatabases`` where all are in use, or `LocalServerError` where there is no server.
public func withRedis<Value>(_ body: (TestRedis) async throws -> Value) async throws -> Value {
    let server = try await SharedServers.redis()
    let database = try RedisDatabases.shared.take()
    return try await withEnd {
        try await body(TestRedis(server: server, database: database))
    } end: {
        // One that cannot be emptied is never handed out again.
        if (try? await server.flush(database: database)) != nil { RedisDatabases.shared.giveBack(database) }
    }
}

/// All databases of the shared Redis server are in use.
public struct TooManyDatabases: Error, CustomStringConvertible {
    /// For people.
    public var description: String {
        "all \(LocalRedis.Configuration.databaseCount) databases of the shared Redis server are in use"
    }
}

/// Which databases of the shared server are free.
private final class RedisDatabases: Sendable {
    static let shared = RedisDatabases()

    private let free = Mutex(Set(0..<LocalRedis.Configuration.databaseCount))

    func take() throws -> Int {
        guard let database = self.free.withLock({ $0.popFirst() }) else { throw TooManyDatabases() }
        return database
    }

    func giveBack(_ database: Int) { self.free.withLock { _ = $0.insert(database) } }
}
