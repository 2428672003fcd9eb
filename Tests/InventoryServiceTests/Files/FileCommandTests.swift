import ArgumentParser
import DrivelineTesting
import Foundation
import InventoryMessages
import RPCTestSupport
import TestSupport
import Testing

@testable import driveline

@Suite("The commands about files of stock", .timeLimit(.minutes(5)))
struct FileCommandTests {
    /// What a command wrote, and how it ended.
    private struct Outcome {
        var output = ""
        var complaints: [String] = []
        var exitCode: Int32 = 0
    }

    /// Runs a command against the service, which listens for it.
    private static func run(_ harness: InventoryHarness, _ arguments: [String]) async throws -> Outcome {
        try await withServer([harness.copies[0].inventory], authenticator: CredentialAuthenticator()) { server in
            try await Self.run(harness, port: server.port, arguments)
        }
    }

    private static func run(_ harness: InventoryHarness, port: Int, _ arguments: [String]) async throws -> Outcome {
        let outcome = Watched(Outcome())
        let environment = [
            InventoryOptions.addressVariable: "127.0.0.1:\(port)",
            ConnectionOptions.credentialVariable: "\(harness.brand)/tester \(InventoryHarness.scopes)",
        ]
        var terminal = Terminal()
        terminal.write = { bytes in outcome.update { $0.output += String(decoding: bytes, as: UTF8.self) } }
        terminal.complain = { line in outcome.update { $0.complaints.append(line) } }
        terminal.environment = { environment[$0] }
        guard
            var command = try Driveline.parseAsRoot(["inventory"] + arguments + ["--timeout", "60"])
                as? any AsyncParsableCommand
        else { throw ExitCode(64) }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.update { $0.exitCode = code.rawValue }
        }
        return outcome.value
    }

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("a file is tried, imported and exported again; refused rows are written beside it, and the exit code says so")
    func importAndExport() async throws {
        try await InventoryHarness.with { harness in
            try await Self.withFolder { folder in
                let file = folder.appending(path: "stock.csv").path
                try "Item;Qty\nA;5\nB;x\n".write(toFile: file, atomically: true, encoding: .utf8)
                let options = [
                    "import", file, "--delimiter", "semicolon", "--map", "Item=sku", "--map", "Qty=onHand",
                    "--location",
                    "WHS1", "--source", "warehouse",
                ]
                try await harness.workingOnFiles {
                    let dry = try await Self.run(harness, options + ["--dry-run"])
                    #expect(dry.exitCode == ImportCommand.rowsFailed)
                    #expect(dry.output.contains("2 rows: 1 applied") && dry.output.contains("1 levels would change"))
                    let differences = try String(contentsOfFile: "\(file).differences.csv", encoding: .utf8)
                    #expect(differences == "line,sku,locationId,field,old,new\r\n2,A,WHS1,onHand,,5\r\n")
                    let real = try await Self.run(harness, options)
                    #expect(real.exitCode == ImportCommand.rowsFailed, "\(real)")
                    let failed = try String(contentsOfFile: "\(file).failed.csv", encoding: .utf8)
                    #expect(failed.contains("3,B,,onHand,field-invalid,"))
                    let out = folder.appending(path: "out.json").path
                    let export = try await Self.run(harness, ["export", out])
                    #expect(export.exitCode == 0 && export.complaints.last?.hasPrefix("1 SKUs") == true, "\(export)")
                    let again = try await Self.run(harness, ["import", out])
                    #expect(again.exitCode == 0 && again.output.contains("1 rows: 0 applied, 1 unchanged"))
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: out))
                    try Data(GzipCommand.compress(Array(bytes))).write(to: URL(fileURLWithPath: "\(out).gz"))
                    let packed = try await Self.run(harness, ["import", "\(out).gz"])
                    #expect(packed.exitCode == 0 && packed.output.contains("1 rows: 0 applied, 1 unchanged"))
                }
                let reference = try await harness.number("select count(*) from movement where reference = 'stock.csv'")
                #expect(reference == 1)
            }
        }
    }

    @Test("what is not there or not known is said in one line")
    func complaints() async throws {
        try await InventoryHarness.with { harness in
            try await Self.withFolder { folder in
                let missing = try await Self.run(harness, ["import", folder.appending(path: "no.csv").path])
                #expect(missing.exitCode == 1 && missing.complaints.count == 1)
                #expect(missing.complaints.first?.contains("No such file") == true)
                let unknown = try await Self.run(harness, ["export", folder.appending(path: "stock.xls").path])
                #expect(unknown.exitCode == 1 && unknown.complaints.first?.contains("--format") == true)
                let file = folder.appending(path: "bad.csv").path
                try "sku,stok\n".write(toFile: file, atomically: true, encoding: .utf8)
                let failed = try await harness.workingOnFiles { try await Self.run(harness, ["import", file]) }
                #expect(failed.exitCode == 1 && failed.complaints.last?.contains("unknown-column") == true, "\(failed)")
            }
        }
    }
}
