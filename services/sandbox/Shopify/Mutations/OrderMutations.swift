internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// What a seller wants to send, read from the input and found possible.
private struct FulfilmentPlan {
    /// Quantities by line of a fulfilment order.
    var quantities: [Int64: Int] = [:]
    var order: Order
}

private struct Refused: Error {
    var path: [String]?
    var message: String

    init(_ path: [String]?, _ message: String) {
        self.path = path
        self.message = message
    }
}

extension MutationRoot {
    /// Sends goods.
    func fulfil(_ arguments: GraphQLArguments) -> JSONValue {
        let input = arguments["fulfillment"] ?? .null
        do {
            let plan = try self.plan(input)
            let (_, fulfilment) = self.view.state.fulfil(
                plan.quantities, of: plan.order, tracking: Self.tracking(input["trackingInfo"]),
                notifies: input["notifyCustomer"] == true)
            return ["fulfillment": StoredObject.reference("Fulfillment", fulfilment.id), "userErrors": []]
        } catch {
            return UserErrors.payload([UserErrors.error(of: "fulfillmentCreate", error.path, error.message)])
        }
    }

    private func plan(_ input: JSONValue) throws(Refused) -> FulfilmentPlan {
        let groups = input["lineItemsByFulfillmentOrder"]?.array ?? []
        try self.checkQuantities(groups)
        var parts: [(order: Order, part: Order.FulfilmentOrder, lines: [JSONValue]?)] = []
        for group in groups {
            let id = Gid.number(group["fulfillmentOrderId"]?.text, "FulfillmentOrder") ?? 0
            guard let order = self.view.state.index.fulfilmentOrders[id].flatMap({ self.view.state.orders[$0] }),
                let part = order.fulfilmentOrders.first(where: { $0.id == id })
            else { throw Refused(["fulfillment"], "Fulfillment order does not exist.") }
            parts.append((order, part, group["fulfillmentOrderLineItems"]?.array))
        }
        guard let first = parts.first else {
            throw Refused(
                ["fulfillment", "lineItemsByFulfillmentOrder"], "Line items by fulfillment order can't be blank")
        }
        try self.checkTogether(parts.map { ($0.order, $0.part) })
        var plan = FulfilmentPlan(order: first.order)
        for (_, part, lines) in parts {
            guard part.status == "OPEN" || part.status == "IN_PROGRESS" else {
                throw Refused(
                    ["fulfillment"],
                    "Fulfillment order \(part.id) has an unfulfillable status= \(part.status.lowercased()).")
            }
            try self.add(part, lines, to: &plan)
        }
        return plan
    }

    private func checkQuantities(_ groups: [JSONValue]) throws(Refused) {
        for (index, group) in groups.enumerated() {
            for (line, item) in (group["fulfillmentOrderLineItems"]?.array ?? []).enumerated()
            where (item["quantity"]?.integer ?? 0) <= 0 {
                throw Refused(
                    [
                        "fulfillment", "lineItemsByFulfillmentOrder", String(index), "fulfillmentOrderLineItems",
                        String(line), "quantity",
                    ], "Quantity must be greater than 0")
            }
        }
    }

