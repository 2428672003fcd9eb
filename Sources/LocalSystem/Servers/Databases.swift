internal import Foundation
internal import Postgres

/// The databases of the services on one PostgreSQL server.
struct Databases: Sendable {
    /// How long the server may take to take a session, in milliseconds.
    static let connectMilliseconds = 10_000

    /// The server, with a database that is there already.
    let url: String

    private static let existing = PostgresStatement(
        "select count(*) from pg_database where datname = $1", readOnly: true)

    /// Makes those that are not there.
    ///
    /// - Parameter names: Small letters, digits and underscores, as a plan's are.
    func create(_ names: [String]) async throws(PostgresError) {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: self.url)
        configuration.maximumConnections = 1
        configuration.connectMilliseconds = Self.connectMilliseconds
        let pool = try PostgresPool(configuration, on: reactor)
        let result: Result<Void, PostgresError>
        do throws(PostgresError) {
            try await pool.check()
            for name in names {
                let count = try await pool.query(Self.existing, name).first?.decode(Int64.self) ?? 0
                if count == 0 { try await pool.runScript("create database \"\(name)\"") }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        try result.get()
    }
}
