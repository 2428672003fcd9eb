internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer {
        var quotas: [QuotaObservation] = []
        do throws(PlatformFault) {
            let id =
                switch task.kind {
                // The shop made the order itself.
                case .acknowledge: ""
                case .ship: try await self.ship(task, &quotas)
                case .cancel where task.lines.isEmpty: try await self.cancel(task, &quotas)
                case .cancel: try await self.refund(task, restockType: "CANCEL", &quotas)
                case .refund: try await self.refund(task, restockType: "NO_RESTOCK", &quotas)
                }
            return TaskAnswer(platformID: id, quotas: ShopifyAnswer.sum(quotas))
        } catch {
            return TaskAnswer(fault: error, quotas: ShopifyAnswer.sum(quotas))
        }
    }

    /// Asks for something of an order.
    func order(
        _ document: ShopifyDocument, _ task: OrderTaskCall, _ quotas: inout [QuotaObservation]
    )
        async throws(PlatformFault) -> JSONValue
    {
        let answer = await self.call(document, .members(["id": .string(try Self.orderID(task.orderID))]))
        quotas += answer.quotas
        guard let order = try answer.data.get()["order"] else { throw .orderMissing(task.orderID) }
        return order
    }

    private func cancel(_ task: OrderTaskCall, _ quotas: inout [QuotaObservation]) async throws(PlatformFault) -> String
    {
        if try await self.order(.cancellation, task, &quotas)["cancelledAt"] != nil { return "" }
        let change = await self.change(
            .cancelOrder, "orderCancel",
            .members([
                "id": .string(try Self.orderID(task.orderID)), "reason": .string(Self.cancelReason(task.reason)),
                "notify": .bool(try self.settings.get().notifiesCustomers),
                "note": .string(ShopifyText.shortened(task.reason, toBytes: 255)),
            ]), errors: "orderCancelUserErrors")
        quotas += change.quotas
        let payload = try change.payload.get()
        if let error = change.errors.first {
            // Somebody may have cancelled it in between.
            if try await self.order(.cancellation, task, &quotas)["cancelledAt"] != nil { return "" }
            throw error.fault
        }
        return payload.at("job", "id")?.text ?? ""
    }

    private static func cancelReason(_ reason: String) -> String {
        switch reason {
        case "buyer": "CUSTOMER"
        case "out-of-stock": "INVENTORY"
        case "fraud": "FRAUD"
        case "unpaid": "DECLINED"
        case "seller", "price", "address": "STAFF"
        default: "OTHER"
        }
    }

    private func ship(_ task: OrderTaskCall, _ quotas: inout [QuotaObservation]) async throws(PlatformFault) -> String {
        var parcel = ShopifyParcel(task.lines)
        var lastID = ""
        if task.mayBeDone {
            let sent = try await self.order(.fulfillments, task, &quotas)
            lastID = parcel.takeOff(sent["fulfillments"]?.elements ?? [], trackingNumber: task.trackingNumber)
            if parcel.isSent { return lastID }
        }
        let order = try await self.order(.fulfillmentOrders, task, &quotas)
        let groups = try parcel.groups(order.at("fulfillmentOrders", "nodes")?.elements ?? [], task)
        for group in groups {
            let change = await self.change(
                .createFulfillment, "fulfillmentCreate",
                .members([
                    "fulfillment": .members([
                        "lineItemsByFulfillmentOrder": .array(group),
                        "notifyCustomer": .bool(try self.settings.get().notifiesCustomers),
                        "trackingInfo": task.trackingNumber.isEmpty && task.carrier.isEmpty
                            ? nil
                            : .members([
                                "number": .nonEmpty(task.trackingNumber), "url": .nonEmpty(task.trackingURL),
                                "company": .nonEmpty(task.carrier),
                            ]),
                    ])
                ]))
            quotas += change.quotas
            let payload = try change.payload.get()
            if let error = change.errors.first { throw error.fault }
            lastID = payload.at("fulfillment", "id")?.text ?? ""
        }
        return lastID
    }
}

