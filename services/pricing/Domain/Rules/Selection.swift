internal import PricingMessages

/// Which products a rule is for.
public struct Selection: Hashable, Sendable {
    /// All but those excepted.
    public let isForAll: Bool
    /// Those, unless excepted.
    public let skus: [SKU]
    /// Those that begin so, unless excepted.
    public let prefixes: [String]
    /// Not those.
    public let exceptions: [SKU]

    /// All products.
    static let all = Selection(isForAll: true, skus: [], prefixes: [], exceptions: [])

    private init(isForAll: Bool, skus: [SKU], prefixes: [String], exceptions: [SKU]) {
        self.isForAll = isForAll
        self.skus = skus
        self.prefixes = prefixes
        self.exceptions = exceptions
    }

    /// Those SKUs.
    init(_ skus: [SKU]) { self.init(isForAll: false, skus: skus, prefixes: [], exceptions: []) }

    /// What a message says; absent: all products. Faults are added.
    init(_ selection: ProductSelection?, field: String, _ faults: inout PricingFaults) {
        guard let selection else {
            self = .all
            return
        }
        let skus = Self.read(selection.skus, field: "\(field).skus", &faults)
        let exceptions = Self.read(selection.exceptSkus, field: "\(field).exceptSkus", &faults)
        for (index, prefix) in selection.skuPrefixes.enumerated() where prefix.isEmpty {
            faults.add(
                .invalidValue, "\(field).skuPrefixes[\(index)]", "is empty", expected: "what SKUs begin with")
        }
        self.init(
            isForAll: selection.skus.isEmpty && selection.skuPrefixes.isEmpty, skus: skus,
            prefixes: selection.skuPrefixes, exceptions: exceptions)
    }

    private static func read(_ texts: [String], field: String, _ faults: inout PricingFaults) -> [SKU] {
        var skus: [SKU] = []
        skus.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            guard
                let sku = faults.collect({ () throws(PricingRefusal) in try SKU(text, field: "\(field)[\(index)]") })
            else { continue }
            skus.append(sku)
        }
        return skus
    }
}
