/// Why a buyer's wish is refused.
public struct OrderRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of refusals.
    public enum Code: String, Sendable, Hashable {
        /// There is not enough.
        case soldOut = "SOLD_OUT"
        /// There is no such product, or order.
        case notFound = "NOT_FOUND"
        /// The wish makes no sense.
        case invalid = "INVALID"
    }

    /// The kind.
    public var code: Code
    /// What is wrong and what would be right.
    public var description: String

    /// A refusal.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// What a buyer wants of one product.
public struct WantedLine: Sendable, Hashable {
    /// Which.
    public var sku: String
    /// How many.
    public var quantity: Int

    /// A wish.
    public init(sku: String, quantity: Int) {
        self.sku = sku
        self.quantity = quantity
    }
}

extension ShopState {
    /// The orders that a shop keeps.
    public static let maximumOrders = 200_000
    /// The lines of an order.
    public static let maximumLines = 250
    /// The most of one product in an order.
    public static let maximumLineQuantity = 1_000_000

    /// Takes goods from the shelf for a buyer: all of them, or none.
    public func placeOrder(
        _ wanted: [WantedLine], buyer: Order.Buyer = .sample, note: String? = nil
    ) throws(OrderRefusal) -> Order {
        guard !wanted.isEmpty, wanted.count <= Self.maximumLines,
            wanted.allSatisfy({ (1...Self.maximumLineQuantity).contains($0.quantity) })
        else {
            throw OrderRefusal(
                .invalid, "an order has 1 to \(Self.maximumLines) lines of 1 to \(Self.maximumLineQuantity) each")
        }
        guard Set(wanted.map(\.sku)).count == wanted.count else {
            throw OrderRefusal(.invalid, "a SKU stands in two lines; give one line with the sum")
        }
        guard self.orders.count < Self.maximumOrders else {
            throw OrderRefusal(
                .invalid, "the shop keeps \(Self.maximumOrders) orders at most; remove it and make it anew")
        }
        var parts: [(line: WantedLine, variant: Variant, takes: [(Level, Int)])] = []
        for line in wanted {
            guard let variant = self.variant(sku: line.sku) else {
                throw OrderRefusal(.notFound, "there is no product with the SKU \(line.sku)")
            }
            parts.append((line, variant, try self.takes(line, variant)))
        }
        return self.take(parts, buyer, note)
    }

    /// From which levels a line is taken: from as few as possible.
    private func takes(_ line: WantedLine, _ variant: Variant) throws(OrderRefusal) -> [(Level, Int)] {
        let levels = self.levels(of: variant.itemID).filter { self.locations[$0.locationID]?.isActive == true }
        if let level = levels.first(where: { $0.available >= line.quantity }) { return [(level, line.quantity)] }
        var rest = line.quantity
        var takes: [(Level, Int)] = []
        for level in levels where level.available > 0 && rest > 0 {
            takes.append((level, min(rest, level.available)))
            rest -= min(rest, level.available)
        }
        guard rest > 0 else { return takes }
        let isOversold = self.settings.allowsOversell || variant.policy == "CONTINUE" || !variant.isTracked
        guard isOversold, let first = levels.first else {
            throw OrderRefusal(
                .soldOut, "\(line.sku) is sold out: \(line.quantity) are wanted, \(line.quantity - rest) are there")
        }
        if let index = takes.firstIndex(where: { $0.0.key == first.key }) {
            takes[index].1 += rest
        } else {
            takes.insert((first, rest), at: 0)
        }
        return takes
    }

    private func take(
        _ parts: [(line: WantedLine, variant: Variant, takes: [(Level, Int)])], _ buyer: Order.Buyer, _ note: String?
    ) -> Order {
        let moment = Moment.now()
        var order = Order(
            id: self.nextID(), number: self.nextOrderNumber(), lines: [], buyer: buyer,
            currency: self.settings.currency, note: note, createdAt: moment, updatedAt: moment)
        for part in parts {
            let product = self.products[part.variant.productID]
            let line = Order.Line(
                id: self.nextID(), variantID: part.variant.id, productID: part.variant.productID,
                sku: part.variant.sku, title: product?.title ?? part.variant.sku, variantTitle: part.variant.title,
                price: part.variant.price, quantity: part.line.quantity, fulfillable: part.line.quantity)
            order.lines.append(line)
            for (level, quantity) in part.takes {
                self.change(level, "available", by: -quantity, at: moment)
                self.commit(quantity, of: level.key, at: moment)
                self.plan(quantity, of: line, at: level.locationID, in: &order, moment)
            }
        }
        order.transactions = [
            Order.Transaction(
                id: self.nextID(), kind: "SALE", gateway: "bogus", amount: order.total, parentID: nil, createdAt: moment
            )
        ]
        self.put(order)
        self.note(.orderCreated(order.id))
        return order
    }

