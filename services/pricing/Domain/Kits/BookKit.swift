public import PricingMessages

/// A part of a kit, and how many of it a kit has.
public struct KitPart: Hashable, Sendable {
    /// The part's SKU, which may be a kit.
    public let sku: SKU
    /// How many; above zero.
    public let quantity: Int64
}

/// A kit as quotes go by it: its document, checked and read.
public struct BookKit: Hashable, Sendable {
    /// The kit's SKU.
    public let sku: SKU
    /// What is in it, each part once.
    public let parts: [KitPart]
    /// What is taken off the sum of its parts; nil: nothing.
    public let reduction: Share?

    /// The kit that a document describes.
    ///
    /// - Throws: ``PricingRefusal`` with all that is wrong with it, by fields of the document.
    public init(_ kit: PriceKit) throws(PricingRefusal) {
        var faults = PricingFaults()
        let sku = faults.collect { () throws(PricingRefusal) in try SKU(kit.sku, field: "sku") }
        let parts = BundleItems.read(kit.components, field: "components", &faults)
        var reduction: Share?
        if !kit.percentOff.isEmpty {
            reduction = faults.collect { () throws(PricingRefusal) in
                try Share.reduction(kit.percentOff, field: "percentOff")
            }
        }
        guard let sku, faults.isEmpty else { throw faults.refusal }
        self.sku = sku
        self.parts = parts
        self.reduction = reduction
    }
}

/// The items of kits and bundles, which are alike.
enum BundleItems {
    /// The items that messages say; faults are added.
    static func read(_ items: [BundleItem], field: String, _ faults: inout PricingFaults) -> [KitPart] {
        var parts: [KitPart] = []
        var known: Set<SKU> = []
        if items.isEmpty { faults.add(.invalidValue, field, "is empty", expected: "at least one SKU") }
        for (index, item) in items.enumerated() {
            let field = "\(field)[\(index)]"
            if item.quantity < 1 {
                faults.add(.invalidValue, "\(field).quantity", "is \(item.quantity)", expected: "1 or more")
            }
            guard
                let sku = faults.collect({ () throws(PricingRefusal) in try SKU(item.sku, field: "\(field).sku") })
            else { continue }
            if !known.insert(sku).inserted {
                faults.add(.duplicateEntry, "\(field).sku", "is there twice", expected: "each SKU once")
            }
            parts.append(KitPart(sku: sku, quantity: item.quantity))
        }
        return parts
    }
}
