import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import GatewayDomain
@testable import GatewayService

@Suite("The pages about the API are served to everybody", .timeLimit(.minutes(5)))
struct PageTests {
    static let paths = ["/openapi.json", "/docs", "/docs/reference.css", "/docs/reference.js"]

    @Test("A page needs no key, has a tag, and is answered only where it has changed")
    func pages() async throws {
        try await GatewayHarness.with { gateway in
            for path in Self.paths {
                let answer = try await gateway.send(.GET, path, key: nil)
                #expect(answer.status == 200, "\(path)")
                let tag = try #require(answer.header("ETag"))
                #expect(answer.header("Cache-Control") == "private, no-cache")
                #expect(answer.header("X-Request-Id") != nil)
                let head = try await gateway.send(.HEAD, path, key: nil)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.header("Content-Length") == "\(answer.body.utf8.count)")
                let same = try await gateway.send(.GET, path, key: nil, headers: ["If-None-Match": tag])
                #expect(same.status == 304 && same.body.isEmpty && same.header("ETag") == tag)
                let other = try await gateway.send(.GET, path, key: nil, headers: ["If-Match": "\"other\""])
                #expect(other.status == 412 && other.problem == "version-conflict")
            }
            let document = try await gateway.send(.GET, "/openapi.json", key: nil)
            #expect(document.header("Content-Type") == "application/json")
            #expect(document.body == (try String(contentsOf: OpenAPI.path, encoding: .utf8)))
        }
    }

    @Test("A page comes in gzip to whoever takes it, with a tag of its own, by which it has not changed either")
    func compressed() async throws {
        try await GatewayHarness.with { gateway in
            for path in Self.paths.prefix(2) {
                let plain = try await gateway.send(.GET, path, key: nil)
                let answer = try await gateway.send(.HEAD, path, key: nil, headers: ["Accept-Encoding": "br, gzip"])
                #expect(answer.header("Content-Encoding") == "gzip" && answer.header("Vary") == "Accept-Encoding")
                let length = try #require(answer.header("Content-Length").flatMap { Int($0) })
                #expect(length < plain.body.utf8.count / 4, "\(path): \(length)")
                let tag = try #require(answer.header("ETag"))
                #expect(tag == "\(plain.header("ETag")?.dropLast() ?? "")-gzip\"")
                let same = try await gateway.send(
                    .GET, path, key: nil, headers: ["Accept-Encoding": "gzip", "If-None-Match": tag])
                #expect(same.status == 304 && same.header("ETag") == tag)
            }
        }
    }

    @Test("What is no request for a page is refused as elsewhere")
    func refusals() async throws {
        try await GatewayHarness.with { gateway in
            let options = try await gateway.send(.OPTIONS, "/docs", key: nil)
            #expect(options.status == 204 && options.header("Allow") == "GET, HEAD, OPTIONS")
            let post = try await gateway.send(.POST, "/openapi.json", key: nil, body: "{}")
            #expect(post.status == 405 && post.header("Allow") == "GET, HEAD, OPTIONS")
            let picky = try await gateway.send(.GET, "/docs", key: nil, headers: ["Accept": "application/json"])
            #expect(picky.status == 406 && picky.problem == "not-acceptable")
            #expect(try await gateway.send(.GET, "/docs", key: nil, headers: ["Accept": "text/*"]).status == 200)
            let tagged = try await gateway.send(.GET, "/docs", key: nil, headers: ["If-None-Match": "none"])
            #expect(tagged.status == 400 && tagged.problem == "header-invalid")
            for path in ["/docs/", "/docs/index.html", "/openapi", "/Docs"] {
                #expect(try await gateway.send(.GET, path, key: nil).problem == "path-unknown", "\(path)")
            }
        }
    }

    @Test("The page for people loads nothing from elsewhere, which its policy says too")
    func policy() async throws {
        try await GatewayHarness.with { gateway in
            let answer = try await gateway.send(.GET, "/docs", key: nil)
            #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
            let policy = try #require(answer.header("Content-Security-Policy"))
            #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; script-src 'self';"))
        }
    }
}
