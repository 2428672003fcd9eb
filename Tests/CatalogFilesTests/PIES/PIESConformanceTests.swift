import CatalogMessages
import Foundation
import Gzip
import TestSupport
import Testing

@testable import CatalogFiles

@Suite(
    "PIES is read and written as its schema says",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), .processorBound)
struct PIESConformanceTests {
    private func bytes(_ path: String) throws -> [UInt8] {
        let data = Array(try Data(contentsOf: SharedData.file(path)))
        guard path.hasSuffix(".gz") else { return data }
        let decoder = try GzipDecoder(.init(bytes: 1 << 28))
        decoder.append(data)
        var bytes: [UInt8] = []
        while let piece = try decoder.next() { bytes += piece }
        try decoder.complete()
        return bytes
    }

    private func structure() throws -> PIESStructure {
        let table = try self.bytes("data/aces-pies/schema-structure.csv")
        return try PIESStructure(CSVTable(String(decoding: table, as: UTF8.self)), version: "7.2")
    }

    private var example: [UInt8] {
        get throws { try self.bytes("data/aces-pies/pies-7.2-shape-example-synthetic.xml.gz") }
    }

    @Test("the example of the shape is read whole, and is the same after a second time")
    func exampleOfShape() throws {
        let reading = PIESReading(try self.example)
        #expect(reading.fault == nil)
        #expect(reading.refusals == [])
        #expect(reading.header == CatalogFileHeader(mode: .full))
        #expect(reading.declaredCount == 2)
        #expect(reading.products.map(\.sku) == ["ZX1001", "ZXK200"])
        // Three prices and a price sheet.
        #expect(reading.passedOver.count == 4)
        #expect(reading.products.map(\.status) == [.available, .unspecified])
        #expect(reading.products.map(\.kitComponents.count) == [0, 2])
        let again = PIESReading(try PIESWriterTests.file(reading.products))
        #expect(again.products == reading.products)
        #expect(again.fields == reading.fields)
    }

    @Test("what is written has the order, the cardinality and the limits of the schema")
    func structureOfWritten() throws {
        let structure = try self.structure()
        #expect(try structure.faults(self.example) == [])
        var products = PIESWriterTests.random(200, seed: testSeed())
        // Compatibility shows in an element of its own.
        products[0].compatibility = [Compatibility(make: "Acura", yearFrom: 2020)]
        let faults = try structure.faults(PIESWriterTests.file(products))
        #expect(faults == [])
        var options = PIESWriterTests.options
        options.skuPrefix = "P"
        #expect(try structure.faults(PIESWriterTests.file(products, options)) == [])
    }

    @Test("the check of the structure finds what is wrong")
    func check() throws {
        let structure = try self.structure()
        let text = String(decoding: try self.example, as: UTF8.self)
        let changes = [
            ("<PartNumber>ZX1001</PartNumber>", ""), ("UOM=\"PE\"", ""), ("<PackageUOM>EA", "<PackageUOM>EAC"),
            ("<BrandAAIAID>ZZZX</BrandAAIAID>", "<Colour/>"), ("2026-01-15", "soon"), ("0.6000", "0.60001"),
            ("<ContainerType>BX</ContainerType>", "<ContainerType>BX</ContainerType><ContainerType>BX</ContainerType>"),
            (
                "<HazardousMaterialCode>N</HazardousMaterialCode><BaseItemID>ZX100</BaseItemID>",
                "<BaseItemID>ZX100</BaseItemID><HazardousMaterialCode>N</HazardousMaterialCode>"
            ),
        ]
        for (old, new) in changes {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != text, "\(old)")
            #expect(try !structure.faults(Array(changed.utf8)).isEmpty, "\(old)")
        }
    }
}
