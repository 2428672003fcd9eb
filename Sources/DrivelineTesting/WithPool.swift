public import LocalServers
public import Postgres

/// A database of one test's own.
public struct TestDatabase: Sendable {
    /// The server that it is on.
    public let server: LocalPostgres
    /// Its name.
    public let name: String

    /// Its URL, for a pool or for a service that is started as a process.
    public var url: String { self.server.url(database: self.name) }
}

/// Makes a database for the length of `body`, empty or as a template's copy.
///
/// It costs some 30 ms.
///
/// - Parameters:
///   - template: What it holds; `nil` for nothing.
///   - server: Where it is; `nil` for the server that tests share.
public func withDatabase<Value>(
    _ template: DatabaseTemplate? = nil, on server: LocalPostgres? = nil,
    _ body: (TestDatabase) async throws -> Value
) async throws -> Value {
    let server = if let server { server } else { try await SharedServers.postgres() }
    let source =
        if let template { try await TemplateDatabases.shared.name(of: template, on: server) } else { "template1" }
    let database = TestDatabase(server: server, name: "test_\(UInt64.random(in: .min ... .max))")
    // Copying files takes a ninth of the time that writing the copy to the log does, which is PostgreSQL's default.
    try await administer(server, "create database \(database.name) template \(source) strategy file_copy")
    return try await withEnd {
        try await body(database)
    } end: {
        // The server may be down by the test's will.
        try? await administer(server, "drop database if exists \(database.name) with (force)")
    }
}

private func administer(_ server: LocalPostgres, _ command: String) async throws {
    try await withPool(to: server.url()) { try await $0.runScript(command) }
}

/// A pool on a database of its own.
///
/// - Parameters:
///   - server: Where it is; `nil` for the server that tests share.
///   - template: What the database holds; `nil` for nothing.
///   - configure: Changes the pool's configuration.
public func withPool<Value>(
    on server: LocalPostgres? = nil, template: DatabaseTemplate? = nil,
    _ configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    try await withDatabase(template, on: server) { database in
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: database.url)
        configure(&configuration)
        let pool = try PostgresPool(configuration, on: reactor)
        do {
            let value = try await body(pool)
            await pool.shutDown()
            return value
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }
}

/// A second pool on the same database of the server that tests share.
public func withPool<Value>(
    beside pool: PostgresPool, _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    let name = try await pool.query(PostgresStatement("select current_database()::text")).first?.decode(String.self)
    let url = try await SharedServers.postgres().url(database: name ?? "")
    let other = try PostgresPool(PostgresConfiguration(url: url), on: pool.reactor)
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
        // A pause between looks leaves the processor to those that are waited for.
        while try await self.query(waiting).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    }
}
