import Buckets
import Events
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import TestSupport
import Testing
import Wire

@testable import InventoryService

@Suite("Watching stock", .timeLimit(.minutes(5))) struct WatchStockTests {
    private static func document(_ units: Int64) -> Fixture.Document { .init(levels: ["A": .init(available: units)]) }

    /// Reads answers until one satisfies a condition, and gives its cursor.
    private func watch(
        _ client: InventoryServiceClient, _ request: WatchStockRequest, _ seen: inout [String: UInt64],
        until isEnough: (_ seen: [String: UInt64]) -> Bool
    ) async throws -> String {
        let answers = try await client.watchStock(request)
        for try await answer in answers {
            if let item = answer.item {
                let version = try #require(item.version)
                #expect(version >= seen[item.sku] ?? 0, "\(item.sku) went back")
                seen[item.sku] = version
            }
            if isEnough(seen) { return answer.cursor }
        }
        Issue.record("the stream ended")
        return ""
    }

    @Test("a watcher sees every SKU's last change, and none of another brand")
    func changes() async throws {
        try await Fixture.with { (fixture) async throws in
            let other = Fixture(pool: fixture.pool)
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let answers = try await client.watchStock(WatchStockRequest())
                var iterator = answers.makeAsyncIterator()
                let answer = try await iterator.next()
                let first = try #require(answer)
                #expect(first.item == nil)
                #expect(!first.cursor.isEmpty)
                for number in 0..<10 {
                    try await fixture.write("S\(number)", Self.document(1))
                    try await other.write("foreign", Self.document(1))
                }
                fixture.news.committed()
                var missing = Set((0..<10).map { "S\($0)" })
                while !missing.isEmpty {
                    let answer = try await iterator.next()
                    guard let item = try #require(answer).item else { continue }
                    #expect(missing.remove(item.sku) != nil)
                }
            }
        }
    }

    @Test("who comes back with a cursor misses nothing, wherever it left")
    func resumption() async throws {
        var random = SeededGenerator(seed: testSeed("WatchStockTests.resumption"))
        try await Fixture.with { (fixture) async throws in
            try await fixture.withClient(fixture.reads) { (client) async throws in
                var cursor = ""
                for try await answer in try await client.watchStock(WatchStockRequest()) {
                    cursor = answer.cursor
                    break
                }
                var written: [String: UInt64] = [:]
                var seen: [String: UInt64] = [:]
                for _ in 0..<8 {
                    for _ in 0..<20 {
                        let sku = "S\(Int.random(in: 0..<12, using: &random))"
                        written[sku] = UInt64(try await fixture.write(sku, Self.document(1)))
                    }
                    var rest = Int.random(in: 1...10, using: &random)
                    cursor = try await self.watch(client, WatchStockRequest(cursor: cursor), &seen) {
                        rest -= 1
                        return rest == 0 || $0 == written
                    }
                }
                _ = try await self.watch(client, WatchStockRequest(cursor: cursor), &seen) { $0 == written }
                #expect(seen == written)
            }
        }
    }

    @Test("a watcher of some SKUs is told of these alone")
    func some() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.makeKit("KIT", of: [("S1", 2)])
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let answers = try await client.watchStock(WatchStockRequest(skus: ["S1", "S2"]))
                var iterator = answers.makeAsyncIterator()
                _ = try await iterator.next()
                for number in 0..<5 { try await fixture.write("S\(number)", Self.document(1)) }
                var told: Set<String> = []
                while told != ["S1", "S2"] {
                    let answer = try await iterator.next()
                    guard let item = try #require(answer).item else { continue }
                    told.insert(item.sku)
                    #expect(["S1", "S2"].contains(item.sku))
                }
            }
        }
    }

    @Test("a cursor that was not given out, or whose events are gone, is refused")
    func badCursors() async throws {
        try await Fixture.with { (fixture) async throws in
            for number in 0..<5 { try await fixture.write("S\(number)", Self.document(1)) }
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let beyond = EventCursor(all: 1_000_000)
                let foreign = Fixture(pool: fixture.pool).brand
                for cursor in [
                    "abc", WatchCursor.text(beyond, of: fixture.brand), WatchCursor.text(EventCursor(), of: foreign),
                ] {
                    let error = await #expect(throws: RPCError.self) {
                        for try await _ in try await client.watchStock(WatchStockRequest(cursor: cursor)) {}
                    }
                    #expect(error?.code == .invalidArgument)
                    #expect(error?.problem?.fields.first?.field == "cursor")
                }
                try await fixture.pool.runScript("delete from event_run")
                let error = await #expect(throws: RPCError.self) {
                    let cursor = WatchCursor.text(EventCursor(), of: fixture.brand)
                    for try await _ in try await client.watchStock(WatchStockRequest(cursor: cursor)) {}
                }
                #expect(error?.code == .outOfRange)
                #expect(error?.problem?.type == "cursor-expired")
            }
        }
    }

    @Test("a cursor's text stands for the cursor, whatever its numbers")
    func cursorText() throws {
        var random = SeededGenerator(seed: testSeed("WatchStockTests.cursorText"))
        let brand = PostgresUUID(high: 1, low: 2)
        for limit in [1, 1_000, 1 << 28, 1 << 40, 1 << 48] as [Int64] {
            var cursor = EventCursor()
            for bucket in Bucket.all { cursor[bucket] = .random(in: 0...limit, using: &random) }
            let text = WatchCursor.text(cursor, of: brand)
            #expect(text.utf8.count <= 1_024)
            #expect(WatchCursor.read(text, of: brand) == cursor)
            #expect(WatchCursor.read(text, of: PostgresUUID(high: 1, low: 3)) == nil)
            #expect(WatchCursor.read(String(text.dropLast(2)), of: brand) == nil)
        }
    }
}

extension EventCursor {
    /// The same in all buckets.
    fileprivate init(all sequence: Int64) {
        self.init()
        for bucket in Bucket.all { self[bucket] = sequence }
    }
}
