internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Money that goes back to a buyer: of an order, or of some of its lines. Goods stay where they are.
struct Refunds {
    private static let maximumComment = 1_000
    private static let reasons: Set<String> = [
        "BUYER_CANCEL", "SELLER_CANCEL", "ITEM_NOT_RECEIVED", "BUYER_RETURN", "ITEM_NOT_AS_DESCRIBED",
        "OTHER_ADJUSTMENT", "SHIPPING_DISCOUNT",
    ]

    let state: ShopState
    let order: Order

    func issue(_ body: JSONValue) throws(EbayRefusal) -> EbayAnswer {
        guard Self.reasons.contains(body["reasonForRefund"]?.text ?? "") else { throw EbayRefusal(34903) }
        guard (body["comment"]?.text?.count ?? 0) <= Self.maximumComment else { throw EbayRefusal(34921) }
        guard self.order.refunded < self.order.total else { throw EbayRefusal(34917) }
        guard self.order.refunds.allSatisfy({ EbayOrderBody.status(of: $0) == "REFUNDED" }) else {
            throw EbayRefusal(34922)
        }
        let items = body["refundItems"]?.array ?? []
        guard items.isEmpty != (body["orderLevelRefundAmount"] == nil) else { throw EbayRefusal(34905) }
        var lines: [Order.Refund.Line] = []
        var amount = Price.zero
        if let whole = body["orderLevelRefundAmount"] {
            amount = try self.amount(whole)
        } else {
            for item in items { lines.append(try self.line(item)) }
            guard Set(lines.map(\.lineID)).count == lines.count else {
                throw EbayRefusal(34914, "a line is named twice")
            }
            amount = lines.reduce(.zero) { $0 + $1.subtotal }
        }
        guard amount <= self.order.netPayment else { throw EbayRefusal(34915) }
        let payment = Order.Transaction(
            id: self.state.nextID(), kind: "REFUND", gateway: "ebay", amount: amount,
            parentID: self.order.transactions.first?.id, createdAt: .now())
        let (_, refund) = self.state.refund(lines, amounts: [payment], note: body["comment"]?.text, of: self.order)
        return EbayAnswer(200, ["refundId": .string("\(refund.id)"), "refundStatus": "PENDING"])
    }

    private func amount(_ json: JSONValue) throws(EbayRefusal) -> Price {
        guard json["currency"]?.text == self.order.currency else { throw EbayRefusal(34909) }
        guard let amount = json["value"]?.text.flatMap({ Price(text: $0) }), amount > .zero else {
            throw EbayRefusal(34907)
        }
        return amount
    }

    private func line(_ item: JSONValue) throws(EbayRefusal) -> Order.Refund.Line {
        guard let text = item["lineItemId"]?.text else { throw EbayRefusal(34910) }
        guard let line = self.order.lines.first(where: { "\($0.id)" == text }) else { throw EbayRefusal(34914, text) }
        guard let json = item["refundAmount"] else { throw EbayRefusal(34907) }
        let amount = try self.amount(json)
        let given = self.order.refunds.flatMap(\.lines).filter { $0.lineID == line.id }
            .reduce(Price.zero) { $0 + $1.subtotal }
        guard amount <= line.price * line.quantity - given else { throw EbayRefusal(34924, text) }
        return Order.Refund.Line(
            id: self.state.nextID(), lineID: line.id, quantity: 0, restockType: "NO_RESTOCK", locationID: nil,
            subtotal: amount)
    }
}
