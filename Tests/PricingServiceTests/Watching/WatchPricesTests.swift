import Events
import Postgres
import PricingAPI
import PricingMessages
import RPC
import Testing

@testable import PricingService

@Suite("Watching prices", .timeLimit(.minutes(5)))
struct WatchPricesTests {
    @Test("a watcher is told of lists and prices, of nothing that tells what units cost, and of no other brand's")
    func changes() async throws {
        func services(_ pool: PostgresPool, _ news: EventNews) -> [any RPCService] {
            [
                PriceLists(pool, writes: PriceWrites(), news: news, logger: PricingHarness.logger),
                Quotes(pool, news: news, logger: PricingHarness.logger),
            ]
        }
        try await PricingHarness.with(services) { harness in
            let other = try harness.client(of: PricingHarness.newBrand())
            defer { other.shutDown() }
            let watching = QuoteServiceClient(harness.rpc)
            var iterator = try await watching.watchPrices(WatchPricesRequest()).makeAsyncIterator()
            let first = try #require(try await iterator.next())
            #expect(first.changes.isEmpty && !first.cursor.isEmpty)
            try await Self.put("foreign", .selling, ["X"], by: other)
            try await Self.put("cost", .cost, ["A"], by: harness.rpc)
            try await Self.put("retail", .selling, ["A"], by: harness.rpc)
            var seen: [PriceNotice] = []
            var cursor = ""
            while seen.count < 2, let answer = try await iterator.next() {
                seen += answer.changes
                cursor = answer.cursor
            }
            // The events of list and prices may be of different buckets, and come in either order.
            #expect(Set(seen.map(\.type)) == ["pricing.list.changed", "pricing.prices.changed"])
            #expect(seen.allSatisfy { $0.subject == "retail" && $0.priceType == .selling && $0.currency == "USD" })
            #expect(seen.flatMap(\.skus) == ["A"])
            try await Self.put("late", .selling, ["B"], by: harness.rpc)
            var late: [PriceNotice] = []
            for try await answer in try await watching.watchPrices(WatchPricesRequest(cursor: cursor)) {
                late += answer.changes
                if late.count >= 2 { break }
            }
            #expect(Set(late.map(\.subject)) == ["late"])
        }
    }

    private static func put(_ id: String, _ type: PriceType, _ skus: [String], by rpc: RPCClient) async throws {
        let lists = PriceListServiceClient(rpc)
        // Of selling lists each has a priority of its own.
        let list = PriceList(type: type, currency: "USD", priority: Int32(id.utf8.count))
        _ = try await lists.putPriceList(PutPriceListRequest(listID: id, priceList: list))
        _ = try await lists.putPrices(
            PutPricesRequest(commandID: id, listID: id, prices: skus.map { Price(sku: $0, amount: "10") }))
    }
}
