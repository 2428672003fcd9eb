public import OrderMessages
public import Refusals

extension OrderState {
    /// Puts the refund of a return on record, or closes it without money.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `refundExceeded`, `invalidAmount` or `tooMany`.
    public mutating func refundReturn(
        _ place: Int, _ request: RefundReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .refund)
        let credit = try ReturnCredit(ofGraded: goods, in: self)
        let limit = self.order.roundedDown(max(0, credit.amount - (goods.restockingFee?.micros ?? 0)))
        let amount = try self.amount(of: request, limit: limit)
        goods.refundable = Decimal(micros: limit)
        guard amount > 0 else {
            goods.status = .closed
            goods.refunded = Decimal()
            self.returns[place] = goods
            return self.append(.return, subject: self.order.returnID(place), "The return was closed without money")
        }
        var order = try self.order.with(
            Refund(
                amount: Decimal(micros: amount), reason: goods.isCore ? .core : .return,
                returnID: self.order.returnID(place), method: request.method, reference: request.reference,
                at: moment.now))
        for (line, units) in credit.deposits { order.items[line].coresReturned += units }
        goods.status = .refunded
        goods.refunded = Decimal(micros: amount)
        goods.refundID = order.refunds.last?.refundID ?? ""
        self.order = order
        self.returns[place] = goods
        self.appendLastRefund()
        self.append(.return, subject: order.returnID(place), "The return was refunded: \(order.text(amount))")
    }

    private func amount(of request: RefundReturnRequest, limit: Int64) throws(OrderRefusal) -> Int64 {
        guard let amount = request.amount else {
            let paid = self.order.roundedDown(self.order.refundLimit)
            guard limit == 0 || paid > 0 else {
                throw OrderRefusal(
                    .refundExceeded, field: "amount", "is all that is refundable, and nothing is paid and not refunded",
                    expected: "a payment on record first, or an amount of 0")
            }
            return min(limit, paid)
        }
        guard amount.micros != 0 else { return 0 }
        try OrderAmount.checkAboveZero(amount, "amount", currency: self.order.currency)
        guard amount.micros <= limit else {
            throw OrderRefusal(
                .refundExceeded, field: "amount", "is more than what came back lets be refunded",
                expected: "at most \(self.order.text(limit))")
        }
        return amount.micros
    }

    /// The order without charge that a return can be exchanged for.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `quantityExceeded` or `invalidValue`.
    public func exchange(
        _ place: Int, _ request: ExchangeReturnRequest
    ) throws(OrderRefusal) -> PlaceOrderRequest {
        let goods = try self.goods(place, for: .exchange)
        guard !goods.isCore else {
            throw OrderRefusal(
                .stateNotAllowed, field: "kind", "is core, and old parts are not exchanged",
                expected: "a return of what was sold")
        }
        var items: [OrderItem] = []
        if request.items.isEmpty {
            let units = ReturnableUnits(state: self)
            for line in goods.lines where line.graded > 0 {
                guard let item = self.order.items.first(where: { $0.lineID == line.lineID }) else { continue }
                let open = min(line.graded, max(0, item.shipped - units.compensated(item)))
                if open > 0 { items.append(OrderItem(sku: item.sku, quantity: open, vehicle: item.vehicle)) }
            }
            guard !items.isEmpty else {
                throw OrderRefusal(
                    .stateNotAllowed, field: "lines", "has only units for which something was given already",
                    expected: "units that neither a return nor a claim has settled")
            }
        } else {
            for (number, item) in request.items.enumerated() {
                guard [item.price, item.discount, item.tax, item.coreCharge].allSatisfy({ ($0?.micros ?? 0) == 0 })
                else {
                    throw OrderRefusal(
                        .invalidValue, field: "items[\(number)].price", "has an amount",
                        expected: "no amounts: an exchange is without charge")
                }
                items.append(item)
            }
        }
        return self.order.replacement(of: items, name: "R\(place + 1)")
    }

    /// Puts on record which order sends other parts instead.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound` or `stateNotAllowed`.
    public mutating func exchangeReturn(_ place: Int, for orderID: String) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .exchange)
        goods.status = .exchanged
        goods.exchangeOrderID = orderID
        self.returns[place] = goods
        if !self.order.childIDs.contains(orderID) { self.order.childIDs.append(orderID) }
        self.append(.return, subject: self.order.returnID(place), "The return was exchanged for order \(orderID)")
    }
}

extension Order {
    /// An order without charge that sends parts to the buyer in place of others.
    ///
    /// - Parameter name: What is put behind the channel's order id, so that there is only one.
    func replacement(of items: [OrderItem], name: String) -> PlaceOrderRequest {
        let free = items.map { item in
            var free = item
            (free.price, free.discount, free.tax, free.coreCharge) = (Decimal(), nil, nil, nil)
            return free
        }
        // The name is what makes it one: at the end of an id that may be as long as can be.
        let bytes = OrderLimits.orderIDBytes - name.utf8.count - 1
        let stem = self.orderID.utf8.count <= bytes ? self.orderID : self.id
        return PlaceOrderRequest(
            orderID: "\(stem)-\(name)", platform: self.platform, connection: self.connection, items: free,
            currency: self.currency, region: self.region, customerGroup: self.customerGroup,
            customerID: self.customerID, buyer: self.buyer, shippingAddress: self.shippingAddress,
            billingAddress: self.billingAddress, vehicle: self.vehicle)
    }
}
