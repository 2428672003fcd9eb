import CatalogAPI
import CatalogMessages
import Events
import Postgres
import RPC
import RPCMessages
import TestSupport
import Testing
import Wire

@testable import CatalogService

@Suite("Watching the catalog", .timeLimit(.minutes(5))) struct WatchCatalogTests {
    @Test("a watcher is told of every change, with the keys that caches drop, and of none of another brand")
    func changes() async throws {
        try await CatalogHarness.with { (harness) async throws in
            let other = try harness.client(of: PostgresUUID(high: 1, low: 1))
            defer { other.shutDown() }
            var iterator = try await harness.client.watchCatalog(WatchCatalogRequest()).makeAsyncIterator()
            let first = try await iterator.next()
            #expect(first?.changes.isEmpty == true && first?.cursor.isEmpty == false)
            _ = try await ProductServiceClient(other).saveProduct(SaveProductRequest(product: .article))
            try await harness.save(Product(sku: "A b"))
            try await harness.save(Product(sku: "C"))
            try await harness.supersede("A b", by: "C")
            _ = try await harness.client.deleteProduct(DeleteProductRequest(sku: "C"))
            var seen: [CatalogChange] = []
            while seen.count < 4, let answer = try await iterator.next() { seen += answer.changes }
            let keys = ["A%20b", "C"].map { "brand-\(harness.brand)/product/\($0)" }
            #expect(
                seen.filter { $0.sku == "A b" } == [
                    CatalogChange(sku: "A b", type: "catalog.product.changed", version: 1, surrogateKeys: [keys[0]]),
                    CatalogChange(sku: "A b", type: "catalog.supersession.changed", surrogateKeys: keys),
                ])
            #expect(
                seen.filter { $0.sku == "C" } == [
                    CatalogChange(sku: "C", type: "catalog.product.changed", version: 1, surrogateKeys: [keys[1]]),
                    CatalogChange(sku: "C", type: "catalog.product.deleted", version: 2, surrogateKeys: [keys[1]]),
                ])
        }
    }

    @Test("who comes back with a cursor gets every version of every product, wherever it left")
    func resumption() async throws {
        var random = SeededGenerator(seed: testSeed("WatchCatalogTests.resumption"))
        try await CatalogHarness.with { (harness) async throws in
            var cursor = try await self.firstCursor(harness)
            var written: [String: UInt64] = [:]
            var seen: [String: UInt64] = [:]
            for round in 0..<6 {
                for number in 0..<15 {
                    let sku = "S\(Int.random(in: 0..<5, using: &random))"
                    let saved = try await harness.save(Product(sku: sku, name: "\(round).\(number)"))
                    written[sku] = saved.product?.version
                }
                var rest = Int.random(in: 1...4, using: &random)
                for try await answer in try await harness.client.watchCatalog(WatchCatalogRequest(cursor: cursor)) {
                    for change in answer.changes {
                        #expect(change.version == (seen[change.sku] ?? 0) + 1, "a gap before \(change)")
                        seen[change.sku] = change.version
                    }
                    cursor = answer.cursor
                    rest -= 1
                    if seen == written || (rest <= 0 && round < 5) { break }
                }
            }
            #expect(seen == written)
        }
    }

    private func firstCursor(_ harness: CatalogHarness) async throws -> String {
        for try await answer in try await harness.client.watchCatalog(WatchCatalogRequest()) { return answer.cursor }
        return ""
    }

    @Test("a cursor of another brand, a made-up one, and one whose events are gone are refused")
    func cursors() async throws {
        try await CatalogHarness.with { (harness) async throws in
            let other = try harness.client(of: PostgresUUID(high: 1, low: 1))
            defer { other.shutDown() }
            func refusal(_ client: ProductServiceClient, _ cursor: String) async throws -> String {
                try await harness.refusal {
                    for try await _ in try await client.watchCatalog(WatchCatalogRequest(cursor: cursor)) { return }
                }
            }
            let cursor = try await self.firstCursor(harness)
            #expect(try await refusal(harness.client, cursor) == "")
            #expect(try await refusal(ProductServiceClient(other), cursor) == "field-invalid")
            #expect(try await refusal(harness.client, "00") == "field-invalid")
            try await harness.save(.article)
            try await harness.pool.runScript("delete from event_run")
            #expect(try await refusal(harness.client, cursor) == "cursor-expired")
        }
    }
}
