public import SandboxShop

/// What became of a file.
public struct FeedOutcome: Sendable {
    /// The rows that were done.
    public var accepted = 0
    /// The rows that were refused.
    public var refused = 0
    /// What became of each row, as a file.
    public var result: [UInt8] = []

    /// Nothing.
    public init() {}
}

/// A file of a seller's: stock and prices, or what is to become of orders. All of it is done at once; rows that are
/// refused change nothing.
public struct FeedFile: Sendable {
    private enum Kind { case shelf, orders }

    private static let resultHeader = ["row", "key", "status", "code", "message"]

    private let table: CSVTable
    private let kind: Kind

    /// Reads a file.
    ///
    /// - Throws: ``CSVFault`` where it is no table, or has the columns of neither kind.
    public init(_ bytes: [UInt8]) throws(CSVFault) {
        self.table = try CSVTable(bytes)
        let columns = Set(self.table.header)
        if columns.isSuperset(of: ["order_id", "action"]) {
            self.kind = .orders
        } else if columns.contains("sku"), columns.contains("quantity") || columns.contains("price") {
            self.kind = .shelf
        } else {
            throw CSVFault(
                description:
                    "a file has the columns sku, and quantity or price with currency; or order_id, action, and "
                    + "sku, quantity, carrier, tracking_number, reason; this one has "
                    + self.table.header.joined(separator: ", "))
        }
        let known: Set<String> =
            self.kind == .shelf
            ? ["sku", "quantity", "price", "currency"]
            : ["order_id", "action", "sku", "quantity", "carrier", "tracking_number", "reason"]
        if let stranger = self.table.header.first(where: { !known.contains($0) }) {
            throw CSVFault(
                description: "there is no column \(stranger); there are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// Does what the file says.
    public func apply(to state: ShopState) -> FeedOutcome {
        var outcome = FeedOutcome()
        var results: [[String]] = []
        let interval = state.faults.refusedRowInterval
        for (index, row) in self.table.rows.enumerated() {
            var refusal: FeedRefusal?
            if interval > 0, (index + 1).isMultiple(of: interval) {
                refusal = FeedRefusal(code: "TEMPORARY", message: "the row could not be processed; send it again")
            } else {
                refusal = self.kind == .shelf ? self.setShelf(row, state) : self.act(row, state)
            }
            outcome.accepted += refusal == nil ? 1 : 0
            outcome.refused += refusal == nil ? 0 : 1
            results.append([
                String(index + 1), self.text(self.kind == .shelf ? "sku" : "order_id", row),
                refusal == nil ? "ok" : "refused", refusal?.code ?? "", refusal?.message ?? "",
            ])
        }
        outcome.result = CSVTable.file(Self.resultHeader, results)
        return outcome
    }

    /// The result of a file that is no table.
    public static func result(of fault: CSVFault) -> [UInt8] {
        CSVTable.file(Self.resultHeader, [["0", "", "refused", "BAD_FILE", fault.description]])
    }

    private func text(_ column: String, _ row: [String]) -> String {
        self.table.column(column).map { row[$0] } ?? ""
    }
}

/// Why a row is refused.
struct FeedRefusal: Error {
    var code: String
    var message: String
}

// MARK: - Stock and prices

extension FeedFile {
    private func setShelf(_ row: [String], _ state: ShopState) -> FeedRefusal? {
        let sku = self.text("sku", row)
        guard let variant = state.variant(sku: sku) else {
            return FeedRefusal(code: "UNKNOWN_SKU", message: "there is no listing with the SKU \(sku)")
        }
        let (quantityText, priceText) = (self.text("quantity", row), self.text("price", row))
        let quantity = Int(quantityText)
        if !quantityText.isEmpty, quantity.map({ !(0...ShopState.maximumQuantity).contains($0) }) ?? true {
            return FeedRefusal(
                code: "BAD_QUANTITY",
                message: "\(quantityText) is no whole number from 0 to \(ShopState.maximumQuantity)")
        }
        let price = Price(text: priceText)
        if !priceText.isEmpty {
            guard let price, price >= .zero else {
                return FeedRefusal(code: "BAD_PRICE", message: "\(priceText) is no amount such as 12.50")
            }
            let currency = self.text("currency", row)
            guard currency == state.settings.currency else {
                return FeedRefusal(
                    code: "BAD_CURRENCY", message: "the shop's currency is \(state.settings.currency), not \(currency)")
            }
        }
        guard quantity != nil || price != nil else {
            return FeedRefusal(code: "NOTHING", message: "the row has neither a quantity nor a price")
        }
        if let quantity, let level = state.levels(of: variant.itemID).first {
            state.change(level, "available", by: quantity - state.available(variant))
        }
        if let price { state.setPrice(price, compareAt: variant.compareAtPrice, of: variant) }
        return nil
    }
}

// MARK: - Orders

extension FeedFile {
    private func act(_ row: [String], _ state: ShopState) -> FeedRefusal? {
        let name = self.text("order_id", row)
        guard let id = Int64(name), let order = state.orders[id] else {
            return FeedRefusal(code: "UNKNOWN_ORDER", message: "there is no order \(name)")
        }
        switch self.text("action", row) {
        case "acknowledge": return nil
        case "ship": return self.ship(row, order, state)
        case "cancel":
            do throws(OrderRefusal) {
                _ = try state.cancel(order, reason: "INVENTORY", restocks: true, refunds: true)
                return nil
            } catch {
                return FeedRefusal(code: error.code.rawValue, message: error.description)
            }
        case "refund": return self.refund(row, order, state)
        case let action:
            return FeedRefusal(
                code: "BAD_ACTION", message: "\(action) is none of acknowledge, ship, cancel, refund")
        }
    }

    private func ship(_ row: [String], _ order: Order, _ state: ShopState) -> FeedRefusal? {
        let (sku, number) = (self.text("sku", row), self.text("tracking_number", row))
        // The same parcel again is the same message again.
        let isKnown = order.fulfilments.contains { fulfilment in
            fulfilment.tracking.contains { $0.number == number && !number.isEmpty }
                && fulfilment.lines.contains { sent in order.lines.contains { $0.id == sent.lineID && $0.sku == sku } }
        }
        if isKnown { return nil }
        guard let line = order.lines.first(where: { $0.sku == sku }) else {
            return FeedRefusal(code: "UNKNOWN_SKU", message: "the order has no \(sku)")
        }
        let text = self.text("quantity", row)
        guard let quantity = text.isEmpty ? line.fulfillable : Int(text),
            (1...max(1, line.fulfillable)).contains(quantity),
            line.fulfillable > 0
        else {
            return FeedRefusal(
                code: "BAD_QUANTITY", message: "\(line.fulfillable) of \(sku) are to be sent, and \(text) are given")
        }
        var rest = quantity
        var quantities: [Int64: Int] = [:]
        for planned in order.fulfilmentOrders.flatMap(\.lines) where planned.lineID == line.id && rest > 0 {
            quantities[planned.id] = min(rest, planned.remaining)
            rest -= min(rest, planned.remaining)
        }
        let carrier = self.text("carrier", row)
        _ = state.fulfil(
            quantities.filter { $0.value > 0 }, of: order,
            tracking: [
                .init(number: number.isEmpty ? nil : number, url: nil, company: carrier.isEmpty ? nil : carrier)
            ],
            notifies: false)
        return nil
    }

    private func refund(_ row: [String], _ order: Order, _ state: ShopState) -> FeedRefusal? {
        let sku = self.text("sku", row)
        guard let line = order.lines.first(where: { $0.sku == sku }) else {
            return FeedRefusal(code: "UNKNOWN_SKU", message: "the order has no \(sku)")
        }
        let text = self.text("quantity", row)
        guard let quantity = text.isEmpty ? line.current : Int(text), quantity > 0, quantity <= line.current else {
            return FeedRefusal(
                code: "BAD_QUANTITY", message: "\(line.current) of \(sku) can be refunded, and \(text) are given")
        }
        let amount = line.price * quantity
        let payment = Order.Transaction(
            id: state.nextID(), kind: "REFUND", gateway: "bogus", amount: amount,
            parentID: order.transactions.first?.id, createdAt: .now())
        let back = Order.Refund.Line(
            id: state.nextID(), lineID: line.id, quantity: quantity, restockType: "NO_RESTOCK", locationID: nil,
            subtotal: amount)
        _ = state.refund([back], amounts: [payment], note: nil, of: order)
        return nil
    }
}
