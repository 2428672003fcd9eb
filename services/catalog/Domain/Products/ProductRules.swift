public import CatalogMessages

/// What a product must be like beyond what the rules of its fields in the proto say.
///
/// A product needs nothing but its SKU. Nothing in it is rewritten, but for what only answers have, and a status that is not
/// said, which is taken for available.
public enum ProductRules {
    /// The most bytes of an encoded product: 256 KiB.
    public static let maximumBytes = 1 << 18
    /// The most bytes of the name of an attribute or variant option.
    public static let maximumAttributeNameBytes = 80
    /// The most bytes of the value of an attribute or variant option.
    public static let maximumAttributeValueBytes = 8_000

    /// The product as it is stored: without what only answers have.
    public static func normalized(_ product: Product) -> Product {
        var product = product
        product.version = 0
        product.createdAt = nil
        product.changedAt = nil
        if product.status == .unspecified { product.status = .available }
        return product
    }

    /// Everything that is wrong with a product, up to 64 faults in the order of its fields; empty: it is valid.
    public static func faults(of product: Product) -> [ProductFault] {
        var faults = ProductFaults()
        if let reason = SKU.fault(of: product.sku) { faults.add("sku", reason, expected: SKU.expected) }
        Self.checkStatus(product, &faults)
        Self.checkAttributes(product, &faults)
        Self.checkCertificates(product, &faults)
        Self.checkNumbers(product, &faults)
        Self.checkFiles(product, &faults)
        for (index, fit) in product.compatibility.enumerated() {
            Self.check(fit, "compatibility[\(index)]", &faults)
        }
        Self.checkDetails(product, &faults)
        return faults.faults
    }

    private static func checkStatus(_ product: Product, _ faults: inout ProductFaults) {
        if case .unrecognized(let number) = product.status {
            faults.add(
                "status", "has the unknown number \(number)", expected: "one of those in the API's description")
        }
    }

    private static func checkAttributes(_ product: Product, _ faults: inout ProductFaults) {
        Self.check(product.attributes, "attributes", &faults)
        for (index, attribute) in product.attributeValues.enumerated() where attribute.isPlain {
            faults.add(
                "attributeValues[\(index)]", "has a name and a value only",
                expected: "more than these; plain ones belong to attributes")
        }
        if !product.variantGroup.isEmpty, let reason = SKU.fault(of: product.variantGroup) {
            faults.add("variantGroup", reason, expected: SKU.expected)
        }
        Self.check(product.variantOptions, "variantOptions", &faults)
    }

    private static func check(_ values: [String: String], _ field: String, _ faults: inout ProductFaults) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            faults.check(
                (1...Self.maximumAttributeNameBytes).contains(name.utf8.count), field,
                "has a name of \(name.utf8.count) bytes", expected: "names of 1 to \(Self.maximumAttributeNameBytes)")
            faults.check(
                value.utf8.count <= Self.maximumAttributeValueBytes, "\(field).\(name)",
                "has \(value.utf8.count) bytes", expected: "at most \(Self.maximumAttributeValueBytes)")
        }
    }

    private static func checkCertificates(_ product: Product, _ faults: inout ProductFaults) {
        Self.checkOnce(product.certifications, "certifications", &faults)
        Self.checkOnce(product.certificates, "certificates", &faults)
        for (index, mark) in product.certifications.enumerated() {
            faults.check(!mark.isEmpty, "certifications[\(index)]", "is empty", expected: "a mark such as DOT")
        }
        for (index, certificate) in product.certificates.enumerated() {
            let field = "certificates[\(index)]"
            Self.checkURL(certificate.documentURL, "\(field).documentUrl", &faults)
            let from = Self.day(certificate.validFrom, "\(field).validFrom", &faults)
            let to = Self.day(certificate.validTo, "\(field).validTo", &faults)
            if let from, let to {
                faults.check(from <= to, "\(field).validTo", "is \(to), before validFrom", expected: "\(from) or later")
            }
            for (place, region) in certificate.regions.enumerated() {
                faults.check(
                    Self.isRegion(region), "\(field).regions[\(place)]", "is \(region.debugDescription)",
                    expected: "a code of ISO 3166, such as US or US-CA")
            }
        }
    }

    private static func checkFiles(_ product: Product, _ faults: inout ProductFaults) {
        for (index, image) in product.images.enumerated() {
            if image.isEmpty {
                faults.add("images[\(index)]", "is empty", expected: Self.expectedURL)
            } else {
                Self.checkURL(image, "images[\(index)]", &faults)
            }
        }
        for (index, asset) in product.assets.enumerated() {
            let field = "assets[\(index)]"
            faults.check(
                !asset.url.isEmpty || !asset.fileName.isEmpty, field, "says not where the file is",
                expected: "a url or a fileName")
            Self.checkURL(asset.url, "\(field).url", &faults)
            for (place, date) in asset.dates.enumerated() {
                _ = Self.day(date.date, "\(field).dates[\(place)].date", &faults)
            }
            Self.checkNotNegative([("height", asset.height), ("width", asset.width)], field, &faults)
        }
    }

    private static func check(_ fit: Compatibility, _ field: String, _ faults: inout ProductFaults) {
        guard fit.yearTo != 0 else { return }
        faults.check(
            fit.yearTo >= fit.yearFrom, "\(field).yearTo", "is \(fit.yearTo), before yearFrom",
            expected: "\(fit.yearFrom) or later, or 0")
    }

    private static func checkDetails(_ product: Product, _ faults: inout ProductFaults) {
        _ = Self.day(product.effectiveDate, "effectiveDate", &faults)
        _ = Self.day(product.availableDate, "availableDate", &faults)
        let quantities = [
            ("itemQuantity", product.itemQuantity), ("quantityPerApplication", product.quantityPerApplication),
            ("minimumOrderQuantity", product.minimumOrderQuantity),
        ]
        for case (let field, let quantity?) in quantities {
            faults.check(quantity.value != nil, "\(field).value", "is missing", expected: "how many")
            Self.checkNotNegative([("value", quantity.value)], field, &faults)
        }
        for (index, interchange) in product.interchanges.enumerated() {
            Self.checkNotNegative([("quantity", interchange.quantity)], "interchanges[\(index)]", &faults)
        }
        if let warranty = product.warranty {
            faults.check(
                warranty.time == 0 || !warranty.timeUnit.isEmpty, "warranty.timeUnit", "is missing",
                expected: "the unit of time, such as MO")
            faults.check(
                warranty.distance == 0 || !warranty.distanceUnit.isEmpty, "warranty.distanceUnit", "is missing",
                expected: "the unit of distance, such as MI")
        }
    }
}

extension AttributeValue {
    /// Whether it says nothing beyond a name and a value.
    fileprivate var isPlain: Bool { self == AttributeValue(name: self.name, value: self.value) }
}
