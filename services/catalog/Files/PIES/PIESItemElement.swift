internal import CatalogMessages

/// Builds the Item that a product is, in the order of PIES 7.2.
///
/// What an element may be is not looked at here: the Item is checked as a whole, as one that is read is.
enum PIESItemElement {
    /// The Item.
    ///
    /// - Parameter brandCode: Of a product that has none.
    static func make(_ product: Product, brandCode: String) -> PIESElement {
        PIESElement("Item", [("MaintenanceType", "A")], Self.facts(product, brandCode) + Self.segments(product))
    }

    private static func facts(_ product: Product, _ brandCode: String) -> [PIESElement] {
        let groups: [PIESElement] = [
            .optional("Group", product.manufacturerGroup), .optional("SubGroup", product.manufacturerSubGroup),
        ].compactMap(\.self)
        return [
            .optional("HazardousMaterialCode", product.hazardous),
            .optional("BaseItemID", product.variantGroup),
            Self.gtin(product),
            PIESElement("PartNumber", product.sku),
            PIESElement("BrandAAIAID", product.brandCode.isEmpty ? brandCode : product.brandCode),
            .optional("BrandLabel", product.brandLabel),
            .optional("SubBrandAAIAID", product.subBrandCode),
            .optional("SubBrandLabel", product.subBrandLabel),
            .optional("VMRSBrandID", product.vmrsBrandID),
            product.compatibility.isEmpty ? nil : PIESElement("ACESApplications", "Y"),
            .optional("ItemQuantitySize", product.itemQuantity),
            .optional("ContainerType", product.containerType),
            .optional("QuantityPerApplication", product.quantityPerApplication, hasQualifier: true),
            .optional("ItemEffectiveDate", product.effectiveDate),
            .optional("AvailableDate", product.availableDate),
            .optional("MinimumOrderQuantity", product.minimumOrderQuantity),
            .optional("ManufacturerProductCodes", groups),
            .optional("AAIAProductCategoryCode", product.categoryCode),
            .optional("UNSPSC", product.unspsc),
            .optional("PartTerminologyID", Self.partType(product.partTypeID)),
            .optional("VMRSCode", product.vmrsCode),
        ].compactMap(\.self)
    }

    private static func gtin(_ product: Product) -> PIESElement? {
        guard !product.gtin.isEmpty else { return nil }
        let qualifier =
            product.gtinQualifier.isEmpty ? PIESGTIN.qualifier(product.gtin) : product.gtinQualifier
        return PIESElement(
            "ItemLevelGTIN", [("GTINQualifier", qualifier)], text: PIESGTIN.padded(product.gtin))
    }

