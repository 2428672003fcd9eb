import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@Suite("CSV and JSON of the catalog: what is written is read back equal", .processorBound)
struct RoundTripTests {
    private static let count = 60

    private func file(
        _ writer: some CatalogFileWriter, _ append: (inout any CatalogFileWriter) -> Void
    ) -> [UInt8] {
        var writer: any CatalogFileWriter = writer
        append(&writer)
        writer.complete()
        return writer.take()
    }

    @Test("random products, cut into random pieces", arguments: [",", ";", "\t", "|", "'", "e"])
    func products(delimiter: String) throws {
        var random = RandomCatalog(SeededGenerator(seed: testSeed("products \(delimiter)")))
        let json = try TableHarness.json()
        let options = try TableOptions(CatalogImportOptions(delimiter: delimiter))
        let products = (0..<Self.count).map { _ in random.product() }
        let csv = self.file(ProductCSVWriter(json, options)) { writer in
            for product in products { #expect(writer.append(product) == nil) }
        }
        let records = try TableHarness.read(
            ProductCSVReader(json, options), TableHarness.cut(csv, using: &random.generator))
        try #require(records.compactMap(\.refusal) == [])
        #expect(records.count == products.count)
        for (record, product) in zip(records, products) { #expect(record.product == product) }
        let lines = self.file(ProductJSONWriter(json)) { writer in
            for product in products { #expect(writer.append(product) == nil) }
        }
        let documents = try TableHarness.read(
            ProductJSONReader(json), TableHarness.cut(lines, using: &random.generator))
        #expect(documents.compactMap(\.refusal) == [])
        for (record, product) in zip(documents, products) { #expect(record.product == product) }
        #expect(documents.map(\.line) == (1...Int64(products.count)).map { $0 })
        #expect(documents.allSatisfy { $0.fields == nil && $0.action == .add })
    }

    @Test("random fitments, cut into random pieces")
    func fitments() throws {
        var random = RandomCatalog(SeededGenerator(seed: testSeed()))
        let json = try TableHarness.json()
        let fitments = (0..<4 * Self.count).map { _ in random.fitment() }
        let csv = self.file(FitmentCSVWriter(json, try TableOptions())) { writer in
            for fitment in fitments { #expect(writer.append(fitment) == nil) }
        }
        let rows = try TableHarness.read(
            FitmentCSVReader(json, try TableOptions()), TableHarness.cut(csv, using: &random.generator))
        try #require(rows.compactMap(\.refusal) == [])
        #expect(rows.count == fitments.count)
        for (record, fitment) in zip(rows, fitments) { #expect(record.fitment == fitment) }
        let lines = self.file(FitmentJSONWriter(json)) { writer in
            for fitment in fitments { #expect(writer.append(fitment) == nil) }
        }
        let documents = try TableHarness.read(
            FitmentJSONReader(json), TableHarness.cut(lines, using: &random.generator))
        #expect(documents.compactMap(\.fitment) == fitments)
    }

    @Test("what the writers cannot carry is left out with its reason")
    func leftOut() throws {
        let json = try TableHarness.json()
        var csv = ProductCSVWriter(json, try TableOptions())
        _ = csv.take()
        #expect(csv.append(Fitment(sku: "A")) == "the file holds products, not fitments")
        #expect(csv.append(Product()) == "it has no SKU")
        let large = Product(sku: "A", description: String(repeating: "x", count: CatalogJSON.maximumRecordBytes))
        #expect(csv.append(large)?.hasPrefix("it has more than 1048576 bytes") == true)
        #expect(csv.take() == [])
        var fitments = FitmentCSVWriter(json, try TableOptions())
        #expect(fitments.append(Product(sku: "A")) == "the file holds fitments, not products")
        #expect(fitments.append(Fitment(sku: "A")) == "it names no vehicle")
    }

    @Test("random bytes, and files with random bytes changed, never trap")
    func randomBytes() throws {
        var random = RandomCatalog(SeededGenerator(seed: testSeed()))
        let json = try TableHarness.json()
        let options = try TableOptions()
        var products = ProductCSVWriter(json, options)
        var fitments = FitmentCSVWriter(json, options)
        var lines = ProductJSONWriter(json)
        for _ in 0..<5 {
            _ = (products.append(random.product()), fitments.append(random.fitment()), lines.append(random.product()))
        }
        let noise = (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &random.generator) }
        let files = [products.take(), fitments.take(), lines.take(), noise]
        for _ in 0..<40 {
            for file in files {
                var bytes = file
                for _ in 0..<Int.random(in: 1...20, using: &random.generator) {
                    let index = Int.random(in: 0..<bytes.count, using: &random.generator)
                    bytes[index] = Array("\"\n,{[|'\0\u{FF}".utf8).randomElement(using: &random.generator) ?? 0xFF
                }
                bytes.removeLast(Int.random(in: 0..<bytes.count / 4, using: &random.generator))
                _ = TableHarness.fault(ProductCSVReader(json, options), bytes)
                _ = TableHarness.fault(FitmentCSVReader(json, options), bytes)
                _ = TableHarness.fault(ProductJSONReader(json), bytes)
                _ = TableHarness.fault(FitmentJSONReader(json), bytes)
            }
        }
    }
}
