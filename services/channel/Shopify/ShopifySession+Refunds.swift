internal import ChannelAdapter
internal import FileFormats
internal import Money

extension ShopifySession {
    /// Gives money back, or takes lines out of an order. The note carries the task's key, by which a repeat is found.
    func refund(
        _ task: OrderTaskCall, restockType: String, _ quotas: inout [QuotaObservation]
    )
        async throws(PlatformFault) -> String
    {
        let order = try await self.order(.payments, task, &quotas)
        let mark = "[\(task.key)]"
        if task.mayBeDone,
            let done = order["refunds"]?.elements.first(where: { $0["note"]?.text?.hasSuffix(mark) == true })
        {
            return done["id"]?.text ?? ""
        }
        let orderID = try Self.orderID(task.orderID)
        let transactions = try ShopifyRefund.transactions(order["transactions"]?.elements ?? [], task, orderID)
        let items = order.at("lineItems", "nodes")?.elements ?? []
        var lines: [JSONValue] = []
        for line in task.lines where line.quantity > 0 {
            lines.append(
                .members([
                    "lineItemId": .string(try ShopifyRefund.lineItem(of: line, items)),
                    "quantity": .integer(line.quantity), "restockType": .string(restockType),
                ]))
        }
        let input = JSONValue.members([
            "orderId": .string(orderID), "note": .string("\(ShopifyText.shortened(task.reason, toBytes: 200)) \(mark)"),
            "notify": .bool(try self.settings.get().notifiesCustomers),
            "refundLineItems": lines.isEmpty ? nil : .array(lines), "transactions": .array(transactions),
        ])
        let change = await self.change(
            .createRefund, "refundCreate",
            .members(["input": input, "key": .string(Self.idempotencyKey(task.key, input))]))
        quotas += change.quotas
        let payload = try change.payload.get()
        if let error = change.errors.first { throw error.fault }
        return payload.at("refund", "id")?.text ?? ""
    }
}

/// How an amount is given back over what was paid: without I/O.
enum ShopifyRefund {
    /// The platform's id of a line.
    static func lineItem(of line: OrderTaskCall.Line, _ items: [JSONValue]) throws(PlatformFault) -> String {
        if let id = ShopifyID.global(line.lineID, of: .lineItem) { return id }
        guard let id = items.first(where: { $0["sku"]?.text == line.sku })?["id"]?.text else {
            throw PlatformFault(.refused, code: "line-missing", "the shop's order has no line of \(line.sku)")
        }
        return id
    }

    /// The payments that the amount goes back to, each with its part: the first one first.
    ///
    /// - Throws: Where more is to be given back than was paid and not given back yet.
    static func transactions(
        _ payments: [JSONValue], _ task: OrderTaskCall, _ orderID: String
    ) throws(PlatformFault)
        -> [JSONValue]
    {
        var left = task.amountMicros
        guard left > 0 else { return [] }
        let currency = Currency(code: task.currency)
        var transactions: [JSONValue] = []
        for payment in payments where Self.isOf(payment, ["SALE", "CAPTURE"]) {
            guard let id = payment["id"]?.text, let gateway = payment["gateway"]?.text else { continue }
            var open = try Self.amount(payment)
            for refund in payments
            where Self.isOf(refund, ["REFUND"]) && refund.at("parentTransaction", "id")?.text == id {
                open -= try Self.amount(refund)
            }
            let part = min(left, open)
            guard part > 0 else { continue }
            left -= part
            transactions.append(
                .members([
                    "orderId": .string(orderID), "parentId": .string(id), "gateway": .string(gateway),
                    "kind": .string("REFUND"),
                    "amount": .string(
                        Amount(micros: part).text(decimalPlaces: currency?.minorUnitDigits ?? 2)),
                ]))
            if left == 0 { return transactions }
        }
        let missing = Amount(micros: left).text(decimalPlaces: currency?.minorUnitDigits ?? 2)
        throw PlatformFault(
            .refused, code: "refund-exceeds-payments",
            "\(missing) \(task.currency) more are to be given back than was paid and not given back yet")
    }

    private static func isOf(_ transaction: JSONValue, _ kinds: Set<String>) -> Bool {
        kinds.contains(transaction["kind"]?.text ?? "") && transaction["status"]?.text == "SUCCESS"
    }

    private static func amount(_ transaction: JSONValue) throws(PlatformFault) -> Int64 {
        guard let digits = transaction.at("amountSet", "shopMoney", "amount")?.digits, let amount = try? Amount(digits)
        else { throw PlatformFault(.retry, code: "answer-unreadable", "the amount of a payment is no amount") }
        return amount.micros
    }
}
