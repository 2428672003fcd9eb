import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("Jobs of two services are reached by the same paths", .timeLimit(.minutes(5)))
struct SharedJobTests {
    private static func with(_ body: (RawHarness) async throws -> Void) async throws {
        try await RawHarness.with(files: SampleFiles("inventory"), others: [SampleFiles("catalog")], body)
    }

    @Test(
        "Every endpoint of a job goes to the service whose name its id begins with",
        arguments: ["inventory", "catalog"])
    func owners(_ service: String) async throws {
        try await Self.with { gateway in
            let job = "/v1/jobs/\(service)-\(service == "catalog" ? "04" : "03")"
            let kind = "\(service)-import"
            let read = try await gateway.send(.GET, job)
            #expect(read.status == 200 && read.json["kind"] as? String == kind, "\(read.body)")
            let cancelled = try await gateway.send(.POST, job + "/cancel")
            #expect(cancelled.json["kind"] as? String == kind && cancelled.json["state"] as? String == "cancelling")
            let sent = try await gateway.send(
                .PUT, job + "/input", headers: ["Content-Type": "text/csv"], body: .bytes(ByteBuffer(string: "a,b")))
            #expect(sent.status == 200 && sent.json["kind"] as? String == kind, "\(sent.body)")
            #expect(sent.json["inputBytes"] as? Int == 3)
            let result = try await gateway.send(.GET, job + "/result")
            #expect(result.status == 200 && result.body == kind)
            let events = try await gateway.send(.GET, job + "/events")
            #expect(events.status == 200 && events.body.contains("\"kind\":\"\(kind)\""), "\(events.body)")
            // The other one's, under this name.
            let absent = try await gateway.send(.GET, "/v1/jobs/\(service)-\(service == "catalog" ? "03" : "04")")
            #expect(absent.status == 404 && absent.problem == "job-not-found")
        }
    }

    @Test("The list has those of both, the newest first, page by page", arguments: [0, 1, 2, 4, 6])
    func list(_ size: Int) async throws {
        try await Self.with { gateway in
            var (ids, token, pages) = ([String](), "", 0)
            repeat {
                let page = try await gateway.send(.GET, "/v1/jobs?pageSize=\(size)&pageToken=\(token)")
                let jobs = try #require(page.json["jobs"] as? [[String: Any]], "\(page.body)")
                ids += jobs.compactMap { $0["jobId"] as? String }
                token = try #require(page.json["nextPageToken"] as? String)
                pages += 1
            } while !token.isEmpty && pages < 20
            #expect(
                ids == ["catalog-06", "inventory-05", "catalog-04", "inventory-03", "catalog-02", "inventory-01"])
        }
    }
}
