public import OrderMessages
public import Refusals
internal import WellKnownMessages

extension Order {
    /// The order that takes over what was split off from this one: it waits until somebody decides. Payments, shipping and the
    /// order's own reductions stay here.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    public func orderForSplitItems() throws(OrderRefusal) -> Order {
        var child = self.descendant(named: self.plan?.splitOrderID ?? "")
        child.items = self.plan?.splitItems ?? []
        child.plan = OrderPlan(
            onShortfall: .hold, confirmOnPayment: self.plan?.confirmOnPayment ?? false, holdFor: self.plan?.holdFor)
        child.paymentStatus = .pending
        child.attempt = 1
        let lines = child.items.map { ShortfallLine(lineID: $0.lineID, sku: $0.sku, missing: $0.quantity) }
        child.shortfall = Shortfall(
            lines: lines, choices: [.retry, .backorder, .substitute, .cancel],
            reason: "it was split from \(self.orderID), of which it was missing",
            since: self.changedAt ?? self.orderDate)
        try child.recount()
        return child
    }

    /// Puts an order on record that was split from this one, or replaces a part of it; once.
    public mutating func adopt(_ child: OrderID) {
        let id = child.description
        if !self.childIDs.contains(id) { self.childIDs.append(id) }
    }

    /// An order that sends other parts for some of this one, and costs nothing: an exchange, or a part under warranty.
    ///
    /// - Parameters:
    ///   - items: SKUs, quantities, and where from; prices in them do not count.
    ///   - name: What it is called behind this order's id: `r1`.
    /// - Throws: ``OrderRefusal`` with every value of the items that is not what it may be.
    public func replacement(_ items: [OrderItem], named name: String) throws(OrderRefusal) -> Order {
        var child = self.descendant(named: "\(self.orderID)-\(name)")
        var request = PlaceOrderRequest(
            orderID: child.orderID, platform: self.platform, connection: self.connection, orderDate: self.orderDate,
            items: items, currency: self.currency)
        for place in request.items.indices {
            request.items[place].price = Decimal()
            request.items[place].discount = nil
            request.items[place].tax = nil
            request.items[place].coreCharge = nil
        }
        var reading = OrderReading(request, at: self.orderDate ?? ProtoTimestamp(), settings: OrderSettings())
        child.items = try reading.read().items
        child.plan = OrderPlan(onShortfall: .refuse)
        child.paymentStatus = .paid
        try child.recount()
        return child
    }

    /// An order for the same buyer, to the same place.
    private func descendant(named orderID: String) -> Order {
        var child = Order()
        // Too long for a channel's id: then it has only ours.
        child.orderID = orderID.utf8.count <= OrderLimits.orderIDBytes ? orderID : ""
        child.platform = self.platform
        child.connection = self.connection
        child.status = .pending
        child.currency = self.currency
        child.region = self.region
        child.customerGroup = self.customerGroup
        child.customerID = self.customerID
        child.buyer = self.buyer
        child.shippingAddress = self.shippingAddress
        child.billingAddress = self.billingAddress
        child.taxIncluded = self.taxIncluded
        child.vehicle = self.vehicle
        child.tags = self.tags
        child.parentID = self.id
        return child
    }
}
