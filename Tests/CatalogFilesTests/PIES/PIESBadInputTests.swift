import CatalogMessages
import TestSupport
import Testing

@testable import CatalogFiles

@Suite(.processorBound) struct PIESBadInputTests {
    struct Case: Sendable {
        var content: String
        var field: String
        var line: Int
        var says: String

        init(_ content: String, _ field: String, line: Int = 5, _ says: String) {
            (self.content, self.field, self.line, self.says) = (content, field, line, says)
        }
    }

    /// Contents of an item, what is wrong with it, where, and a part of what is said.
    static let wrongItems: [Case] = [
        Case("<Colour>red</Colour>", "Colour", "is not known"),
        Case("<x:BrandLabel xmlns:x='urn:x'>a</x:BrandLabel>", "{urn:x}BrandLabel", "known"),
        Case("\n<PartNumber>B</PartNumber>", "PartNumber", line: 6, "at most 1"),
        Case("<BrandLabel></BrandLabel>", "BrandLabel", "1 to 60 characters"),
        Case(
            "<BrandLabel>\(String(repeating: "é", count: 61))</BrandLabel>", "BrandLabel",
            "has 61 characters; 1 to 60"),
        Case("<BrandLabel><b/></BrandLabel>", "BrandLabel/b", "a text would be valid"),
        Case("<Kits>three</Kits>", "Kits", "elements alone"),
        Case("<Kits/>", "Kits/KitComponent", "is missing"),
        Case("<HazardousMaterialCode>X</HazardousMaterialCode>", "HazardousMaterialCode", "Y, N"),
        Case("<ItemEffectiveDate>2025-02-29</ItemEffectiveDate>", "ItemEffectiveDate", "YYYY-MM-DD"),
        Case("<AvailableDate>1/2/2025</AvailableDate>", "AvailableDate", "YYYY-MM-DD"),
        Case("<ItemQuantitySize>two</ItemQuantitySize>", "ItemQuantitySize", "a number"),
        Case("<ItemQuantitySize>1.0000001</ItemQuantitySize>", "ItemQuantitySize", "6 of them"),
        Case("<ItemQuantitySize>-1</ItemQuantitySize>", "ItemQuantitySize", "from 0 on"),
        Case("<ItemQuantitySize>123456789</ItemQuantitySize>", "ItemQuantitySize", "8 digits"),
        Case(
            "<QuantityPerApplication>1</QuantityPerApplication>", "QuantityPerApplication@UOM",
            "is missing"),
        Case(
            "<QuantityPerApplication UOM='EA'>9999999999999999999999</QuantityPerApplication>",
            "QuantityPerApplication", "18 digits"),
        Case(
            "<MinimumOrderQuantity UOM='EA'>0</MinimumOrderQuantity>", "MinimumOrderQuantity",
            "from 1 to 99999999"),
        Case(
            "<MinimumOrderQuantity UOM='EA'>1.5</MinimumOrderQuantity>", "MinimumOrderQuantity",
            "a whole number"),
        Case("<BrandLabel shade='x'>a</BrandLabel>", "BrandLabel@shade", "is not known"),
        Case(
            "<Descriptions>\n<Description MaintenanceType='A'>a</Description></Descriptions>",
            "Descriptions/Description@DescriptionCode", line: 6, "is missing"),
        Case(
            "<Descriptions><Description MaintenanceType='X' DescriptionCode='SHO'>a</Description></Descriptions>",
            "Descriptions/Description@MaintenanceType", "A, C, D"),
        Case(
            "<Descriptions><Description MaintenanceType='A' DescriptionCode='SHO' LanguageCode='eng'>a"
                + "</Description></Descriptions>", "Descriptions/Description@LanguageCode",
            "2 capital letters"),
        Case(
            "<ExtendedInformation><ExtendedProductInformation MaintenanceType='A' EXPICode='LIS'>C"
                + "</ExtendedProductInformation></ExtendedInformation>",
            "ExtendedInformation/ExtendedProductInformation", "0 to 9, A and B"),
        Case(
            "<ExtendedInformation><ExtendedProductInformation MaintenanceType='A' EXPICode='CTO'>Germany"
                + "</ExtendedProductInformation></ExtendedInformation>",
            "ExtendedInformation/ExtendedProductInformation", "such as US"),
        Case(
            "<ItemLevelGTIN GTINQualifier='UP'>0036000291452X</ItemLevelGTIN>", "ItemLevelGTIN",
            "14 digits"),
        Case(
            "<Packages><Package MaintenanceType='A'>\n<PackageUOM>EA</PackageUOM></Package></Packages>",
            "Packages/Package/QuantityofEaches", "is missing"),
        Case(
            "<Packages><Package MaintenanceType='A'><PackageUOM>EA</PackageUOM>"
                + "<QuantityofEaches>1</QuantityofEaches><Dimensions UOM='IN'><ShippingHeight>1</ShippingHeight>"
                + "</Dimensions></Package></Packages>", "Packages/Package/Dimensions",
            "all or none"),
        Case("<BrandLabel>\(String(repeating: "a", count: 1 << 20))</BrandLabel>", "", line: 4, "1048576"),
    ]

