import ArgumentParser
import EchoMessages
import HealthMessages
import ProtobufC
import RPC
import RPCMessages
import RPCServices
import RPCTestSupport
import Testing
import Wire

@testable import driveline

@Suite("The commands do their work against a running server", .timeLimit(.minutes(1)))
struct CommandTests {
    /// What a command wrote, and how it ended.
    private struct Outcome {
        var output: [UInt8] = []
        var complaints: [String] = []
        var exitCode: Int32 = 0

        var lines: [String] { String(decoding: self.output, as: UTF8.self).split(separator: "\n").map(String.init) }
    }

    private static let fail = testMethod("Fail")
    private static let metadata = testMethod("Metadata")
    private static let service = TestService.echoing
        .unary(fail) { _, _ in
            let field = FieldProblem(field: "text", reason: "is wrong", expected: "another")
            throw RPCError(
                .failedPrecondition, "it does not work",
                problem: Problem(type: "some-type", reason: .conflict, fields: [field]))
        }
        .unary(metadata) { _, context in Text(text: "\(context.caller.principal) \(context.metadata["key"] ?? "")") }

    private static func withServerAndHealth(_ body: (TestServer, Health) async throws -> Void) async throws {
        let health = Health(services: [TestService.name])
        try await withServer([Self.service, health, Reflection([Self.service, health])]) { try await body($0, health) }
    }

    /// Runs a command of `driveline rpc`.
    private static func run(
        _ server: TestServer, _ name: String, _ arguments: [String] = [], input: [UInt8] = []
    ) async throws -> Outcome {
        try await Self.run(port: server.port, name, arguments, input: input)
    }

