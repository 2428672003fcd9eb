import HTTPTestSupport
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("A head that begins along with an earlier request has begun")
struct NextHeadTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let chunked =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"

    private static func phase(_ connection: EmbeddedConnection) throws -> HTTPConnectionState.Phase {
        try connection.channel.pipeline.syncOperations.handler(type: HTTPConnection.self).state.phase
    }

    private static func isIdle(_ connection: EmbeddedConnection) throws -> Bool {
        try connection.channel.pipeline.syncOperations.handler(type: HTTPConnection.self).isIdle
    }

    @Test(
        "The connection is not idle behind the first answer, and its time is that of a head",
        arguments: [Self.get, Self.chunked, Self.get + Self.get],
        ["G", "GET /b HTTP/1.1\r\n", "GET /b HTTP/1.1\r\nA: b\r\n"])
    func begun(_ request: String, _ next: String) throws {
        let connection = try EmbeddedConnection(ClosureHandler.echo)
        defer { connection.finish() }
        try connection.receive((request + next).utf8)
        #expect(try Self.phase(connection) == .head)
        #expect(try !Self.isIdle(connection))
        let handler = try connection.channel.pipeline.syncOperations.handler(type: HTTPConnection.self)
        handler.timePassed(.now() + HTTPServerLimits.quick.headTime + .seconds(1))
        #expect(try connection.answers().last?.status == 408)
    }

    @Test("An answer that comes later leaves the connection the same way, and the head is taken when it is whole")
    func later() throws {
        let keeper = ExchangeKeeper()
        let connection = try EmbeddedConnection(keeper)
        defer { connection.finish() }
        try connection.receive((Self.get + "GET /b HT").utf8)
        #expect(try Self.phase(connection) == .answering)
        keeper.exchanges[0].respond(.ok)
        #expect(try Self.phase(connection) == .head)
        try connection.receive("TP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(keeper.exchanges.count == 2)
        keeper.exchanges[1].respond(.ok)
        #expect(try Self.phase(connection) == .idle && Self.isIdle(connection))
        #expect(try connection.answers().map(\.status) == [200, 200])
    }

    @Test("Behind whole requests, in whatever pieces they come, the connection is idle", arguments: 1...5)
    func idle(_ size: Int) throws {
        let connection = try EmbeddedConnection(ClosureHandler.echo)
        defer { connection.finish() }
        let body = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        for request in [Self.get, Self.chunked, Self.get + Self.get, body, body + Self.get] {
            let bytes = Array(request.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                try connection.receive(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(try Self.isIdle(connection), "\(request)")
            try connection.receive(bytes)
            #expect(try Self.isIdle(connection), "\(request)")
        }
    }
}
