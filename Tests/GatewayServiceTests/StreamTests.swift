import AsyncHTTPClient
import DrivelineTesting
import Events
import Foundation
import NIOCore
import NIOHTTP1
import Observability
import Testing

@testable import GatewayService

@Suite("Changes of stock come as server-sent events", .timeLimit(.minutes(5)))
struct StreamTests {
    private static let path = "/v1/inventory-changes"

    private func open(
        _ gateway: GatewayHarness, _ query: String = "", headers: HTTPHeaders = [:]
    ) async throws -> HTTPClientResponse {
        let request = gateway.request(.GET, Self.path + query, key: gateway.key, headers, nil)
        return try await gateway.client.execute(request, deadline: .now() + .seconds(120))
    }

    @Test("Each change is an event; who comes back with the last one's id misses none")
    func resuming() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("AAA", 1)
            let response = try await self.open(gateway)
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "Content-Type") == "text/event-stream")
            #expect(response.headers["Cache-Control"] == ["no-store"])
            var events = EventStreamReader(response)
            let first = try #require(try await events.next())
            #expect(first.contains { $0.hasPrefix("id: ") })
            try await gateway.makeStock("BBB", 2)
            gateway.news.committed()
            let id = try #require(try await events.id(ofEventWith: #""sku":"BBB""#))
            // While nobody listens there is another change.
            try await gateway.makeStock("CCC", 3)
            try await gateway.makeStock("DDD", 4)
            var resumed = EventStreamReader(try await self.open(gateway, headers: ["Last-Event-ID": id]))
            _ = try await resumed.next()
            // The last of all, so that nothing has to be waited for that does not come.
            try await gateway.makeStock("EEE", 5)
            gateway.news.committed()
            var seen: Set<String> = []
            while !seen.contains("EEE") {
                let lines = try #require(try await resumed.next())
                for sku in ["BBB", "CCC", "DDD", "EEE"]
                where lines.contains(where: { $0.contains("\"sku\":\"\(sku)\"") }) {
                    seen.insert(sku)
                }
            }
            #expect(seen == ["CCC", "DDD", "EEE"])
        }
    }

    @Test("A stream that cannot begin is refused with a status, as any request")
    func refusals() async throws {
        try await GatewayHarness.with(.testing { $0.maximumStreams = 0 }) { gateway in
            let full = try await gateway.send(.GET, Self.path)
            #expect(full.status == 503 && full.problem == "overloaded")
        }
        try await GatewayHarness.with { gateway in
            let cursor = try await gateway.send(.GET, Self.path, headers: ["Last-Event-ID": "nonsense"])
            #expect(cursor.status == 400, "\(cursor.body)")
            let accept = try await gateway.send(.GET, Self.path, headers: ["Accept": "application/json"])
            #expect(accept.status == 406)
            let head = try await gateway.send(.HEAD, Self.path)
            #expect(head.status == 200 && head.header("Content-Type") == "text/event-stream")
            let key = try await gateway.makeKey(["identity:read"])
            #expect(try await gateway.send(.GET, Self.path, key: key).status == 403)
        }
    }

    @Test("A stream whose client leaves is given up, and one is ended by a drain")
    func ends() async throws {
        try await GatewayHarness.with { gateway in
            let open = { gateway.metrics.exposition().contains("gateway_streams 1") }
            do {
                var events = EventStreamReader(try await self.open(gateway))
                _ = try await events.next()
                #expect(open())
            }
            try await until { gateway.metrics.exposition().contains("gateway_streams 0") }
            var events = EventStreamReader(try await self.open(gateway))
            _ = try await events.next()
            gateway.gateway.drain()
            while try await events.next() != nil {}
            try await until { gateway.metrics.exposition().contains("gateway_streams 0") }
            let line = try #require(gateway.log.lines.last { $0.contains("inventory-changes") })
            #expect(line.contains("status=200"))
        }
    }

    @Test("A stream that is quiet says that it is alive; the service going away ends it")
    func liveness() async throws {
        try await GatewayHarness.with(.testing { $0.streamInterval = .milliseconds(20) }) { gateway in
            let response = try await self.open(gateway)
            var parts = response.body.makeAsyncIterator()
            var text = ""
            while !text.contains("\n:\n\n") { text += String(buffer: try #require(try await parts.next())) }
            await gateway.inventoryServer.stop()
            while let part = try await parts.next() { text += String(buffer: part) }
            #expect(text.contains("event: problem\ndata: {\"type\":\"/problems/unavailable\""))
        }
    }
}
