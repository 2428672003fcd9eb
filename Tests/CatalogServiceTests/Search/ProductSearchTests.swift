import CatalogAPI
import CatalogDomain
import CatalogMessages
import DrivelineTesting
import Logging
import Postgres
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite(.timeLimit(.minutes(3))) struct ProductSearchTests {
    /// A catalog with some products, and its search.
    private static func with(
        _ products: [Product],
        _ body: (CatalogHarness, (ListProductsRequest) async throws -> ListProductsResponse) async throws -> Void
    ) async throws {
        try await CatalogHarness.with(followers: [SearchRows()]) { catalog in
            for product in products { try await catalog.save(product) }
            let search = ProductSearch(
                catalog.pool, products: catalog.products, known: nil,
                logger: Logger(label: "search") { _ in SwiftLogNoOpLogHandler() })
            try await body(catalog) { try await SearchRun($0, of: catalog.brand, in: search).answer() }
        }
    }

    private static let parts = [
        Product(
            sku: "BP-100", name: "Ceramic Brake Pad Set", description: "Low dust", brandLabel: "Stopwell",
            category: "Brakes", partType: "Disc Brake Pad Set",
            attributes: ["Material": "Ceramic", "Weight": "1.5 kg"],
            certifications: ["DOT"]),
        Product(
            sku: "BP-200", name: "Metallic Brake Pad Set", description: "For towing, not ceramic",
            brandLabel: "Stopwell",
            category: "Brakes", partType: "Disc Brake Pad Set", attributes: ["Material": "Metal", "Weight": "1800 g"],
            certificates: [Certificate(mark: "DOT", validTo: "2020-12-31")]),
        Product(
            sku: "OF-5W30", name: "Oil Filter", description: "Spin-on", category: "Engine", partType: "Oil Filter",
            status: .discontinued, interchanges: [Interchange(partNumber: "PH-3614", brandLabel: "Other")]),
        Product(sku: "ALT-1", name: "Alternator", category: "Electrical", partType: "Alternator"),
    ]

    private static func skus(_ response: ListProductsResponse) -> [String] { response.products.map(\.sku) }

    @Test("Words find products by their beginnings, stems and spelling, those with the words in their names first")
    func text() async throws {
        try await Self.with(Self.parts) { _, search in
            func found(_ text: String) async throws -> [String] { Self.skus(try await search(.init(text: text))) }
            #expect(try await found("ceramic") == ["BP-100", "BP-200"])
            #expect(try await found("brake pads") == ["BP-100", "BP-200"])
            #expect(try await found("cera low") == ["BP-100"])
            #expect(try await found("5w-30") == ["OF-5W30"])
            #expect(try await found("of5w30") == ["OF-5W30"])
            #expect(try await found("ph3614") == ["OF-5W30"])
            #expect(try await found("' | & !") == [])
            #expect(try await found("ceramic alternator") == [])
            let corrected = try await search(.init(text: "altrenator"))
            #expect(Self.skus(corrected) == ["ALT-1"] && corrected.correctedText == "alternator")
            #expect(try await search(.init(text: "metallic")).correctedText.isEmpty)
        }
    }

    @Test(
        "Filters are joined: category, status, attribute, number with unit, valid certification, number of another brand"
    )
    func filters() async throws {
        try await Self.with(Self.parts) { catalog, search in
            func found(_ request: ListProductsRequest) async throws -> [String] { Self.skus(try await search(request)) }
            #expect(try await found(.init()) == ["ALT-1", "BP-100", "BP-200", "OF-5W30"])
            #expect(try await found(.init(skuPrefix: "BP-")) == ["BP-100", "BP-200"])
            #expect(
                try await found(.init(category: ["Brakes", "Engine"], status: [.available])) == ["BP-100", "BP-200"])
            #expect(try await found(.init(certification: ["dot"])) == ["BP-100"])
            #expect(try await found(.init(attribute: ["material=CERAMIC"])) == ["BP-100"])
            #expect(try await found(.init(attribute: ["weight>=1.6 kg"])) == ["BP-200"])
            #expect(try await found(.init(attribute: ["weight<=1.6 kg", "Material=ceramic"])) == ["BP-100"])
            #expect(try await found(.init(attribute: ["weight>=1 mm"])) == [])
            #expect(try await found(.init(partNumber: "ph 3614")) == ["OF-5W30"])
            try await catalog.supersede("OF-5W30", by: "ALT-1")
            #expect(try await found(.init(partNumber: "PH3614")) == ["ALT-1", "OF-5W30"])
            #expect(
                try await found(.init(text: "pad", category: ["Brakes"], attribute: ["material=metal"])) == ["BP-200"])
        }
    }

    @Test("What cannot be read is refused by its place")
    func refusals() async throws {
        try await Self.with([]) { _, search in
            func field(_ request: ListProductsRequest) async -> String? {
                let error = await #expect(throws: RPCError.self) { try await search(request) }
                return error?.problem?.fields.first?.field ?? error?.problem?.type
            }
            #expect(await field(.init(attribute: ["a=b", "weight>=heavy"])) == "attribute[1]")
            #expect(await field(.init(facet: ["colour"])) == "facet[0]")
            #expect(await field(.init(year: 2020)) == "year")
            #expect(await field(.init(text: String(repeating: "a ", count: 40))) == "text")
            #expect(await field(.init(pageToken: "00")) == "pageToken")
        }
    }

    @Test(
        "Pages give every product once in the order that is asked for, and a token fits its own question only",
        arguments: [ProductSort.relevance, .sku, .name, .changed])
    func pages(_ sort: ProductSort) async throws {
        let parts = (0..<23).map { Product(sku: "P\($0)", name: "Pad \($0 % 5)", description: "brake \($0 % 3)") }
        try await Self.with(parts) { _, search in
            let whole = try await search(.init(text: "pad", sort: sort, pageSize: 100))
            #expect(whole.products.count == 23 && whole.nextPageToken.isEmpty)
            var (request, skus) = (ListProductsRequest(text: "pad", sort: sort, pageSize: 4), [String]())
            repeat {
                let page = try await search(request)
                #expect(page.products.count <= 4)
                skus += Self.skus(page)
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            #expect(skus == Self.skus(whole))
            let first = try await search(.init(text: "pad", sort: sort, pageSize: 4))
            await #expect(throws: RPCError.self) {
                try await search(.init(text: "brake", sort: sort, pageToken: first.nextPageToken))
            }
        }
    }

    @Test("Facets count what matches, and totals are exact or none")
    func counts() async throws {
        try await Self.with(Self.parts) { _, search in
            let found = try await search(
                .init(
                    category: ["Brakes", "Engine"],
                    facet: ["category", "status", "certification", "attribute.material"],
                    total: .exact))
            #expect(found.total == 3 && !found.isTotalEstimated)
            func values(_ name: String) -> [String: Int64] {
                Dictionary(
                    uniqueKeysWithValues: found.facets.first { $0.name == name }?.values.map { ($0.value, $0.count) }
                        ?? [])
            }
            #expect(values("category") == ["Brakes": 2, "Engine": 1])
            #expect(values("status") == ["available": 2, "discontinued": 1])
            #expect(values("certification") == ["DOT": 1])
            #expect(values("attribute.material") == ["Ceramic": 1, "Metal": 1])
            #expect(try await search(.init(total: .estimated)).total == 4)
            #expect(try await search(.init()).total == nil)
        }
    }

    @Test("What is found follows each change and removal of a product at once")
    func changes() async throws {
        try await Self.with(Self.parts) { catalog, search in
            func found(_ text: String) async throws -> [String] { Self.skus(try await search(.init(text: text))) }
            var part = try #require(Self.parts.last)
            part.name = "Starter"
            try await catalog.save(part)
            #expect(try await found("starter") == ["ALT-1"])
            part.attributes = ["Voltage": "12 V"]
            try await catalog.save(part)
            #expect(Self.skus(try await search(.init(attribute: ["voltage>=12 V"]))) == ["ALT-1"])
            _ = try await catalog.client.deleteProduct(.init(sku: "ALT-1"))
            #expect(try await found("starter") == [])
            #expect(Self.skus(try await search(.init(attribute: ["voltage>=12 V"]))) == [])
        }
    }

    @Test("The rows that a plan of the database expects are read, whatever it says")
    func planRows() {
        #expect(
            SearchRun.planRows(#"[{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 12345, "Plans": []}}]"#) == 12_345)
        for text in ["", "[]", "{}", #"[{"Plan": {}}]"#] { #expect(SearchRun.planRows(text) == 0) }
        #expect(SearchRun.planRows(#"[{"Plan": {"Plan Rows": 1e300}}]"#) == 1_000_000_000_000_000)
        #expect(SearchRun.planRows(#"[{"Plan": {"Plan Rows": -5}}]"#) == 0)
    }
}
