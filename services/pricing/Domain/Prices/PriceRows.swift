/// Prices of several SKUs, in one array: by SKU, and of each SKU by list, quantity and beginning.
///
/// Where a row counts at an instant for a quantity, a later one of the same list that counts does instead: of the same
/// quantity it began later, else it is of a greater quantity. So the last row of a list that counts gives the price.
public struct PriceRows: Sendable {
    /// The rows.
    public let rows: [PriceRow]
    /// Of each SKU, where its rows begin; one more than there are SKUs.
    private let begins: [Int32]

    /// Those prices. It takes the time of copying them where those of each SKU come by list, quantity and beginning, as an
    /// index of the database gives them.
    ///
    /// - Parameters:
    ///   - rows: In any order; rows of other SKUs are left out.
    ///   - skuCount: How many SKUs were asked for; at least 0.
    public init(_ rows: [PriceRow], skuCount: Int) {
        var places = [Int32](repeating: 0, count: skuCount + 1)
        for row in rows where row.sku >= 0 && row.sku < skuCount { places[Int(row.sku) + 1] += 1 }
        for sku in 0..<skuCount { places[sku + 1] += places[sku] }
        self.begins = places
        guard let filler = rows.first else {
            self.rows = []
            return
        }
        var ordered = [PriceRow](repeating: filler, count: Int(places[skuCount]))
        for row in rows where row.sku >= 0 && row.sku < skuCount {
            ordered[Int(places[Int(row.sku)])] = row
            places[Int(row.sku)] += 1
        }
        for sku in 0..<skuCount {
            let range = Int(self.begins[sku])..<Int(self.begins[sku + 1])
            var isOrdered = true
            for place in range.dropFirst() where PriceRow.isOrdered(ordered[place], before: ordered[place - 1]) {
                isOrdered = false
            }
            if !isOrdered { ordered[range].sort(by: PriceRow.isOrdered) }
        }
        self.rows = ordered
    }

    /// Where the rows of a SKU are.
    func range(ofSKU sku: Int32) -> Range<Int> { Int(self.begins[Int(sku)])..<Int(self.begins[Int(sku) + 1]) }

    /// Whether there are rows of as many SKUs.
    func hasRoom(forSKUs count: Int) -> Bool { self.begins.count > count }
}
