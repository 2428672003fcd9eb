import ArgumentParser
import Foundation
import IdentityAPI
import IdentityMessages
import RPC
import RPCTestSupport
import Synchronization
import TestSupport
import Testing
import Wire

@testable import LoadTesting
@testable import driveline

@Suite("driveline load-test inventory", .timeLimit(.minutes(5)))
struct LoadCommandTests {
    /// What a command wrote, and how it ended.
    private struct Outcome {
        var output = ""
        var complaints: [String] = []
        var exitCode: Int32 = 0
    }

    private static let scopes = "inventory:admin inventory:read inventory:reserve inventory:write"

    private static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Outcome {
        let outcome = Watched(Outcome())
        var terminal = Terminal()
        terminal.write = { bytes in outcome.update { $0.output += String(decoding: bytes, as: UTF8.self) } }
        terminal.complain = { line in outcome.update { $0.complaints.append(line) } }
        terminal.environment = { environment[$0] }
        let parsed = try Driveline.parseAsRoot(["load-test", "inventory"] + arguments)
        guard var command = parsed as? any AsyncParsableCommand else { throw ExitCode(64) }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.update { $0.exitCode = code.rawValue }
        }
        return outcome.value
    }

    private static let short = [
        "--duration", "2", "--warm-up", "0", "--connections", "2", "--outstanding", "2", "--skus", "4", "--timeout",
        "60", "--units", "1", "--locations", "1",
    ]

    /// A folder of the test's own.
    private static func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    @Test("with --prepare it makes a brand and a key, writes table, JSON and picture, and ends its key")
    func prepared() async throws {
        let identity = FakeIdentity(secret: "tester \(Self.scopes)")
        try await Self.withFolder { folder in
            let token = folder.appending(path: "token").path
            try Data("gateway identity:read identity:write\n".utf8).write(to: URL(filePath: token))
            try await withServer([FakeInventory(.none), identity]) { server in
                let address = "127.0.0.1:\(server.port)"
                let json = folder.appending(path: "report.json")
                let svg = folder.appending(path: "report.svg")
                let outcome = try await Self.run(
                    [
                        "--prepare", "--inventory", address, "--identity", address, "--token-file", token, "--json",
                        json.path, "--svg", svg.path,
                    ] + Self.short)
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.output.contains("ok     never more sold than there was"))
                #expect(outcome.output.contains("\nread "))
                let report = try JSONSerialization.jsonObject(with: Data(contentsOf: json)) as? [String: Any]
                #expect((report?["checks"] as? [[String: Any]])?.count == Check.allCases.count)
                #expect(try String(contentsOf: svg, encoding: .utf8).hasPrefix("<svg"))
                #expect(identity.revoked == ["the-key"])
            }
        }
    }

    @Test("a check that does not hold is told, and gives exit code 1; failures alone can be tolerated")
    func exitCodes() async throws {
        let key = ["DRIVELINE_CREDENTIAL": "tester \(Self.scopes)"]
        try await withServer([FakeInventory(.goesNegative)]) { server in
            let outcome = try await Self.run(
                ["--mix", "reads=1,reservations=1", "--inventory", "127.0.0.1:\(server.port)", "--tolerate-failures"]
                    + Self.short, environment: key)
            #expect(outcome.exitCode == 1)
            #expect(outcome.output.contains("FAILED no negative stock"), "\(outcome)")
        }
        try await withServer([FakeInventory(.losesAnswers, every: 2)]) { server in
            let arguments =
                ["--mix", "updates", "--rate", "200", "--inventory", "127.0.0.1:\(server.port)"] + Self.short
            let strict = try await Self.run(arguments, environment: key)
            #expect(strict.exitCode == 1)
            #expect(strict.output.contains("FAILED no call fails"), "\(strict)")
            let lenient = try await Self.run(arguments + ["--tolerate-failures"], environment: key)
            #expect(lenient.exitCode == 0, "\(lenient)")
        }
    }

    @Test("what is missing is told with what to give")
    func missing() async throws {
        try await Self.withFolder { folder in
            let nowhere = try await Self.run(["--data", folder.path])
            #expect(nowhere.exitCode == 1)
            #expect(nowhere.complaints.last?.contains("give --inventory or DRIVELINE_INVENTORY_ADDRESS") == true)
            let address = ["--inventory", "127.0.0.1:1"]
            let keyless = try await Self.run(address)
            #expect(keyless.complaints.last?.contains("the key is missing; give --key-file") == true)
            let unwritable = try await Self.run(address + ["--json", folder.appending(path: "no/file").path])
            #expect(unwritable.complaints.last?.contains("cannot write") == true)
            let wrong = try await Self.run([], environment: ["DRIVELINE_INVENTORY_ADDRESS": "here"])
            #expect(wrong.complaints.last?.contains("here is not host:port") == true)
        }
    }

    @Test(
        "options out of range are refused",
        arguments: [
            ["--mix", "writes"], ["--rate", "0"], ["--connections", "0"], ["--outstanding", "1001"],
            ["--threads", "65"], ["--warm-up", "-1"], ["--duration", "0"], ["--timeout", "0"], ["--skus", "3"],
            ["--locations", "101"], ["--units", "0"], ["--skew", "nan"], ["--prepare", "--key-file", "key"],
        ])
    func ranges(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Driveline.parseAsRoot(["load-test", "inventory"] + arguments) }
    }

    @Test("the examples of the documentation are commands, and its table is ours")
    func documentation() throws {
        let text = try String(contentsOf: Python.root.appending(path: "docs/operations.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        let commands = lines.compactMap { line in
            line.firstMatch(of: /^(?:\$ )?driveline (load-test inventory.*?)(?: *#.*)?$/).map { String($0.1) }
        }
        #expect(commands.count >= 3)
        for command in commands {
            let parsed = try Driveline.parseAsRoot(command.split(separator: " ").map(String.init))
            #expect(parsed is InventoryLoadCommand)
        }
        let report = LoadReport(LoadTest.Outcome(plan: LoadPlan(), record: CallRecord(0..<1)))
        let head = report.tableLines[0].split(separator: " ")
        #expect(lines.contains { $0.split(separator: " ") == head })
        for line in report.closingLines { #expect(lines.contains(line), "\(line)") }
    }
}

/// An identity service that makes one brand and one key.
private final class FakeIdentity: RPCService {
    private let secret: String
    private let revokedIDs = Mutex<[String]>([])

    init(secret: String) { self.secret = secret }

    /// The keys that were revoked.
    var revoked: [String] { self.revokedIDs.withLock { $0 } }

    var serviceDescriptor: ServiceDescriptor {
        ServiceDescriptor(
            name: "driveline.identity.v1.IdentityService",
            methods: [
                IdentityServiceMethods.createBrand, IdentityServiceMethods.createKey, IdentityServiceMethods.revokeKey,
            ], fileDescriptorSet: [])
    }

    func register(in registry: inout MethodRegistry) {
        let secret = self.secret
        registry.addUnary(IdentityServiceMethods.createBrand) { (request: CreateBrandRequest, _) in
            Brand(id: "the-brand", slug: request.slug)
        }
        registry.addUnary(IdentityServiceMethods.createKey) { (request: CreateKeyRequest, context) in
            guard context.caller.scopes.isSuperset(of: request.scopes), context.caller.brand == "the-brand" else {
                throw RPCError(.permissionDenied, "the caller lacks what it hands out")
            }
            return CreateKeyResponse(key: Key(id: "the-key"), secret: secret)
        }
        registry.addUnary(IdentityServiceMethods.revokeKey) { (request: RevokeKeyRequest, _) in
            self.revokedIDs.withLock { $0.append(request.keyID) }
            return Key(id: request.keyID)
        }
    }
}