    private func checkTogether(_ parts: [(order: Order, part: Order.FulfilmentOrder)]) throws(Refused) {
        func distinct(_ ids: [Int64]) -> [Int64] {
            ids.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        let orders = distinct(parts.map(\.order.id))
        guard orders.count == 1 else {
            throw Refused(
                ["fulfillment"],
                "All fulfillment orders must belong to the same order. Multiple orders with ids \(orders) were found.")
        }
        let locations = distinct(parts.map(\.part.locationID))
        guard locations.count == 1 else {
            throw Refused(
                ["fulfillment"],
                "All fulfillment orders must be assigned to a single location. Multiple locations with ids "
                    + "\(locations) were found.")
        }
    }

    private func add(
        _ part: Order.FulfilmentOrder, _ lines: [JSONValue]?, to plan: inout FulfilmentPlan
    ) throws(Refused) {
        guard let lines, !lines.isEmpty else {
            for line in part.lines where line.remaining > 0 { plan.quantities[line.id] = line.remaining }
            return
        }
        for item in lines {
            let id = Gid.number(item["id"]?.text, "FulfillmentOrderLineItem") ?? 0
            guard let line = part.lines.first(where: { $0.id == id }) else {
                throw Refused(["fulfillment"], "Fulfillment order line item does not exist.")
            }
            let quantity = Int(item["quantity"]?.integer ?? 0) + (plan.quantities[id] ?? 0)
            guard quantity <= line.remaining else {
                throw Refused(["fulfillment"], "Invalid fulfillment order line item quantity requested.")
            }
            plan.quantities[id] = quantity
        }
    }

    private static func tracking(_ input: JSONValue?) -> [Order.Fulfilment.Tracking] {
        guard let input, !input.isNull else { return [] }
        let numbers = input["numbers"]?.array?.map(\.text) ?? [input["number"]?.text]
        let urls = input["urls"]?.array?.map(\.text) ?? [input["url"]?.text]
        let company = input["company"]?.text
        let count = min(max(numbers.count, urls.count), 50)
        return (0..<count).compactMap { index -> Order.Fulfilment.Tracking? in
            let number = index < numbers.count ? numbers[index] : nil
            let url = index < urls.count ? urls[index] : nil
            guard number != nil || url != nil || company != nil else { return nil }
            return Order.Fulfilment.Tracking(number: number, url: url, company: company)
        }
    }

    /// Replaces where parcels are looked up.
    func updateTracking(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        guard let id = Gid.number(arguments["fulfillmentId"]?.text, "Fulfillment"),
            var order = state.index.fulfilments[id].flatMap({ state.orders[$0] }),
            let index = order.fulfilments.firstIndex(where: { $0.id == id })
        else {
            return UserErrors.payload([
                UserErrors.error(
                    of: "fulfillmentTrackingInfoUpdate", ["fulfillmentId"], "Fulfillment does not exist.")
            ])
        }
        order.fulfilments[index].tracking = Self.tracking(arguments["trackingInfoInput"])
        order.fulfilments[index].updatedAt = .now()
        state.update(order)
        return ["fulfillment": StoredObject.reference("Fulfillment", id), "userErrors": []]
    }

    /// Cancels an order. The platform does it behind the answer; here it is done when the job's id is told.
    func cancelOrder(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        func refused(_ path: [String], _ message: String, _ code: String) -> JSONValue {
            [
                "job": .null,
                "orderCancelUserErrors": [
                    [
                        "$type": "OrderCancelUserError", "field": .texts(path), "message": .string(message),
                        "code": .string(code),
                    ]
                ],
                "userErrors": [UserErrors.error(of: "orderCancel", path, message)],
            ]
        }
        guard let id = Gid.number(arguments["orderId"]?.text, "Order"), let order = state.orders[id] else {
            return refused(["orderId"], "Order does not exist", "NOT_FOUND")
        }
        guard (arguments["staffNote"]?.text?.count ?? 0) <= 255 else {
            return refused(["staffNote"], "Staff note is too long (maximum is 255 characters)", "INVALID")
        }
        let refunds =
            arguments["refund"] == true || arguments["refundMethod"]?["originalPaymentMethodsRefund"] == true
        do {
            _ = try state.cancel(
                order, reason: arguments["reason"]?.text ?? "OTHER", restocks: arguments["restock"] == true,
                refunds: refunds, note: arguments["staffNote"]?.text)
        } catch {
            return refused(["orderId"], error.description, "INVALID")
        }
        return [
            "job": ["$type": "Job", "id": .string(Gid.text("Job", state.nextID())), "done": false],
            "orderCancelUserErrors": [], "userErrors": [],
        ]
    }
}

// MARK: - Refunds

extension MutationRoot {
    /// Gives money back.
    func refund(_ arguments: GraphQLArguments) -> JSONValue {
        let input = arguments["input"] ?? .null
        do {
            let (order, refund) = try self.refund(input)
            return [
                "order": StoredObject.reference("Order", order.id),
                "refund": StoredObject.reference("Refund", refund.id), "userErrors": [],
            ]
        } catch {
            let id = Gid.number(input["orderId"]?.text, "Order")
            return [
                "order": id.map { StoredObject.reference("Order", $0) } ?? .null,
                "userErrors": [UserErrors.error(of: "refundCreate", error.path, error.message)],
            ]
        }
    }

