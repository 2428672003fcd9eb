import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("What answers say to caches", .timeLimit(.minutes(5)))
struct CacheTests {
    private static func with(_ body: (RawHarness) async throws -> Void) async throws {
        try await RawHarness.with { gateway in
            for name in ["ABC1234", "A/B 1%"] {
                let saved = try await gateway.send(
                    .POST, "/v1/records", headers: ["Content-Type": "application/json"],
                    body: .bytes(ByteBuffer(string: #"{"name": "\#(name)"}"#)))
                #expect(saved.status == 201)
                // A write says what all answers say.
                #expect(saved.header("Cache-Control") == "private, no-cache" && saved.header("Surrogate-Key") == nil)
            }
            try await body(gateway)
        }
    }

    @Test("A GET and a HEAD, with 200 and with 304, say how long, under which keys of the brand, and to whom")
    func policies() async throws {
        try await Self.with { gateway in
            let path = "/v1/records/ABC1234"
            for (verb, tag, status) in [
                (HTTPMethod.GET, "", 200), (.HEAD, "", 200), (.GET, "\"1\"", 304), (.HEAD, "\"1\"", 304),
            ] {
                let headers: HTTPHeaders = tag.isEmpty ? [:] : ["If-None-Match": tag]
                let answer = try await gateway.send(verb, path, headers: headers)
                #expect(answer.status == status && answer.header("ETag") == "\"1\"", "\(verb) \(tag)")
                #expect(answer.headers["Cache-Control"] == ["private, no-cache"])
                #expect(answer.headers["Surrogate-Control"] == ["max-age=300"])
                #expect(answer.headers["Surrogate-Key"] == ["brand-acme/record/ABC1234 brand-acme/records"])
                #expect(answer.headers[canonicalForm: "Vary"].contains("Authorization"), "\(answer.headers)")
            }
            let stale = try await gateway.send(.GET, path, headers: ["If-None-Match": "\"0\""])
            #expect(stale.status == 200 && stale.header("Surrogate-Control") == "max-age=300")
        }
    }

    @Test("Keys have the brand of the credential, and values that cannot part keys")
    func keys() async throws {
        try await Self.with { gateway in
            let odd = try await gateway.send(.GET, "/v1/records/A%2FB%201%25")
            #expect(odd.json["name"] as? String == "A/B 1%")
            #expect(odd.header("Surrogate-Key") == "brand-acme/record/A%2FB%201%25 brand-acme/records")
            let other = try await gateway.send(.GET, "/v1/records/ABC1234", key: "other brand/sample:read")
            #expect(
                other.header("Surrogate-Key") == "brand-other%20brand/record/ABC1234 brand-other%20brand/records")
            let years = try await gateway.send(.GET, "/v1/records?year=2024")
            #expect(years.header("Surrogate-Key") == "brand-acme/records/year-2024")
            #expect(years.header("Cache-Control") == "private, max-age=3600")
            #expect(years.header("Surrogate-Control") == "max-age=86400")
            let all = try await gateway.send(.GET, "/v1/records")
            #expect(all.header("Surrogate-Key") == "brand-acme/records/year-0")
        }
    }

    @Test("What only clients may keep has no keys; what is not said to be kept, and refusals, are as they were")
    func others() async throws {
        try await Self.with { gateway in
            let notice = try await gateway.send(.GET, "/v1/notice")
            #expect(notice.header("Cache-Control") == "private, max-age=60")
            #expect(notice.header("Surrogate-Control") == nil && notice.header("Surrogate-Key") == nil)
            #expect(notice.headers[canonicalForm: "Vary"].contains("Authorization"))
            let refusals = [
                try await gateway.send(.GET, "/v1/records/none"),
                try await gateway.send(.GET, "/v1/records/ABC1234", headers: ["If-Match": "\"9\""]),
                try await gateway.send(.GET, "/v1/records/ABC1234", key: nil),
                try await gateway.send(.GET, "/v1/records?month=1"),
            ]
            #expect(refusals.map(\.status) == [404, 412, 401, 400])
            for answer in refusals + [try await gateway.send(.GET, "/v1/things")] {
                #expect(answer.header("Cache-Control") == "private, no-cache", "\(answer.status)")
                #expect(answer.header("Surrogate-Key") == nil && answer.header("Surrogate-Control") == nil)
                #expect(!answer.headers[canonicalForm: "Vary"].contains("Authorization"))
            }
        }
    }
}
