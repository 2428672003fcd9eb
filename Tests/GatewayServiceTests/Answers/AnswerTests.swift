import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ProtobufC
import RPC
import RPCMessages
import SampleMessages
import Testing

@testable import GatewayService

@Suite("What an answer is made of, and which status it has", .timeLimit(.minutes(5)))
struct AnswerTests {
    private static let url = "/v1/records"

    private static func save(_ gateway: RawHarness, _ body: String) async throws -> GatewayHarness.Answer {
        try await gateway.send(
            .POST, Self.url, headers: ["Content-Type": "application/json"], body: .bytes(.init(string: body)))
    }

    @Test("The answer is the field that is named; 201 where it was made, 200 where it was there; the tag is its own")
    func created() async throws {
        try await RawHarness.with { gateway in
            let made = try await Self.save(gateway, #"{"name": "a", "text": "x"}"#)
            #expect(made.status == 201 && made.body == #"{"name":"a","text":"x","version":1}"#, "\(made.body)")
            #expect(made.header("ETag") == "\"1\"" && made.header("Content-Type") == "application/json")
            let replaced = try await Self.save(gateway, #"{"name": "a", "text": "y"}"#)
            #expect(replaced.status == 200 && replaced.json["text"] as? String == "y", "\(replaced.body)")
            #expect(replaced.header("ETag") == "\"2\"")
            let read = try await gateway.send(.GET, "\(Self.url)/a")
            #expect(read.status == 200 && read.header("ETag") == "\"2\"" && read.body == replaced.body)
        }
    }

    @Test("Of a body that stands in the response twice the last is the answer")
    func last() async throws {
        try await RawHarness.with { gateway in
            let endpoint = try #require(gateway.gateway.endpoints.endpoints.first { $0.name == "POST /v1/records" })
            let records = [Record(name: "a", version: 1), Record(name: "b", version: 2)]
            let response = try records.flatMap { try SaveRecordResponse(record: $0).encodedBytes() }
            let body = try #require(endpoint.answer.bytes(of: ByteBuffer(bytes: response)))
            #expect(try Record(decoding: Array(body.readableBytesView)).name == "b")
            // Cut off within the second one it is no answer at all.
            #expect(endpoint.answer.bytes(of: ByteBuffer(bytes: response.dropLast())) == nil)
        }
    }

    @Test("A response without its body is a fault of ours, which the log tells")
    func bodyMissing() async throws {
        try await RawHarness.with { gateway in
            let lost = try await Self.save(gateway, #"{"name": "lost"}"#)
            #expect(lost.status == 500 && lost.problem == "internal", "\(lost.body)")
            #expect(gateway.log.lines.contains { $0.contains("SaveRecord answered without record") })
        }
    }
}