    private func commit(_ quantity: Int, of key: Level.Key, at moment: Moment) {
        guard let level = self.levels[key] else { return }
        self.change(level, "committed", by: quantity, at: moment)
    }

    private func plan(
        _ quantity: Int, of line: Order.Line, at locationID: Int64, in order: inout Order, _ moment: Moment
    ) {
        let planned = Order.FulfilmentOrder.Line(
            id: self.nextID(), lineID: line.id, total: quantity, remaining: quantity)
        if let index = order.fulfilmentOrders.firstIndex(where: { $0.locationID == locationID }) {
            order.fulfilmentOrders[index].lines.append(planned)
        } else {
            order.fulfilmentOrders.append(
                Order.FulfilmentOrder(
                    id: self.nextID(), locationID: locationID, status: "OPEN", lines: [planned], createdAt: moment,
                    updatedAt: moment))
        }
    }

    /// Stores an order that has changed, and says so.
    public func update(_ order: Order, at moment: Moment = .now()) {
        var order = order
        order.updatedAt = max(moment, order.updatedAt)
        self.put(order)
        self.note(.orderUpdated(order.id))
    }
}

// MARK: - The ends of orders

extension ShopState {
    /// Ends what is left of an order.
    ///
    /// - Parameters:
    ///   - restocks: Whether what was not sent goes back to the shelf.
    ///   - refunds: Whether the money goes back.
    public func cancel(
        _ order: Order, reason: String, restocks: Bool, refunds: Bool, note: String? = nil
    ) throws(OrderRefusal) -> Order {
        guard order.cancelledAt == nil else {
            throw OrderRefusal(.invalid, "Cannot cancel an order that has already been canceled")
        }
        guard !order.fulfilments.contains(where: { $0.status == "SUCCESS" }) else {
            throw OrderRefusal(.invalid, "Cannot cancel an order that has outstanding fulfillments")
        }
        let moment = Moment.now()
        var order = order
        for index in order.fulfilmentOrders.indices where order.fulfilmentOrders[index].status != "CLOSED" {
            for line in order.fulfilmentOrders[index].lines.indices {
                self.release(
                    order.fulfilmentOrders[index].lines[line], at: order.fulfilmentOrders[index].locationID, of: order,
                    restocks: restocks, moment)
                order.fulfilmentOrders[index].lines[line].remaining = 0
            }
            order.fulfilmentOrders[index].status = "CLOSED"
            order.fulfilmentOrders[index].updatedAt = moment
        }
        for index in order.lines.indices { order.lines[index].fulfillable = 0 }
        if refunds, order.netPayment > .zero { self.refundRest(of: &order, note, moment) }
        (order.cancelledAt, order.cancelReason, order.closedAt) = (moment, reason, moment)
        self.update(order, at: moment)
        self.note(.orderCancelled(order.id))
        return order
    }

    private func release(
        _ line: Order.FulfilmentOrder.Line, at locationID: Int64, of order: Order, restocks: Bool, _ moment: Moment
    ) {
        guard let bought = order.lines.first(where: { $0.id == line.lineID }),
            let variant = self.variants[bought.variantID]
        else { return }
        let key = Level.Key(itemID: variant.itemID, locationID: locationID)
        self.commit(-line.remaining, of: key, at: moment)
        guard restocks, let level = self.levels[key] else { return }
        self.change(level, "available", by: line.remaining, at: moment)
    }

    private func refundRest(of order: inout Order, _ note: String?, _ moment: Moment) {
        let transaction = Order.Transaction(
            id: self.nextID(), kind: "REFUND", gateway: "bogus", amount: order.netPayment,
            parentID: order.transactions.first?.id, createdAt: moment)
        let lines = order.lines.filter { $0.current > 0 }.map { line in
            Order.Refund.Line(
                id: self.nextID(), lineID: line.id, quantity: line.current, restockType: "CANCEL", locationID: nil,
                subtotal: line.price * line.current)
        }
        order.refunds.append(
            Order.Refund(
                id: self.nextID(), note: note, lines: lines, amount: transaction.amount,
                transactionIDs: [transaction.id], createdAt: moment))
        for index in order.lines.indices { order.lines[index].refunded = order.lines[index].quantity }
        order.transactions.append(transaction)
    }

