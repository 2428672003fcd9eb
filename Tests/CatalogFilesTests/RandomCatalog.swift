import CatalogMessages

/// Random products and fitments with every field of them, all within the rules of their fields.
struct RandomCatalog<Generator: RandomNumberGenerator> {
    var generator: Generator
    /// The most elements of a list.
    var maximumElements = 3

    init(_ generator: Generator) { self.generator = generator }

    // Characters that files have to treat with care, and some of two to four bytes.
    private static var characters: [Character] {
        Array("aZ09 ,;|\"'\n\r\t=+-@[]{}:\\/<>&äß€😀") + ["\r\n", "\u{1}", "\u{FEFF}"]
    }
    private static var specials: [String] {
        ["null", "'null", "''null", "=1+1", "'=x", "-12", "true", "0", "[\"a\"]", "{}", " a ", "a|b", "'90s", "'", "|"]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self.generator) < percent }

    /// A text that may be empty.
    mutating func text(_ maximumBytes: Int) -> String { self.chance(40) ? "" : self.word(maximumBytes) }

    /// A text that is not empty.
    mutating func word(_ maximumBytes: Int) -> String {
        if self.chance(25), let text = Self.specials.randomElement(using: &self.generator),
            text.utf8.count <= maximumBytes
        {
            return text
        }
        var text = ""
        for _ in 0..<Int.random(in: 1...12, using: &self.generator) {
            text.append(Self.characters.randomElement(using: &self.generator) ?? "a")
        }
        while text.utf8.count > maximumBytes { text.unicodeScalars.removeLast() }
        return text.isEmpty ? "x" : text
    }

    mutating func code(_ length: Int, _ characters: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZ") -> String {
        String((0..<length).map { _ in characters.randomElement(using: &self.generator) ?? "A" })
    }

    /// A code, or nothing.
    mutating func maybe(_ length: Int, _ characters: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZ") -> String {
        self.chance(40) ? "" : self.code(length, characters)
    }

    mutating func number(_ maximum: UInt32) -> UInt32 {
        self.chance(40) ? 0 : UInt32.random(in: 1...maximum, using: &self.generator)
    }

    mutating func decimal() -> Decimal {
        let micros: Int64 = self.chance(50) ? .random(in: -9_000_000...9_000_000, using: &self.generator) : .max
        return Decimal(micros: self.chance(10) ? 0 : self.chance(10) ? .min : micros)
    }

    mutating func maybeDecimal() -> Decimal? { self.chance(40) ? nil : self.decimal() }

    mutating func date() -> String {
        self.chance(40)
            ? "" : "20\(self.code(2, "0123456789"))-0\(self.code(1, "123456789"))-1\(self.code(1, "0123456789"))"
    }

    mutating func list<Element>(_ element: (inout Self) -> Element) -> [Element] {
        guard self.chance(60) else { return [] }
        return (0..<Int.random(in: 0...self.maximumElements, using: &self.generator)).map { _ in element(&self) }
    }

    private mutating func map() -> [String: String] {
        Dictionary(self.list { ($0.word(60), $0.text(60)) }) { first, _ in first }
    }

    private static var capitalsAndDigits: String { "ABCXYZ0123456789" }
    private static var digits: String { "0123456789" }
}

extension RandomCatalog {
    mutating func product() -> Product {
        var product = Product()
        product.sku = self.word(64)
        product.name = self.text(1000)
        product.description = self.text(20000)
        product.descriptions = self.list { $0.description() }
        product.brandLabel = self.text(240)
        product.brandCode = self.maybe(4)
        product.subBrandLabel = self.text(240)
        product.subBrandCode = self.maybe(4)
        product.category = self.text(240)
        product.categoryCode = self.text(6)
        product.partType = self.text(240)
        product.partTypeID = self.number(99_999_999)
        product.status = LifeCycle(rawValue: Int32.random(in: 0...12, using: &self.generator))
        product.attributes = self.map()
        product.attributeValues = self.list { $0.attributeValue() }
        product.certifications = self.list { $0.word(64) }
        product.certificates = self.list { $0.certificate() }
        product.gtin = self.maybe(12, Self.digits)
        product.gtinQualifier = self.maybe(2, Self.capitalsAndDigits)
        product.packages = self.list { $0.package() }
        product.images = self.list { $0.text(2000) }
        product.assets = self.list { $0.asset() }
        product.countryOfOrigin = self.maybe(2)
        product.warranty = self.chance(40) ? nil : self.warranty()
        product.kitComponents = self.list { $0.kitComponent() }
        product.compatibility = self.list { $0.compatibility() }
        product.variantGroup = self.text(64)
        product.variantOptions = self.map()
        product.interchanges = self.list { $0.interchange() }
        product.extendedInformation = self.list {
            ExtendedInformation(code: $0.code(3, Self.capitalsAndDigits), text: $0.word(8000), language: $0.maybe(2))
        }
        product.hazardous = self.maybe(1, "YN")
        product.itemQuantity = self.chance(40) ? nil : self.quantity()
        product.containerType = self.maybe(2, Self.capitalsAndDigits)
        product.quantityPerApplication = self.chance(40) ? nil : self.quantity()
        product.effectiveDate = self.date()
        product.availableDate = self.date()
        product.minimumOrderQuantity = self.chance(40) ? nil : self.quantity()
        product.manufacturerGroup = self.text(10)
        product.manufacturerSubGroup = self.text(10)
        product.unspsc = self.text(10)
        product.vmrsCode = self.text(9)
        product.vmrsBrandID = self.text(5)
        return product
    }

