internal import OrderMessages
public import Refusals

/// What is done about units of an order that are missing.
public enum ShortfallDecision: Hashable, Sendable {
    /// It is tried again as it is.
    case retry
    /// What is missing is promised beyond what is there.
    case backorder
    /// Other parts are taken: SKUs by the ids of lines.
    case substitute([String: String])
    /// What is there is held; the rest becomes an order of its own, which waits: units by the ids of lines.
    case split(missing: [String: Int64])
    /// What is missing is cancelled.
    case cancel

    /// In the order's log.
    fileprivate var words: String {
        switch self {
        case .retry: "it is tried again"
        case .backorder: "what is missing is promised beyond what is there"
        case .substitute(let parts):
            "other parts are taken: "
                + parts.sorted { $0.key < $1.key }.map { "\($0.value) for line \($0.key)" }
                .joined(separator: ", ")
        case .split: "what is missing waits in an order of its own"
        case .cancel: "what is missing is cancelled"
        }
    }
}

extension OrderState {
    /// Decides about an order of which something is missing: as another attempt to place it, unless nothing is left of it.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed` where nothing is missing, `insufficientStock` where a split would
    ///   leave nothing, `unknownLine` for a line that the order does not have.
    public mutating func resolve(_ decision: ShortfallDecision, at moment: OrderMoment) throws(OrderRefusal) {
        guard self.order.status == .pending, let shortfall = self.order.shortfall else {
            throw OrderRefusal(
                .stateNotAllowed, field: "id",
                "is an order that is \(self.order.status.words) and of which nothing is said to be missing",
                expected: "a pending order with a shortfall")
        }
        guard self.order.attempt < OrderLimits.attempts else {
            throw OrderRefusal(
                .stateNotAllowed, field: "id", "was tried to be placed \(self.order.attempt) times",
                expected: "a new order in its place")
        }
        var order = self.order
        // What was split off before is on record since that attempt was concluded.
        order.plan?.splitItems = []
        order.plan?.splitOrderID = ""
        order.plan?.waitsAgain = true
        switch decision {
        case .retry: break
        case .backorder:
            order.plan?.onShortfall = .backorder
            order.plan?.backorderCap = moment.settings.unitsOfBackorder
        case .substitute(let parts): try order.substitute(parts)
        case .split(let missing): try order.split(missing)
        case .cancel: try order.cancelMissing(shortfall.lines)
        }
        self.order = order
        self.append(.shortfallDecided, decision.words)
        guard self.order.items.contains(where: { $0.quantity > $0.cancelled }) else {
            try self.order.cancelAll(.outOfStock)
            self.append(.cancelled, "nothing of it is there")
            return
        }
        self.order.beginPlacing(attempt: self.order.attempt + 1)
        self.attention = .after(milliseconds: OrderLimits.attentionMilliseconds)
    }
}

extension Order {
    /// Takes other parts for lines, at the prices of those that were ordered.
    fileprivate mutating func substitute(_ parts: [String: String]) throws(OrderRefusal) {
        for (lineID, sku) in parts.sorted(by: { $0.key < $1.key }) {
            let place = try self.openPlace(of: lineID)
            if self.items[place].substituteFor.isEmpty { self.items[place].substituteFor = self.items[place].sku }
            self.items[place].sku = sku
            if self.items[place].substituteFor == sku { self.items[place].substituteFor = "" }
        }
    }

    /// Moves missing units into lines of an order of their own. Here they are cancelled, so that the sums of the two are what
    /// the sum was.
    fileprivate mutating func split(_ missing: [String: Int64]) throws(OrderRefusal) {
        guard self.childIDs.count < OrderLimits.children else {
            throw OrderRefusal(
                .stateNotAllowed, field: "choice", "would be split number \(self.childIDs.count + 1) of the order",
                expected: "at most \(OrderLimits.children)")
        }
        var moved: [OrderItem] = []
        for place in self.items.indices {
            let open = self.items[place].quantity - self.items[place].cancelled
            let units = min(missing[self.items[place].lineID] ?? 0, open)
            if units > 0 { moved.append(try self.move(units, of: place)) }
        }
        guard !moved.isEmpty else { return }
        guard self.items.contains(where: { $0.quantity > $0.cancelled }) else {
            throw OrderRefusal(
                .insufficientStock, field: "choice", "would leave nothing of the order: all of it is missing",
                expected: "retry, backorder, substitute or cancel")
        }
        self.plan?.splitItems = moved
        self.plan?.splitOrderID = "\(self.orderID)-\(self.childIDs.count + 2)"
        try self.countPayments()
    }

    private mutating func move(_ units: Int64, of place: Int) throws(OrderRefusal) -> OrderItem {
        let item = self.items[place]
        let before = try LineAmounts(item, currency: self.currency, field: "items[\(place)]")
        self.items[place].cancelled += units
        let after = try LineAmounts(self.items[place], currency: self.currency, field: "items[\(place)]")
        var moved = item
        moved.quantity = units
        moved.cancelled = 0
        moved.discount = before.discount == after.discount ? nil : Decimal(micros: before.discount - after.discount)
        moved.tax = before.tax == after.tax ? nil : Decimal(micros: before.tax - after.tax)
        moved.total = nil
        return moved
    }

    fileprivate mutating func cancelMissing(_ lines: [ShortfallLine]) throws(OrderRefusal) {
        for line in lines {
            let place = try self.openPlace(of: line.lineID)
            let open = self.items[place].quantity - self.items[place].cancelled
            self.items[place].cancelled += min(line.missing, open)
        }
        try self.countPayments()
    }

    private func openPlace(of lineID: String) throws(OrderRefusal) -> Int {
        guard let place = self.items.firstIndex(where: { $0.lineID == lineID && $0.quantity > $0.cancelled }) else {
            throw OrderRefusal(
                .unknownLine, field: "substitutions", "name the line \(lineID.debugDescription)",
                expected: "lines of the order of which units are missing")
        }
        return place
    }
}
