import CatalogDomain
import CatalogMessages
import TestSupport
import Testing

@Suite(.processorBound) struct ProductRulesTests {
    @Test("A product needs nothing but its SKU, and a status that is not said is available")
    func least() {
        #expect(ProductRules.faults(of: Product(sku: "A")).isEmpty)
        let normalized = ProductRules.normalized(Product(sku: "A", version: 7))
        #expect(normalized == Product(sku: "A", status: .available))
        #expect(ProductRules.normalized(Product(sku: "A", status: .obsolete)).status == .obsolete)
    }

    private static let cases: [(Product, String)] = [
        (Product(), "sku"), (Product(sku: " A"), "sku"), (Product(sku: "A\n"), "sku"),
        (Product(sku: String(repeating: "A", count: 65)), "sku"),
        (Product(sku: "A", status: .unrecognized(13)), "status"),
        (Product(sku: "A", attributes: ["": "x"]), "attributes"),
        (Product(sku: "A", attributes: ["x": String(repeating: "x", count: 8_001)]), "attributes.x"),
        (Product(sku: "A", attributeValues: [AttributeValue(name: "a", value: "b")]), "attributeValues[0]"),
        (Product(sku: "A", certifications: ["DOT", "SAE", "DOT"]), "certifications[2]"),
        (Product(sku: "A", certifications: [""]), "certifications[0]"),
        (Product(sku: "A", certificates: [Certificate(mark: "X"), Certificate(mark: "X")]), "certificates[1]"),
        (
            Product(sku: "A", certificates: [Certificate(mark: "X", documentURL: "x.pdf")]),
            "certificates[0].documentUrl"
        ),
        (Product(sku: "A", certificates: [Certificate(mark: "X", regions: ["USA"])]), "certificates[0].regions[0]"),
        (
            Product(sku: "A", certificates: [Certificate(mark: "X", validFrom: "2025-02-29")]),
            "certificates[0].validFrom"
        ),
        (
            Product(sku: "A", certificates: [Certificate(mark: "X", validFrom: "2026-01-02", validTo: "2026-01-01")]),
            "certificates[0].validTo"
        ),
        (Product(sku: "A", gtin: "123"), "gtin"),
        (
            Product(
                sku: "A",
                packages: [Package(gtin: "012345678905"), Package(unit: "CA", gtin: "00012345678905")]),
            "packages[1].gtin"
        ),
        (Product(sku: "A", packages: [Package(weight: Decimal(micros: -1))]), "packages[0].weight"),
        (Product(sku: "A", images: [""]), "images[0]"), (Product(sku: "A", images: ["https:// "]), "images[0]"),
        (Product(sku: "A", images: ["https:///x"]), "images[0]"),
        (Product(sku: "A", images: ["javascript://x"]), "images[0]"),
        (Product(sku: "A", assets: [Asset(type: "P04")]), "assets[0]"),
        (
            Product(sku: "A", assets: [Asset(fileName: "a.jpg", dates: [AssetDate(date: "2026-13-01")])]),
            "assets[0].dates[0].date"
        ),
        (Product(sku: "A", warranty: Warranty(time: 12)), "warranty.timeUnit"),
        (
            Product(sku: "A", compatibility: [Compatibility(make: "Ford", yearFrom: 2020, yearTo: 2019)]),
            "compatibility[0].yearTo"
        ),
        (Product(sku: "A", variantGroup: "x "), "variantGroup"),
        (Product(sku: "A", effectiveDate: "2026-00-01"), "effectiveDate"),
        (Product(sku: "A", itemQuantity: Quantity(value: Decimal(micros: -5))), "itemQuantity.value"),
        (Product(sku: "A", quantityPerApplication: Quantity(unit: "EA")), "quantityPerApplication.value"),
    ]

    @Test("Each thing that is wrong is named by its path", arguments: Self.cases)
    func faults(_ product: Product, _ field: String) {
        #expect(ProductRules.faults(of: product).map(\.field) == [field])
    }

    @Test("An item's GTIN may be that of one of its packages, and a year alone is a range")
    func allowed() {
        let product = Product(
            sku: "A", gtin: "012345678905", packages: [Package(gtin: "012345678905")],
            images: ["HTTPS://example.com/ä.jpg", "http://localhost:80?x#y"],
            compatibility: [Compatibility(make: "Ford", yearFrom: 2020)])
        #expect(ProductRules.faults(of: product).isEmpty)
    }

    @Test("All faults are told at once, up to 64, and wrong check digits alone have a refusal of their own")
    func manyFaults() {
        let product = Product(sku: "A", images: Array(repeating: "x", count: 100))
        #expect(ProductRules.faults(of: product).count == 64)
        let digit = ProductRules.faults(of: Product(sku: "A", gtin: "012345678900"))
        #expect(CatalogRefusal(faults: digit).reason == .gtinCheckDigit)
        #expect(digit.first?.expected == "012345678905")
        let both = ProductRules.faults(of: Product(sku: "A", gtin: "012345678900", effectiveDate: "x"))
        #expect(CatalogRefusal(faults: both).reason == .invalidProduct)
    }

    @Test("A product's numbers are its SKU, its GTINs and those of other brands")
    func numbers() {
        let product = Product(
            sku: "a-1", gtin: "012345678905", packages: [Package(gtin: "73513537")],
            interchanges: [Interchange(partNumber: "X.2", brandLabel: "Toyota")])
        #expect(product.partNumbers.map(\.folded) == ["A1", "00012345678905", "00000073513537", "X2"])
        #expect(product.gtins.count == 2)
    }

    @Test("A component is the brand's own unless it names another brand; the same part counts together")
    func ownComponents() throws {
        let product = Product(
            sku: "K", brandLabel: "Mine", brandCode: "BBBB",
            kitComponents: [
                KitComponent(partNumber: "A", quantity: 1),
                KitComponent(partNumber: "A", quantity: 2, brandLabel: "Mine"),
                KitComponent(partNumber: "B", quantity: 1, brandCode: "BBCC"),
                KitComponent(partNumber: "C", quantity: 1, brandLabel: "Other"),
            ])
        #expect(product.ownComponents == [try SKU("A"): 3])
    }
}
