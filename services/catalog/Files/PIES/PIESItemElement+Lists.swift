internal import CatalogMessages

extension Package {
    /// The Package of PIES.
    var element: PIESElement {
        let facts: [PIESElement?] = [
            .optional("PackageLevelGTIN", self.gtin.isEmpty ? "" : PIESGTIN.padded(self.gtin)),
            .optional("ElectronicProductCode", self.electronicProductCode),
            .optional("PackageBarCodeCharacters", self.barCode),
            PIESElement("PackageUOM", self.unit),
            PIESElement("QuantityofEaches", String(self.quantity)),
            .optional("InnerQuantity", self.innerQuantity, [("InnerQuantityUOM", self.innerQuantityUnit)]),
            .optional("Orderable", self.orderable),
            self.dimensions,
            self.weights,
            .optional("WeightVariance", self.weightVariance),
            .optional("StackingFactor", self.stackingFactor),
        ]
        return PIESElement(
            "Package", [("MaintenanceType", "A")],
            facts.compactMap(\.self) + self.hazardousMaterials.map(\.element))
    }

    /// PIES 7.2 asks for both groups; one that is not known is three times 0.
    private var dimensions: PIESElement? {
        guard self.merchandising != nil || self.shipping != nil else { return nil }
        let nothing = Dimensions(
            height: Decimal(micros: 0), width: Decimal(micros: 0), length: Decimal(micros: 0))
        let groups = [
            ("Merchandising", self.merchandising ?? nothing), ("Shipping", self.shipping ?? nothing),
        ]
        return PIESElement(
            "Dimensions", [("UOM", self.dimensionUnit)],
            groups.flatMap { kind, dimensions in
                [("Height", dimensions.height), ("Width", dimensions.width), ("Length", dimensions.length)].map {
                    PIESElement(kind + $0.0, $0.1.map { PIESValue.text(micros: $0.micros) } ?? "")
                }
            })
    }

    private var weights: PIESElement? {
        .optional(
            "Weights",
            [
                PIESElement.optional("Weight", self.weight),
                PIESElement.optional("DimensionalWeight", self.dimensionalWeight),
            ].compactMap(\.self), [("UOM", self.weightUnit)])
    }
}

extension HazardousMaterial {
    fileprivate var element: PIESElement {
        let facts: [PIESElement?] = [
            PIESElement("ShippingScope", self.shippingScope),
            .flag("Bulk", self.isBulk),
            PIESElement("RegulatingCountry", self.regulatingCountry),
            PIESElement("TransportMethod", self.transportMethod),
            .flag("Regulated", self.isRegulated),
            .optional("Description", self.description),
            .optional("HazardousMaterialCodeQualifier", self.classQualifier),
            .optional("HazardousMaterialDescription", self.classDescription),
            .optional("HazardousMaterialLabelCode", self.labelCode),
            .optional("ShippingName", self.shippingName),
            .optional("UNNAIDCode", self.unNumber),
            .optional("HazardousPlacardNotation", self.placard),
            .optional("WHMISCode", self.whmisCode),
            .optional("WHMISFreeText", self.whmisText),
            .optional("PackingGroupCode", self.packingGroup),
            .optional("RegulationsExemptionCode", self.exemptionCode),
            .optional("TextMessage", self.message),
            .optional("OuterPackageLabel", self.outerLabel),
        ]
        return PIESElement(
            "HazardousMaterial", [("MaintenanceType", "A"), ("LanguageCode", self.language)], facts.compactMap(\.self))
    }
}

