public import CatalogMessages

/// A number by which a product is asked for.
public struct PartNumber: Hashable, Sendable {
    /// Whose it is. The numbers stand in rows, and never change.
    public enum Kind: Int16, Sendable {
        case sku = 1
        case gtin, interchange
    }

    /// Whose it is.
    public var kind: Kind
    /// As it is compared; of a GTIN its 14 digits.
    public var folded: String
    /// Its place among the product's numbers of its kind, from 0 on.
    public var part: Int16
    /// As it is printed.
    public var number: String
    /// Of another brand's number.
    public var brandLabel = ""
    /// Of another brand's number.
    public var brandCode = ""
}

extension Product {
    /// Every number by which the product is asked for: its SKU, its GTINs, and those of other brands.
    public var partNumbers: [PartNumber] {
        var numbers = [
            PartNumber(kind: .sku, folded: PartNumberKey(self.sku).description, part: 0, number: self.sku)
        ]
        for (place, text) in ([self.gtin] + self.packages.map(\.gtin)).enumerated() {
            guard let gtin = try? GTIN(text) else { continue }
            numbers.append(
                PartNumber(kind: .gtin, folded: gtin.description, part: Int16(clamping: place), number: text))
        }
        for (place, interchange) in self.interchanges.enumerated() {
            numbers.append(
                PartNumber(
                    kind: .interchange, folded: PartNumberKey(interchange.partNumber).description,
                    part: Int16(clamping: place), number: interchange.partNumber, brandLabel: interchange.brandLabel,
                    brandCode: interchange.brandCode))
        }
        return numbers
    }

    /// The GTINs of the product and its packages, padded to 14 digits.
    public var gtins: Set<GTIN> {
        Set(([self.gtin] + self.packages.map(\.gtin)).compactMap { try? GTIN($0) })
    }

    /// The brand's own parts that the kit is made of, with how many of each; parts of other brands are left out.
    ///
    /// A component is the brand's own unless it names another brand than the product does.
    public var ownComponents: [SKU: Int64] {
        var components: [SKU: Int64] = [:]
        for component in self.kitComponents {
            let isOwn =
                component.brandCode.isEmpty
                ? component.brandLabel.isEmpty || component.brandLabel == self.brandLabel
                : component.brandCode == self.brandCode
            guard isOwn, let sku = try? SKU(component.partNumber) else { continue }
            components[sku, default: 0] += Int64(component.quantity)
        }
        return components
    }
}
