import ArgumentParser
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@testable import driveline

@Suite("The command line is read as its help says")
struct ArgumentTests {
    @Test("Addresses are host:port, with brackets around IPv6")
    func addresses() {
        #expect(ServerAddress(argument: "localhost:80")?.host == "localhost")
        #expect(ServerAddress(argument: "127.0.0.1:65535")?.port == 65_535)
        #expect(ServerAddress(argument: "[::1]:80")?.host == "::1")
        for text in [
            "", "localhost", "localhost:", ":80", "localhost:0", "localhost:65536", "localhost:x", "::1:80", "[]:1",
        ] {
            #expect(ServerAddress(argument: text) == nil, "\(text)")
        }
    }

    @Test("Methods are package.Service/Method, metadata key=value")
    func methodsAndMetadata() {
        #expect(MethodName(argument: "a.B/C")?.fullName == "a.B/C")
        for text in ["", "a.B", "/C", "a.B/", "a/b/c"] { #expect(MethodName(argument: text) == nil) }
        #expect(MetadataPair(argument: "key=a=b")?.value == "a=b")
        #expect(MetadataPair(argument: "key=")?.value == "")
        for text in ["", "key", "=value"] { #expect(MetadataPair(argument: text) == nil) }
    }

    @Test("Commands are found by their names, with their options")
    func commands() throws {
        let call = try Driveline.parseAsRoot([
            "rpc", "call", "localhost:1", "a.B/C", "-", "--timeout", "2.5", "--metadata", "a=1", "--metadata", "b=2",
        ])
        let command = try #require(call as? CallCommand)
        #expect(command.connection.timeout == 2.5)
        #expect(command.metadata.map(\.key) == ["a", "b"])
        #expect(try Driveline.parseAsRoot(["rpc", "list", "localhost:1"]) is ListCommand)
        #expect(try Driveline.parseAsRoot(["rpc", "health", "localhost:1", "a.B"]) is HealthCommand)
        for arguments in [
            ["rpc", "list"], ["rpc", "list", "nowhere"], ["rpc", "call", "localhost:1", "a.B/C"],
            ["rpc", "health", "localhost:1", "--timeout", "0"],
        ] {
            #expect(throws: (any Error).self) { try Driveline.parseAsRoot(arguments) }
        }
    }

    @Test("The credential comes from the file that is named, otherwise from the environment, without its line break")
    func credentials() throws {
        var terminal = Terminal()
        terminal.environment = { $0 == "DRIVELINE_CREDENTIAL" ? "from the environment" : nil }
        try Terminal.$current.withValue(terminal) {
            let plain = try ListCommand.parse(["localhost:1"])
            #expect(try plain.connection.credential() == "from the environment")
            let file = try TemporaryFile(Array("from the file\r\n".utf8))
            let named = try ListCommand.parse(["localhost:1", "--key-file", file.path])
            #expect(try named.connection.credential() == "from the file")
            let absent = try ListCommand.parse(["localhost:1", "--key-file", "\(file.path).absent"])
            #expect(throws: CommandError.self) { try absent.connection.credential() }
        }
    }

    @Test("A failure is one line, whatever a server writes into it")
    func failures() {
        let error = RPCError(.notFound, "no\nsuch\u{7}thing", type: "gone", reason: .notFound)
        #expect(error.line.oneLine == "NOT_FOUND: no such thing (type gone; reason notFound)")
    }

    @Test("Encoded messages pass through byte for byte; what is none is refused")
    func encodedFields() throws {
        let messages: [[UInt8]] = [
            [], [10, 2, 104, 105], [8, 0x96, 1, 10, 0, 0x1D, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8],
            [0x82, 0x7D, 1, 65],
        ]
        for bytes in messages {
            let fields = try #require(EncodedFields(bytes))
            #expect(fields.bytes == bytes)
            #expect(try fields.encodedBytes() == bytes)
            #expect(try EncodedFields(decoding: bytes).bytes == bytes)
        }
        for bytes: [UInt8] in [[10], [10, 5, 1], [0], [11], [0xFF], [8, 0x80], [9, 1], [13, 1, 2]] {
            #expect(EncodedFields(bytes) == nil, "\(bytes)")
        }
    }
}
