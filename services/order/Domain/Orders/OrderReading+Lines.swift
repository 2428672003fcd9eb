internal import OrderMessages
internal import Refusals

extension OrderReading {
    /// Reads the lines, with ids for those that have none.
    mutating func readLines() {
        let given = self.request.items
        guard (1...OrderLimits.items).contains(given.count) else {
            self.faults.add(
                given.isEmpty ? .invalidValue : .tooMany, "items", "has \(given.count) lines",
                expected: "1 to \(OrderLimits.items) lines")
            return
        }
        var items: [OrderItem] = []
        items.reserveCapacity(given.count)
        for (place, item) in given.enumerated() { items.append(self.line(item, place)) }
        self.nameLines(&items)
        self.order.items = items
        self.order.quoteVersion = self.request.quoteVersion
        self.checkPrices()
    }

    /// A line as it was asked for, without what is answered only.
    private mutating func line(_ given: OrderItem, _ place: Int) -> OrderItem {
        if given.sku.isEmpty {
            self.faults.add(.invalidValue, "items[\(place)].sku", "is empty", expected: "a SKU")
        }
        OrderNames.check(
            given.sku, "items[\(place)].sku", maximumBytes: OrderLimits.skuBytes, into: &self.faults)
        OrderNames.check(
            given.lineID, "items[\(place)].lineId", maximumBytes: OrderLimits.lineIDBytes, into: &self.faults)
        if !(1...OrderLimits.unitsPerLine).contains(given.quantity) {
            self.faults.add(
                .invalidValue, "items[\(place)].quantity", "is \(given.quantity)",
                expected: "1 to \(OrderLimits.unitsPerLine)")
        } else {
            self.checkAmounts(of: given, place)
        }
        return OrderItem(
            lineID: given.lineID, sku: given.sku, quantity: given.quantity, price: given.price,
            discount: given.discount, tax: given.tax, coreCharge: given.coreCharge, title: given.title,
            channelLineID: given.channelLineID, vehicle: given.vehicle, locationID: given.locationID)
    }

    private mutating func checkAmounts(of item: OrderItem, _ place: Int) {
        let count = self.faults.faults.count
        self.check(item.price, "items[\(place)].price")
        self.check(item.discount, "items[\(place)].discount")
        self.check(item.tax, "items[\(place)].tax")
        self.check(item.coreCharge, "items[\(place)].coreCharge")
        guard self.faults.faults.count == count else { return }
        let amounts = self.faults.collect { () throws(OrderRefusal) in
            try LineAmounts(item, units: item.quantity, currency: self.order.currency, field: "items[\(place)]")
        }
        if let amounts, item.price != nil, amounts.discount > amounts.items {
            self.faults.add(
                .invalidAmount, "items[\(place)].discount", "is more than the line comes to",
                expected: "at most \(OrderAmount.text(amounts.items, currency: self.order.currency))")
        }
    }

    /// Adds what is wrong with an amount.
    mutating func check(_ amount: Decimal?, _ field: @autoclosure () -> String) {
        OrderAmount.check(
            amount, field(), minorUnit: self.minorUnit, currency: self.order.currency, into: &self.faults)
    }

    /// Gives ids to lines that have none: their place, or the next number that is free.
    private mutating func nameLines(_ items: inout [OrderItem]) {
        guard items.contains(where: { !$0.lineID.isEmpty }) else {
            for place in items.indices { items[place].lineID = String(place + 1) }
            return
        }
        var taken: Set<String> = []
        for (place, item) in items.enumerated() where !item.lineID.isEmpty {
            guard !taken.insert(item.lineID).inserted else { continue }
            self.faults.add(
                .duplicateEntry, "items[\(place)].lineId", "is that of another line",
                expected: "an id for each line, or none")
        }
        for place in items.indices where items[place].lineID.isEmpty {
            var number = place + 1
            // There are more numbers than lines, so one of them is free.
            while taken.contains(String(number)) { number += 1 }
            items[place].lineID = String(number)
            taken.insert(items[place].lineID)
        }
    }

    /// All lines have a price, or none has and pricing says it.
    private mutating func checkPrices() {
        let items = self.order.items
        let priced = items.count { $0.price != nil }
        if self.order.status != .pending, !self.order.quoteVersion.isEmpty {
            self.faults.add(
                .invalidValue, "quoteVersion", "is of no use to an order that came finished", expected: "none")
        }
        guard priced < items.count else { return }
        if priced > 0 || self.order.status != .pending {
            let reason = priced > 0 ? "is missing, and other lines have one" : "is missing"
            for (place, item) in items.enumerated() where item.price == nil {
                self.faults.add(
                    .invalidValue, "items[\(place)].price", reason,
                    expected: "a price for each line, or none for any that is to be placed")
            }
            return
        }
        for (place, item) in items.enumerated() {
            for (field, amount) in [("discount", item.discount), ("coreCharge", item.coreCharge)] where amount != nil {
                self.faults.add(
                    .invalidValue, "items[\(place)].\(field)", "is given without a price",
                    expected: "none: pricing says it with the price")
            }
        }
    }
}
