internal import CatalogMessages
internal import WellKnownMessages

/// What every record of a file has to be, whatever the format.
enum RecordChecks {
    /// A product with its SKU, without what stands in answers only.
    static func named(_ product: Product) throws(RecordFault) -> Product {
        guard !product.sku.isEmpty else { throw Self.skuMissing }
        var product = product
        product.version = 0
        product.createdAt = nil
        product.changedAt = nil
        return product
    }

    /// A fitment with its part's SKU, without what stands in answers only.
    static func named(_ fitment: Fitment) throws(RecordFault) -> Fitment {
        guard !fitment.sku.isEmpty else { throw Self.skuMissing }
        var fitment = fitment
        fitment.fitmentID = ""
        fitment.origin = .unspecified
        fitment.importID = ""
        return fitment
    }

    private static let skuMissing = RecordFault(field: "sku", message: "sku is missing; expected the part number")
}
