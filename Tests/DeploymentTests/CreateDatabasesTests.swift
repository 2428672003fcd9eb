import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import TestSupport
import Testing

@Suite("The script that creates databases", .timeLimit(.minutes(5)))
struct CreateDatabasesTests {
    @Test("it makes role and database with the password of the URL, and a second run changes only the password")
    func create() async throws {
        let server = try await SharedServers.postgres()
        let service = "test_\(UInt32.random(in: .min ... .max))"
        let name = "driveline_\(service)"
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = [
            "PATH": "/usr/bin:/bin", "PGHOST": server.socketFolder, "PGUSER": "postgres", "PGDATABASE": "postgres",
            "SECRETS": folder.path,
        ]
        func run(password: String) throws -> Command {
            try Data("secret\n".utf8).write(to: folder.appending(path: "postgres-password"))
            try Data("postgresql://\(name):\(password)@postgres:5432/\(name)\n".utf8)
                .write(to: folder.appending(path: "\(service)-postgres-url"))
            let script = Python.root.appending(path: "deploy/compose/create-databases").path
            return try Command.run("/bin/bash", [script, service], environment: environment)
        }
        try await withPool(on: server) { pool in
            for password in ["first", "it's \\ \"quoted\" $HOME"] {
                let command = try run(password: password)
                #expect(command.exitCode == 0, "\(command.errors)")
                #expect(!command.output.contains(password) && !command.errors.contains(password))
                let found = try await pool.query(Self.selection, name)
                #expect(try found.map { try $0.decode(String.self) } == [name])
            }
            try await pool.runScript("drop database \(name)")
            try await pool.runScript("drop role \(name)")
        }
    }

    private static let selection = PostgresStatement(
        """
        select r.rolname::text from pg_database d join pg_roles r on r.oid = d.datdba
        where d.datname = $1 and r.rolcanlogin
        """,
        readOnly: true)
}
