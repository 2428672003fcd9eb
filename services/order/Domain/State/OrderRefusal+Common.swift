internal import OrderMessages
internal import Refusals

extension OrderRefusal {
    /// There are as many as there can be.
    static func tooMany(_ what: String, _ limit: Int) -> Self {
        Self(.tooMany, "the order has \(limit) \(what), and cannot have more")
    }

    /// The order has no such line.
    static func unknownLine(_ id: String, field: String, of order: Order) -> Self {
        let some = order.items.prefix(5).map(\.lineID.debugDescription).joined(separator: ", ")
        return Self(
            .unknownLine, field: field, "is \(id.debugDescription), and the order has no such line",
            expected: order.items.count > 5 ? "a line of the order, such as \(some)" : "one of \(some)")
    }

    /// More units than there are.
    ///
    /// - Parameter state: What the units must be: "not shipped".
    static func quantityExceeded(_ quantity: Int64, of limit: Int64, _ state: String, field: String) -> Self {
        Self(
            .quantityExceeded, field: field, "is \(quantity), and \(limit) are \(state)",
            expected: limit > 0 ? "at most \(limit)" : "units that are \(state)")
    }

    /// A quantity that is no number of units.
    static func checkQuantity(_ quantity: Int64, field: String) throws(OrderRefusal) {
        guard (1...OrderLimits.unitsPerLine).contains(quantity) else {
            throw Self(
                .invalidValue, field: field, "is \(quantity)",
                expected: "a number from 1 to \(OrderLimits.unitsPerLine)")
        }
    }

    /// The same entry twice.
    static func duplicate(_ what: String, field: String) -> Self {
        Self(.duplicateEntry, field: field, "names \(what) again", expected: "each once")
    }
}

extension Order {
    /// The place of a line.
    ///
    /// - Throws: ``OrderRefusal`` with `unknownLine`.
    func place(ofLine id: String, field: String) throws(OrderRefusal) -> Int {
        guard let place = self.items.firstIndex(where: { $0.lineID == id }) else {
            throw .unknownLine(id, field: field, of: self)
        }
        return place
    }
}

extension OrderStatus {
    /// The states before another one, for what is allowed until then.
    static func before(_ status: OrderStatus) -> [OrderStatus] {
        let all: [OrderStatus] = [.pending, .reserved, .confirmed, .partiallyShipped, .shipped, .delivered, .cancelled]
        return Array(all.prefix { $0 != status })
    }
}

extension OrderAmount {
    /// Refuses an amount that is not above zero, or not one of the currency.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount`.
    static func checkAboveZero(_ amount: Decimal?, _ field: String, currency: String) throws(OrderRefusal) {
        var faults = OrderFaults()
        if let micros = amount?.micros, micros != 0 {
            Self.check(amount, field, minorUnit: Self.minorUnit(of: currency), currency: currency, into: &faults)
        } else {
            faults.add(
                .invalidAmount, field, amount == nil ? "is missing" : "is zero", expected: "an amount above 0")
        }
        try faults.refuse()
    }
}
