import CatalogMessages

/// Products that PIES can carry whole, each field often empty and often at its limit.
struct RandomPIESProduct<Generator: RandomNumberGenerator> {
    var generator: Generator

    init(_ generator: Generator) { self.generator = generator }

    // MARK: Values

    mutating func chance(_ percent: Int = 50) -> Bool { Int.random(in: 0..<100, using: &self.generator) < percent }

    mutating func pick<Value>(_ values: [Value], else nothing: Value) -> Value {
        values.randomElement(using: &self.generator) ?? nothing
    }

    mutating func text(_ maximum: Int, minimum: Int = 1) -> String {
        let alphabet = Array("abz AZ09é漢😀&<>\"'\t\n-.;")
        let length =
            self.chance(5) ? maximum : Int.random(in: minimum...min(maximum, max(minimum, 12)), using: &self.generator)
        return String((0..<length).map { _ in self.pick(alphabet, else: "x") })
    }

    mutating func letters(_ count: Int) -> String {
        String((0..<count).map { _ in self.pick(Array("ABCXYZ"), else: "A") })
    }

    mutating func number(_ maximum: UInt32) -> UInt32 { UInt32.random(in: 1...maximum, using: &self.generator) }

    mutating func decimal(digits: Int = 8, fraction: Int) -> Decimal {
        let unit = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1][fraction]
        let maximum = (0..<digits).reduce(1) { product, _ in product * 10 }
        return Decimal(micros: Int64.random(in: 1..<Int64(maximum), using: &self.generator) * Int64(unit))
    }

    mutating func optional(_ make: (inout Self) -> String) -> String { self.chance() ? make(&self) : "" }

    mutating func optionalNumber(_ maximum: UInt32) -> UInt32 { self.chance() ? self.number(maximum) : 0 }

    mutating func list<Element>(_ maximum: Int = 3, _ make: (inout Self) -> Element) -> [Element] {
        guard self.chance() else { return [] }
        return (0..<Int.random(in: 1...maximum, using: &self.generator)).map { _ in make(&self) }
    }

    mutating func day() -> String {
        let year = Int.random(in: 1990...2035, using: &self.generator)
        return "\(year)-\(self.pick(["01", "09", "12"], else: "01"))-\(self.pick(["01", "28", "30"], else: "01"))"
    }

    mutating func gtin() -> String {
        let digits = (0..<13).map { _ in Int.random(in: 0...9, using: &self.generator) }
        let sum = digits.enumerated().reduce(0) { $0 + $1.element * ($1.offset.isMultiple(of: 2) ? 3 : 1) }
        return (digits + [(10 - sum % 10) % 10]).map(String.init).joined()
    }

    // MARK: Products

    mutating func product(_ index: Int) -> Product {
        var product = Product(sku: "P\(index)-\(self.letters(3))", brandCode: self.letters(4))
        self.fillTexts(&product)
        self.fillFacts(&product)
        self.fillQuantities(&product)
        product.packages = self.list { $0.package() }
        product.kitComponents = self.list { $0.kitComponent() }
        product.interchanges = self.list(4) { $0.interchange() }
        product.images = self.list(2) { $0.pick(["https://a.example/x/y.jpg?z=1&w=2", "http://b.example"], else: "") }
        product.assets = self.list { $0.asset() }
        return product
    }

    private mutating func fillTexts(_ product: inout Product) {
        product.name = self.text(200)
        product.description = self.text(2_000)
        product.descriptions = self.list(5) { random in
            Description(
                code: random.pick(["SHO", "DES", "EXT", "MKT", "KEY"], else: "SHO"),
                language: random.optional { $0.pick(["EN", "FR"], else: "EN") },
                // Often one of the texts that a name or description may have come from.
                text: random.pick([product.name, product.description, random.text(50)], else: "x"),
                sequence: random.optionalNumber(99_999))
        }
        for _ in 0..<Int.random(in: 0..<4, using: &self.generator) {
            product.attributes[self.text(40)] = self.text(2_000)
        }
        product.attributeValues = self.list { random in
            AttributeValue(
                name: random.text(80), value: random.text(100), unit: random.optional { $0.text(20) }, isStandard: true,
                styleID: random.optionalNumber(99_999), recordNumber: random.optionalNumber(999),
                multiValueQuantity: random.optionalNumber(999), multiValueSequence: random.optionalNumber(999),
                language: random.optional { $0.letters(2) })
        }
        product.extendedInformation = self.list(4) { random in
            // Codes of facts, but with a language or as words, so that they are no facts.
            ExtendedInformation(
                code: random.pick(["HTS", "CTO", "WT1", "LIS"], else: "HTS"), text: random.text(2_000), language: "EN")
        }
        product.warranty =
            self.chance()
            ? nil
            : Warranty(
                time: self.optionalNumber(999_999), timeUnit: "MO", distance: self.optionalNumber(999_999_999),
                distanceUnit: self.optional { $0.letters(2) })
    }

    private mutating func fillFacts(_ product: inout Product) {
        product.brandLabel = self.optional { $0.text(60) }
        product.subBrandCode = self.optional { $0.letters(4) }
        product.subBrandLabel = self.optional { $0.text(60) }
        product.vmrsBrandID = self.optional { $0.text(5, minimum: 5) }
        product.hazardous = self.optional { $0.pick(["Y", "N"], else: "Y") }
        product.variantGroup = self.optional { $0.text(48) }
        product.containerType = self.optional { $0.letters(2) }
        product.effectiveDate = self.optional { $0.day() }
        product.availableDate = self.optional { $0.day() }
        product.categoryCode = self.optional { $0.letters(6) }
        product.unspsc = self.optional { $0.pick(["25174000", "2517400012"], else: "25174000") }
        product.partTypeID = self.optionalNumber(99_999)
        product.vmrsCode = self.optional { $0.text(9, minimum: 9) }
        product.manufacturerGroup = self.optional { $0.text(10) }
        product.manufacturerSubGroup = self.optional { $0.text(10) }
        product.countryOfOrigin = self.optional { $0.letters(2) }
        product.status = self.pick([.proposed, .available, .superseded, .whileSuppliesLast], else: .available)
        if self.chance() { (product.gtin, product.gtinQualifier) = (self.gtin(), "UK") }
    }

    private mutating func fillQuantities(_ product: inout Product) {
        if self.chance() {
            product.itemQuantity = Quantity(
                value: self.decimal(fraction: 6), unit: self.optional { $0.letters(2) })
        }
        if self.chance() {
            product.quantityPerApplication = Quantity(
                value: self.decimal(digits: 12, fraction: 6), unit: "EA", qualifier: self.optional { $0.letters(3) })
        }
        if self.chance() {
            product.minimumOrderQuantity = Quantity(
                value: Decimal(micros: Int64(self.number(99_999_999)) * 1_000_000), unit: "EA")
        }
    }

    private mutating func dimensions() -> Dimensions? {
        guard self.chance(70) else { return nil }
        return Dimensions(
            height: self.decimal(fraction: 4), width: self.decimal(fraction: 4), length: self.decimal(fraction: 4))
    }

    private mutating func package() -> Package {
        var package = Package(unit: self.letters(2), quantity: self.number(99_999_999))
        package.gtin = self.optional { $0.gtin() }
        package.electronicProductCode = self.optional { $0.text(27, minimum: 27) }
        package.barCode = self.optional { $0.text(48) }
        if self.chance() {
            (package.innerQuantity, package.innerQuantityUnit) = (self.decimal(fraction: 6), self.letters(2))
        }
        package.orderable = self.optional { $0.pick(["Y", "N"], else: "Y") }
        (package.merchandising, package.shipping) = (self.dimensions(), self.dimensions())
        if package.merchandising != nil || package.shipping != nil { package.dimensionUnit = self.letters(2) }
        if self.chance() {
            (package.weight, package.weightUnit) = (self.decimal(digits: 9, fraction: 4), self.letters(2))
            if self.chance() { package.dimensionalWeight = self.decimal(digits: 9, fraction: 4) }
        }
        if self.chance() { package.weightVariance = self.decimal(fraction: 4) }
        package.stackingFactor = self.optionalNumber(999)
        package.hazardousMaterials = self.list { $0.material() }
        return package
    }

    private mutating func material() -> HazardousMaterial {
        HazardousMaterial(
            shippingScope: self.letters(3), isBulk: self.chance(), regulatingCountry: self.letters(2),
            transportMethod: self.letters(1), isRegulated: self.chance(), description: self.optional { $0.text(200) },
            classQualifier: self.optional { $0.letters(1) }, classDescription: self.optional { $0.text(80) },
            labelCode: self.optional { $0.text(4) }, shippingName: self.optional { $0.text(260) },
            unNumber: self.optional { $0.pick(["UN1950", "NA1993"], else: "UN1950") },
            placard: self.optional { $0.text(40) }, whmisCode: self.optional { $0.text(10) },
            whmisText: self.optional { $0.text(80) }, packingGroup: self.optional { $0.text(3) },
            exemptionCode: self.optional { $0.text(4) }, message: self.optional { $0.text(2_000) },
            outerLabel: self.optional { $0.text(20) }, language: self.optional { $0.letters(2) })
    }

    private mutating func kitComponent() -> KitComponent {
        var component = KitComponent(
            partNumber: self.text(48), quantity: self.number(99_999_999), unit: self.letters(2),
            brandCode: self.optional { $0.letters(4) }, brandLabel: self.optional { $0.text(60) },
            subBrandCode: self.optional { $0.letters(4) }, subBrandLabel: self.optional { $0.text(60) })
        if self.chance() {
            component.description = self.text(2_000)
            component.descriptionCode = "DES"
            component.descriptionLanguage = self.optional { $0.letters(2) }
        }
        component.partTypeID = self.optionalNumber(99_999_999)
        component.sequence = self.optionalNumber(999)
        component.soldSeparately = self.chance()
        component.idQualifier = self.optional { $0.text(2, minimum: 2) }
        return component
    }

    private mutating func interchange() -> Interchange {
        Interchange(
            partNumber: self.text(48), brandCode: self.optional { $0.letters(4) },
            brandLabel: self.optional { $0.text(60) }, subBrandCode: self.optional { $0.letters(4) },
            subBrandLabel: self.optional { $0.text(60) }, vmrsBrandID: self.optional { $0.text(5, minimum: 5) },
            equivalentUnit: self.optional { $0.letters(2) }, qualityGrade: self.optional { $0.text(1) },
            internalNotes: self.optional { $0.text(240) }, language: self.optional { $0.letters(2) },
            referenceItem: self.optional { $0.text(48) }, quantity: self.chance() ? self.decimal(fraction: 6) : nil,
            unit: self.optional { $0.letters(2) }, notes: self.optional { $0.text(240) })
    }

    private mutating func asset() -> Asset {
        var asset = Asset(
            url: self.optional { $0.pick(["https://a.example/x/y.jpg"], else: "") }, fileName: self.text(80),
            type: self.letters(3), fileType: self.optional { $0.text(4, minimum: 3) },
            assetID: self.optional { $0.text(34) }, representation: self.optional { $0.letters(1) })
        asset.fileSize = self.chance() ? UInt64.random(in: 1...9_999_999_999, using: &self.generator) : 0
        asset.resolution = self.optional { $0.text(4, minimum: 2) }
        asset.colorMode = self.optional { $0.letters(3) }
        asset.background = self.optional { $0.letters(3) }
        asset.orientation = self.optional { $0.letters(3) }
        if self.chance() {
            asset.dimensionUnit = self.letters(2)
            asset.height = self.decimal(digits: 6, fraction: 4)
            asset.width = self.chance() ? self.decimal(digits: 6, fraction: 4) : nil
        }
        asset.filePath = self.optional { $0.text(80) }
        if self.chance() { (asset.duration, asset.durationUnit) = (self.number(999), "mm") }
        (asset.frame, asset.totalFrames) = (self.optionalNumber(999), self.optionalNumber(999))
        asset.plane = self.optionalNumber(999)
        asset.hemisphere = self.optional { $0.letters(1) }
        asset.plunge = self.chance() ? self.decimal(digits: 6, fraction: 6) : nil
        asset.totalPlanes = self.optionalNumber(.max)
        asset.descriptions = self.list { random in
            Description(code: "DES", language: random.optional { $0.letters(2) }, text: random.text(2_000))
        }
        asset.dates = self.list { random in
            AssetDate(type: random.optional { $0.letters(3) }, date: random.day())
        }
        asset.country = self.optional { $0.letters(2) }
        asset.language = self.optional { $0.letters(2) }
        return asset
    }
}
