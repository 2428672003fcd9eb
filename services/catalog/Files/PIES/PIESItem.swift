internal import CatalogDomain
internal import CatalogMessages

/// Makes a product of an Item that the schema allows.
struct PIESItem {
    private let item: PIESElement
    /// What the file does not say is to be cleared: it has everything.
    private let isWhole: Bool
    private var product = Product()
    private var fields: [String] = []

    init(_ item: PIESElement, isWhole: Bool) {
        self.item = item
        self.isWhole = isWhole
    }

    /// The product, what is to become of it, and the fields that the Item says.
    func content() throws(PIESItemFault) -> CatalogRecord.Content {
        var copy = self
        try copy.readFacts()
        copy.readDescriptions()
        try copy.readExtendedInformation()
        try copy.readAttributes()
        try copy.readLists()
        let actions: [String: FileAction] = ["A": .add, "C": .change, "D": .delete]
        guard let action = actions[self.item.value("MaintenanceType")] else {
            throw PIESItemFault("@MaintenanceType", of: self.item, "is none of A, C and D")
        }
        return .product(copy.product, action, fields: copy.fields)
    }

    // MARK: Facts

    private mutating func readFacts() throws(PIESItemFault) {
        self.product.sku = self.item.text("PartNumber")
        self.say("brandCode", by: "BrandAAIAID") { $0.brandCode = $1.text }
        self.say("brandLabel", by: "BrandLabel") { $0.brandLabel = $1.text }
        self.say("subBrandCode", by: "SubBrandAAIAID") { $0.subBrandCode = $1.text }
        self.say("subBrandLabel", by: "SubBrandLabel") { $0.subBrandLabel = $1.text }
        self.say("vmrsBrandId", by: "VMRSBrandID") { $0.vmrsBrandID = $1.text }
        self.say("hazardous", by: "HazardousMaterialCode") { $0.hazardous = $1.text }
        self.say("variantGroup", by: "BaseItemID") { $0.variantGroup = $1.text }
        self.say("containerType", by: "ContainerType") { $0.containerType = $1.text }
        self.say("effectiveDate", by: "ItemEffectiveDate") { $0.effectiveDate = PIESValue.day($1.text) }
        self.say("availableDate", by: "AvailableDate") { $0.availableDate = PIESValue.day($1.text) }
        self.say("categoryCode", by: "AAIAProductCategoryCode") { $0.categoryCode = $1.text }
        self.say("unspsc", by: "UNSPSC") { $0.unspsc = $1.text }
        self.say("vmrsCode", by: "VMRSCode") { $0.vmrsCode = $1.text }
        self.say("manufacturerGroup", by: "ManufacturerProductCodes") { $0.manufacturerGroup = $1.text("Group") }
        self.say("manufacturerSubGroup", by: "ManufacturerProductCodes") {
            $0.manufacturerSubGroup = $1.text("SubGroup")
        }
        self.product.partTypeID = try self.item.number("PartTerminologyID")
        self.say("partTypeId", by: "PartTerminologyID") { _, _ in }
        self.product.itemQuantity = try self.item.quantity("ItemQuantitySize")
        self.say("itemQuantity", by: "ItemQuantitySize") { _, _ in }
        self.product.quantityPerApplication = try self.item.quantity("QuantityPerApplication")
        self.say("quantityPerApplication", by: "QuantityPerApplication") { _, _ in }
        self.product.minimumOrderQuantity = try self.item.quantity("MinimumOrderQuantity")
        self.say("minimumOrderQuantity", by: "MinimumOrderQuantity") { _, _ in }
        try self.readGTIN()
    }

    /// Notes that the Item says a field where it has an element, or says everything.
    private mutating func say(_ field: String, by element: String, _ set: (inout Product, PIESElement) -> Void) {
        if let element = self.item[element] {
            set(&self.product, element)
            self.fields.append(field)
        } else if self.isWhole {
            self.fields.append(field)
        }
    }

    private mutating func readGTIN() throws(PIESItemFault) {
        if let element = self.item["ItemLevelGTIN"] {
            self.product.gtinQualifier = element.value("GTINQualifier")
            let digits = try PIESGTIN.checked(element, "ItemLevelGTIN")
            self.product.gtin = PIESGTIN.shortened(digits, qualifier: self.product.gtinQualifier)
        }
        self.say("gtin", by: "ItemLevelGTIN") { _, _ in }
        self.say("gtinQualifier", by: "ItemLevelGTIN") { _, _ in }
    }

