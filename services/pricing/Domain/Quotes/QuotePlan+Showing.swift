internal import PricingMessages

extension QuotePlan {
    /// The quantities from which on a unit of a SKU may cost something else, ascending: for showing its price and its tiers,
    /// each as a line by itself.
    ///
    /// The first is the least that has a price, 1 for kits without prices of their own, whose parts may still have none.
    /// Empty: no list in scope has a price at the instant.
    ///
    /// - Parameter sku: The place of the SKU among ``skus``.
    public func shownQuantities(of sku: Int32, prices: PriceRows, in book: PriceBook) -> [Int64] {
        guard sku >= 0, sku < self.skus.count, prices.hasRoom(forSKUs: self.skus.count) else { return [] }
        var quantities: Set<Int64> = []
        for place in prices.range(ofSKU: sku) {
            let row = prices.rows[place]
            guard row.counts(at: self.context.at), let list = self.place(ofList: row.list),
                self.lists[list].type == .selling
            else { continue }
            quantities.insert(row.minimumQuantity)
        }
        if self.kitPlaces[Int(sku)] >= 0 { quantities.insert(1) }
        guard let least = quantities.min() else { return [] }
        for place in self.rules {
            let rule = book.rules[Int(place)]
            guard rule.stage == .units, !rule.needsCoupon, rule.minimumQuantity > least,
                rule.minimumQuantity <= Self.maximumQuantity, book.selectors.has(self.skus[Int(sku)], selector: place)
            else { continue }
            quantities.insert(rule.minimumQuantity)
        }
        return quantities.sorted()
    }
}