extension KitComponent {
    /// The KitComponent of PIES.
    var element: PIESElement {
        let described =
            self.description.isEmpty
            ? PIESElement("Description", [("DescriptionCode", "SHO")], text: self.partNumber)
            : PIESElement(
                "Description",
                [
                    ("DescriptionCode", self.descriptionCode.isEmpty ? "DES" : self.descriptionCode),
                    ("LanguageCode", self.descriptionLanguage),
                ], text: self.description)
        let facts: [PIESElement?] = [
            PIESElement("ComponentPartNumber", [("IDQualifier", self.idQualifier)], text: self.partNumber),
            .optional("ComponentBrand", self.brandCode),
            .optional("ComponentBrandLabel", self.brandLabel),
            .optional("ComponentSubBrand", self.subBrandCode),
            .optional("ComponentSubBrandLabel", self.subBrandLabel),
            described,
            .optional("ComponentPartTerminologyID", PIESItemElement.partType(self.partTypeID)),
            PIESElement(
                "QuantityInKit", [("UOM", self.unit.isEmpty ? "EA" : self.unit)], text: String(self.quantity)),
            .optional("SequenceCode", self.sequence),
            .flag("SoldSeparately", self.soldSeparately),
        ]
        return PIESElement("KitComponent", [("MaintenanceType", "A")], facts.compactMap(\.self))
    }
}

extension Interchange {
    /// The PartInterchange of PIES, with one number.
    var element: PIESElement {
        PIESElement(
            "PartInterchange",
            [
                ("MaintenanceType", "A"), ("BrandAAIAID", self.brandCode), ("BrandLabel", self.brandLabel),
                ("SubBrandAAIAID", self.subBrandCode), ("SubBrandLabel", self.subBrandLabel),
                ("VMRSBrandID", self.vmrsBrandID), ("ItemEquivalentUOM", self.equivalentUnit),
                ("QualityGradeLevel", self.qualityGrade), ("InternalNotes", self.internalNotes),
                ("LanguageCode", self.language),
            ],
            [
                PIESElement(
                    "PartNumber",
                    [
                        ("ReferenceItem", self.referenceItem),
                        ("InterchangeQuantity", self.quantity.map { PIESValue.text(micros: $0.micros) } ?? ""),
                        ("UOM", self.unit), ("InterchangeNotes", self.notes),
                    ], text: self.partNumber)
            ])
    }
}

extension Asset {
    /// The DigitalFileInformation of PIES.
    var element: PIESElement {
        let dimensions: [PIESElement] = [
            .optional("AssetHeight", self.height), .optional("AssetWidth", self.width),
        ].compactMap(\.self)
        let facts: [PIESElement?] = [
            PIESElement("FileName", self.fileName.isEmpty ? PIESImage.fileName(of: self.url) : self.fileName),
            PIESElement("AssetType", self.type),
            .optional("FileType", self.fileType),
            .optional("Representation", self.representation),
            .optional("FileSize", self.fileSize == 0 ? "" : String(self.fileSize)),
            .optional("Resolution", self.resolution),
            .optional("ColorMode", self.colorMode),
            .optional("Background", self.background),
            .optional("OrientationView", self.orientation),
            .optional("AssetDimensions", dimensions, [("UOM", self.dimensionUnit)]),
            .optional("FilePath", self.filePath),
            .optional("URI", self.url),
            .optional("Duration", self.duration, [("UOM", self.durationUnit)]),
            .optional("Frame", self.frame),
            .optional("TotalFrames", self.totalFrames),
            .optional("Plane", self.plane),
            .optional("Hemisphere", self.hemisphere),
            .optional("Plunge", self.plunge),
            .optional("TotalPlanes", self.totalPlanes),
            .optional("AssetDescriptions", self.descriptions.map(Self.element)),
            .optional(
                "AssetDates",
                self.dates.map { PIESElement("AssetDate", [("assetDateType", $0.type)], text: $0.date) }),
            .optional("Country", self.country),
        ]
        return PIESElement(
            "DigitalFileInformation",
            [("MaintenanceType", "A"), ("AssetID", self.assetID), ("LanguageCode", self.language)],
            facts.compactMap(\.self))
    }

    private static func element(_ description: Description) -> PIESElement {
        PIESElement(
            "Description",
            [
                ("MaintenanceType", "A"), ("DescriptionCode", description.code),
                ("LanguageCode", description.language),
            ], text: description.text)
    }
}