    private static func run(
        port: Int, _ name: String, _ arguments: [String], input: [UInt8] = [],
        into outcome: Watched<Outcome> = Watched(Outcome())
    ) async throws -> Outcome {
        var terminal = Terminal()
        terminal.write = { bytes in outcome.update { $0.output += bytes } }
        terminal.complain = { line in outcome.update { $0.complaints.append(line) } }
        terminal.readInput = { input }
        terminal.environment = { $0 == "DRIVELINE_CREDENTIAL" ? "tester" : nil }
        let parsed = try Driveline.parseAsRoot(
            ["rpc", name, "127.0.0.1:\(port)", "--timeout", "60"] + arguments)
        guard var command = parsed as? any AsyncParsableCommand else { throw ExitCode(64) }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.update { $0.exitCode = code.rawValue }
        }
        return outcome.value
    }

    @Test("list shows services and methods with id, kind and scope")
    func list() async throws {
        try await Self.withServerAndHealth { (server, _) async throws in
            let outcome = try await Self.run(server, "list")
            #expect(outcome.exitCode == 0)
            #expect(outcome.lines.first == "driveline.health.v1.HealthService")
            #expect(outcome.lines.contains(TestService.name))
            let line = outcome.lines.first { $0.contains("Bidirectional") }
            #expect(line?.contains("bidirectional") == true)
            #expect(
                outcome.lines.contains {
                    $0.contains("Watch") && $0.contains("server streaming") && $0.contains("anonymous")
                })
        }
    }

    @Test("health says how the server is, by its exit code too")
    func health() async throws {
        try await Self.withServerAndHealth { (server, health) async throws in
            let serving = try await Self.run(server, "health")
            #expect(serving.lines == ["SERVING"])
            #expect(serving.exitCode == 0)
            health.set(.notServing, for: TestService.name)
            let notServing = try await Self.run(server, "health", [TestService.name])
            #expect(notServing.lines == ["NOT_SERVING"])
            #expect(notServing.exitCode == 1)
            let unknown = try await Self.run(server, "health", ["no.Service"])
            #expect(unknown.exitCode == 1)
            #expect(unknown.complaints.first?.hasPrefix("driveline: NOT_FOUND: ") == true)
        }
    }

    @Test("call sends a file or standard input as it is, and writes the answer as it is")
    func call() async throws {
        try await Self.withServerAndHealth { (server, _) async throws in
            let bytes = try Text(text: "hello").encodedBytes()
            let fromInput = try await Self.run(server, "call", [Echoing.unary.name, "-"], input: bytes)
            #expect(fromInput.output == bytes)
            let file = try TemporaryFile(bytes)
            let fromFile = try await Self.run(server, "call", [Echoing.inline.name, file.path])
            #expect(fromFile.output == bytes)
            let answer = try await Self.run(
                server, "call", [Self.metadata.name, "-", "--metadata", "key=value"])
            #expect(try Text(decoding: answer.output).text == "tester value")
        }
    }

    @Test("call takes JSON on the command line, from a file or standard input, and answers with a line of it")
    func json() async throws {
        try await Self.withServerAndHealth { (server, health) async throws in
            let check = "driveline.health.v1.HealthService/Check"
            let request = "{\"service\": \"\(TestService.name)\"}"
            let inline = try await Self.run(server, "call", [check, request])
            #expect(inline.output == Array("{\"status\":\"serving\"}\n".utf8))
            health.set(.notServing, for: TestService.name)
            let fromInput = try await Self.run(server, "call", [check, "-", "--json"], input: Array(request.utf8))
            #expect(fromInput.lines == ["{\"status\":\"not_serving\"}"])
            let file = try TemporaryFile(Array("{}".utf8))
            let fromFile = try await Self.run(server, "call", [check, file.path, "--json"])
            #expect(fromFile.lines == ["{\"status\":\"serving\"}"])
        }
    }

    @Test("the answers of a streaming method are lines of JSON, each written as it comes")
    func jsonStream() async throws {
        try await Self.withServerAndHealth { (server, health) async throws in
            let outcome = Watched(Outcome())
            let (port, request) = (server.port, "{\"service\": \"\(TestService.name)\"}")
            let watching = Task {
                try await Self.run(
                    port: port, "call", ["driveline.health.v1.HealthService/Watch", request], into: outcome)
            }
            try await outcome.wait { $0.lines.count == 1 }
            health.set(.notServing, for: TestService.name)
            try await outcome.wait { $0.lines.count == 2 }
            watching.cancel()
            _ = try? await watching.value
            #expect(outcome.value.lines == ["{\"status\":\"serving\"}", "{\"status\":\"not_serving\"}"])
        }
    }

    @Test("JSON that is no request is refused here, with all its faults in one line; so are unknown methods")
    func wrongJSON() async throws {
        try await Self.withServerAndHealth { (server, _) async throws in
            let service = "driveline.health.v1.HealthService"
            func complaints(_ method: String, _ request: String) async throws -> [String] {
                let outcome = try await Self.run(server, "call", [method, request])
                #expect(outcome.exitCode == 1)
                #expect(outcome.output.isEmpty)
                return outcome.complaints
            }
            #expect(
                try await complaints("\(service)/Check", #"{"servce":"x","service":1}"#) == [
                    "driveline: the request is no driveline.health.v1.CheckRequest: servce is not known; did you mean "
                        + "service?, expected service; service is a number, expected text"
                ])
            #expect(
                try await complaints("\(service)/Check", #"{"service":"x""#) == [
                    "driveline: the request is no driveline.health.v1.CheckRequest: the JSON is malformed at byte 14: "
                        + "the text ends where a comma or the end of the object or list is expected"
                ])
            #expect(
                try await complaints("\(service)/Nothing", "{}") == [
                    "driveline: the server's descriptors hold no method \(service)/Nothing"
                ])
            #expect(
                try await complaints(Echoing.unary.name, "{}").first?.hasPrefix(
                    "driveline: the server's descriptors cannot be used: ") == true)
            let unknown = try await complaints("no.Service/Method", "{}")
            #expect(unknown.first?.hasPrefix("driveline: NOT_FOUND: ") == true)
        }
    }

    @Test("call writes the answers of a streaming method behind their lengths")
    func stream() async throws {
        try await Self.withServerAndHealth { (server, _) async throws in
            let long = String(repeating: "x", count: 300)
            let outcome = try await Self.run(
                server, "call", [Echoing.serverStreaming.name, "-"], input: try Text(text: "a \(long)").encodedBytes())
            let (first, second) = (try Text(text: "a").encodedBytes(), try Text(text: long).encodedBytes())
            #expect(outcome.output == [3] + first + encodedVarint(UInt64(second.count)) + second)
        }
    }

    @Test("A failure is one line with status and problem, and exit code 1")
    func failure() async throws {
        try await Self.withServerAndHealth { (server, _) async throws in
            let failed = try await Self.run(server, "call", [Self.fail.name, "-"])
            #expect(failed.exitCode == 1)
            #expect(failed.output.isEmpty)
            #expect(
                failed.complaints == [
                    "driveline: FAILED_PRECONDITION: it does not work (type some-type; reason conflict; "
                        + "field text: is wrong, expected another)"
                ])
            let absent = try await Self.run(server, "call", ["no.Service/Method", "-"])
            #expect(absent.exitCode == 1)
            #expect(absent.complaints.first?.hasPrefix("driveline: UNIMPLEMENTED: ") == true)
            let malformed = try await Self.run(server, "call", [Echoing.unary.name, "-"], input: [0xFF])
            #expect(malformed.complaints == ["driveline: the request is not a protobuf message"])
            let streaming = try await Self.run(server, "call", [Echoing.bidirectional.name, "-"])
            #expect(streaming.exitCode == 1)
            #expect(streaming.complaints.count == 1)
        }
    }

    @Test("Without a server each command complains in one line")
    func noServer() async throws {
        // Not that of a server that was stopped: another test's server may get it.
        let port = try ReservedPort()
        for arguments in [("list", [String]()), ("health", []), ("call", ["a.B/C", "-"])] {
            let outcome = try await Self.run(port: port.number, arguments.0, arguments.1)
            #expect(outcome.exitCode == 1)
            #expect(outcome.complaints.count == 1)
            #expect(outcome.complaints.first?.hasPrefix("driveline: UNAVAILABLE: ") == true)
        }
    }
}
