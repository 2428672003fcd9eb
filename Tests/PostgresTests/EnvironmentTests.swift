import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import Testing

/// In processes of their own, since the environment belongs to all tests of one.
@Suite(.timeLimit(.minutes(5))) struct EnvironmentTests {
    /// Connects with an empty URL, and tells who and where it is.
    static func check(_ variables: [String: String], database: String) async throws {
        for (name, value) in variables { setenv(name, value, 1) }
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: "postgresql://"), on: reactor)
        let who = PostgresStatement("select current_user::text || '@' || current_database()", readOnly: true)
        let answer = try await pool.query(who).first?.decode(String.self)
        try #require(answer == "secured@\(database)")
        try #require(
            try await pool.query(TLSTests.isEncrypted).first?.decode(Bool.self) == true)
        await pool.shutDown()
    }

    private func environment() async throws -> [String: String] {
        let secured = try await SecuredServer.shared.get()
        return [
            "PGHOST": "localhost", "PGHOSTADDR": "127.0.0.1", "PGPORT": "\(secured.port)", "PGUSER": "secured",
            "PGDATABASE": "postgres", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": secured.path("authority.pem"),
        ]
    }

    @Test("what the URL leaves open comes from the environment")
    func variables() async throws {
        let variables = try await self.environment().merging(["PGPASSWORD": SecuredServer.password]) { $1 }
        await #expect(processExitsWith: .success) { [variables = variables as [String: String]] in
            try await EnvironmentTests.check(variables, database: "postgres")
        }
    }

    @Test("the password comes from a password file, by server, database and user")
    func passwordFile() async throws {
        let secured = try await SecuredServer.shared.get()
        let file = secured.path("passwords")
        let lines = """
            localhost:\(secured.port):postgres:another:wrong
            localhost:\(secured.port):postgres:secured:\(SecuredServer.password)

            """
        let isMade = FileManager.default.createFile(
            atPath: file, contents: Data(lines.utf8), attributes: [.posixPermissions: 0o600])
        try #require(isMade)
        let variables = try await self.environment().merging(["PGPASSFILE": file]) { $1 }
        await #expect(processExitsWith: .success) { [variables = variables as [String: String]] in
            try await EnvironmentTests.check(variables, database: "postgres")
        }
    }

    @Test("what the URL says comes before the environment")
    func precedence() async throws {
        let url = try await SharedServers.postgres().url()
        await #expect(processExitsWith: .success) { [url = url as String] in
            setenv("PGDATABASE", "nothing", 1)
            setenv("PGHOST", "/nonexistent", 1)
            let reactor = try PostgresReactor()
            let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
            try await pool.check()
            await pool.shutDown()
            reactor.stop()
        }
    }
}
