/// The elements of PIES 7.2 that are read and written, with their limits; what 8.0 has added is passed over.
///
/// Limits of the catalog that are narrower stand here, too, so that a value is refused at its own line.
enum PIESSchema {
    /// The namespaces of PIES; files older than 7.0 have the second.
    static let namespaces = ["http://www.autocare.org", "http://www.aftermarket.org"]

    static let header = PIESRule.group(
        "Header", .one, areOthersTaken: true,
        [
            .value("PIESVersion", .text(3...5), .one),
            .value("SubmissionType", .text(4...6), .one),
            .value("BrandOwnerDUNS", .text(9...13)),
            .value("BrandOwnerGLN", .text(13...13)),
            .value("BrandOwnerVMRSID", .text(5...5)),
            .value("PCdbVersionDate", .date, .one),
        ])

    static let trailer = PIESRule.group(
        "Trailer", .one,
        [
            .value("ItemCount", .whole(0...9_999_999)),
            .value("TransactionDate", .date, .one),
        ])

    static let item = PIESRule.group("Item", .one, attributes: [.maintenance], Self.itemFacts + Self.itemSegments)

    private static let itemFacts: [PIESRule] = [
        .value("HazardousMaterialCode", .choice(["Y", "N"])),
        .value("BaseItemID", .text(1...48)),
        .value("ItemLevelGTIN", .text(14...14), .optional, .required("GTINQualifier", .code(2))),
        .value("PartNumber", .text(1...48), .one),
        .value("BrandAAIAID", .letters(4), .one),
        .value("BrandLabel", .text(1...60)),
        .value("SubBrandAAIAID", .letters(4)),
        .value("SubBrandLabel", .text(1...60)),
        .value("VMRSBrandID", .text(5...5)),
        .value("ACESApplications", .choice(["Y", "N"])),
        .value("ItemQuantitySize", .decimal(digits: 8, fraction: 6), .optional, .optional("UOM", .code(2))),
        .value("ContainerType", .code(2)),
        .value(
            "QuantityPerApplication", .decimal(digits: 18, fraction: 6), .optional,
            .optional("Qualifier", .letters(3)), .unit),
        .value("ItemEffectiveDate", .date),
        .value("AvailableDate", .date),
        .value("MinimumOrderQuantity", .whole(1...99_999_999), .optional, .unit),
        .group(
            "ManufacturerProductCodes", .optional, [.value("Group", .text(1...10)), .value("SubGroup", .text(1...10))]),
        .value("AAIAProductCategoryCode", .text(6...6)),
        .value("UNSPSC", .text(8...10)),
        .value("PartTerminologyID", .whole(1...99_999_999)),
        .value("VMRSCode", .text(9...9)),
    ]

    private static let itemSegments: [PIESRule] = [
        .group("Descriptions", .optional, [Self.description]),
        .group("Prices", .optional, [.passedOver("Pricing")]),
        .group(
            "ExtendedInformation", .optional,
            [
                .value(
                    "ExtendedProductInformation", .text(1...2_000), .list(minimum: 1, maximum: 500), .maintenance,
                    .required("EXPICode", .code(3)), .language)
            ]),
        .group("ProductAttributes", .optional, [Self.attribute]),
        .group("Packages", .optional, [Self.package]),
        .group("Kits", .optional, [Self.kitComponent]),
        .group("PartInterchangeInfo", .optional, [Self.interchange]),
        .group("DigitalAssets", .optional, attributes: [.optional("FileHashType", .text(3...3))], [Self.asset]),
    ]

    private static let description = PIESRule.value(
        "Description", .text(1...2_000), .list(minimum: 1, maximum: 500), .maintenance,
        .required("DescriptionCode", .code(3)), .language, .optional("Sequence", .whole(1...99_999)))

    private static let attribute = PIESRule.value(
        "ProductAttribute", .text(1...2_000), .list(minimum: 1, maximum: 500), .maintenance,
        .required("AttributeID", .text(1...80)), .required("PADBAttribute", .choice(["Y", "N"])),
        .optional("AttributeUOM", .text(1...20)), .optional("StyleID", .whole(1...99_999)),
        .optional("RecordNumber", .whole(1...999)), .optional("MultiValueQuantity", .whole(1...999)),
        .optional("MultiValueSequence", .whole(1...999)), .language)

    private static let package = PIESRule.group(
        "Package", .list(minimum: 1, maximum: 50), attributes: [.maintenance],
        [
            .value("PackageLevelGTIN", .text(14...14)),
            .value("ElectronicProductCode", .text(27...27)),
            .value("PackageBarCodeCharacters", .text(1...48)),
            .value("PackageUOM", .code(2), .one),
            .passedOver("MultiPackageNumber"),
            .value("QuantityofEaches", .whole(1...99_999_999), .one),
            .value(
                "InnerQuantity", .decimal(digits: 8, fraction: 6), .optional,
                .required("InnerQuantityUOM", .code(2))),
            .value("Orderable", .choice(["Y", "N"])),
            // PIES 7.2 asks for both groups, earlier versions for either.
            .group(
                "Dimensions", .optional, attributes: [.required("UOM", .letters(2))],
                ["Merchandising", "Shipping"].flatMap { kind in
                    ["Height", "Width", "Length"].map { .value(kind + $0, .decimal(digits: 8, fraction: 4)) }
                }),
            .group(
                "Weights", .optional, attributes: [.required("UOM", .letters(2))],
                [
                    .value("Weight", .decimal(digits: 9, fraction: 4), .one),
                    .value("DimensionalWeight", .decimal(digits: 9, fraction: 4)),
                ]),
            .value("WeightVariance", .decimal(digits: 8, fraction: 4)),
            .value("StackingFactor", .whole(1...999)),
            .passedOver("PackagingItems"),
            Self.hazardousMaterial,
        ])

