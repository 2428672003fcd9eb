import CatalogFiles
import CatalogMessages

/// What reading a file gave.
struct PIESReading: Equatable {
    var records: [CatalogRecord] = []
    var header: CatalogFileHeader?
    var declaredCount: Int64?
    var fault: CatalogFileFault?

    /// Reads a file in pieces of a size.
    init(_ bytes: [UInt8], piece: Int = .max) {
        do throws(CatalogFileFault) {
            var reader = try PIESReader()
            do throws(CatalogFileFault) {
                try self.read(bytes, piece: piece, with: &reader)
            } catch {
                self.fault = error
            }
            // What stood before a fault is given all the same.
            while self.fault != nil, let record = try? reader.next() { self.records.append(record) }
            (self.header, self.declaredCount) = (reader.header, reader.declaredCount)
        } catch {
            self.fault = error
        }
    }

    private mutating func read(
        _ bytes: [UInt8], piece: Int, with reader: inout PIESReader
    ) throws(CatalogFileFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.startIndex + min(piece, rest.count)
            try reader.append(Array(rest[..<end]))
            rest = rest[end...]
            while let record = try reader.next() { self.records.append(record) }
        }
        try reader.complete()
        while let record = try reader.next() { self.records.append(record) }
    }

    init(_ text: String, piece: Int = .max) { self.init(Array(text.utf8), piece: piece) }

    var products: [Product] {
        self.records.compactMap { if case .product(let product, _, _) = $0.content { product } else { nil } }
    }

    var fields: [[String]?] {
        self.records.compactMap { if case .product(_, _, let fields) = $0.content { fields } else { nil } }
    }

    var actions: [FileAction] {
        self.records.compactMap { if case .product(_, let action, _) = $0.content { action } else { nil } }
    }

    var refusals: [FailedRecord] {
        self.records.compactMap { if case .refused(let failed) = $0.content { failed } else { nil } }
    }

    var passedOver: [Int64] { self.records.filter { $0.content == .passedOver }.map(\.line) }
}

/// Files of our own making.
enum PIESSample {
    static let header = """
        <Header><PIESVersion>7.2</PIESVersion><SubmissionType>FULL</SubmissionType>
        <PCdbVersionDate>2026-03-27</PCdbVersionDate></Header>
        """
    static let trailer = "<Trailer><ItemCount>1</ItemCount><TransactionDate>2026-04-02</TransactionDate></Trailer>"

    /// An item's start tag stands in line 4.
    static func file(
        _ items: String, header: String = Self.header, trailer: String = Self.trailer,
        namespace: String = "http://www.autocare.org"
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?><PIES xmlns="\(namespace)">
        \(header)<Items>
        \(items)
        </Items>\(trailer)</PIES>
        """
    }

    static func header(submission: String, version: String = "7.2") -> String {
        Self.header.replacing("FULL", with: submission).replacing("7.2", with: version)
    }

    /// An item with facts of its own in a line each, the first in line 5.
    static func item(_ content: String = "", maintenance: String = "A") -> String {
        """
        <Item MaintenanceType="\(maintenance)"><PartNumber>GT-410</PartNumber><BrandAAIAID>QQVX</BrandAAIAID>
        \(content)
        </Item>
        """
    }

    /// Each segment once, and each kind of element in it.
    static let fullItem = Self.item(
        """
        <ItemLevelGTIN GTINQualifier="UP">00036000291452</ItemLevelGTIN><BrandLabel>Quill &amp; Vane</BrandLabel>
        <BaseItemID>GT</BaseItemID><HazardousMaterialCode>N</HazardousMaterialCode>
        <ItemQuantitySize UOM="EA">2</ItemQuantitySize><MinimumOrderQuantity UOM="CA">3</MinimumOrderQuantity>
        <QuantityPerApplication Qualifier="MAX" UOM="EA">4</QuantityPerApplication>
        <ManufacturerProductCodes><SubGroup>S7</SubGroup></ManufacturerProductCodes>
        <ItemEffectiveDate>2024-02-29</ItemEffectiveDate><PartTerminologyID>0042</PartTerminologyID>
        <Descriptions><Description MaintenanceType="A" DescriptionCode="SHO">Gasket</Description>
        <Description MaintenanceType="A" DescriptionCode="MKT" LanguageCode="FR" Sequence="2">Joint plat</Description>
        <Description MaintenanceType="D" DescriptionCode="KEY">seal</Description></Descriptions>
        <Prices><Pricing MaintenanceType="A" PriceType="LST"><Price UOM="PE">4.99</Price></Pricing></Prices>
        <ExtendedInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="CTO">DE</ExtendedProductInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="CTO">PL</ExtendedProductInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="LIS">A</ExtendedProductInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="WT1">24</ExtendedProductInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="WT2">MO</ExtendedProductInformation>
        <ExtendedProductInformation MaintenanceType="A" EXPICode="WD1">unlimited</ExtendedProductInformation>
        </ExtendedInformation>
        <ProductAttributes>
        <ProductAttribute MaintenanceType="A" AttributeID="Material" PADBAttribute="N">Cork</ProductAttribute>
        <ProductAttribute MaintenanceType="A" AttributeID="Bolt" PADBAttribute="N">M6</ProductAttribute>
        <ProductAttribute MaintenanceType="A" AttributeID="Bolt" PADBAttribute="N">M8</ProductAttribute>
        <ProductAttribute MaintenanceType="A" AttributeID="901" PADBAttribute="Y" AttributeUOM="MM">1.5</ProductAttribute>
        </ProductAttributes>
        <Packages><Package MaintenanceType="A"><PackageUOM>EA</PackageUOM><QuantityofEaches>1</QuantityofEaches>
        <Dimensions UOM="CM"><ShippingHeight>1.25</ShippingHeight><ShippingWidth>2</ShippingWidth>
        <ShippingLength>3</ShippingLength></Dimensions><Weights UOM="GT"><Weight>0.0500</Weight></Weights>
        <HazardousMaterial MaintenanceType="A"><ShippingScope>DOM</ShippingScope><Bulk>N</Bulk>
        <RegulatingCountry>US</RegulatingCountry><TransportMethod>R</TransportMethod><Regulated>Y</Regulated>
        <UNNAIDCode>UN1263</UNNAIDCode></HazardousMaterial></Package></Packages>
        <Kits><KitComponent MaintenanceType="A"><ComponentPartNumber IDQualifier="VP">GT-1</ComponentPartNumber>
        <Description DescriptionCode="DES">Ring</Description><QuantityInKit UOM="EA">2</QuantityInKit>
        <SoldSeparately>Y</SoldSeparately></KitComponent></Kits>
        <PartInterchangeInfo><PartInterchange MaintenanceType="A" BrandLabel="Other"><PartNumber>O 1</PartNumber>
        <PartNumber InterchangeQuantity="2" UOM="EA">O 2</PartNumber></PartInterchange></PartInterchangeInfo>
        <DigitalAssets><DigitalFileInformation MaintenanceType="A"><FileName>gt.jpg</FileName>
        <AssetType>P04</AssetType><URI>https://files.example/a/gt.jpg</URI></DigitalFileInformation>
        <DigitalFileInformation MaintenanceType="A" AssetID="7"><FileName>gt.pdf</FileName>
        <AssetType>INS</AssetType><AssetDates><AssetDate assetDateType="CRD">2025-12-31</AssetDate></AssetDates>
        </DigitalFileInformation></DigitalAssets>
        """)
}
