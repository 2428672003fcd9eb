import CatalogMessages
import TestSupport
import Testing

@testable import CatalogFiles

@Suite(.processorBound) struct PIESWriterTests {
    static let options = CatalogExportOptions(
        format: .pies, company: "Quill & Vane", senderName: "Data desk", brandCode: "QQVX",
        partDatabaseDate: "2026-03-27")

    /// The file of products, all of which must be taken.
    static func file(_ products: [Product], _ options: CatalogExportOptions = Self.options) throws -> [UInt8] {
        var writer = try PIESWriter(options: options, date: "2026-04-02")
        var bytes: [UInt8] = []
        for product in products {
            let reason = writer.append(product)
            #expect(reason == nil)
            bytes += writer.take()
        }
        writer.complete()
        return bytes + writer.take()
    }

    static func random(_ count: Int, seed: UInt64) -> [Product] {
        var random = RandomPIESProduct(SeededGenerator(seed: seed))
        return (0..<count).map { random.product($0) }
    }

    @Test("What is written is read with the same values in each field, also after a second time")
    func roundTrip() throws {
        let products = Self.random(200, seed: testSeed())
        let reading = PIESReading(try Self.file(products))
        #expect(reading.fault == nil)
        #expect(reading.refusals == [])
        #expect(reading.declaredCount == 200)
        #expect(reading.products.count == products.count)
        for (read, product) in zip(reading.products, products) {
            var expected = product
            // Units without a number are no warranty's.
            if expected.warranty == Warranty() { expected.warranty = nil }
            guard read != expected else { continue }
            let fields = zip(Mirror(reflecting: read).children, Mirror(reflecting: expected).children)
                .filter { "\($0.value)" != "\($1.value)" }.map { "\($0.label ?? ""): \($0.value) for \($1.value)" }
            Issue.record("\(fields)")
        }
        #expect(PIESReading(try Self.file(reading.products)).products == reading.products)
    }

    @Test("A file that is taken up again is the same as one that was not broken off")
    func resumption() throws {
        let products = Self.random(6, seed: 7)
        let whole = try Self.file(products)
        for count in 0...products.count {
            var first = try PIESWriter(options: Self.options, date: "2026-04-02")
            for product in products[..<count] { #expect(first.append(product) == nil) }
            var bytes = first.take()
            var second = try PIESWriter(
                options: Self.options, date: "2026-04-02", resumedAfter: Int64(count), isResumed: true)
            for product in products[count...] { #expect(second.append(product) == nil) }
            second.complete()
            bytes += second.take()
            #expect(bytes == whole, "\(count)")
        }
    }

    @Test("A header says what the options do; some of the products are an update")
    func header() throws {
        let full = String(decoding: try Self.file([]), as: UTF8.self)
        #expect(full.contains("<SubmissionType>FULL</SubmissionType>"))
        #expect(full.contains("<TechnicalContact>Data desk</TechnicalContact>"))
        #expect(full.contains("<PCdbVersionDate>2026-03-27</PCdbVersionDate>"))
        #expect(full.contains("<TransactionDate>2026-04-02</TransactionDate>"))
        #expect(!full.contains("ItemCount"))
        var options = Self.options
        options.skuPrefix = "GT"
        let part = String(decoding: try Self.file([], options), as: UTF8.self)
        #expect(part.contains("<SubmissionType>UPDATE</SubmissionType>") && part.contains("ChangesSinceDate"))
        options.senderName = "a\u{1}"
        #expect(throws: CatalogFileFault.self) { try PIESWriter(options: options, date: "2026-04-02") }
    }

    @Test("What a product does not say and PIES must have is said as it is understood")
    func defaults() throws {
        let product = Product(
            sku: "GT-410", name: "Gasket", gtin: "036000291452",
            kitComponents: [KitComponent(partNumber: "GT-1", quantity: 2)],
            compatibility: [Compatibility(make: "Acura", yearFrom: 2020)])
        let bytes = try Self.file([product])
        #expect(String(decoding: bytes, as: UTF8.self).contains("<ACESApplications>Y</ACESApplications>"))
        let read = try #require(PIESReading(bytes).products.first)
        #expect((read.brandCode, read.name, read.descriptions) == ("QQVX", "Gasket", []))
        #expect((read.gtin, read.gtinQualifier) == ("036000291452", "UP"))
        #expect(read.kitComponents == [KitComponent(partNumber: "GT-1", quantity: 2, unit: "EA")])
    }

    @Test("A product that PIES cannot carry is left out whole, with the reason")
    func leftOut() throws {
        var writer = try PIESWriter(options: CatalogExportOptions(format: .pies), date: "2026-04-02")
        let head = writer.take()
        func reason(_ change: (inout Product) -> Void) -> String {
            var product = Product(sku: "GT-410", brandCode: "QQVX")
            change(&product)
            return writer.append(product) ?? "none"
        }
        #expect(reason { $0.brandCode = "" }.hasPrefix("brandCode is empty"))
        #expect(reason { $0.sku = String(repeating: "a", count: 49) }.contains("1 to 48 characters"))
        #expect(reason { $0.description = String(repeating: "a", count: 2_001) }.contains("2001 characters"))
        #expect(reason { $0.name = "a\u{0}" }.contains("XML cannot carry"))
        #expect(reason { $0.brandLabel = "a\u{FFFF}" }.contains("XML cannot carry"))
        #expect(reason { $0.partTypeID = 100_000 }.contains("5 digits"))
        #expect(reason { $0.gtin = "036000291453" }.contains("check digit"))
        #expect(reason { $0.itemQuantity = Quantity() }.hasPrefix("ItemQuantitySize is empty"))
        #expect(reason { $0.assets = [Asset(url: "https://a.example/b")] }.contains("AssetType is empty"))
        #expect(reason { $0.packages = [Package(unit: "EA")] }.contains("QuantityofEaches"))
        let heavy = Package(unit: "EA", quantity: 1, weightUnit: "PG", weight: Decimal(micros: 1))
        #expect(reason { $0.packages = [heavy] }.contains("4 of them behind the point"))
        #expect(writer.append(Fitment())?.contains("ACES") == true)
        // Nothing of them is in the file.
        #expect(writer.take() == [])
        #expect(!head.isEmpty)
        #expect(writer.count == 0)
    }

    @Test("Names and descriptions are not doubled, whichever texts stand beside them")
    func descriptions() {
        let plain = Description(code: "SHO", text: "A")
        let english = Description(code: "SHO", language: "EN", text: "A")
        let marketing = Description(code: "MKT", text: "B")
        #expect(PIESDescriptions.texts([plain, marketing]).name == "A")
        #expect(PIESDescriptions.texts([plain, marketing]).descriptions == [marketing])
        #expect(PIESDescriptions.texts([english]).descriptions == [english])
        let lists = [
            [plain, english, marketing], [english, marketing], [marketing, plain, plain], [english, plain], [],
        ]
        for list in lists {
            let texts = PIESDescriptions.texts(list)
            #expect(PIESDescriptions.texts(PIESDescriptions.all(texts)) == texts)
            #expect(PIESDescriptions.all(texts).count <= list.count)
        }
    }
}
