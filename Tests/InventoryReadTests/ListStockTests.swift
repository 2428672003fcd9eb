import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import TestSupport
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Lists of stock", .timeLimit(.minutes(5))) struct ListStockTests {
    private static let regions = ["A": "west", "B": "west", "C": "east"]

    /// What a filter selects, the plain way.
    private static func expected(
        _ documents: [String: Fixture.Document], _ request: ListStockRequest
    ) -> [String] {
        documents.filter { sku, document in
            let total = document.levels.values.reduce(0) { $0 + $1.available }
            if !request.sku.isEmpty, sku != request.sku { return false }
            if !sku.hasPrefix(request.skuPrefix) { return false }
            if request.belowReorderThreshold, total >= document.reorderThreshold { return false }
            guard !request.locationID.isEmpty || !request.region.isEmpty else {
                return request.inStock.map { $0 == document.levels.values.contains { $0.available > 0 } } ?? true
            }
            let levels = document.levels.filter { location, _ in
                (request.locationID.isEmpty || location == request.locationID)
                    && (request.region.isEmpty || Self.regions[location] == request.region)
            }
            guard !levels.isEmpty else { return false }
            return request.inStock.map { $0 == levels.values.contains { $0.available > 0 } } ?? true
        }
        .keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func documents(_ random: inout SeededGenerator) -> [String: Fixture.Document] {
        var documents: [String: Fixture.Document] = [:]
        for number in 0..<60 {
            let sku = ["AB-", "AC-", "ab-", "é-"][number % 4] + "\(number)"
            var document = Fixture.Document()
            for location in ["A", "B", "C"] where Bool.random(using: &random) {
                document.levels[location] = .init(available: .random(in: 0...3, using: &random))
            }
            document.reorderThreshold = .random(in: 0...4, using: &random)
            documents[sku] = document
        }
        return documents
    }

    @Test("every filter, alone and with others, gives what it says, with the exact total and without gaps")
    func filters() async throws {
        var random = SeededGenerator(seed: testSeed("ListStockTests.filters"))
        let documents = Self.documents(&random)
        try await Fixture.with { (fixture) async throws in
            try await fixture.makeLocations(Self.regions)
            for (sku, document) in documents { try await fixture.write(sku, document) }
            // Another brand's must not be among them.
            let other = Fixture(pool: fixture.pool)
            try await other.write("AB-0", .init(levels: ["A": .init(available: 1)]))
            try await fixture.withClient(fixture.reads) { (client) async throws in
                for prefix in ["", "AB", "A", "é", "AB-4", "none"] {
                    for (location, region) in [("", ""), ("A", ""), ("", "west"), ("C", "west"), ("D", "")] {
                        for inStock in [nil, true, false] as [Bool?] {
                            for isBelow in [false, true] {
                                let request = ListStockRequest(
                                    skuPrefix: prefix, locationID: location, region: region, inStock: inStock,
                                    belowReorderThreshold: isBelow, pageSize: 7)
                                try await self.check(request, Self.expected(documents, request), client)
                            }
                        }
                    }
                }
            }
        }
    }

    private func check(
        _ request: ListStockRequest, _ expected: [String], _ client: InventoryServiceClient
    ) async throws {
        var request = request
        var skus: [String] = []
        repeat {
            let page = try await client.listStock(request)
            #expect(page.total == UInt64(expected.count), "\(request)")
            #expect(page.items.count <= 7)
            skus += page.items.map(\.sku)
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        #expect(skus == expected, "\(request)")
    }

    @Test("what has changed since a moment is listed, with other filters too")
    func changedSince() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.makeLocations(Self.regions)
            try await fixture.write("old", .init(levels: ["A": .init(available: 1)]))
            try await fixture.pool.runScript("update item set changed_at = '2001-01-01'")
            try await fixture.write("new", .init(levels: ["A": .init(available: 1)], reorderThreshold: 9))
            try await fixture.write("none", .init(levels: ["A": .init(available: 0)]))
            try await fixture.withClient(fixture.reads) { (client) async throws in
                func skus(_ change: (inout ListStockRequest) -> Void) async throws -> [String] {
                    var request = ListStockRequest(changedSince: ProtoTimestamp(seconds: 1_000_000_000))
                    change(&request)
                    let page = try await client.listStock(request)
                    #expect(page.total == UInt64(page.items.count))
                    return page.items.map(\.sku)
                }
                #expect(try await skus { _ in } == ["new", "none"])
                #expect(try await skus { $0.inStock = true } == ["new"])
                #expect(try await skus { $0.belowReorderThreshold = true } == ["new"])
                #expect(try await skus { $0.locationID = "A" } == ["new", "none"])
                #expect(try await skus { $0.changedSince = ProtoTimestamp(seconds: 0) } == ["new", "none", "old"])
                #expect(try await skus { $0.changedSince = ProtoTimestamp(seconds: 4_000_000_000) } == [])
            }
        }
    }

    @Test("the page of one SKU holds the document as it was given")
    func document() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write(
                "ABC1234",
                .init(
                    levels: ["WHS2": .init(available: 50), "WHS1": .init(available: 100)], reorderThreshold: 20,
                    isDropShip: true))
            try await fixture.write("ABC12345", .init())
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let page = try await client.listStock(ListStockRequest(sku: "ABC1234"))
                let document = InventoryMessages.StockItem(
                    sku: "ABC1234",
                    warehouses: [
                        WarehouseStock(locationID: "WHS1", stockAvailable: 100),
                        WarehouseStock(locationID: "WHS2", stockAvailable: 50),
                    ], dropShip: true, reorderThreshold: 20)
                #expect(page == ListStockResponse(items: [document], total: 1))
                let full = try await client.listStock(ListStockRequest(sku: "ABC1234", detail: .full))
                #expect(full.items.first?.version == 1)
                #expect(try await client.listStock(ListStockRequest(sku: "other")) == ListStockResponse())
            }
        }
    }

    @Test("a page token that is not of these filters is refused by name")
    func pageToken() async throws {
        try await Fixture.with { (fixture) async throws in
            for number in 0..<5 { try await fixture.write("S\(number)", .init(levels: ["A": .init(available: 1)])) }
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let token = try await client.listStock(ListStockRequest(pageSize: 2)).nextPageToken
                #expect(!token.isEmpty)
                let last = token.hasSuffix("0") ? "1" : "0"
                for request in [
                    ListStockRequest(inStock: true, pageToken: token), ListStockRequest(pageToken: "xyz"),
                    ListStockRequest(pageToken: String(token.dropLast()) + last),
                    ListStockRequest(pageToken: String(token.dropLast(2))), ListStockRequest(pageToken: "00"),
                ] {
                    let error = await #expect(throws: RPCError.self) { try await client.listStock(request) }
                    #expect(error?.code == .invalidArgument)
                    #expect(error?.problem?.fields.first?.field == "pageToken")
                }
                // Size and detail may change.
                let next = try await client.listStock(
                    ListStockRequest(detail: .full, pageSize: 100, pageToken: token))
                #expect(next.items.map(\.sku) == ["S2", "S3", "S4"])
            }
        }
    }

    @Test("many SKUs are looked up in the order they were asked for")
    func lookUp() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("B", .init(levels: ["X": .init(available: 4)]))
            try await fixture.write("A", .init())
            try await fixture.makeKit("K", of: [("B", 2)])
            try await fixture.withClient(fixture.reads) { (client) async throws in
                let answer = try await client.lookUpStock(LookUpStockRequest(skus: ["B", "?", "K", "A", "B"]))
                #expect(answer.items.map(\.sku) == ["B", "K", "A", "B"])
                #expect(answer.items[1].warehouses == [WarehouseStock(locationID: "X", stockAvailable: 2)])
                #expect(answer.unknownSkus == ["?"])
                let error = await #expect(throws: RPCError.self) {
                    try await client.lookUpStock(LookUpStockRequest(skus: ["B", " "]))
                }
                #expect(error?.problem?.fields.first?.field == "skus[1]")
            }
        }
    }
}
