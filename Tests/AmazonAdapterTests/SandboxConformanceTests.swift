import ChannelAdapter
import Foundation
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

/// Compares what the stand-in answers with Amazon's models; counts are printed.
@Suite(
    "The stand-in of Amazon answers as Amazon's models have it",
    .enabled(if: AmazonFiles.isPresent, Comment(rawValue: AmazonFiles.absence)), .timeLimit(.minutes(5)))
struct SandboxConformanceTests {
    @Test("every answer is one of its operation's, with its headers")
    func answers() async throws {
        var exchanges: [SandboxTransport.Exchange] = []
        var base = ""
        try await SandboxSeller.with(
            (0..<25).map { SandboxProduct(sku: "PAD-\($0)", quantity: 10) }, settings: ["orderFeeds": "true"]
        ) { amazon in
            base = amazon.shop.url
            try await Self.useAll(amazon)
            try await Self.beRefused(amazon)
            exchanges = amazon.transport.exchanges
        }
        let calls = exchanges.filter { $0.request.url.hasPrefix(base) && !Self.isBeside($0.request.url, base) }
        let lines = calls.map { exchange -> JSONValue in
            var line: JSONValue.JSONObject = [
                "method": .string(exchange.request.method),
                "target": .string(String(exchange.request.url.dropFirst(base.count))),
                "status": .number(exchange.answer.status), "headers": .texts(exchange.answer.headers.map { $0.name }),
            ]
            if !exchange.answer.body.isEmpty { line["answer"] = exchange.answer.json }
            return .object(line)
        }
        let reports = exchanges.filter { $0.request.method == "GET" && Self.isBeside($0.request.url, base) }
            .filter { $0.answer.json["header"] != nil }
        let schema = AmazonFiles.folder.appending(path: "feeds/listings-feed-processing-report-schema-v2.json").path
        let documents = reports.map { report -> JSONValue in
            ["schema": .string(schema), "instance": report.answer.json]
        }
        let problems = try SwaggerValidation.run((lines + documents).map(\.jsonText))
        #expect(problems.count == lines.count + documents.count && documents.count == 2)
        for (line, problem) in zip(lines + documents, problems) {
            #expect(problem.isEmpty, "\(line.jsonText.prefix(1_000)): \(problem)")
        }
        let statuses = Dictionary(grouping: calls, by: \.answer.status).mapValues(\.count).sorted { $0.key < $1.key }
        #expect(Set(statuses.map { $0.key }).isSuperset(of: [200, 201, 202, 204, 400, 403, 404, 429, 500]))
        AmazonFiles.tell(
            "the stand-in's answers: \(lines.count) validated \(statuses.map { "\($0.key): \($0.value)" }), and "
                + "\(documents.count) reports, 0 skipped")
    }

    /// Tokens and documents, which no model has.
    private static func isBeside(_ url: String, _ base: String) -> Bool {
        ["/auth/", "/documents/"].contains { url.dropFirst(base.count).hasPrefix($0) }
    }

    @Test("an answer that is wrong is found by the validator")
    func validator() throws {
        let problems = try SwaggerValidation.run([
            #"{"method":"GET","target":"/feeds/2021-06-30/feeds/1","status":200,"answer":{"feedId":1},"headers":[]}"#,
            #"{"method":"GET","target":"/feeds/2021-06-30/feeds/1","status":418,"answer":{},"headers":[]}"#,
            #"{"method":"POST","target":"/feeds/2021-06-30/feeds","status":202,"headers":["x-amzn-RequestId"]}"#,
        ])
        #expect(problems.count == 3 && problems.allSatisfy { !$0.isEmpty })
    }

