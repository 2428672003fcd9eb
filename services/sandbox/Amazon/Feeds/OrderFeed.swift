internal import SandboxShop

/// A feed about orders: what the seller cannot send, and money that is given back.
///
/// The schemas are published no more; this is what older sellers' tools send.
struct OrderFeed {
    static let cancellations = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
    static let refunds = "POST_PAYMENT_ADJUSTMENT_DATA"

    /// Why a message is not done.
    private struct Fault: Error {
        let description: String
    }

    private let isRefund: Bool
    private let messages: [XMLNode]

    /// - Returns: `nil`: the platform breaks a feed with such a document off.
    init?(_ bytes: [UInt8], _ feedType: String, _ account: AmazonAccount) {
        self.isRefund = feedType == Self.refunds
        guard let text = String(validating: bytes, as: UTF8.self), let document = XMLNode(text),
            document.name == "AmazonEnvelope",
            document["Header"]?["MerchantIdentifier"]?.text == account.sellerID,
            document["MessageType"]?.text == (self.isRefund ? "OrderAdjustment" : "OrderAcknowledgement")
        else { return nil }
        self.messages = document.all("Message")
    }

    /// Does what its messages say, and returns the report.
    func perform(_ feedID: Int64, _ state: ShopState) -> String {
        var results = ""
        var failed = 0
        for message in self.messages {
            do throws(Fault) {
                if self.isRefund { try self.refund(message, state) } else { try self.cancel(message, state) }
            } catch {
                failed += 1
                results +=
                    "<Result><MessageID>\(message["MessageID"]?.text ?? "0")</MessageID><ResultCode>Error</ResultCode>"
                    + "<ResultMessageCode>18028</ResultMessageCode><ResultDescription>\(error.description)"
                    + "</ResultDescription></Result>"
            }
        }
        let count = self.messages.count
        return
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion>"
            + "</Header><MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>"
            + "<DocumentTransactionID>\(feedID)</DocumentTransactionID><StatusCode>Complete</StatusCode><ProcessingSummary>"
            + "<MessagesProcessed>\(count)</MessagesProcessed><MessagesSuccessful>\(count - failed)</MessagesSuccessful>"
            + "<MessagesWithError>\(failed)</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning>"
            + "</ProcessingSummary>\(results)</ProcessingReport></Message></AmazonEnvelope>"
    }

    private func order(_ content: XMLNode?, _ state: ShopState) throws(Fault) -> Order {
        let id = content?["AmazonOrderID"]?.text ?? ""
        guard let order = AmazonOrderID.number(id).flatMap({ state.orders[$0] }) else {
            throw Fault(description: "the seller has no such order")
        }
        return order
    }

    private func line(_ item: XMLNode, _ order: Order) throws(Fault) -> Order.Line {
        let id = Int64(item["AmazonOrderItemCode"]?.text ?? "")
        guard let line = order.lines.first(where: { $0.id == id }) else {
            throw Fault(description: "the order has no such item")
        }
        return line
    }

    // MARK: Cancellations

    private func cancel(_ message: XMLNode, _ state: ShopState) throws(Fault) {
        let content = message["OrderAcknowledgement"]
        let order = try self.order(content, state)
        guard content?["StatusCode"]?.text == "Failure" else { return }
        let items = content?.all("Item") ?? []
        let lines = try items.map { item throws(Fault) in try self.line(item, order) }
        let open = order.lines.filter { $0.current > 0 }
        let reason = items.first?["CancelReason"]?.text ?? "GeneralAdjustment"
        guard order.cancelledAt == nil, lines.allSatisfy({ $0.fulfilled == 0 && $0.current > 0 }) else {
            throw Fault(description: "what was sent or cancelled cannot be cancelled")
        }
        guard lines.isEmpty || Set(lines.map(\.id)) == Set(open.map(\.id)) else {
            return self.cancel(lines, of: order, reason, state)
        }
        do throws(OrderRefusal) {
            _ = try state.cancel(order, reason: reason, restocks: true, refunds: true)
        } catch {
            throw Fault(description: "\(error)")
        }
    }

    private func cancel(_ lines: [Order.Line], of order: Order, _ reason: String, _ state: ShopState) {
        let parts = lines.map { line in
            Order.Refund.Line(
                id: state.nextID(), lineID: line.id, quantity: line.current, restockType: "CANCEL",
                locationID: state.index.locationIDs.first, subtotal: line.price * line.current)
        }
        let amount = parts.reduce(Price.zero) { $0 + $1.subtotal }
        _ = state.refund(parts, amounts: [self.payment(amount, order, state)], note: reason, of: order)
    }

    private func payment(_ amount: Price, _ order: Order, _ state: ShopState) -> Order.Transaction {
        Order.Transaction(
            id: state.nextID(), kind: "REFUND", gateway: "bogus", amount: amount,
            parentID: order.transactions.first?.id, createdAt: .now())
    }

    // MARK: Refunds

    private func refund(_ message: XMLNode, _ state: ShopState) throws(Fault) {
        let content = message["OrderAdjustment"]
        let order = try self.order(content, state)
        var parts: [Order.Refund.Line] = []
        for item in content?.all("AdjustedItem") ?? [] {
            let line = try self.line(item, order)
            let components = item["ItemPriceAdjustments"]?.all("Component") ?? []
            for component in components {
                guard let node = component["Amount"], let amount = Price(text: node.text), amount > .zero,
                    node.attributes.contains("currency=\"\(order.currency)\"")
                else { throw Fault(description: "an amount is none above zero in \(order.currency)") }
                // The money alone comes back: nothing says how many pieces it is for.
                parts.append(
                    Order.Refund.Line(
                        id: state.nextID(), lineID: line.id, quantity: 0, restockType: "NO_RESTOCK", locationID: nil,
                        subtotal: amount))
            }
        }
        let amount = parts.reduce(Price.zero) { $0 + $1.subtotal }
        guard amount > .zero, amount <= order.netPayment else {
            throw Fault(description: "\(order.netPayment.text) can be given back, and \(amount.text) are asked for")
        }
        _ = state.refund(parts, amounts: [self.payment(amount, order, state)], note: nil, of: order)
    }
}
