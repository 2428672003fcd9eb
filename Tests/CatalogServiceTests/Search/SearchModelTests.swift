import CatalogDomain
import CatalogMessages
import TestSupport
import Testing

@testable import CatalogService

/// What a search finds is what a plain look at each product finds.
@Suite(.timeLimit(.minutes(5))) struct SearchModelTests {
    private static let names = ["Ceramic Pad", "Steel Rotor", "Heavy Battery", "Rear Pad Set", "Rotors, heavy"]

    private static func product(_ number: Int, _ random: inout SeededGenerator) -> Product {
        Product(
            sku: "A-\(number)", name: Self.names.randomElement(using: &random) ?? "",
            brandLabel: ["Stopwell", "Other"].randomElement(using: &random) ?? "",
            category: ["Brakes", "Engine", ""].randomElement(using: &random) ?? "",
            partType: ["Pad", "Rotor"].randomElement(using: &random) ?? "",
            status: [.available, .discontinued, .proposed].randomElement(using: &random) ?? .available,
            attributes: [
                "Material": ["Steel", "Ceramic"].randomElement(using: &random) ?? "",
                "Weight": "\(Int.random(in: 1...5, using: &random)) kg",
            ],
            certifications: ["DOT", "SAE"].filter { _ in Bool.random(using: &random) },
            variantGroup: ["", "G"].randomElement(using: &random) ?? "")
    }

    /// Filters, each of which is there one time in three.
    private static func request(_ random: inout SeededGenerator) -> ListProductsRequest {
        func some<Value>(_ values: [Value]) -> Value? {
            Int.random(in: 0..<3, using: &random) == 0 ? values.randomElement(using: &random) : nil
        }
        return ListProductsRequest(
            text: some(["pad", "cera", "rotor", "heavy", "steel rotor", "a-1"]) ?? "",
            skuPrefix: some(["A-1", "A-2"]) ?? "", category: some([["Brakes"], ["Brakes", "Engine"]]) ?? [],
            partType: some([["Pad"], ["Rotor", "Pad"]]) ?? [], brandLabel: some([["Other"]]) ?? [],
            status: some([[.available], [.available, .proposed]]) ?? [],
            certification: some([["dot"], ["DOT", "sae"]]) ?? [],
            attribute: (some(["material=steel"]).map { [$0] } ?? []) + (some(["weight>=3 kg"]).map { [$0] } ?? []),
            variantGroup: some(["G"]) ?? "", sort: .sku,
            facet: ["category", "status", "certification", "attribute.material"], total: .exact, pageSize: 200)
    }

    private static func matches(_ product: Product, _ request: ListProductsRequest) -> Bool {
        let document = SearchDocument(product)
        let words = document.words.joined()
        func isIn(_ value: String, _ values: [String]) -> Bool { values.isEmpty || values.contains(value) }
        let isFound = SearchWords.runs(of: request.text).allSatisfy { run in
            run.words.allSatisfy { word in words.contains { $0.hasPrefix(word) } }
                || run.whole.map { whole in words.contains { $0.hasPrefix(whole) } } == true
        }
        return isFound && product.sku.hasPrefix(request.skuPrefix) && isIn(product.category, request.category)
            && isIn(product.partType, request.partType) && isIn(product.brandLabel, request.brandLabel)
            && (request.status.isEmpty || request.status.contains(product.status))
            && request.certification.allSatisfy { product.certifications.contains($0.uppercased()) }
            && (!request.attribute.contains("material=steel") || product.attributes["Material"] == "Steel")
            && (!request.attribute.contains("weight>=3 kg") || (product.attributes["Weight"] ?? "") >= "3 kg")
            && (request.variantGroup.isEmpty || product.variantGroup == request.variantGroup)
    }

    private static func counts(_ values: [String]) -> [String: Int64] {
        values.reduce(into: [:]) { if !$1.isEmpty { $0[$1, default: 0] += 1 } }
    }

    @Test("Filters leave what meets all of them; facets and totals count just that, whatever the page")
    func filters() async throws {
        var random = SeededGenerator(seed: testSeed())
        let products = (0..<40).map { Self.product($0, &random) }.sorted { $0.sku < $1.sku }
        let requests = (0..<60).map { _ in Self.request(&random) }
        try await SearchHarness.with(products) { harness in
            for request in requests {
                let expected = products.filter { Self.matches($0, request) }
                let found = try await harness.found(request)
                #expect(found.products.map(\.sku) == expected.map(\.sku), "\(request)")
                #expect(found.total == Int64(expected.count) && !found.isTotalEstimated)
                let facets = Dictionary(
                    uniqueKeysWithValues: found.facets.map { facet in
                        (facet.name, Dictionary(uniqueKeysWithValues: facet.values.map { ($0.value, $0.count) }))
                    })
                #expect(facets["category"] == Self.counts(expected.map(\.category)))
                #expect(facets["status"] == Self.counts(expected.map(\.status.name)))
                #expect(facets["certification"] == Self.counts(expected.flatMap(\.certifications)))
                #expect(facets["attribute.material"] == Self.counts(expected.map { $0.attributes["Material"] ?? "" }))
                #expect(found.facets.allSatisfy { !$0.isCut })
                var small = request
                small.pageSize = 1
                let page = try await harness.found(small)
                #expect(page.products == Array(found.products.prefix(1)) && page.facets == found.facets)
                #expect(page.total == found.total)
            }
        }
    }
}
