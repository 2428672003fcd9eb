import DrivelineTesting
import HTTPServer
import NIOCore
import NIOHTTP1
import Observability
import Testing

@testable import GatewayService

@Suite("Bodies of bytes are streamed out of a call", .timeLimit(.minutes(5)))
struct DownloadTests {
    @Test("The answer is the bytes, with their type and name")
    func whole() async throws {
        try await RawHarness.with { gateway in
            let answer = try await gateway.send(
                .GET, "/v1/files/stock.csv?pieces=100&pieceBytes=100000", headers: ["Accept": "text/csv"])
            #expect(answer.status == 200 && answer.body.utf8.count == 10_000_000)
            #expect(answer.body.utf8.allSatisfy { $0 == UInt8(ascii: "x") })
            #expect(answer.header("Content-Type") == "text/csv")
            #expect(answer.header("Content-Disposition") == "attachment; filename=\"stock.csv\"")
            #expect(answer.header("X-Request-Id") != nil && answer.header("RateLimit") != nil)
            let other = try await gateway.send(.GET, "/v1/files/St%C3%BCck?pieces=1&pieceBytes=1")
            #expect(other.header("Content-Type") == "application/octet-stream")
            #expect(
                other.header("Content-Disposition") == "attachment; filename=\"St_ck\"; filename*=UTF-8''St%C3%BCck")
            let head = try await gateway.send(.HEAD, "/v1/files/stock.csv?pieces=1000&pieceBytes=100000")
            #expect(head.status == 200 && head.header("Content-Type") == "text/csv" && head.body.isEmpty)
            #expect(try await gateway.send(.GET, "/v1/files/empty").body.isEmpty)
            let absent = try await gateway.send(.GET, "/v1/files/absent")
            #expect(absent.status == 404 && absent.problem == "no-file")
            try await until { gateway.metrics.exposition().contains("gateway_transfers 0") }
        }
    }

    @Test("An answer that fails on its way is cut, and does not end like a whole one")
    func cut() async throws {
        try await RawHarness.with { gateway in
            let client = try await SocketClient(gateway.port)
            await client.sendHead("GET /v1/files/half?pieces=10&pieceBytes=1000&failsAfter=5")
            try await until { client.isClosed }
            #expect(client.text.hasPrefix("HTTP/1.1 200 "))
            #expect(client.text.contains("xxxx") && !client.text.contains("\r\n0\r\n"), "\(client.text.suffix(100))")
            #expect(gateway.log.lines.contains { $0.contains("the disk is gone") })
            try await until { gateway.log.lines.contains { $0.contains("info request") && $0.contains("internal") } }
            let early = try await gateway.send(.GET, "/v1/files/reserved?pieces=1&pieceBytes=1")
            #expect(early.status == 500 && early.problem == "internal")
            #expect(gateway.log.lines.contains { $0.contains("the header \"set-cookie\"") })
        }
    }

    @Test("A client that leaves, or does not read, has the call given up, which was no faster than its reader")
    func leaving() async throws {
        var limits = HTTPServerLimits()
        limits.stallTime = .milliseconds(500)
        try await RawHarness.with(limits: limits) { gateway in
            let slow = try await SocketClient(gateway.port, reads: false)
            await slow.sendHead("GET /v1/files/slow?pieces=10000&pieceBytes=100000")
            try await until { gateway.files.notes.contains("ended slow CANCELLED") }
            #expect(gateway.files.notes.filter { $0.hasPrefix("piece") }.count < 1_000)

            let leaving = try await SocketClient(gateway.port)
            await leaving.sendHead("GET /v1/files/left?pieces=100000&pieceBytes=100000")
            try await until { leaving.text.contains("xxxx") }
            await leaving.close()
            try await until { gateway.files.notes.contains("ended left CANCELLED") }
            try await until { gateway.log.lines.filter { $0.contains("status=499") }.count == 2 }
        }
    }
}
