import AsyncHTTPClient
import DrivelineTesting
import Foundation
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("Events of jobs", .timeLimit(.minutes(5)))
struct JobEventTests {
    /// The id and the job of an event.
    private static func read(_ lines: [String]) throws -> (id: String, job: [String: Any]) {
        let id = try #require(lines.first { $0.hasPrefix("id: ") }).dropFirst(4)
        let data = try #require(lines.first { $0.hasPrefix("data: ") }).dropFirst(6)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
        return (String(id), try #require(json["job"] as? [String: Any]))
    }

    @Test("A job is followed to its end; who comes back is told what is new, and stays away when there is nothing more")
    func following() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("OLD", 1)
            let job = try await gateway.beginImport()
            let response = try await gateway.events(of: job)
            #expect(response.headers.first(name: "Content-Type") == "text/event-stream")
            var events = EventStreamReader(response)
            let first = try Self.read(try #require(try await events.next()))
            #expect(first.job["awaitsInput"] as? Bool == true)

            // The stream breaks off, and the job comes to its end while nobody listens.
            #expect(try await gateway.sendInput(GatewayHarness.csv(rows: 3_000, refusing: 10), to: job).status == 200)
            _ = try await gateway.ended(job)
            var resumed = EventStreamReader(try await gateway.events(of: job, after: first.id))
            let last = try Self.read(try #require(try await resumed.next()))
            #expect(last.job["state"] as? String == "succeeded" && last.job["failed"] as? Int == 300)
            #expect(try await resumed.next() == nil)
            // The first reader sees the same end, whatever it saw on the way.
            var seen = first
            while let lines = try await events.next() { seen = try Self.read(lines) }
            #expect(seen.id == last.id && seen.job["state"] as? String == "succeeded")

            let over = try await gateway.events(of: job, after: last.id)
            #expect(over.status == .noContent)
            var whole = EventStreamReader(try await gateway.events(of: job))
            #expect(try Self.read(try #require(try await whole.next())).id == last.id)
        }
    }

    @Test("Nothing is told twice, and what changes is told to who waits")
    func resuming() async throws {
        try await GatewayHarness.with { gateway in
            let job = try await gateway.beginImport()
            var events = EventStreamReader(try await gateway.events(of: job))
            let first = try Self.read(try #require(try await events.next()))
            var resumed = EventStreamReader(try await gateway.events(of: job, after: first.id))
            let nothing = try #require(try await resumed.next())
            #expect(
                nothing.contains("id: \(first.id)") && nothing.contains("data: {\"cursor\":\"\(first.id)\"}"),
                "\(nothing)")
            #expect(try await gateway.send(.POST, "/v1/jobs/\(job)/cancel").json["state"] as? String == "cancelled")
            let next = try Self.read(try #require(try await resumed.next()))
            #expect(next.job["state"] as? String == "cancelled" && next.id != first.id)
            #expect(try await resumed.next() == nil)
            let again = try Self.read(try #require(try await events.next()))
            #expect(again.id == next.id)
        }
    }
}
