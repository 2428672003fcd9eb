import CatalogAPI
import CatalogDomain
import CatalogMessages
import DrivelineTesting
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
        try await SearchHarness.with(products) { harness in
            try await body(harness.catalog) { try await harness.found($0) }
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
            // A number with another digit is another number.
            #expect(try await found("ph3615") == [])
            #expect(try await found("bp1000") == [])
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
            } while !request.pageToken.isEmpty && skus.count <= 23
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

    @Test(
        "Words are found with other endings, also where the stem is no beginning of the word; those of no use are left out"
    )
    func endings() async throws {
        let parts = [
            Product(sku: "B-1", name: "Battery, heavy duty"), Product(sku: "B-2", name: "Batteries for scooters"),
            Product(sku: "B-3", name: "Battering ram"), Product(sku: "B-4", name: "Coated pad"),
        ]
        try await SearchHarness.with(parts) { harness in
            func found(_ text: String) async throws -> [String] {
                try await harness.skus(.init(text: text, sort: .sku))
            }
            #expect(try await found("battery") == ["B-1", "B-2"])
            #expect(try await found("batteries") == ["B-1", "B-2"])
            #expect(try await found("heavy duties") == ["B-1"])
            #expect(try await found("batter") == ["B-1", "B-2", "B-3"])
            #expect(try await found("coats for pads") == ["B-4"])
            #expect(try await found("for") == ["B-2"])
            let corrected = try await harness.found(.init(text: "batterry hevy"))
            #expect(corrected.products.map(\.sku) == ["B-1"] && corrected.correctedText == "battery heavy")
        }
    }

    @Test("A word in the name counts more than in a description, and the word itself more than one that begins with it")
    func ranks() async throws {
        let parts = [
            Product(sku: "A", name: "Paddle", description: "for boats"),
            Product(sku: "B", name: "Pad", description: "x"),
            Product(sku: "C", name: "Set", description: "a pad"), Product(sku: "D", name: "Set", partType: "Pad"),
        ]
        try await SearchHarness.with(parts) { harness in
            let found = try await harness.skus(.init(text: "pad"))
            #expect(found == ["B", "D", "A", "C"])
        }
    }

    @Test("Brands see nothing of each other: neither products nor words nor counts")
    func brands() async throws {
        try await SearchHarness.with(Self.parts) { harness in
            let other = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
            let rpc = try harness.catalog.client(of: other)
            defer { rpc.shutDown() }
            _ = try await ProductServiceClient(rpc).saveProduct(
                .init(product: Product(sku: "BP-100", name: "Wiper ceramics", category: "Wipers")))
            #expect(try await harness.skus(.init(text: "wiper")) == [])
            #expect(try await harness.skus(.init(text: "ceramic"), by: other) == ["BP-100"])
            let found = try await harness.found(.init(facet: ["category"], total: .exact), by: other)
            #expect(found.total == 1 && found.facets.first?.values.map(\.value) == ["Wipers"])
            #expect(found.products.first?.name == "Wiper ceramics")
            #expect(try await harness.found(.init(total: .estimated), by: other).total == 1)
            // Corrected by the words of the brand alone.
            #expect(try await harness.found(.init(text: "altrenator"), by: other).correctedText.isEmpty)
            #expect(try await harness.found(.init(text: "wipper")).correctedText.isEmpty)
            for request in [
                ListProductsRequest(partNumber: "PH-3614"), .init(attribute: ["weight>=1 g"]),
                .init(certification: ["DOT"]), .init(skuPrefix: "ALT"),
            ] { #expect(try await harness.skus(request, by: other) == []) }
        }
    }

    @Test(
        "A number in any punctuation finds the part and what is sold for it now, at the end of the chain, on its days")
    func numbers() async throws {
        try await SearchHarness.with(Self.parts) { harness in
            func found(_ number: String) async throws -> [String] { try await harness.skus(.init(partNumber: number)) }
            for number in ["OF-5W30", "of5w30", "OF 5W-30", "o/f.5w_30"] {
                #expect(try await found(number) == ["OF-5W30"], "\(number)")
            }
            try await harness.catalog.supersede("OF-5W30", by: "BP-100")
            try await harness.catalog.supersede("BP-100", by: "ALT-1")
            #expect(try await found("of5w30") == ["ALT-1", "OF-5W30"])
            #expect(try await found("PH 3614") == ["ALT-1", "OF-5W30"])
            #expect(try await harness.skus(.init(partNumber: "ph3614", category: ["Electrical"])) == ["ALT-1"])
            #expect(try await found("BP200") == ["BP-200"])
            try await harness.catalog.supersede("BP-200", by: "ALT-1", from: "2020-01-01", to: "2020-12-31")
            #expect(try await found("BP200") == ["BP-200"])
            #expect(try await found("3614") == [])
        }
    }

    @Test("Of more matches than are ranked and counted that is said, and estimated totals do not count them all")
    func caps() async throws {
        try await SearchHarness.with([Product(sku: "P", name: "Pad", category: "Brakes")]) { harness in
            func pad(_ request: ListProductsRequest = .init()) async throws -> ListProductsResponse {
                var request = request
                request.text = "pad"
                return try await harness.found(request)
            }
            try await harness.copy("P", Int64(SearchStatements.rankedMatches) - 1)
            #expect(try await pad().isRankingCapped == false)
            try await harness.catalog.save(Product(sku: "Z", name: "Pad pad"))
            #expect(try await pad().isRankingCapped)
            #expect(try await pad(.init(sort: .sku)).isRankingCapped == false)
            // The best of all is behind those that are ranked, and none is on two pages.
            var (request, count) = (ListProductsRequest(pageSize: 200), 0)
            repeat {
                let page = try await pad(request)
                #expect(page.isRankingCapped && page.products.allSatisfy { $0.sku == "P" })
                count += page.products.count
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty && count <= SearchStatements.rankedMatches
            #expect(count == SearchStatements.rankedMatches)

            let counted = try await pad(.init(facet: ["category"], total: .estimated))
            #expect(counted.total == 1_001 && !counted.isTotalEstimated)
            #expect(counted.facets.map(\.isCut) == [false] && counted.facets.first?.values.first?.count == 1_000)
            try await harness.catalog.save(Product(sku: "Q", name: "Pad", category: "Brakes"))
            try await harness.copy("Q", Int64(SearchStatements.countedMatches))
            let estimated = try await pad(.init(facet: ["category"], total: .estimated))
            #expect(estimated.isTotalEstimated && (estimated.total ?? 0) > Int64(SearchStatements.countedMatches))
            #expect(estimated.facets.map(\.isCut) == [true])
            let exact = try await pad(.init(total: .exact))
            #expect(exact.total == 11_002 && !exact.isTotalEstimated)
        }
    }

    @Test("The rows that a plan of the database expects are read, whatever it says")
    func planRows() {
        #expect(
            SearchRun.planRows(
                "- Plan: \n    Node Type: \"Limit\"\n    Plan Rows: 12345\n    Plans: \n      - Plan Rows: 3")
                == 12_345)
        for text in ["", "- Plan:", "Rows: 5", "  Plan Rows: many"] { #expect(SearchRun.planRows(text) == 0) }
        #expect(SearchRun.planRows("Plan Rows: 1e300") == 1_000_000_000_000_000)
        #expect(SearchRun.planRows("Plan Rows: -5") == 0)
    }
}