    /// Ids have four digits at least; empty: there is none.
    static func partType(_ id: UInt32) -> String {
        guard id > 0 else { return "" }
        let digits = String(id)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private static func segments(_ product: Product) -> [PIESElement] {
        let images = product.images.map { url in
            PIESElement(
                "DigitalFileInformation", [("MaintenanceType", "A")],
                [
                    PIESElement("FileName", PIESImage.fileName(of: url)), PIESElement("AssetType", PIESImage.type),
                    PIESElement("URI", url),
                ])
        }
        return [
            .optional("Descriptions", Self.descriptions(product)),
            .optional("ExtendedInformation", Self.extendedInformation(product)),
            .optional("ProductAttributes", Self.attributes(product)),
            .optional("Packages", product.packages.map(\.element)),
            .optional("Kits", product.kitComponents.map(\.element)),
            .optional("PartInterchangeInfo", product.interchanges.map(\.element)),
            .optional("DigitalAssets", images + product.assets.map(\.element)),
        ].compactMap(\.self)
    }

    private static func descriptions(_ product: Product) -> [PIESElement] {
        let texts = PIESDescriptions.Texts(
            name: product.name, description: product.description, descriptions: product.descriptions)
        return PIESDescriptions.all(texts).map { description in
            PIESElement(
                "Description",
                [
                    ("MaintenanceType", "A"), ("DescriptionCode", description.code),
                    ("LanguageCode", description.language), ("Sequence", PIESElement.number(description.sequence)),
                ], text: description.text)
        }
    }

    private static func extendedInformation(_ product: Product) -> [PIESElement] {
        let warranty = product.warranty ?? Warranty()
        let facts = [
            ("CTO", product.countryOfOrigin), ("LIS", PIESLifeCycle.code(product.status) ?? ""),
            ("WT1", PIESElement.number(warranty.time)), ("WT2", warranty.timeUnit),
            ("WD1", PIESElement.number(warranty.distance)), ("WD2", warranty.distanceUnit),
        ].filter { !$0.1.isEmpty }.map { ExtendedInformation(code: $0.0, text: $0.1) }
        return (facts + product.extendedInformation).map { information in
            PIESElement(
                "ExtendedProductInformation",
                [
                    ("MaintenanceType", "A"), ("EXPICode", information.code), ("LanguageCode", information.language),
                ], text: information.text)
        }
    }

    private static func attributes(_ product: Product) -> [PIESElement] {
        let plain = product.attributes.sorted { $0.key < $1.key }
            .map { AttributeValue(name: $0.key, value: $0.value) }
        return (plain + product.attributeValues).map { attribute in
            PIESElement(
                "ProductAttribute",
                [
                    ("MaintenanceType", "A"), ("AttributeID", attribute.name),
                    ("PADBAttribute", attribute.isStandard ? "Y" : "N"), ("AttributeUOM", attribute.unit),
                    ("StyleID", PIESElement.number(attribute.styleID)),
                    ("RecordNumber", PIESElement.number(attribute.recordNumber)),
                    ("MultiValueQuantity", PIESElement.number(attribute.multiValueQuantity)),
                    ("MultiValueSequence", PIESElement.number(attribute.multiValueSequence)),
                    ("LanguageCode", attribute.language),
                ], text: attribute.value)
        }
    }
}

// Making elements to write. An attribute without a value is not said.
extension PIESElement {
    /// An element that holds a text.
    init(_ name: String, _ attributes: [(String, String)] = [], text: String) {
        self.init(
            name: name,
            attributes: attributes.filter { !$0.1.isEmpty }.map { PIESAttribute(name: $0.0, value: $0.1) }, text: text)
    }

    /// An element that holds a text.
    init(_ name: String, _ text: String) { self.init(name, [], text: text) }

    /// An element that holds elements.
    init(_ name: String, _ attributes: [(String, String)], _ children: [PIESElement]) {
        self.init(name, attributes, text: "")
        self.children = children
    }

    /// An element for a text; nil for an empty one.
    static func optional(_ name: String, _ text: String, _ attributes: [(String, String)] = []) -> PIESElement? {
        text.isEmpty ? nil : PIESElement(name, attributes, text: text)
    }

    /// An element for elements; nil for none.
    static func optional(
        _ name: String, _ children: [PIESElement], _ attributes: [(String, String)] = []
    ) -> PIESElement? {
        children.isEmpty ? nil : PIESElement(name, attributes, children)
    }

    /// An element for a decimal; nil for none.
    static func optional(
        _ name: String, _ decimal: Decimal?, _ attributes: [(String, String)] = []
    ) -> PIESElement? {
        decimal.map { PIESElement(name, attributes, text: PIESValue.text(micros: $0.micros)) }
    }

    /// An element for a quantity; nil for none.
    static func optional(_ name: String, _ quantity: Quantity?, hasQualifier: Bool = false) -> PIESElement? {
        guard let quantity else { return nil }
        return PIESElement(
            name, [("Qualifier", hasQualifier ? quantity.qualifier : ""), ("UOM", quantity.unit)],
            text: quantity.value.map { PIESValue.text(micros: $0.micros) } ?? "")
    }

    /// An element for a number; nil for 0.
    static func optional(_ name: String, _ number: UInt32, _ attributes: [(String, String)] = []) -> PIESElement? {
        .optional(name, Self.number(number), attributes)
    }

    /// A number as text; 0, which is not said, is empty.
    static func number(_ number: UInt32) -> String { number == 0 ? "" : String(number) }

    /// Y or N.
    static func flag(_ name: String, _ flag: Bool) -> PIESElement { PIESElement(name, flag ? "Y" : "N") }
}
