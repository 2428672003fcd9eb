import CatalogMessages

extension Product {
    /// The product document of the article that the catalog began with.
    static let article = Product(
        sku: "ABC1234", name: "Brake Pad Set", description: "High-performance ceramic brake pads",
        attributes: ["material": "Ceramic", "partType": "Brake Pad", "weight": "1.5 kg"],
        certifications: ["DOT", "SAE"], images: ["https://example.com/images/abc1234.jpg"],
        compatibility: [Compatibility(make: "Toyota", model: "Camry", yearFrom: 2018, yearTo: 2022)])

    /// A product that says something in each field that rows are made of.
    static func full(_ sku: String) -> Product {
        Product(
            sku: sku, name: "Rotor", description: "Vented",
            descriptions: [Description(code: "SHO", language: "EN", text: "Rotor")], brandLabel: "Stopwell",
            brandCode: "BBBB", category: "Brakes", partType: "Disc Brake Rotor", partTypeID: 1_896,
            attributes: ["material": "Iron"],
            attributeValues: [AttributeValue(name: "Diameter", value: "280", unit: "MM")], certifications: ["SAE"],
            certificates: [
                Certificate(
                    mark: "CARB EO", number: "D-123-45", documentURL: "https://example.com/eo.pdf",
                    regions: ["US", "US-CA"], validFrom: "2026-01-01", validTo: "2028-02-29")
            ],
            gtin: "012345678905",
            packages: [
                Package(unit: "EA", quantity: 1, gtin: "012345678905"),
                Package(unit: "CA", quantity: 4, gtin: "10012345678902", weight: Decimal(micros: 7_250_000)),
            ],
            countryOfOrigin: "US", warranty: Warranty(time: 36, timeUnit: "MO", terms: "To the first owner"),
            variantGroup: "rotors", variantOptions: ["size": "280"],
            interchanges: [Interchange(partNumber: "43512-06130", brandLabel: "Toyota")],
            itemQuantity: Quantity(value: Decimal(micros: 1_000_000), unit: "EA"))
    }

    /// The same without the numbers that one product only may have.
    var withoutGTINs: Product {
        var product = self
        product.gtin = ""
        product.packages = []
        return product
    }

    /// What a reader reads back, without what only answers have.
    var named: Product {
        var product = self
        product.version = 0
        product.createdAt = nil
        product.changedAt = nil
        return product
    }

    /// The product as it is read back: the status that was not said is available.
    var available: Product {
        var product = self.named
        if product.status == .unspecified { product.status = .available }
        return product
    }
}
