internal import InventoryMessages

/// The checks of what reads answer.
extension StockBook {
    /// Checks a SKU's stock.
    ///
    /// - Parameters:
    ///   - floor: The version that it must have at least, from before the read began.
    /// - Returns: What does not hold.
    func check(_ stock: StockItem, of sku: Int, floor: UInt64, _ plan: LoadPlan) -> [Finding] {
        let name = plan.sku(sku)
        guard stock.sku == name, let version = stock.version else {
            return [Finding(.inconsistentRead, "asked for \(name), the answer is about \"\(stock.sku)\"")]
        }
        var findings: [Finding] = []
        var total = (onHand: Int64(0), reserved: Int64(0))
        for warehouse in stock.warehouses {
            findings += Self.check(warehouse, of: "\(name) version \(version)")
            total.onHand &+= warehouse.onHand ?? 0
            total.reserved &+= warehouse.reserved ?? 0
        }
        if Set(stock.warehouses.map(\.locationID)).count < stock.warehouses.count {
            findings.append(Finding(.inconsistentRead, "\(name) version \(version) names a location twice"))
        }
        if version < floor {
            let what = "\(name) was answered at version \(version), though \(floor) was known for longer than the bound"
            findings.append(Finding(.staleVersion, what))
        }
        let (agrees, lastSet) = self.with(sku) { item, _ in
            (item.agrees(version: version, onHand: total.onHand, reserved: total.reserved), item.lastSet)
        }
        self.know(version, of: sku)
        if !agrees {
            findings.append(Finding(.inconsistentRead, "\(name) version \(version) was read with two contents"))
        }
        if let lastSet, lastSet.version == version {
            let units = stock.warehouses.first { $0.locationID == plan.location(lastSet.location) }?.onHand
            if units != lastSet.units {
                let what = "\(name) version \(version) set \(lastSet.units) on hand, and \(units ?? 0) were read"
                findings.append(Finding(.inconsistentRead, what))
            }
        }
        return findings
    }

    /// Checks the numbers of a location; the test never orders backorders, so none may be negative.
    private static func check(_ warehouse: WarehouseStock, of item: String) -> [Finding] {
        guard let onHand = warehouse.onHand, let reserved = warehouse.reserved, let free = warehouse.stockAvailable
        else { return [Finding(.inconsistentRead, "\(item) lacks numbers at \(warehouse.locationID)")] }
        var findings: [Finding] = []
        if onHand < 0 || reserved < 0 || free < 0 || (warehouse.shortage ?? 0) != 0 {
            let what = "\(item) at \(warehouse.locationID): \(onHand) on hand, \(reserved) reserved, \(free) free"
            findings.append(Finding(.negativeStock, what))
        }
        if onHand &- reserved != free {
            let what = "\(item) at \(warehouse.locationID): \(onHand) on hand less \(reserved) reserved is not \(free)"
            findings.append(Finding(.inconsistentRead, what))
        }
        return findings
    }

    /// Compares a SKU's stock with what the calls of the test add up to, when all of them have ended.
    func checkFinal(_ stock: StockItem, of sku: Int, _ plan: LoadPlan) -> [Finding] {
        let item = self.item(sku)
        let name = plan.sku(sku)
        let onHand = stock.warehouses.reduce(0) { $0 &+ ($1.onHand ?? 0) }
        let reserved = stock.warehouses.reduce(0) { $0 &+ ($1.reserved ?? 0) }
        var findings: [Finding] = []
        if (stock.version ?? 0) < item.versions.latest {
            let what = "\(name) has version \(stock.version ?? 0), though \(item.versions.latest) was acknowledged"
            findings.append(Finding(.finalStock, what))
        }
        guard !plan.isSet(sku) else { return findings }
        for (word, number, bounds) in [("on hand", onHand, item.onHand), ("reserved", reserved, item.reserved)]
        where !bounds.contains(number) {
            let expected = bounds.least == bounds.most ? "\(bounds.least)" : "\(bounds.least) to \(bounds.most)"
            findings.append(Finding(.finalStock, "\(name) has \(number) \(word) instead of \(expected)"))
        }
        return findings
    }
}