    @Test(
        "An item is refused with its line, element and what would be valid, and reading goes on",
        arguments: Self.wrongItems)
    func items(_ wrong: Case) throws {
        let good = PIESSample.item()
        let reading = PIESReading(PIESSample.file(PIESSample.item(wrong.content) + good))
        #expect(reading.fault == nil)
        #expect(reading.products.count == 1)
        let failed = try #require(reading.refusals.first)
        #expect((failed.sku, failed.line, failed.reason) == ("GT-410", 4, .invalidProduct))
        #expect(failed.field == wrong.field)
        #expect(
            failed.message.hasPrefix("line \(wrong.line): ") && failed.message.contains(wrong.says), "\(failed.message)"
        )
    }

    @Test("A wrong check digit is told with the right one")
    func checkDigit() {
        let item = PIESSample.fullItem.replacing("00036000291452", with: "00036000291453")
        let failed = PIESReading(PIESSample.file(item)).refusals.first
        #expect(failed?.reason == .gtinCheckDigit)
        #expect(failed?.message.contains("00036000291452") == true)
    }

    @Test("An item without part number or brand is refused")
    func required() {
        for name in ["PartNumber", "BrandAAIAID"] {
            let without = PIESSample.item().replacing(
                name == "PartNumber" ? "<PartNumber>GT-410</PartNumber>" : "<BrandAAIAID>QQVX</BrandAAIAID>", with: "")
            let failed = PIESReading(PIESSample.file(without)).refusals.first
            #expect(failed?.field == name)
            #expect(failed?.message.contains("is missing") == true)
        }
    }

    struct FileCase: Sendable {
        var text: String
        var code: String
    }

    static let wrongFiles: [FileCase] = [
        FileCase(text: "", code: "truncated"),
        FileCase(text: "GT-410;Gasket", code: "malformed-xml"),
        FileCase(text: "<ACES/>", code: "wrong-root"),
        FileCase(text: "<PIES xmlns='urn:other'/>", code: "wrong-root"),
        FileCase(text: "<PIES/>", code: "header"),
        FileCase(text: "<PIES>\(PIESSample.header)</PIES>", code: "structure"),
        FileCase(text: PIESSample.file(PIESSample.item(), header: ""), code: "header"),
        FileCase(text: PIESSample.file(PIESSample.item(), trailer: ""), code: "structure"),
        FileCase(text: PIESSample.file(PIESSample.item(), trailer: "<Trailer/>"), code: "structure"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), trailer: PIESSample.trailer.replacing("-04-", with: "-14-")),
            code: "structure"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), trailer: PIESSample.trailer.replacing(">1<", with: ">one<")),
            code: "record-count"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), header: PIESSample.header(submission: "HALF")),
            code: "submission-type"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), header: PIESSample.header(submission: "FULL", version: "6.5")),
            code: "version"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), header: PIESSample.header.replacing("2026-03-27", with: "today")),
            code: "header"),
        FileCase(
            text: PIESSample.file(PIESSample.item(), header: PIESSample.header + PIESSample.header), code: "structure"),
        FileCase(text: PIESSample.file("<Part/>"), code: "structure"),
        FileCase(text: PIESSample.file("words"), code: "structure"),
        FileCase(text: PIESSample.file("", trailer: PIESSample.trailer + "<Notes/>"), code: "structure"),
        FileCase(text: "<!DOCTYPE PIES [<!ENTITY a 'aa'>]>" + "<PIES>&a;</PIES>", code: "doctype"),
        FileCase(text: PIESSample.file(PIESSample.item("<BrandLabel>&nbsp;</BrandLabel>")), code: "malformed-xml"),
        FileCase(
            text: PIESSample.file(
                PIESSample.item("<BrandLabel>\(String(repeating: "a", count: 10 << 20))</BrandLabel>")), code: "limit"),
        FileCase(
            text: PIESSample.file(
                PIESSample.item(),
                header: PIESSample.header.replacing(
                    "</Header>", with: String(repeating: "<Note>note</Note>", count: 20_000) + "</Header>")),
            code: "limit"),
    ]

    @Test("A file that is wrong as a whole ends the reading with a code", arguments: Self.wrongFiles)
    func files(_ wrong: FileCase) {
        let fault = PIESReading(wrong.text).fault
        #expect(fault?.code == wrong.code, "\(fault.map { "\($0)" } ?? "none")")
        #expect(PIESReading(wrong.text, piece: 1_000).fault == fault)
    }

    @Test("A file that ends at any byte is a fault")
    func truncation() {
        let item = PIESSample.item(
            """
            <!-- é --><BrandLabel><![CDATA[Quill & Vane]]></BrandLabel><Descriptions>
            <Description MaintenanceType="A" DescriptionCode="SHO">Joint &#x233; &amp; 漢</Description></Descriptions>
            """)
        let bytes = Array(PIESSample.file(item).utf8)
        #expect(PIESReading(bytes).products.first?.name == "Joint ȳ & 漢")
        for count in 0..<bytes.count {
            let reading = PIESReading(Array(bytes[..<count]))
            #expect(reading.fault?.code == "truncated", "\(count): \(reading.fault.map { "\($0)" } ?? "none")")
        }
    }

    @Test("Changed bytes never trap, and give the same however the file is cut")
    func mutations() {
        var generator = SeededGenerator(seed: testSeed())
        let original = Array(PIESSample.file(PIESSample.fullItem + PIESSample.item()).utf8)
        for _ in 0..<600 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default:
                    let other = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes.insert(
                        contentsOf: bytes[min(index, other)..<min(max(index, other), min(index, other) + 60)], at: index
                    )
                }
            }
            let reading = PIESReading(bytes)
            #expect(PIESReading(bytes, piece: 61) == reading)
        }
    }
}
