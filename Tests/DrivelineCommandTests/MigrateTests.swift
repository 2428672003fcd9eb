import ArgumentParser
import Foundation
import Synchronization
import Testing

@testable import driveline

@Suite("driveline migrate asks the services' executables")
struct MigrateTests {
    /// A folder with an executable that prints a table and ends with a code.
    private func withExecutable(
        _ name: String, printing table: String, code: Int, _ body: (String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            #!/bin/sh
            test "$1" = migrate || exit 99
            cat <<'END'
            \(table)
            END
            echo "$2 $DRIVELINE_POSTGRES_URL" > "\(folder.path)/asked"
            exit \(code)
            """
        let file = folder.appending(path: name)
        // By another process: a child that some other test starts now could inherit the descriptor that is written to,
        // and a file that is open for writing cannot be run.
        let writer = Process()
        writer.executableURL = URL(filePath: "/bin/sh")
        writer.arguments = ["-c", "printf %s \"$1\" > \"$2\" && chmod +x \"$2\"", "sh", script, file.path]
        try writer.run()
        writer.waitUntilExit()
        try await body(folder.path)
    }

    private func run(_ arguments: [String]) async throws -> (output: String, complaints: String, code: Int32) {
        let output = Mutex<[UInt8]>([])
        let complaints = Mutex("")
        var terminal = Terminal()
        terminal.write = { bytes in output.withLock { $0 += bytes } }
        terminal.complain = { line in complaints.withLock { $0 += line } }
        terminal.environment = { _ in nil }
        var code: Int32 = 0
        try await Terminal.$current.withValue(terminal) {
            do {
                var command = try Driveline.parseAsRoot(arguments)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            } catch let exit as ExitCode {
                code = exit.rawValue
            }
        }
        return (String(decoding: output.withLock { $0 }, as: UTF8.self), complaints.withLock { $0 }, code)
    }

    @Test("It prints one table and keeps the services' exit code")
    func table() async throws {
        let table = """
            number  name         state    applied at            ms
            1       create_note  applied  2026-11-25T22:41:17Z  1
            2       index_note   pending
            1 pending
            """
        try await self.withExecutable("notes", printing: table, code: 1) { folder in
            let url = "postgresql://u:p@h:1/ignored?sslmode=disable"
            let ending = try await self.run([
                "migrate", "status", "--service", "notes", "--directory", folder, "--postgres-url", url,
            ])
            #expect(ending.code == 1)
            #expect(
                ending.output == """
                    service  number  name         state    applied at            ms
                    notes    1       create_note  applied  2026-11-25T22:41:17Z  1
                    notes    2       index_note   pending
                    notes: 1 pending

                    """)
            let asked = try String(contentsOfFile: folder + "/asked", encoding: .utf8)
            #expect(asked == "status postgresql://u:p@h:1/driveline_notes?sslmode=disable\n")
        }
    }

    @Test("What is missing or wrong is one line")
    func complaints() async throws {
        let none = try await self.run(["migrate", "up"])
        #expect(none.code == 1 && none.complaints.contains("no server is given; say with --postgres-url"))
        for url in ["http://h", "h:1", "postgresql://h/?dbname=x"] {
            let ending = try await self.run(["migrate", "up", "--postgres-url", url])
            #expect(ending.code == 1 && ending.complaints.contains("the PostgreSQL URL is not valid"))
        }
        let missing = try await self.run([
            "migrate", "up", "--postgres-url", "postgresql://h", "--service", "x", "--directory", "/nowhere",
        ])
        #expect(missing.complaints.contains("there is no executable /nowhere/x; build it"))
        try await self.withExecutable("notes", printing: "hello", code: 0) { folder in
            let ending = try await self.run([
                "migrate", "up", "--service", "notes", "--directory", folder, "--postgres-url", "postgres://h",
            ])
            #expect(ending.code == 1 && ending.complaints.contains("notes printed no table of migrations"))
        }
        try await self.withExecutable("notes", printing: "", code: 69) { folder in
            let ending = try await self.run([
                "migrate", "up", "--service", "notes", "--directory", folder, "--postgres-url", "postgres://h",
            ])
            #expect(ending.code == 69)
        }
    }
}
