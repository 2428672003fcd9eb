public import Postgres

/// A pool on a database of its own.
public func withPool<Value>(
    on server: TestServer? = nil, _ configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    let server = try server ?? TestServer.shared.get()
    let reactor = try PostgresReactor()
    defer { reactor.stop() }
    let name = "test_\(UInt32.random(in: .min ... .max))"
    let administration = try PostgresPool(PostgresConfiguration(url: server.url()), on: reactor)
    try await administration.runScript("create database \(name)")
    var configuration = PostgresConfiguration(url: server.url(database: name))
    configure(&configuration)
    let pool = try PostgresPool(configuration, on: reactor)
    do {
        let value = try await body(pool)
        await pool.shutDown()
        try? await administration.runScript("drop database \(name) with (force)")
        await administration.shutDown()
        return value
    } catch {
        await pool.shutDown(graceMilliseconds: 0)
        await administration.shutDown(graceMilliseconds: 0)
        throw error
    }
}

/// A second pool on the same database.
public func withPool<Value>(
    beside pool: PostgresPool, _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    let name = try await pool.query(PostgresStatement("select current_database()::text")).first?.decode(String.self)
    let other = try PostgresPool(
        PostgresConfiguration(url: try TestServer.shared.get().url(database: name ?? "")), on: pool.reactor)
    do {
        let value = try await body(other)
        await other.shutDown()
        return value
    } catch {
        await other.shutDown(graceMilliseconds: 0)
        throw error
    }
}

extension PostgresPool {
    /// Returns when some session of this database waits for a lock.
    public func untilWaiting() async throws {
        let waiting = PostgresStatement(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
        while try await self.query(waiting).isEmpty { await Task.yield() }
    }
}