    private static func useAll(_ amazon: SandboxSeller) async throws {
        let session = amazon.session
        _ = try await session.check()
        let listings = try await amazon.listings()
        let rows = (0..<3).compactMap { number in
            listings["PAD-\(number)"].map { StockRow(listing: $0, quantity: 3, expected: nil) }
        }
        _ = await session.pushStock(rows, key: "k")
        _ = try await session.shelves(rows.map(\.listing))
        var price = PriceRow(listing: .example("PAD-1"), micros: 1_000_000, currency: "USD")
        price.listing.ids["productType"] = "LUGGAGE"
        _ = await session.pushPrices([price], key: "k")
        let new = ContentRow(
            listing: ListingReference(sku: "NEW", platformSKU: "", ids: [:]),
            values: [.init(target: "productType", value: "PADS"), .init(target: "item_name", value: "Pads")])
        _ = await session.pushContent([new], key: "k")
        _ = await session.pushStockInBulk(rows, key: "k")
        try await amazon.setFaults(["refusedRowInterval": 2])
        _ = await session.pushStockInBulk(rows, key: "k")
        try await amazon.setFaults([:])
        try await session.awaitEarlierBulks()
        let feeds = await session.call(.getFeeds, "\(SandboxFeed.path)/feeds?feedTypes=JSON_LISTINGS_FEED&pageSize=1")
        let next = AmazonText.encoded(try feeds.data.get()["nextToken"]?.text ?? "")
        _ = await session.call(.getFeeds, "\(SandboxFeed.path)/feeds?nextToken=\(next)")
        for number in 0..<3 { try await amazon.countWarehouse("PAD-\(number)", ["fulfillable": 3, "reserved": 1]) }
        _ = try await session.fulfilledStock(page: "")
        for _ in 0..<2 { _ = try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-5": 2]) }
        let orders = try await session.orders(since: 0, page: "").orders
        let line = OrderTaskCall.Line(lineID: "", sku: "PAD-5", quantity: 1)
        let parcel = OrderTaskCall(
            key: "s", kind: .ship, orderID: orders[0].id, lines: [line], carrier: "UPS", trackingNumber: "1Z",
            happenedAt: 1_767_225_600_000_000)
        _ = await session.carryOut(parcel)
        _ = await session.carryOut(.init(key: "c", kind: .cancel, orderID: orders[1].id, reason: "out-of-stock"))
        _ = try await session.orders(since: 0, page: "")
        _ = try await session.order(id: orders[0].id)
        let older = try amazon.session(["ordersVersion": "v0"])
        let ordersV0 = try await older.orders(since: 0, page: "").orders
        #expect(ordersV0.map(\.id).sorted() == orders.map(\.id).sorted())
        _ = try await older.order(id: orders[0].id)
        let query = "MarketplaceIds=\(try session.settings.get().marketplaceID)&CreatedAfter=2026-01-01T00%3A00%3A00Z"
        _ = await older.call(.getOrdersV0, "\(AmazonSession.ordersV0Path)?\(query)&MaxResultsPerPage=1")
    }

    /// Calls that are refused, of each kind.
    private static func beRefused(_ amazon: SandboxSeller) async throws {
        let session = amazon.session
        let older = try amazon.session(["ordersVersion": "v0"])
        _ = try? await older.order(id: "100-0000000-0000000")
        _ = try? await older.orders(since: 0, page: "0 strange")
        for operation in [AmazonOperation.getOrdersV0, .getOrderV0, .getOrderItemsV0] {
            let path = operation == .getOrdersV0 ? "" : operation == .getOrderV0 ? "/1" : "/1/orderItems"
            // Without a restricted token.
            _ = try await amazon.keptSend("GET", "\(AmazonSession.ordersV0Path)\(path)")
        }
        _ = await session.call(.createRestrictedDataToken, "/tokens/2021-03-01/restrictedDataToken", .members([:]))
        let row = StockRow(listing: .example("gone"), quantity: 1, expected: nil)
        _ = await session.pushStock([row], key: "k")
        let unmatched = ListingReference(sku: "gone", platformSKU: "gone", ids: [:])
        _ = await session.pushStock([.init(listing: unmatched, quantity: 1, expected: nil)], key: "k")
        _ = try? await session.order(id: "100-0000000-0000000")
        _ = try? await session.orders(since: 0, page: "strange")
        _ = await session.call(.getFeeds, "\(SandboxFeed.path)/feeds?nextToken=strange")
        _ = try? await session.fulfilledStock(page: "strange")
        let parcel = OrderTaskCall(
            key: "s", kind: .ship, orderID: "100-0000000-0000000", lines: [.init(lineID: "1", sku: "A", quantity: 1)],
            carrier: "UPS", trackingNumber: "1Z", happenedAt: 1_767_225_600_000_000)
        _ = await session.carryOut(parcel)
        for faults in [["error500Rate": 1], ["throttled": true], ["tokenRevoked": true]] as [JSONValue] {
            try await amazon.setFaults(faults)
            _ = await session.pushStock([row], key: "k")
            _ = try? await session.orders(since: 0, page: "")
            _ = try? await older.orders(since: 0, page: "")
            _ = await session.call(.createRestrictedDataToken, "/tokens/2021-03-01/restrictedDataToken", .members([:]))
            _ = try? await session.fulfilledStock(page: "")
            _ = await session.carryOut(parcel)
            _ = await session.pushStockInBulk([row], key: "k")
        }
    }
}