/// The units of a parcel, and where the platform has them: without I/O.
struct ShopifyParcel {
    private var lines: [OrderTaskCall.Line]

    init(_ lines: [OrderTaskCall.Line]) { self.lines = lines }

    /// Whether all of it is known to be sent.
    var isSent: Bool { self.lines.allSatisfy { $0.quantity <= 0 } }

    private static func isOf(_ line: OrderTaskCall.Line, _ item: JSONValue?) -> Bool {
        if line.lineID.isEmpty { return item?["sku"]?.text == line.sku }
        return item?["id"]?.text.flatMap { ShopifyID.digits($0, of: .lineItem) } == line.lineID
    }

    /// Takes off what an earlier try has sent: what left with the same tracking number.
    ///
    /// - Returns: The id of the last of these fulfilments; empty: there is none.
    mutating func takeOff(_ fulfillments: [JSONValue], trackingNumber: String) -> String {
        guard !trackingNumber.isEmpty else { return "" }
        var id = ""
        for fulfillment in fulfillments where fulfillment["status"]?.text == "SUCCESS" {
            let numbers = fulfillment["trackingInfo"]?.elements.compactMap { $0["number"]?.text } ?? []
            guard numbers.contains(trackingNumber) else { continue }
            id = fulfillment["id"]?.text ?? ""
            for entry in fulfillment.at("fulfillmentLineItems", "nodes")?.elements ?? [] {
                var units = max(0, entry["quantity"]?.integer ?? 0)
                for place in self.lines.indices where Self.isOf(self.lines[place], entry["lineItem"]) {
                    let taken = min(units, max(0, self.lines[place].quantity))
                    self.lines[place].quantity -= taken
                    units -= taken
                }
            }
        }
        return id
    }

    /// The calls that send what is left: one for each location, as the platform takes no more than one at once.
    ///
    /// - Throws: Where less is open than is to be sent. Of a parcel without a tracking number that may be sent already,
    ///   that nothing is open is a sign that it is: none are given then.
    func groups(_ fulfillmentOrders: [JSONValue], _ task: OrderTaskCall) throws(PlatformFault) -> [[JSONValue]] {
        var open = self.lines
        var groups: [(location: String, orders: [JSONValue])] = []
        for order in fulfillmentOrders {
            guard ["OPEN", "IN_PROGRESS"].contains(order["status"]?.text ?? ""), let id = order["id"]?.text else {
                continue
            }
            var items: [JSONValue] = []
            for item in order.at("lineItems", "nodes")?.elements ?? [] {
                var remaining = max(0, item["remainingQuantity"]?.integer ?? 0)
                var units: Int64 = 0
                for place in open.indices where Self.isOf(open[place], item["lineItem"]) {
                    let taken = min(remaining, max(0, open[place].quantity))
                    open[place].quantity -= taken
                    remaining -= taken
                    units += taken
                }
                guard units > 0, let itemID = item["id"] else { continue }
                items.append(.members(["id": itemID, "quantity": .integer(units)]))
            }
            guard !items.isEmpty else { continue }
            let group = JSONValue.members([
                "fulfillmentOrderId": .string(id), "fulfillmentOrderLineItems": .array(items),
            ])
            let location = order.at("assignedLocation", "location", "id")?.text ?? ""
            if let known = groups.firstIndex(where: { $0.location == location }) {
                groups[known].orders.append(group)
            } else {
                groups.append((location, [group]))
            }
        }
        if let missing = open.first(where: { $0.quantity > 0 }) {
            if task.mayBeDone, task.trackingNumber.isEmpty, groups.isEmpty { return [] }
            throw PlatformFault(
                .refused, code: "not-fulfillable",
                "the shop has \(missing.quantity) units fewer of \(missing.sku) open to be sent than the parcel has")
        }
        return groups.map(\.orders)
    }
}