    mutating func quantity() -> Quantity {
        Quantity(value: self.decimal(), unit: self.maybe(2, Self.capitalsAndDigits), qualifier: self.maybe(3))
    }

    mutating func description() -> Description {
        Description(
            code: self.code(3, Self.capitalsAndDigits), language: self.maybe(2), text: self.word(8000),
            sequence: self.number(99_999))
    }

    mutating func attributeValue() -> AttributeValue {
        AttributeValue(
            name: self.word(80), value: self.word(8000), unit: self.text(20), isStandard: self.chance(50),
            styleID: self.number(99_999), recordNumber: self.number(999), multiValueQuantity: self.number(999),
            multiValueSequence: self.number(999), language: self.maybe(2))
    }

    mutating func certificate() -> Certificate {
        Certificate(
            mark: self.word(64), number: self.text(64), scope: self.text(2000), documentURL: self.text(2000),
            regions: self.list { $0.word(6) }, validFrom: self.date(), validTo: self.date())
    }

    mutating func dimensions() -> Dimensions? {
        self.chance(40)
            ? nil : Dimensions(height: self.decimal(), width: self.decimal(), length: self.decimal())
    }

    mutating func package() -> Package {
        var package = Package()
        package.unit = self.code(2, Self.capitalsAndDigits)
        package.quantity = 1 + self.number(99_999_998)
        package.gtin = self.maybe(14, Self.digits)
        package.electronicProductCode = self.text(27)
        package.barCode = self.text(48)
        package.innerQuantity = self.maybeDecimal()
        package.innerQuantityUnit = self.maybe(2, Self.capitalsAndDigits)
        package.orderable = self.maybe(1, "YN")
        package.dimensionUnit = self.maybe(2)
        package.merchandising = self.dimensions()
        package.shipping = self.dimensions()
        package.weightUnit = self.maybe(2)
        package.weight = self.maybeDecimal()
        package.dimensionalWeight = self.maybeDecimal()
        package.weightVariance = self.maybeDecimal()
        package.stackingFactor = self.number(999)
        package.hazardousMaterials = self.list { $0.hazardousMaterial() }
        return package
    }

    mutating func hazardousMaterial() -> HazardousMaterial {
        var material = HazardousMaterial()
        material.shippingScope = self.code(3, Self.capitalsAndDigits)
        material.isBulk = self.chance(50)
        material.regulatingCountry = self.code(2)
        material.transportMethod = self.code(1, Self.capitalsAndDigits)
        material.isRegulated = self.chance(50)
        material.description = self.text(800)
        material.classQualifier = self.maybe(1, Self.capitalsAndDigits)
        material.classDescription = self.text(320)
        material.labelCode = self.text(4)
        material.shippingName = self.text(1040)
        material.unNumber = self.chance(50) ? "" : "UN" + self.code(4, Self.digits)
        material.placard = self.text(160)
        material.whmisCode = self.text(40)
        material.whmisText = self.text(320)
        material.packingGroup = self.text(3)
        material.exemptionCode = self.text(4)
        material.message = self.text(8000)
        material.outerLabel = self.text(80)
        material.language = self.maybe(2)
        return material
    }

    mutating func asset() -> Asset {
        var asset = Asset()
        asset.url = self.text(2000)
        asset.fileName = self.text(80)
        asset.type = self.maybe(3, Self.capitalsAndDigits)
        asset.fileType = self.text(4)
        asset.assetID = self.text(34)
        asset.representation = self.text(1)
        asset.fileSize = self.chance(50) ? 0 : UInt64.random(in: 1...9_999_999_999, using: &self.generator)
        asset.resolution = self.text(4)
        asset.colorMode = self.text(3)
        asset.background = self.text(3)
        asset.orientation = self.text(3)
        asset.dimensionUnit = self.maybe(2)
        asset.height = self.maybeDecimal()
        asset.width = self.maybeDecimal()
        asset.filePath = self.text(80)
        asset.duration = self.number(999)
        asset.durationUnit = self.text(2)
        asset.frame = self.number(999)
        asset.totalFrames = self.number(999)
        asset.plane = self.number(999)
        asset.hemisphere = self.text(1)
        asset.plunge = self.maybeDecimal()
        asset.totalPlanes = self.number(UInt32.max)
        asset.descriptions = self.list { $0.description() }
        asset.dates = self.list { AssetDate(type: $0.text(3), date: "2026-0\($0.code(1, "123456789"))-11") }
        asset.country = self.maybe(2)
        asset.language = self.maybe(2)
        return asset
    }