    // MARK: Texts

    private mutating func readDescriptions() {
        let elements = self.item["Descriptions"]?.children ?? []
        let texts = PIESDescriptions.texts(
            elements.filter { !$0.isDeleted }.map { element in
                Description(
                    code: element.value("DescriptionCode"), language: element.value("LanguageCode"),
                    text: element.text, sequence: UInt32(element.value("Sequence")) ?? 0)
            })
        self.product.name = texts.name
        self.product.description = texts.description
        self.product.descriptions = texts.descriptions
        if self.isWhole || !texts.name.isEmpty { self.fields.append("name") }
        if self.isWhole || !texts.description.isEmpty { self.fields.append("description") }
        if self.isWhole || !elements.isEmpty { self.fields.append("descriptions") }
    }

    /// Single facts first; what is no such fact, or says one again, is kept as it is.
    private mutating func readExtendedInformation() throws(PIESItemFault) {
        var facts = PIESExtendedFacts(isWhole: self.isWhole)
        for element in self.item["ExtendedInformation"]?.children ?? [] {
            try facts.read(element)
        }
        facts.apply(to: &self.product)
        self.fields += facts.fields
    }

    private mutating func readAttributes() throws(PIESItemFault) {
        var attributes = PIESAttributes()
        for element in self.item["ProductAttributes"]?.children ?? [] { try attributes.read(element) }
        attributes.apply(to: &self.product)
        self.fields += self.isWhole ? ["attributes", "attributeValues"] : attributes.fields
    }

    // MARK: Lists

    private mutating func readLists() throws(PIESItemFault) {
        for element in self.item["Packages"]?.children ?? [] where !element.isDeleted {
            self.product.packages.append(try Package(element))
        }
        self.say("packages", by: "Packages") { _, _ in }
        for element in self.item["Kits"]?.children ?? [] where !element.isDeleted {
            self.product.kitComponents.append(try KitComponent(element))
        }
        self.say("kitComponents", by: "Kits") { _, _ in }
        for element in self.item["PartInterchangeInfo"]?.children ?? [] where !element.isDeleted {
            for part in element.children { self.product.interchanges.append(try Interchange(element, part)) }
        }
        self.say("interchanges", by: "PartInterchangeInfo") { _, _ in }
        for element in self.item["DigitalAssets"]?.children ?? [] where !element.isDeleted {
            if let image = PIESImage.url(element) {
                self.product.images.append(image)
            } else {
                self.product.assets.append(try Asset(element))
            }
        }
        self.say("assets", by: "DigitalAssets") { _, _ in }
        // Other systems' files have no such pictures, and leave those of the catalog as they are.
        if !self.product.images.isEmpty { self.fields.append("images") }
    }
}

/// GTINs, which PIES has with 14 digits.
enum PIESGTIN {
    /// How many digits the number has of itself, by its qualifier.
    private static let lengths = ["UP": 12, "EN": 13, "EO": 8]

    static func checked(_ element: PIESElement, _ field: String) throws(PIESItemFault) -> String {
        do throws(GTIN.Fault) {
            return try GTIN(element.text).description
        } catch {
            switch error {
            case .form:
                throw PIESItemFault(field, of: element, "is \(element.text.debugDescription); 14 digits would be valid")
            case .checkDigit(let expected):
                throw PIESItemFault(
                    field, of: element,
                    "is \(element.text), whose check digit is wrong; \(element.text.dropLast())\(expected) is valid",
                    reason: .gtinCheckDigit)
            }
        }
    }

    /// The number without the zeros that made it 14 digits long.
    static func shortened(_ digits: String, qualifier: String) -> String {
        let length = Self.lengths[qualifier] ?? digits.count
        let zeros = digits.dropLast(length)
        return zeros.allSatisfy { $0 == "0" } ? String(digits.suffix(length)) : digits
    }

    static func padded(_ digits: String) -> String {
        String(repeating: "0", count: max(0, 14 - digits.utf8.count)) + digits
    }

    /// The qualifier of a number that has none.
    static func qualifier(_ digits: String) -> String {
        Self.lengths.first { $0.value == digits.utf8.count }?.key ?? "UK"
    }
}
