internal import CatalogMessages

extension Package {
    /// The package that a Package of PIES is.
    init(_ element: PIESElement) throws(PIESItemFault) {
        self.init()
        if let gtin = element["PackageLevelGTIN"] {
            self.gtin = try PIESGTIN.checked(gtin, "Packages/Package/PackageLevelGTIN")
        }
        self.electronicProductCode = element.text("ElectronicProductCode")
        self.barCode = element.text("PackageBarCodeCharacters")
        self.unit = element.text("PackageUOM")
        self.quantity = try element.number("QuantityofEaches")
        self.innerQuantity = try element.decimal("InnerQuantity")
        self.innerQuantityUnit = element["InnerQuantity"]?.value("InnerQuantityUOM") ?? ""
        self.orderable = element.text("Orderable")
        if let dimensions = element["Dimensions"] {
            self.dimensionUnit = dimensions.value("UOM")
            self.merchandising = try Dimensions(dimensions, "Merchandising")
            self.shipping = try Dimensions(dimensions, "Shipping")
        }
        if let weights = element["Weights"] {
            self.weightUnit = weights.value("UOM")
            self.weight = try weights.decimal("Weight")
            self.dimensionalWeight = try weights.decimal("DimensionalWeight")
        }
        self.weightVariance = try element.decimal("WeightVariance")
        self.stackingFactor = try element.number("StackingFactor")
        for material in element.all("HazardousMaterial") where !material.isDeleted {
            self.hazardousMaterials.append(HazardousMaterial(material))
        }
    }
}

extension Dimensions {
    /// The three of a kind; nil where none of them is there, or all are 0, which stands for not known.
    fileprivate init?(_ element: PIESElement, _ kind: String) throws(PIESItemFault) {
        let values = (
            try element.decimal("\(kind)Height"), try element.decimal("\(kind)Width"),
            try element.decimal("\(kind)Length")
        )
        if values.0 == nil, values.1 == nil, values.2 == nil { return nil }
        guard let height = values.0, let width = values.1, let length = values.2 else {
            throw PIESItemFault(
                "Packages/Package/Dimensions", of: element,
                "has not all three of \(kind)Height, \(kind)Width and \(kind)Length; all or none are valid")
        }
        if height.micros == 0, width.micros == 0, length.micros == 0 { return nil }
        self.init(height: height, width: width, length: length)
    }
}

extension HazardousMaterial {
    fileprivate init(_ element: PIESElement) {
        self.init()
        self.shippingScope = element.text("ShippingScope")
        self.isBulk = element.text("Bulk") == "Y"
        self.regulatingCountry = element.text("RegulatingCountry")
        self.transportMethod = element.text("TransportMethod")
        self.isRegulated = element.text("Regulated") == "Y"
        self.description = element.text("Description")
        self.classQualifier = element.text("HazardousMaterialCodeQualifier")
        self.classDescription = element.text("HazardousMaterialDescription")
        self.labelCode = element.text("HazardousMaterialLabelCode")
        self.shippingName = element.text("ShippingName")
        self.unNumber = element.text("UNNAIDCode")
        self.placard = element.text("HazardousPlacardNotation")
        self.whmisCode = element.text("WHMISCode")
        self.whmisText = element.text("WHMISFreeText")
        self.packingGroup = element.text("PackingGroupCode")
        self.exemptionCode = element.text("RegulationsExemptionCode")
        self.message = element.text("TextMessage")
        self.outerLabel = element.text("OuterPackageLabel")
        self.language = element.value("LanguageCode")
    }
}

extension KitComponent {
    /// The part that a KitComponent is.
    init(_ element: PIESElement) throws(PIESItemFault) {
        self.init()
        self.partNumber = element.text("ComponentPartNumber")
        self.idQualifier = element["ComponentPartNumber"]?.value("IDQualifier") ?? ""
        self.brandCode = element.text("ComponentBrand")
        self.brandLabel = element.text("ComponentBrandLabel")
        self.subBrandCode = element.text("ComponentSubBrand")
        self.subBrandLabel = element.text("ComponentSubBrandLabel")
        if let description = element["Description"], !Self.saysNothing(description, self.partNumber) {
            self.description = description.text
            self.descriptionCode = description.value("DescriptionCode")
            self.descriptionLanguage = description.value("LanguageCode")
        }
        self.partTypeID = try element.number("ComponentPartTerminologyID")
        self.quantity = try element.number("QuantityInKit")
        self.unit = element["QuantityInKit"]?.value("UOM") ?? ""
        self.sequence = try element.number("SequenceCode")
        self.soldSeparately = element.text("SoldSeparately") == "Y"
    }

    /// PIES asks for a description; a component without one is written with its part number.
    private static func saysNothing(_ description: PIESElement, _ partNumber: String) -> Bool {
        description.text == partNumber && description.value("DescriptionCode") == "SHO"
            && description.attribute("LanguageCode") == nil
    }
}

extension Interchange {
    /// The number that a PartNumber within a PartInterchange is.
    init(_ element: PIESElement, _ part: PIESElement) throws(PIESItemFault) {
        self.init()
        self.partNumber = part.text
        self.referenceItem = part.value("ReferenceItem")
        if let quantity = part.attribute("InterchangeQuantity") {
            guard let micros = PIESValue.micros(quantity) else {
                throw PIESItemFault("PartInterchangeInfo/PartInterchange@InterchangeQuantity", of: part, "is no number")
            }
            self.quantity = Decimal(micros: micros)
        }
        self.unit = part.value("UOM")
        self.notes = part.value("InterchangeNotes")
        self.brandCode = element.value("BrandAAIAID")
        self.brandLabel = element.value("BrandLabel")
        self.subBrandCode = element.value("SubBrandAAIAID")
        self.subBrandLabel = element.value("SubBrandLabel")
        self.vmrsBrandID = element.value("VMRSBrandID")
        self.equivalentUnit = element.value("ItemEquivalentUOM")
        self.qualityGrade = element.value("QualityGradeLevel")
        self.internalNotes = element.value("InternalNotes")
        self.language = element.value("LanguageCode")
    }
}