    private func refund(_ input: JSONValue) throws(Refused) -> (Order, Order.Refund) {
        let state = self.view.state
        guard let id = Gid.number(input["orderId"]?.text, "Order"), let order = state.orders[id] else {
            throw Refused(["orderId"], "Order does not exist")
        }
        let lines = try self.refundLines(input["refundLineItems"]?.array ?? [], order)
        let payments = try self.payments(input["transactions"]?.array ?? [], order)
        let shipping = try self.shippingRefund(input["shipping"], order)
        guard !lines.isEmpty || !payments.isEmpty || shipping > .zero else {
            throw Refused(nil, "Refund must have at least one line item, transaction or shipping amount")
        }
        let amount = payments.reduce(Price.zero) { $0 + $1.amount }
        // Whatever `allowOverRefunding` says, as it was recorded.
        guard amount <= order.netPayment else {
            throw Refused(
                nil,
                "Refund amount $\(amount.text) is greater than net payment received $\(order.netPayment.text)")
        }
        return state.refund(lines, amounts: payments, note: input["note"]?.text, of: order)
    }

    private func refundLines(_ items: [JSONValue], _ order: Order) throws(Refused) -> [Order.Refund.Line] {
        var taken: [Int64: Int] = [:]
        var lines: [Order.Refund.Line] = []
        for (index, item) in items.enumerated() {
            let path = ["refundLineItems", String(index)]
            let id = Gid.number(item["lineItemId"]?.text, "LineItem") ?? 0
            guard let line = order.lines.first(where: { $0.id == id }) else {
                throw Refused(path + ["lineItemId"], "Line item does not exist")
            }
            let quantity = Int(item["quantity"]?.integer ?? 0)
            guard quantity > 0 else { throw Refused(path + ["quantity"], "Quantity must be greater than 0") }
            taken[id, default: 0] += quantity
            guard taken[id, default: 0] <= line.current else {
                throw Refused(path + ["quantity"], "Quantity cannot refund more items than were purchased")
            }
            let restock = item["restockType"]?.text ?? "NO_RESTOCK"
            let location = Gid.number(item["locationId"]?.text, "Location")
            guard restock == "NO_RESTOCK" || location.map({ self.view.state.locations[$0] != nil }) == true else {
                throw Refused(path + ["locationId"], "Location must be present when restocking")
            }
            lines.append(
                Order.Refund.Line(
                    id: self.view.state.nextID(), lineID: id, quantity: quantity, restockType: restock,
                    locationID: location, subtotal: line.price * quantity))
        }
        return lines
    }

    private func payments(_ items: [JSONValue], _ order: Order) throws(Refused) -> [Order.Transaction] {
        var payments: [Order.Transaction] = []
        for item in items {
            let kind = item["kind"]?.text ?? ""
            guard kind == "REFUND" else {
                throw Refused(nil, "Kind \(kind.lowercased()) is not a valid transaction")
            }
            let parent = Gid.number(item["parentId"]?.text, "OrderTransaction")
            guard let sale = order.transactions.first(where: { $0.id == parent && $0.kind == "SALE" }) else {
                throw Refused(["transactions"], "Transactions require a parent_id associated with the order")
            }
            guard let amount = Price(text: item["amount"]?.text ?? ""), amount > .zero else {
                throw Refused(["transactions"], "Amount must be greater than 0")
            }
            payments.append(
                Order.Transaction(
                    id: self.view.state.nextID(), kind: kind, gateway: sale.gateway, amount: amount, parentID: sale.id,
                    createdAt: .now()))
        }
        return payments
    }

    private func shippingRefund(_ input: JSONValue?, _ order: Order) throws(Refused) -> Price {
        if input?["fullRefund"] == true { return order.shipping }
        guard let text = input?["amount"]?.text else { return .zero }
        guard let amount = Price(text: text), amount >= .zero, amount <= order.shipping else {
            throw Refused(["shipping"], "Shipping refund amount is greater than the shipping cost")
        }
        return amount
    }
}
