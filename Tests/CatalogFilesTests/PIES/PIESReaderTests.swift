import CatalogMessages
import TestSupport
import Testing

@testable import CatalogFiles

@Suite(.processorBound) struct PIESReaderTests {
    @Test("An item becomes a product with all that it says")
    func item() throws {
        let reading = PIESReading(PIESSample.file(PIESSample.fullItem))
        #expect(reading.fault == nil)
        #expect(reading.refusals == [])
        #expect(reading.header == CatalogFileHeader(mode: .full))
        #expect(reading.declaredCount == 1)
        #expect(reading.passedOver.count == 1)
        let product = try #require(reading.products.first)
        #expect((product.sku, product.brandCode, product.brandLabel) == ("GT-410", "QQVX", "Quill & Vane"))
        #expect((product.gtin, product.gtinQualifier) == ("036000291452", "UP"))
        #expect((product.variantGroup, product.hazardous, product.partTypeID) == ("GT", "N", 42))
        #expect((product.manufacturerGroup, product.manufacturerSubGroup) == ("", "S7"))
        #expect(product.effectiveDate == "2024-02-29")
        #expect(product.itemQuantity == Quantity(value: Decimal(micros: 2_000_000), unit: "EA"))
        #expect(
            product.quantityPerApplication
                == Quantity(value: Decimal(micros: 4_000_000), unit: "EA", qualifier: "MAX"))
        #expect((product.name, product.description) == ("Gasket", "Joint plat"))
        #expect(
            product.descriptions == [Description(code: "MKT", language: "FR", text: "Joint plat", sequence: 2)])
        #expect((product.countryOfOrigin, product.status) == ("DE", .whileSuppliesLast))
        #expect(product.warranty == Warranty(time: 24, timeUnit: "MO"))
        #expect(
            product.extendedInformation == [
                ExtendedInformation(code: "CTO", text: "PL"), ExtendedInformation(code: "WD1", text: "unlimited"),
            ])
        #expect(product.attributes == ["Material": "Cork"])
        #expect(
            product.attributeValues == [
                AttributeValue(name: "901", value: "1.5", unit: "MM", isStandard: true),
                AttributeValue(name: "Bolt", value: "M6", multiValueQuantity: 2, multiValueSequence: 1),
                AttributeValue(name: "Bolt", value: "M8", multiValueQuantity: 2, multiValueSequence: 2),
            ])
    }

    @Test("Packages, kits, interchanges and files are read")
    func lists() throws {
        let product = try #require(PIESReading(PIESSample.file(PIESSample.fullItem)).products.first)
        let package = try #require(product.packages.first)
        #expect((package.unit, package.quantity, package.dimensionUnit) == ("EA", 1, "CM"))
        #expect(package.merchandising == nil)
        #expect(package.shipping?.height == Decimal(micros: 1_250_000))
        #expect((package.weight, package.weightUnit) == (Decimal(micros: 50_000), "GT"))
        #expect(package.hazardousMaterials.map(\.unNumber) == ["UN1263"])
        #expect(
            product.kitComponents == [
                KitComponent(
                    partNumber: "GT-1", quantity: 2, unit: "EA", description: "Ring", descriptionCode: "DES",
                    soldSeparately: true, idQualifier: "VP")
            ])
        #expect(product.interchanges.map(\.partNumber) == ["O 1", "O 2"])
        #expect(product.interchanges.map(\.brandLabel) == ["Other", "Other"])
        #expect(product.interchanges.last?.quantity == Decimal(micros: 2_000_000))
        #expect(product.images == ["https://files.example/a/gt.jpg"])
        #expect(product.assets.map(\.assetID) == ["7"])
        #expect(product.assets.first?.dates == [AssetDate(type: "CRD", date: "2025-12-31")])
    }

    @Test("A full file says all that PIES can say, an update what it has")
    func fields() throws {
        let full = try #require(PIESReading(PIESSample.file(PIESSample.item())).fields.first ?? nil)
        #expect(full.contains("packages") && full.contains("warranty.time") && full.contains("attributes"))
        let others = [
            "compatibility", "variantOptions", "certificates", "certifications", "category", "partType", "images",
            "warranty", "status",
        ]
        #expect(Set(full).isDisjoint(with: others))
        let items = PIESSample.item(
            """
            <BrandLabel>New</BrandLabel><Descriptions>
            <Description MaintenanceType="A" DescriptionCode="MKT">Better</Description></Descriptions>
            <ExtendedInformation>
            <ExtendedProductInformation MaintenanceType="D" EXPICode="CTO">DE</ExtendedProductInformation>
            </ExtendedInformation><ProductAttributes>
            <ProductAttribute MaintenanceType="D" AttributeID="Old" PADBAttribute="N">x</ProductAttribute>
            <ProductAttribute MaintenanceType="A" AttributeID="New" PADBAttribute="N">y</ProductAttribute>
            </ProductAttributes>
            """, maintenance: "C")
        let update = PIESReading(PIESSample.file(items, header: PIESSample.header(submission: "update")))
        #expect(update.header?.mode == .update)
        #expect(
            update.fields == [
                [
                    "brandCode", "brandLabel", "description", "descriptions", "countryOfOrigin", "attributes.New",
                    "attributes.Old",
                ]
            ])
        #expect(update.products.first?.attributes == ["New": "y"])
        #expect(update.products.first?.countryOfOrigin == "")
    }

    @Test("An item is added, changed or deleted", arguments: [("A", FileAction.add), ("C", .change), ("D", .delete)])
    func actions(_ code: String, _ action: FileAction) {
        #expect(PIESReading(PIESSample.file(PIESSample.item(maintenance: code))).actions == [action])
    }

    @Test("Versions, both namespaces and none are read, and the words of the header in any case")
    func headers() {
        for version in ["6.7", "7.0", "7.1", "7.2", "8.0"] {
            let header = PIESSample.header(submission: "Full", version: version)
            let reading = PIESReading(PIESSample.file(PIESSample.item(), header: header))
            #expect(reading.fault == nil && reading.products.count == 1, "\(version)")
        }
        for namespace in ["http://www.aftermarket.org", ""] {
            let reading = PIESReading(PIESSample.file(PIESSample.item(), namespace: namespace))
            #expect(reading.fault == nil && reading.products.count == 1, "\(namespace)")
        }
        let header = PIESSample.header(submission: "TEST").replacing(
            "<PCdb", with: "<BrandOwnerGLN>4012345000009</BrandOwnerGLN><PCdb")
        #expect(
            PIESReading(PIESSample.file(PIESSample.item(), header: header)).header
                == CatalogFileHeader(document: "BrandOwnerGLN 4012345000009", isTest: true))
    }

    @Test("What PIES 8.0 has renamed is read, and what it has added is passed over")
    func version8() throws {
        let header = PIESSample.header(submission: "FULL", version: "8.0")
            .replacing("PCdbVersionDate", with: "PCdbPublicationDate")
        let item = PIESSample.fullItem.replacing("BrandAAIAID", with: "BrandID")
            .replacing("<QuantityofEaches>", with: "<MultiPackageNumber>1</MultiPackageNumber><QuantityofEaches>")
            .replacing("<HazardousMaterial M", with: "<PackagingItems><X/></PackagingItems><HazardousMaterial M")
            .replacing("<DigitalAssets>", with: "<DigitalAssets FileHashType=\"MD5\">")
        let reading = PIESReading(PIESSample.file(item, header: header))
        #expect(reading.fault == nil && reading.refusals == [])
        #expect(reading.products == PIESReading(PIESSample.file(PIESSample.fullItem)).products)
    }

    @Test("Price sheets and marketing copy are passed over, each by itself")
    func passedOver() {
        let header =
            PIESSample.header + """
                <PriceSheets><PriceSheet MaintenanceType="A"><PriceSheetNumber>1</PriceSheetNumber></PriceSheet>
                <PriceSheet MaintenanceType="A"/></PriceSheets>
                <MarketingCopy><MarketCopy><Item/></MarketCopy></MarketingCopy>
                """
        let reading = PIESReading(PIESSample.file(PIESSample.item(), header: header))
        #expect(reading.fault == nil)
        #expect(reading.passedOver == [3, 4, 5])
        #expect(reading.products.count == 1)
    }

    @Test("Records are the same however the file is cut", arguments: [1, 2, 7, 100, 65_536])
    func pieces(_ piece: Int) {
        let items = (0..<15).map { PIESSample.fullItem.replacing("GT-410", with: "GT-\($0)") }
        let broken = PIESSample.item("<Colour>red</Colour>")
        let text = PIESSample.file((items + [broken] + items).joined(separator: "\n"))
        let whole = PIESReading(text)
        #expect(whole.products.count == 30 && whole.refusals.count == 1 && whole.fault == nil)
        #expect(PIESReading(text, piece: piece) == whole)
    }

    @Test("Pieces may come before the records of earlier ones are taken")
    func untaken() throws {
        let text = PIESSample.file(String(repeating: PIESSample.fullItem, count: 80))
        let bytes = Array(text.utf8)
        var reader = try PIESReader()
        var records: [CatalogRecord] = []
        for start in stride(from: 0, to: bytes.count, by: 150_000) {
            try reader.append(Array(bytes[start..<min(bytes.count, start + 150_000)]))
            if let record = try reader.next() { records.append(record) }
        }
        try reader.complete()
        while let record = try reader.next() { records.append(record) }
        #expect(records == PIESReading(text).records)
        #expect(records.count == 160)
    }
}
