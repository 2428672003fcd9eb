public import OrderMessages
public import Refusals

extension OrderState {
    /// Exchanges a return: other parts are sent instead of a refund, by an order without charge, which is placed behind the
    /// change. Until it is placed nothing else can be given for what came back.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, or what is wrong with the items.
    public mutating func exchangeReturn(_ place: Int, _ request: ExchangeReturnRequest) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .exchange)
        guard !goods.isCore else {
            throw OrderRefusal(
                .stateNotAllowed, field: "kind", "is core, and old parts are not exchanged",
                expected: "a return of what was sold")
        }
        try Self.checkFree(request.items)
        let items = request.items.isEmpty ? try self.sameParts(as: goods) : request.items
        // What cannot be such an order is told before anything is on record.
        _ = try self.order.replacement(items, named: "r\(place + 1)")
        goods.lines = ReturnableUnits(state: self).ended(goods)
        goods.status = .exchanged
        self.returns[place] = goods
        let subject = self.order.returnID(place)
        self.append(.return, subject: subject, "The return is exchanged")
        self.require(.replace(OrderEffect.Replacement(subject: subject, items: items)))
    }

    private static func checkFree(_ items: [OrderItem]) throws(OrderRefusal) {
        for (number, item) in items.enumerated() {
            let amounts = [item.price, item.discount, item.tax, item.coreCharge]
            guard amounts.allSatisfy({ ($0?.micros ?? 0) == 0 }) else {
                throw OrderRefusal(
                    .invalidValue, field: "items[\(number)].price", "has an amount",
                    expected: "no amounts: an exchange is without charge")
            }
        }
    }

    /// As many of the same parts as came back, and for which nothing was given yet.
    private func sameParts(as goods: Return) throws(OrderRefusal) -> [OrderItem] {
        let units = ReturnableUnits(state: self)
        var items: [OrderItem] = []
        for line in goods.lines where line.graded > 0 {
            guard let item = self.order.items.first(where: { $0.lineID == line.lineID }) else { continue }
            let open = units.uncompensated(item, of: line.graded)
            if open > 0 { items.append(OrderItem(sku: item.sku, quantity: open, vehicle: item.vehicle)) }
        }
        guard !items.isEmpty else {
            throw OrderRefusal(
                .stateNotAllowed, field: "lines", "has only units for which something was given already",
                expected: "units that neither a return nor a claim has settled")
        }
        return items
    }

    /// Puts on record which order sends parts for a return or claim, or that none can: then it is as it was before. It does
    /// nothing where that is on record already.
    ///
    /// - Parameters:
    ///   - subject: The return's or claim's id.
    ///   - outcome: The order's id, or why there is none.
    public mutating func concludeReplacement(of subject: String, _ outcome: Result<String, OrderRefusal>) {
        if let place = self.returns.indices.first(where: { self.order.returnID($0) == subject }) {
            self.concludeExchange(place, subject, outcome)
        } else if let place = self.claims.indices.first(where: { self.order.claimID($0) == subject }) {
            self.concludeClaim(place, subject, outcome)
        }
    }

    private mutating func concludeExchange(_ place: Int, _ subject: String, _ outcome: Result<String, OrderRefusal>) {
        guard self.returns[place].status == .exchanged, self.returns[place].exchangeOrderID.isEmpty else { return }
        switch outcome {
        case .success(let id):
            self.returns[place].exchangeOrderID = id
            self.adopt(id)
            self.append(.return, subject: subject, "Other parts are sent by order \(id)")
        case .failure(let refusal):
            self.returns[place].status = self.returns[place].counted
            for line in self.returns[place].lines.indices { self.returns[place].lines[line].compensatedBefore = 0 }
            self.append(.return, subject: subject, "Other parts cannot be sent: \(refusal.description)")
        }
    }

    private mutating func concludeClaim(_ place: Int, _ subject: String, _ outcome: Result<String, OrderRefusal>) {
        let claim = self.claims[place]
        guard claim.status == .settled, claim.outcome == .replacement, claim.replacementOrderID.isEmpty else { return }
        switch outcome {
        case .success(let id):
            self.claims[place].replacementOrderID = id
            self.adopt(id)
            self.append(.claim, subject: subject, "The part is sent again by order \(id)")
        case .failure(let refusal):
            self.claims[place].status = .approved
            self.append(.claim, subject: subject, "The part cannot be sent again: \(refusal.description)")
        }
    }

    private mutating func adopt(_ child: String) {
        if !self.order.childIDs.contains(child) { self.order.childIDs.append(child) }
    }
}
