import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("What several services offer is one to its callers", .timeLimit(.minutes(5)))
struct SharingTests {
    private static func with(_ body: (RawHarness) async throws -> Void) async throws {
        let one = SampleFiles("one", things: ["01", "04", "05", "06", "11", "12", "13"])
        let two = SampleFiles("two", things: ["02", "03", "07"])
        let three = SampleFiles("three", things: (8...10).map { $0 < 10 ? "0\($0)" : "\($0)" } + ["14"])
        try await RawHarness.with(files: one, others: [two, three], body)
    }

    @Test("A thing is found at its owner; another's, and what no service has, are absent in the same way")
    func owners() async throws {
        try await Self.with { gateway in
            for id in ["one-04", "two-03", "three-10"] {
                let found = try await gateway.send(.GET, "/v1/things/\(id)")
                #expect(found.status == 200 && found.json["thingId"] as? String == id)
            }
            var bodies: Set<String> = []
            for id in ["one-02", "two-04", "four-01", "one", "-", "two-"] {
                let absent = try await gateway.send(.GET, "/v1/things/\(id)", headers: ["X-Request-Id": "same"])
                #expect(absent.status == 404, "\(id)")
                bodies.insert(absent.body)
            }
            #expect(bodies.count == 1, "\(bodies)")
        }
    }

    @Test(
        "Lists are put together in order, page by page, without a gap or a repeat", arguments: [0, 1, 2, 3, 5, 14, 100])
    func lists(_ size: Int) async throws {
        try await Self.with { gateway in
            var (token, seen, pages) = ("", [String](), 0)
            repeat {
                let page = try await gateway.send(.GET, "/v1/things?pageSize=\(size)&pageToken=\(token)")
                let things = try #require(page.json["things"] as? [[String: String]], "\(page.body)")
                if size > 0 { #expect(things.count <= size) }
                seen += things.compactMap { $0["position"] }
                token = try #require(page.json["nextPageToken"] as? String)
                pages += 1
            } while !token.isEmpty && pages < 100
            #expect(seen == (1...14).reversed().map { $0 < 10 ? "0\($0)" : "\($0)" }, "\(seen)")
            if size == 0 || size == 100 { #expect(pages < 4) }
        }
    }

    @Test("A list of which a part cannot be had is none")
    func failure() async throws {
        try await Self.with { gateway in
            let answer = try await gateway.send(.GET, "/v1/things?pageToken=fail")
            #expect(answer.status == 503 && answer.problem == "place-shut")
        }
    }
}