    mutating func warranty() -> Warranty {
        Warranty(
            time: self.number(999_999), timeUnit: self.maybe(2), distance: self.number(999_999_999),
            distanceUnit: self.maybe(2), terms: self.text(8000))
    }

    mutating func kitComponent() -> KitComponent {
        var component = KitComponent()
        component.partNumber = self.word(64)
        component.quantity = 1 + self.number(99_999_998)
        component.unit = self.maybe(2, Self.capitalsAndDigits)
        component.brandCode = self.maybe(4)
        component.brandLabel = self.text(240)
        component.subBrandCode = self.maybe(4)
        component.subBrandLabel = self.text(240)
        component.description = self.text(8000)
        component.descriptionCode = self.maybe(3, Self.capitalsAndDigits)
        component.descriptionLanguage = self.maybe(2)
        component.partTypeID = self.number(UInt32.max)
        component.sequence = self.number(999)
        component.soldSeparately = self.chance(50)
        component.idQualifier = self.text(2)
        return component
    }

    mutating func compatibility() -> Compatibility {
        Compatibility(
            make: self.word(80), model: self.text(120), yearFrom: .random(in: 1896...2100, using: &self.generator),
            yearTo: self.chance(40) ? 0 : .random(in: 1896...2100, using: &self.generator), submodel: self.text(120),
            engine: self.text(120), drive: self.text(120), body: self.text(120), position: self.text(120),
            quantity: self.number(9999), notes: self.list { $0.word(2000) })
    }

    mutating func interchange() -> Interchange {
        var interchange = Interchange()
        interchange.partNumber = self.word(64)
        interchange.brandCode = self.maybe(4)
        interchange.brandLabel = self.text(240)
        interchange.subBrandCode = self.maybe(4)
        interchange.subBrandLabel = self.text(240)
        interchange.vmrsBrandID = self.text(5)
        interchange.equivalentUnit = self.text(2)
        interchange.qualityGrade = self.text(1)
        interchange.internalNotes = self.text(960)
        interchange.language = self.maybe(2)
        interchange.referenceItem = self.text(48)
        interchange.quantity = self.maybeDecimal()
        interchange.unit = self.text(2)
        interchange.notes = self.text(960)
        return interchange
    }
}

extension RandomCatalog {
    mutating func fitment() -> Fitment {
        var fitment = Fitment()
        fitment.sku = self.word(64)
        fitment.vehicle = self.vehicle()
        fitment.attributes = self.list {
            VehicleAttribute(
                kind: VehicleAttributeKind(rawValue: $0.chance(50) ? 41 : 1 + Int32($0.number(40)) % 41),
                id: $0.number(UInt32.max), name: $0.text(120))
        }
        fitment.qualifiers = self.list { random in
            Qualifier(
                id: random.number(UInt32.max), text: random.text(4000),
                parameters: random.list {
                    QualifierParameter(
                        value: $0.text(400), unit: $0.text(3), alternativeValue: $0.text(400),
                        alternativeUnit: $0.text(3))
                })
        }
        fitment.notes = self.list {
            FitmentNote(text: $0.word(8000), id: $0.number(UInt32.max), language: $0.text(8))
        }
        fitment.quantity = self.number(9999)
        fitment.partTypeID = self.number(99_999_999)
        fitment.partType = self.text(240)
        fitment.positionID = self.number(99_999_999)
        fitment.position = self.text(120)
        fitment.manufacturerLabel = self.text(240)
        fitment.displayOrder = self.number(UInt32.max)
        fitment.assetName = self.text(45)
        fitment.assetOrder = self.number(UInt32.max)
        fitment.assetReference = self.text(240)
        fitment.unvalidated = self.chance(50)
        fitment.reference = self.text(240)
        fitment.partBrandCode = self.maybe(4)
        fitment.partSubBrandCode = self.maybe(4)
        return fitment
    }

    /// Any of its fields, whether they can stand beside each other or not.
    mutating func vehicle() -> VehicleSelector {
        var vehicle = VehicleSelector()
        vehicle.baseVehicleID = self.number(UInt32.max)
        vehicle.yearFrom = Int32(self.number(2100))
        vehicle.yearTo = Int32(self.number(2100))
        vehicle.makeID = self.number(UInt32.max)
        vehicle.make = self.text(80)
        vehicle.modelID = self.number(UInt32.max)
        vehicle.model = self.text(120)
        vehicle.submodelID = self.number(UInt32.max)
        vehicle.submodel = self.text(120)
        vehicle.vehicleTypeID = self.number(UInt32.max)
        vehicle.equipmentBaseID = self.number(UInt32.max)
        vehicle.equipmentManufacturerID = self.number(UInt32.max)
        vehicle.equipmentModelID = self.number(UInt32.max)
        vehicle.productionStart = Int32(self.number(2100))
        vehicle.productionEnd = Int32(self.number(2100))
        return vehicle
    }
}