    /// Sends some of what fulfilment orders ask for, each of which must be one of the order's and have as much left.
    public func fulfil(
        _ quantities: [Int64: Int], of order: Order, tracking: [Order.Fulfilment.Tracking], notifies: Bool
    ) -> (Order, Order.Fulfilment) {
        let moment = Moment.now()
        var order = order
        var fulfilment = Order.Fulfilment(
            id: self.nextID(), name: "\(order.name)-F\(order.fulfilments.count + 1)", status: "SUCCESS", locationID: 0,
            fulfilmentOrderIDs: [], lines: [], tracking: tracking, notifiesCustomer: notifies, createdAt: moment,
            updatedAt: moment)
        for index in order.fulfilmentOrders.indices {
            for line in order.fulfilmentOrders[index].lines.indices {
                let planned = order.fulfilmentOrders[index].lines[line]
                guard let quantity = quantities[planned.id] else { continue }
                order.fulfilmentOrders[index].lines[line].remaining -= quantity
                fulfilment.locationID = order.fulfilmentOrders[index].locationID
                self.send(quantity, of: planned.lineID, in: &order, &fulfilment, moment)
            }
            let part = order.fulfilmentOrders[index]
            guard part.lines.contains(where: { quantities[$0.id] != nil }) else { continue }
            fulfilment.fulfilmentOrderIDs.append(part.id)
            order.fulfilmentOrders[index].updatedAt = moment
            order.fulfilmentOrders[index].status =
                part.lines.allSatisfy { $0.remaining == 0 } ? "CLOSED" : "IN_PROGRESS"
        }
        order.fulfilments.append(fulfilment)
        if order.lines.allSatisfy({ $0.fulfillable == 0 }) { order.closedAt = moment }
        self.update(order, at: moment)
        return (order, fulfilment)
    }

    private func send(
        _ quantity: Int, of lineID: Int64, in order: inout Order, _ fulfilment: inout Order.Fulfilment, _ moment: Moment
    ) {
        guard let index = order.lines.firstIndex(where: { $0.id == lineID }) else { return }
        order.lines[index].fulfillable = max(0, order.lines[index].fulfillable - quantity)
        order.lines[index].fulfilled += quantity
        if let known = fulfilment.lines.firstIndex(where: { $0.lineID == lineID }) {
            fulfilment.lines[known].quantity += quantity
        } else {
            fulfilment.lines.append(Order.Fulfilment.Line(id: self.nextID(), lineID: lineID, quantity: quantity))
        }
        guard let variant = self.variants[order.lines[index].variantID] else { return }
        self.commit(
            -quantity, of: Level.Key(itemID: variant.itemID, locationID: fulfilment.locationID), at: moment)
    }

    /// Gives money back, and takes goods back where their lines say so.
    ///
    /// - Parameter lines: Goods, with the location that they go back to.
    public func refund(
        _ lines: [Order.Refund.Line], amounts: [Order.Transaction], note: String?, of order: Order
    ) -> (Order, Order.Refund) {
        let moment = Moment.now()
        var order = order
        for line in lines { self.takeBack(line, in: &order, moment) }
        order.transactions += amounts
        let refund = Order.Refund(
            id: self.nextID(), note: note, lines: lines, amount: amounts.reduce(.zero) { $0 + $1.amount },
            transactionIDs: amounts.map(\.id), createdAt: moment)
        order.refunds.append(refund)
        self.update(order, at: moment)
        return (order, refund)
    }

    private func takeBack(_ line: Order.Refund.Line, in order: inout Order, _ moment: Moment) {
        guard let index = order.lines.firstIndex(where: { $0.id == line.lineID }) else { return }
        order.lines[index].refunded += line.quantity
        if line.restockType == "CANCEL" { self.unplan(line.quantity, of: line.lineID, in: &order, moment) }
        guard line.restockType != "NO_RESTOCK", let variant = self.variants[order.lines[index].variantID],
            let locationID = line.locationID ?? self.index.locationIDs.first,
            let level = self.levels[Level.Key(itemID: variant.itemID, locationID: locationID)]
        else { return }
        self.change(level, "available", by: line.quantity, at: moment)
    }

    /// Takes goods that will not be sent out of the fulfilment orders.
    private func unplan(_ quantity: Int, of lineID: Int64, in order: inout Order, _ moment: Moment) {
        var rest = quantity
        for index in order.fulfilmentOrders.indices {
            for line in order.fulfilmentOrders[index].lines.indices where rest > 0 {
                let planned = order.fulfilmentOrders[index].lines[line]
                let count = min(rest, planned.remaining)
                guard planned.lineID == lineID, count > 0 else { continue }
                order.fulfilmentOrders[index].lines[line].remaining -= count
                rest -= count
                var released = planned
                released.remaining = count
                self.release(
                    released, at: order.fulfilmentOrders[index].locationID, of: order, restocks: false, moment)
            }
            if order.fulfilmentOrders[index].lines.allSatisfy({ $0.remaining == 0 }) {
                order.fulfilmentOrders[index].status = "CLOSED"
            }
        }
        guard let index = order.lines.firstIndex(where: { $0.id == lineID }) else { return }
        order.lines[index].fulfillable = max(0, order.lines[index].fulfillable - (quantity - rest))
    }
}
