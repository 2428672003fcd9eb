import AsyncHTTPClient
import DrivelineTesting
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import GatewayService

@Suite("What no request should be is refused with a stated 4xx, and harms nobody", .timeLimit(.minutes(5)))
struct BadInputTests {
    private static let adjust = "/v1/inventory/adjust"
    private static let adjustment = #"{"sku": "ABC1234", "locationId": "WHS1", "delta": 1, "reason": "found"}"#

    /// What is put in the place of the value of `delta`, or of `sku`.
    private static func body(delta: String = "1", sku: String = #""ABC1234""#) -> [UInt8] {
        Array(#"{"sku": \#(sku), "locationId": "WHS1", "delta": \#(delta), "reason": "found"}"#.utf8)
    }

    /// A body whose SKU has raw bytes in it.
    private static func body(skuBytes: [UInt8]) -> [UInt8] {
        Array(#"{"sku": "A"#.utf8) + skuBytes + Array(#"", "locationId": "WHS1", "delta": 1, "reason": "found"}"#.utf8)
    }

    private static func nested(_ open: String, _ close: String, _ depth: Int) -> [UInt8] {
        Array((String(repeating: open, count: depth) + String(repeating: close, count: depth)).utf8)
    }

    private static let bodies: [(name: String, bytes: [UInt8])] = [
        ("no JSON", Array("sku=ABC1234".utf8)), ("nothing", []), ("only spaces", Array(" \n\t ".utf8)),
        ("two values", Array((adjustment + adjustment).utf8)), ("something behind it", Array((adjustment + "x").utf8)),
        ("a comma too many", Array(#"{"sku": "A",}"#.utf8)), ("single quotes", Array("{'sku': 'A'}".utf8)),
        ("a comment", Array((adjustment + " // yes").utf8)), ("a name without quotes", Array(#"{sku: "A"}"#.utf8)),
        ("NaN", body(delta: "NaN")), ("Infinity", body(delta: "-Infinity")), ("a leading zero", body(delta: "01")),
        ("a leading plus", body(delta: "+1")), ("half a fraction", body(delta: "1.")),
        ("hexadecimal", body(delta: "0x1")),
        ("arrays 100,000 deep", nested("[", "]", 100_000)), ("objects 100,000 deep", nested(#"{"a":"#, "}", 100_000)),
        ("unknown fields 100,000 deep", Array(#"{"unknown": "#.utf8) + nested("[", "]", 100_000) + Array("}".utf8)),
        ("10,000 unknown fields", Array(("{" + (0..<10_000).map { "\"f\($0)\":1" }.joined(separator: ",") + "}").utf8)),
        ("a key twice", Array(#"{"sku": "A", "sku": "B"}"#.utf8)),
        ("a key twice, once escaped", Array(#"{"sku": "A", "\u0073ku": "B"}"#.utf8)),
        ("NUL", body(skuBytes: [0])), ("NUL escaped", body(sku: #""A\u0000B""#)),
        ("a raw line feed", body(skuBytes: [10])),
        ("half a surrogate", body(sku: #""A\ud800""#)), ("the other half", body(sku: #""\udc00A""#)),
        ("halves in the wrong order", body(sku: #""\udc00\ud800""#)), ("half an escape", body(sku: #""A\u12""#)),
        ("no UTF-8", body(skuBytes: [0xFF])), ("overlong UTF-8", body(skuBytes: [0xC0, 0xAF])),
        ("a surrogate in UTF-8", body(skuBytes: [0xED, 0xA0, 0x80])),
        ("half a character", body(skuBytes: [0xE2, 0x82])),
        ("beyond Unicode", body(skuBytes: [0xF4, 0x90, 0x80, 0x80])), ("UTF-16", [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]),
        ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(adjustment.utf8)),
        ("2^63", body(delta: "9223372036854775808")), ("-2^63 - 1", body(delta: "-9223372036854775809")),
        ("2^53, which no double tells from its neighbour", body(delta: "9007199254740993")),
        ("1e400", body(delta: "1e400")),
        ("a fraction", body(delta: "1.5")), ("a small fraction", body(delta: "1e-400")), ("zero", body(delta: "0")),
        ("minus zero", body(delta: "-0")), ("a million digits", body(delta: String(repeating: "9", count: 1_000_000))),
        ("a text for a number", body(delta: #""one""#)), ("a number for a text", body(sku: "1")),
        ("an array for a text", body(sku: "[]")),
        ("a text of 65 bytes", body(sku: "\"\(String(repeating: "a", count: 65))\"")),
    ]

    @Test("Bodies that are no JSON, no text, or no such numbers are 400 with a place or a reason, all of them")
    func bodies() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock()
            for (name, bytes) in Self.bodies {
                let answer = try await Self.post(gateway, bytes)
                #expect(answer.status == 400, "\(name): \(answer.body.prefix(300))")
                #expect(
                    ["json-malformed", "field-invalid"].contains(answer.problem), "\(name): \(answer.body.prefix(300))")
                #expect(answer.body.utf8.count < 65_536, "\(name)")
            }
            let text = Array(Self.adjustment.utf8)
            for count in text.indices {
                #expect(try await Self.post(gateway, Array(text[..<count])).status == 400, "cut at \(count)")
            }
            #expect(try await Self.post(gateway, text).status == 200)
            let stock = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            let level = (stock.json["warehouses"] as? [[String: Any]])?.first
            #expect(level?["stockAvailable"] as? Int == 101, "nothing but the last one was carried out")
        }
    }

    private static func post(_ gateway: GatewayHarness, _ bytes: [UInt8]) async throws -> GatewayHarness.Answer {
        var request = gateway.request(
            .POST, Self.adjust, key: gateway.key,
            ["Content-Type": "application/json", "Idempotency-Key": "\(UInt64.random(in: .min ... .max))"], nil)
        request.body = .bytes(ByteBuffer(bytes: bytes))
        let response = try await gateway.client.execute(request, deadline: .now() + .seconds(60))
        let body = try await response.body.collect(upTo: 16_777_216)
        return GatewayHarness.Answer(
            status: Int(response.status.code), headers: response.headers, body: String(buffer: body))
    }

    private static let targets: [(target: String, status: Int)] = [
        ("/v1/inventory/%FF", 400), ("/v1/inventory/%ED%A0%80", 400), ("/v1/inventory/%C0%AF", 400),
        ("/v1/inventory/A%00B", 400), ("/v1/inventory/%0D%0AX", 400), ("/v1/inventory/%", 400),
        ("/v1/inventory/%4", 400),
        ("/v1/inventory/%zz", 400), ("/v1/inventory?sku=%FF", 400), ("/v1/inventory?%FF=1", 400),
        ("/v1/inventory?pageSize=99999999999999999999", 400), ("/v1/inventory?pageSize=-1", 400),
        ("/v1/inventory?pageSize=1e1000", 400), ("/v1/inventory?pageSize=1&pageSize=2", 400),
        ("/v1/inventory?pageToken=%00", 400), ("/v1/inventory?inStock=maybe", 400), ("/v1/inventory?__proto__=1", 400),
        ("/v1/inventory?changedSince=2026-13-01T00:00:00Z", 400), ("/v1/../v1/inventory/A", 404),
        ("/v1//inventory/A", 404), ("/v1/inventory/" + String(repeating: "a", count: 65), 400),
        ("/v1/inventory/" + String(repeating: "a", count: 9_000), 414),
        ("/v1/inventory?" + (0..<10_000).map { "a\($0)=1" }.joined(separator: "&"), 414),
        ("/v1/inventory?" + (0..<1_000).map { "a\($0)=1" }.joined(separator: "&"), 400),
    ]

    @Test("Paths and queries that are no text, or have too much, are 4xx")
    func targets() async throws {
        try await GatewayHarness.with { gateway in
            for (target, status) in Self.targets {
                let client = try await RawClient.connect(gateway.port)
                await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(gateway.key)\r\n\r\n")
                let answer = try #require(try await client.answers(1).first, "\(target.prefix(60))")
                #expect(answer.status == status, "\(target.prefix(60)): \(answer.text.prefix(300))")
                #expect(answer.header("content-type") == "application/problem+json")
                await client.close()
            }
        }
    }
}
