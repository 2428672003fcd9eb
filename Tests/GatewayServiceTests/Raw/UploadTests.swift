import AsyncHTTPClient
import Crypto
import DrivelineTesting
import Foundation
import HTTPServer
import NIOCore
import NIOHTTP1
import Observability
import Synchronization
import Testing

@testable import GatewayService

@Suite("Bodies of bytes are streamed into a call", .timeLimit(.minutes(5)))
struct UploadTests {
    /// Pieces of a body, counted as they are taken.
    private final class Pieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let count: Int
        let piece = ByteBuffer(repeating: UInt8(ascii: "a"), count: 65_536)
        private let taken = Mutex(0)

        init(_ count: Int) { self.count = count }

        var takenCount: Int { self.taken.withLock { $0 } }

        func makeAsyncIterator() -> Iterator { Iterator(pieces: self) }

        struct Iterator: AsyncIteratorProtocol {
            let pieces: Pieces

            mutating func next() async -> ByteBuffer? {
                let isLeft = self.pieces.taken.withLock { taken in
                    guard taken < self.pieces.count else { return false }
                    taken += 1
                    return true
                }
                return isLeft ? self.pieces.piece : nil
            }
        }

        var body: HTTPClientRequest.Body { .stream(self, length: .unknown) }

        var hash: String {
            var hash = SHA256()
            for _ in 0..<self.count { hash.update(data: Data(self.piece.readableBytesView)) }
            return hash.finalize().map { String(format: "%02x", $0) }.joined()
        }
    }

    private static let csv: HTTPHeaders = ["Content-Type": "text/csv; charset=utf-8"]

    @Test("64 MiB go through whole, while next to nothing is held, however long the service takes")
    func backPressure() async throws {
        var limits = HTTPServerLimits()
        // A gateway that held more of the body would refuse it; one that held it elsewhere would break the call's connection.
        limits.maximumHeldBodyBytes = 4 * limits.streamedBodyBufferBytes
        try await RawHarness.with(limits: limits) { gateway in
            let pieces = Pieces(1_024)
            async let sent = gateway.send(
                .PUT, "/v1/files/large?mode=gated", headers: Self.csv.adding("X-Checksum", "abc"), body: pieces.body)
            try await until { pieces.takenCount >= 16 && gateway.files.notes == ["begun large"] }
            gateway.files.open()
            let answer = try await sent
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.json["bytes"] as? Int == 67_108_864 && answer.json["sha256"] as? String == pieces.hash)
            #expect(answer.json["contentType"] as? String == "text/csv")
            #expect(answer.json["checksum"] as? String == "x-checksum=abc")
            try await until { gateway.metrics.exposition().contains("gateway_transfers 0") }
        }
    }

    @Test("A body that breaks off, or comes too slowly, is never taken for whole")
    func brokenOff() async throws {
        var limits = HTTPServerLimits()
        limits.bodyWindowTime = .milliseconds(500)
        try await RawHarness.with(limits: limits) { gateway in
            let leaving = try await SocketClient(gateway.port)
            await leaving.sendHead("PUT /v1/files/left", ["Content-Type: text/csv", "Content-Length: 1000000"])
            await leaving.send("sku,stock\n")
            try await until { gateway.files.notes.contains("received left") }
            await leaving.close()
            try await until { !gateway.files.notes.filter { $0.hasSuffix("off left") || $0 == "whole left" }.isEmpty }
            #expect(!gateway.files.notes.contains("whole left"))

            let slow = try await SocketClient(gateway.port)
            await slow.sendHead("PUT /v1/files/slow", ["Content-Type: text/csv", "Transfer-Encoding: chunked"])
            await slow.send("a\r\nsku,stock\n\r\n")
            try await until { slow.isClosed }
            #expect(slow.text.hasPrefix("HTTP/1.1 408 ") && slow.text.contains("/problems/request-timeout"))
            try await until { !gateway.files.notes.filter { $0.hasSuffix("off slow") || $0 == "whole slow" }.isEmpty }
            #expect(!gateway.files.notes.contains { $0.hasPrefix("whole") })
            try await until { gateway.log.lines.filter { $0.contains("status=499") }.count == 2 }
        }
    }

    @Test("What the service refuses is answered at once, before the rest of the body has come")
    func refusedEarly() async throws {
        try await RawHarness.with { gateway in
            for (mode, status) in [("absent", "404 "), ("refused", "409 ")] {
                let client = try await SocketClient(gateway.port)
                await client.sendHead(
                    "PUT /v1/files/x?mode=\(mode)", ["Content-Type: text/csv", "Content-Length: 1000000"])
                await client.send("sku,stock\n")
                try await until { client.text.contains("requestId") }
                #expect(client.text.hasPrefix("HTTP/1.1 \(status)"), "\(client.text)")
                await client.close()
            }
            let patient = try await SocketClient(gateway.port)
            await patient.sendHead(
                "PUT /v1/files/x?mode=absent",
                ["Content-Type: text/csv", "Content-Length: 1000000", "Expect: 100-continue"])
            try await until { patient.text.contains("HTTP/1.1 404 ") }
        }
    }

    @Test("What is too large is refused, by its length or on its way")
    func tooLarge() async throws {
        try await RawHarness.with { gateway in
            let declared = try await SocketClient(gateway.port)
            await declared.sendHead("PUT /v1/files/x", ["Content-Type: text/csv", "Content-Length: 67108865"])
            try await until { declared.isClosed }
            #expect(declared.text.hasPrefix("HTTP/1.1 413 ") && declared.text.contains("/problems/content-too-large"))
            #expect(gateway.files.notes.isEmpty)

            let chunked = try await SocketClient(gateway.port)
            await chunked.sendHead("PUT /v1/files/y", ["Content-Type: text/csv", "Transfer-Encoding: chunked"])
            let piece = String(repeating: "a", count: 1_048_576)
            for _ in 0..<65 { await chunked.send("100000\r\n\(piece)\r\n") }
            try await until { chunked.isClosed }
            #expect(chunked.text.hasPrefix("HTTP/1.1 413 "), "\(chunked.text)")
            try await until { gateway.files.notes.contains("broken off y") }
        }
    }

    @Test(
        "Only the types that the binding names are taken; without one, the first is meant; gzip as a coding is undone")
    func types() async throws {
        try await RawHarness.with { gateway in
            let json = try await gateway.send(
                .PUT, "/v1/files/x", headers: ["Content-Type": "application/json"],
                body: .bytes(ByteBuffer(string: "{}")))
            #expect(json.status == 415 && json.problem == "content-type-unsupported")
            #expect(json.header("Accept") == "text/csv, application/gzip")
            let none = try await gateway.send(.PUT, "/v1/files/x", body: .bytes(ByteBuffer(string: "a,b\n")))
            #expect(none.status == 200 && none.json["contentType"] as? String == "text/csv", "\(none.body)")
            let empty = try await gateway.send(.PUT, "/v1/files/empty")
            #expect(empty.status == 200 && empty.json["bytes"] as? Int == 0, "\(empty.body)")
            // A gzip of the text "stock\n".
            let gzip: [UInt8] = [
                31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 43, 46, 201, 79, 206, 230, 2, 0, 182, 0, 205, 61, 6, 0, 0, 0,
            ]
            let file = try await gateway.send(
                .PUT, "/v1/files/x", headers: ["Content-Type": "application/gzip"],
                body: .bytes(ByteBuffer(bytes: gzip)))
            #expect(file.json["bytes"] as? Int == gzip.count, "\(file.body)")
            #expect(!gateway.files.notes.contains { $0.hasPrefix("broken") })
        }
    }

    @Test("Keys, scopes, fields and the number of transfers are seen to before the body")
    func refusals() async throws {
        try await RawHarness.with(.testing { $0.maximumTransfers = 0 }) { gateway in
            let body = HTTPClientRequest.Body.bytes(ByteBuffer(string: "a,b\n"))
            #expect(try await gateway.send(.PUT, "/v1/files/x", key: nil, headers: Self.csv, body: body).status == 401)
            let reader = try await gateway.send(
                .PUT, "/v1/files/x", key: "acme/sample:read", headers: Self.csv, body: body)
            #expect(reader.status == 403 && reader.problem == "scope-missing")
            let name = String(repeating: "x", count: 33)
            let long = try await gateway.send(.PUT, "/v1/files/\(name)?head=x&data=y", headers: Self.csv, body: body)
            #expect(long.status == 400 && (long.json["errors"] as? [Any])?.count == 3, "\(long.body)")
            let full = try await gateway.send(.PUT, "/v1/files/x", headers: Self.csv, body: body)
            #expect(full.status == 503 && full.problem == "overloaded")
            #expect(try await gateway.send(.GET, "/v1/files/x").status == 503)
            #expect(gateway.files.notes.isEmpty)
        }
    }
}

extension HTTPHeaders {
    fileprivate func adding(_ name: String, _ value: String) -> HTTPHeaders {
        var headers = self
        headers.add(name: name, value: value)
        return headers
    }
}
