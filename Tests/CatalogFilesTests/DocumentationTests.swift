import CatalogFiles
import CatalogMessages
import Foundation
import TestSupport
import Testing

@Suite("docs/catalog-files.md", .processorBound)
struct DocumentationTests {
    /// The text of an example that stands behind its name.
    private static func example(_ name: String) throws -> String {
        let text = try String(contentsOf: Python.root.appending(path: "docs/catalog-files.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- read: \(name) -->\n```")
        let block = try #require(parts.dropFirst().first, "there is no example \(name)")
        let lines = block.components(separatedBy: "\n```\n")[0].split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropFirst().map { "\($0)\n" }.joined()
    }

    @Test("the examples of CSV and JSON are read as the text says")
    func examples() throws {
        let json = try CatalogJSON()
        let products = try TableHarness.read(ProductJSONReader(json), try Self.example("products.json"))
        #expect(products.map { $0.product?.name } == ["Brake Pad Set", "Brake Disc"])
        #expect(products[1].product?.packages.first?.weight == Decimal(micros: 12_500_000))
        let fitments = try TableHarness.read(FitmentJSONReader(json), try Self.example("fitments.json"))
        #expect(fitments.first?.fitment?.vehicle?.yearTo == 2022)
        let rows = try TableHarness.read(
            ProductCSVReader(json, try TableOptions()), try Self.example("products.csv"))
        #expect(rows[0].product?.certifications == ["DOT", "SAE"] && rows[0].product?.warranty?.time == 24)
        #expect(rows[1].fields == ["name", "certifications"])
        let table = try TableHarness.read(
            FitmentCSVReader(json, try TableOptions()), try Self.example("fitments.csv"))
        #expect(table[0].fitment?.notes.map(\.text) == ["with tow package", "not for taxis"])
        #expect(table[1].fitment?.vehicle == VehicleSelector(baseVehicleID: 5911))
    }
}
