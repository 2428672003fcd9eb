import CatalogAPI
import CatalogMessages
import Foundation
import Postgres
import RPC
import Testing

@testable import CatalogService

/// What an export writes makes the same catalog where it is imported, of which an export writes the same.
@Suite(.timeLimit(.minutes(5))) struct ExportRoundTripTests {
    /// The export of a catalog that `fill` fills, and that of another one which that was imported into; without days, of
    /// which a test may see two.
    private static func exports(
        _ options: CatalogExportOptions, records: Int64, _ fill: (FileHarness) async throws -> Void
    ) async throws -> (first: String, second: String) {
        var first = ""
        var second = ""
        try await FileHarness.with { files in
            try await fill(files)
            let (text, found) = try await files.exported(options)
            #expect(found.records == records && found.recordsLeftOut == 0)
            first = text
        }
        try await FileHarness.with { files in
            // Beside another brand's catalog, which has the same parts.
            let other = try files.catalog.client(of: .init(high: .random(in: 1 ... .max), low: 1))
            defer { other.shutDown() }
            _ = try await ProductServiceClient(other).saveProduct(
                .init(product: Product(sku: "P0", name: "Of somebody else")))
            let back = try await files.imported(
                first, CatalogImportOptions(format: options.format, createProducts: options.format == .aces))
            #expect(back.state == .succeeded && back.recordsFailed == 0 && back.records == records)
            let (text, found) = try await files.exported(options)
            #expect(found.records == records && found.recordsLeftOut == 0)
            second = text
        }
        let day = #/\d{4}-\d{2}-\d{2}/#
        return (first.replacing(day, with: "DAY"), second.replacing(day, with: "DAY"))
    }

    @Test("An ACES export gives the same ACES export, by whichever way its fitments name their vehicles")
    func aces() async throws {
        let part = #"<PartType id="1684"/>"#
        let applications = [
            SampleACES.application(1, "P0", vehicle: 1939, note: "with tow package", quantity: 2),
            """
            <App action="A" id="2"><BaseVehicle id="5911"/><SubModel id="12"/><DriveType id="5"/><EngineBase id="560"/>\
            <Qual id="9083"><param value="2" uom="in"/><text>with 2 in rotors</text></Qual><Note>first</Note>\
            <Note lang="en" id="77">second &amp; last</Note><Qty>1</Qty>\(part)<MfrLabel>Severe Duty</MfrLabel>\
            <Position id="22"/><Part>P0</Part></App>
            """,
            """
            <App action="A" id="3"><Years from="1990" to="1999"/><Make id="54"/><Model id="688"/><Qty>4</Qty>\(part)\
            <Position id="30"/><Part>P1</Part></App>
            """,
            """
            <App action="A" id="4"><Years from="1990" to="1999"/><Make id="54"/><VehicleType id="5"/><Qty>1</Qty>\
            \(part)<Part>P1</Part></App>
            """,
        ]
        let options = CatalogExportOptions(
            format: .aces, company: "Stopwell", senderName: "Desk", senderPhone: "1", documentTitle: "Pads")
        let exports = try await Self.exports(options, records: Int64(applications.count)) { files in
            let found = try await files.imported(
                SampleACES.file(applications), CatalogImportOptions(format: .aces, createProducts: true))
            #expect(found.recordsFailed == 0 && found.fitmentsAdded == Int64(applications.count))
        }
        #expect(exports.first == exports.second)
        for text in ["second &amp; last", "Severe Duty", "<RecordCount>4</RecordCount>", "uom=\"in\""] {
            #expect(exports.first.contains(text), "\(text)")
        }
    }

    @Test("A PIES export gives the same PIES export, with packages, numbers, attributes and what else it can say")
    func pies() async throws {
        let options = CatalogExportOptions(
            format: .pies, company: "Stopwell", senderName: "Desk", senderPhone: "1", brandCode: "BBBB")
        let exports = try await Self.exports(options, records: 3) { files in
            for number in 0..<2 { try await files.catalog.save(Self.product(number)) }
            try await files.catalog.save(Product(sku: "Q & A", name: "Plain <one>", brandCode: "BBBB", partTypeID: 5))
        }
        #expect(exports.first == exports.second)
        for text in ["Q &amp; A", "43512-06130", "<PartNumber>P1</PartNumber>", "<ItemCount>3</ItemCount>"] {
            #expect(exports.first.contains(text), "\(text)")
        }
    }

    private static func product(_ number: Int) -> Product {
        var product = Product.full("P\(number)").withoutGTINs
        product.packages = [
            Package(
                unit: "EA", quantity: 1, dimensionUnit: "IN", weightUnit: "PG", weight: Decimal(micros: 7_250_000))
        ]
        // What PIES has no place for.
        (product.category, product.partType) = ("", "")
        (product.certifications, product.certificates) = ([], [])
        product.variantOptions = [:]
        product.warranty?.terms = ""
        return product
    }
}