    private static let hazardousMaterial = PIESRule.group(
        "HazardousMaterial", .list(minimum: 0, maximum: 20), attributes: [.maintenance, .language],
        [
            .value("ShippingScope", .code(3), .one),
            .value("Bulk", .choice(["Y", "N"]), .one),
            .value("RegulatingCountry", .letters(2), .one),
            .value("TransportMethod", .code(1), .one),
            .value("Regulated", .choice(["Y", "N"]), .one),
            .value("Description", .text(1...200)),
            .value("HazardousMaterialCodeQualifier", .code(1)),
            .value("HazardousMaterialDescription", .text(1...80)),
            .value("HazardousMaterialLabelCode", .text(1...4)),
            .value("ShippingName", .text(1...260)),
            .value("UNNAIDCode", .materialNumber),
            .value("HazardousPlacardNotation", .text(1...40)),
            .value("WHMISCode", .text(1...10)),
            .value("WHMISFreeText", .text(1...80)),
            .value("PackingGroupCode", .text(1...3)),
            .value("RegulationsExemptionCode", .text(1...4)),
            .value("TextMessage", .text(1...2_000)),
            .value("OuterPackageLabel", .text(1...20)),
        ])

    private static let kitComponent = PIESRule.group(
        "KitComponent", .list(minimum: 1, maximum: 50), attributes: [.maintenance],
        [
            // PIES lets it be left out, but then nobody knows what the kit is made of.
            .value("ComponentPartNumber", .text(1...48), .one, .optional("IDQualifier", .text(2...2))),
            .value("ComponentBrand", .letters(4)),
            .value("ComponentBrandLabel", .text(1...60)),
            .value("ComponentSubBrand", .letters(4)),
            .value("ComponentSubBrandLabel", .text(1...60)),
            .value("Description", .text(1...2_000), .one, .required("DescriptionCode", .code(3)), .language),
            .value("ComponentPartTerminologyID", .whole(1...99_999_999)),
            .value("QuantityInKit", .whole(1...99_999_999), .one, .unit),
            .value("SequenceCode", .whole(1...999)),
            .value("SoldSeparately", .choice(["Y", "N"]), .one),
        ])

    private static let interchange = PIESRule.group(
        "PartInterchange", .list(minimum: 1, maximum: 1_000),
        attributes: [
            .maintenance, .optional("BrandAAIAID", .letters(4)), .optional("BrandLabel", .text(1...60)),
            .optional("SubBrandAAIAID", .letters(4)), .optional("SubBrandLabel", .text(1...60)),
            .optional("VMRSBrandID", .text(5...5)), .optional("ItemEquivalentUOM", .text(2...2)),
            .optional("QualityGradeLevel", .text(1...1)), .optional("InternalNotes", .text(1...240)), .language,
        ],
        [
            .value(
                "PartNumber", .text(1...48), .list(minimum: 1, maximum: 1_000),
                .optional("ReferenceItem", .text(1...48)),
                .optional("InterchangeQuantity", .decimal(digits: 8, fraction: 6)),
                .optional("UOM", .text(2...2)), .optional("InterchangeNotes", .text(1...240)))
        ])

    private static let asset = PIESRule.group(
        "DigitalFileInformation", .list(minimum: 1, maximum: 300),
        attributes: [.maintenance, .optional("AssetID", .text(1...34)), .language],
        [
            .value("FileName", .text(1...80), .one),
            .value("AssetType", .code(3), .one),
            .value("FileType", .text(3...4)),
            .value("Representation", .text(1...1)),
            .value("FileSize", .whole(1...9_999_999_999)),
            .passedOver("FileHash"),
            .value("Resolution", .text(2...4)),
            .value("ColorMode", .text(3...3)),
            .value("Background", .text(3...3)),
            .value("OrientationView", .text(3...3)),
            .group(
                "AssetDimensions", .optional, attributes: [.required("UOM", .letters(2))],
                [
                    .value("AssetHeight", .decimal(digits: 6, fraction: 4)),
                    .value("AssetWidth", .decimal(digits: 6, fraction: 4)),
                ]),
            .value("FilePath", .text(1...80)),
            .value("URI", .text(1...2_000)),
            .value("Duration", .whole(1...999), .optional, .required("UOM", .choice(["hh", "mm", "ss"]))),
            .value("Frame", .whole(1...999)),
            .value("TotalFrames", .whole(1...999)),
            .value("Plane", .whole(1...999)),
            .value("Hemisphere", .text(1...1)),
            .value("Plunge", .decimal(digits: 6, fraction: 6)),
            .value("TotalPlanes", .whole(1...4_294_967_295)),
            .group(
                "AssetDescriptions", .optional,
                [
                    .value(
                        "Description", .text(1...2_000), .list(minimum: 1, maximum: 50), .maintenance,
                        .required("DescriptionCode", .code(3)), .language)
                ]),
            .group(
                "AssetDates", .optional,
                [
                    .value(
                        "AssetDate", .date, .list(minimum: 1, maximum: 20),
                        .optional("assetDateType", .text(3...3)))
                ]),
            .passedOver("AssetSequence"),
            .value("Country", .letters(2)),
        ])
}
