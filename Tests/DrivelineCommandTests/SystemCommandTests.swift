import ArgumentParser
import Foundation
import RPCTestSupport
import Testing

@testable import driveline

@Suite("The commands for a system on this machine say what they need and what is wrong", .timeLimit(.minutes(1)))
struct SystemCommandTests {
    private struct Outcome {
        var output = ""
        var complaints: [String] = []
        var exitCode: Int32 = 0
    }

    private static func run(_ arguments: [String], answer: String? = nil) async throws -> Outcome {
        let outcome = Watched(Outcome())
        var terminal = Terminal()
        terminal.write = { bytes in outcome.update { $0.output += String(decoding: bytes, as: UTF8.self) } }
        terminal.complain = { line in outcome.update { $0.complaints.append(line) } }
        terminal.readLine = { answer }
        terminal.isScreen = { false }
        guard var command = try Driveline.parseAsRoot(arguments) as? any AsyncParsableCommand else {
            throw ExitCode(64)
        }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.update { $0.exitCode = code.rawValue }
        }
        return outcome.value
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path(percentEncoded: false))
    }

    @Test(
        "what is given wrongly is refused with what would be right",
        arguments: [
            (["up", "--prot-base", "8000"], "Did you mean '--port-base'?"),
            (["up", "--port-base", "80"], "--port-base must be from 1024 to 65436"),
            (["up", "--port-base", "x"], "'--port-base <port>'"),
            (["up", "--postgres-url", "host=db"], "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"),
            (["up", "--redis-url", "cache"], "redis://:PASSWORD@HOST:PORT"),
            (["logs", "--lines", "-1"], "--lines"),
            (["status", "--data="], "--data"),
        ])
    func wrongArguments(_ arguments: [String], _ reason: String) {
        let error = #expect(throws: (any Error).self) { try Driveline.parseAsRoot(arguments) }
        let message = error.map { Driveline.fullMessage(for: $0) } ?? ""
        #expect(message.contains(reason), "\(message)")
    }

    @Test("where nothing runs, status and logs say so, and down has nothing to do")
    func nothingRuns() async throws {
        try await Self.withFolder { folder in
            let status = try await Self.run(["status", "--data", folder])
            #expect(status.exitCode == 1)
            #expect(status.complaints == ["driveline: nothing runs in \(folder); start it with `driveline up`"])
            let logs = try await Self.run(["logs", "--data", folder])
            #expect(logs.exitCode == 1)
            #expect(logs.complaints.first?.contains("there are no logs in") == true)
            let down = try await Self.run(["down", "--data", folder])
            #expect(down.exitCode == 0)
            #expect(down.output == "nothing runs in \(folder)\n")
        }
    }

    @Test("reset asks, takes nothing but yes for yes, and leaves alone what is no system's")
    func reset() async throws {
        try await Self.withFolder { folder in
            let absent = try await Self.run(["reset", "--yes", "--data", folder])
            #expect(absent.exitCode == 1)
            #expect(absent.complaints == ["driveline: \(folder) holds no system; nothing was removed"])

            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: folder).appending(path: "driveline-data"))
            for answer in [nil, "", "y", "no"] {
                let refused = try await Self.run(["reset", "--data", folder], answer: answer)
                #expect(refused.exitCode == 1)
                #expect(refused.complaints == ["driveline: nothing was removed; answer yes, or use --yes"])
            }
            #expect(FileManager.default.fileExists(atPath: folder))
            #expect(try await Self.run(["reset", "--data", folder], answer: "yes").exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test("logs shows what a system wrote, also when it runs no more, and names the parts that have logs")
    func logs() async throws {
        try await Self.withFolder { folder in
            let logs = URL(filePath: folder).appending(path: "logs")
            try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
            let line = #"{"@timestamp":"2026-01-31T23:59:58.001234Z","log.level":"info","message":"serving"}"#
            try Data("first\n\(line)\n".utf8).write(to: logs.appending(path: "identity.log"))
            let outcome = try await Self.run(["logs", "identity", "--lines", "1", "--data", folder])
            #expect(outcome.output == "identity | 23:59:58.001 info     serving\n")
            let unknown = try await Self.run(["logs", "identiy", "--data", folder])
            #expect(unknown.complaints == ["driveline: identiy has no log; there are those of identity"])
            #expect(unknown.exitCode == 1)
        }
    }
}
