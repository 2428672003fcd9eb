internal import Foundation
internal import OrderedCollections
import SandboxJSON

@testable import SandboxShop

/// Makes a shop what a recording presumes it to have been.
///
/// Ids are those of the recording. What an answer says is missing is not made.
struct RecordedState {
    let exchange: RecordedExchange
    let state: ShopState
    private let moment = Moment(milliseconds: 1_780_000_000_000)

    private func number(_ gid: String?) -> Int64? {
        gid?.split(separator: "/").last.flatMap { Int64($0.split(separator: "?")[0]) }
    }

    /// The messages and codes of all errors that were answered.
    private var told: String { self.exchange.response.jsonText }

    func prepare() {
        for (field, _) in self.exchange.data {
            switch field {
            case "inventorySetQuantities", "inventorySetOnHandQuantities", "inventoryAdjustQuantities":
                self.stock()
            case "fulfillmentCreate": self.fulfilmentOrders()
            case "metafieldsSet": self.metafields()
            case "refundCreate": self.refundedOrder()
            case "orderCancel": self.cancelledOrder()
            default: continue
            }
        }
    }

    // MARK: Stock

    private func stock() {
        let input = self.exchange.variables["input"]
        let rows = (input?["quantities"] ?? input?["setQuantities"] ?? input?["changes"])?.array ?? []
        let name = input?["name"]?.text ?? "on_hand"
        for row in rows {
            guard let item = self.number(row["inventoryItemId"]?.text), let place = self.number(row["locationId"]?.text)
            else { continue }
            if !self.told.contains("INVALID_LOCATION") { self.location(place) }
            guard !self.told.contains("INVALID_INVENTORY_ITEM") else { continue }
            self.variant(item: item, id: item + 1, product: item + 2)
            guard !self.told.contains("INVALID_LOCATION") else { continue }
            var level = Level(itemID: item, locationID: place, at: self.moment)
            let quantity = Int(row["changeFromQuantity"]?.integer ?? 0)
            if name == "available" || name == "on_hand" {
                level.available = quantity
            } else {
                level.others = [name: quantity]
            }
            self.state.put(level)
        }
    }

    private func location(_ id: Int64) {
        guard self.state.locations[id] == nil else { return }
        self.state.put(Location(id: id, name: "Shop location", isActive: true, createdAt: self.moment))
    }

    private func variant(item: Int64, id: Int64, product: Int64) {
        guard self.state.variants[id] == nil else { return }
        var made = Product(
            id: product, title: "Recorded", handle: "recorded-\(product)", vendor: "Recorded",
            options: [.init(id: product + 1, name: "Title", values: [])], at: self.moment)
        made.variantIDs = [id]
        self.state.put(made)
        self.state.put(
            Variant(
                id: id, productID: product, itemID: item, sku: "SKU-\(item)", price: Price(hundredths: 1_000),
                optionValues: ["Default Title"], at: self.moment))
    }

    // MARK: Orders

    private func order(_ id: Int64, lines: [(id: Int64, quantity: Int)]) -> Order {
        self.variant(item: 901, id: 902, product: 903)
        self.location(904)
        return Order(
            id: id, number: Int(id % 100_000),
            lines: lines.map {
                Order.Line(
                    id: $0.id, variantID: 902, productID: 903, sku: "SKU-901", title: "Recorded",
                    variantTitle: "Default Title", price: Price(hundredths: 1_000), quantity: $0.quantity,
                    fulfillable: $0.quantity)
            }, buyer: .sample, currency: "CAD", createdAt: self.moment, updatedAt: self.moment)
    }

    /// The numbers that a message names in brackets.
    private var bracketed: [Int64] {
        guard let open = self.told.range(of: "with ids ["), let end = self.told[open.upperBound...].firstIndex(of: "]")
        else { return [] }
        return self.told[open.upperBound..<end].split(separator: ", ").compactMap { Int64($0) }
    }

    private func fulfilmentOrders() {
        let groups = self.exchange.variables["fulfillment"]?["lineItemsByFulfillmentOrder"]?.array ?? []
        let severalOrders = self.told.contains("Multiple orders")
        let severalLocations = self.told.contains("Multiple locations")
        let named = self.bracketed
        var orders: [Int64: Order] = [:]
        for (index, group) in groups.enumerated() {
            guard let id = self.number(group["fulfillmentOrderId"]?.text) else { continue }
            let isLast = index == groups.count - 1
            if isLast, self.told.contains("Fulfillment order does not exist.") { continue }
            let owner = severalOrders && index < named.count ? named[index] : named.first ?? 905
            let place = severalLocations && index < named.count ? named[index] : 904
            self.location(place)
            let part = self.part(id, group, place, isLast: isLast)
            var order = orders[owner] ?? self.order(owner, lines: [])
            // All parts are of one line of the order.
            let quantity = (order.lines.first?.quantity ?? 0) + part.lines.reduce(0) { $0 + $1.total }
            order.lines = self.order(owner, lines: [(909, quantity)]).lines
            order.fulfilmentOrders.append(part)
            orders[owner] = order
        }
        for order in orders.values { self.state.put(order) }
    }

    private func part(
        _ id: Int64, _ group: JSONValue, _ place: Int64, isLast: Bool
    ) -> Order.FulfilmentOrder {
        let isShort = isLast && self.told.contains("Invalid fulfillment order line item quantity")
        let lacksLine = isLast && self.told.contains("Fulfillment order line item does not exist")
        var lines = (group["fulfillmentOrderLineItems"]?.array ?? []).compactMap {
            item -> Order.FulfilmentOrder.Line? in
            guard let line = self.number(item["id"]?.text), !lacksLine else { return nil }
            let quantity = max(1, Int(item["quantity"]?.integer ?? 1))
            return .init(id: line, lineID: 909, total: quantity, remaining: isShort ? quantity - 1 : quantity)
        }
        if lines.isEmpty { lines = [.init(id: id + 10, lineID: 909, total: 1, remaining: 1)] }
        let isClosed = self.told.contains("\(id) has an unfulfillable status= closed")
        return Order.FulfilmentOrder(
            id: id, locationID: place, status: isClosed ? "CLOSED" : "OPEN", lines: lines, createdAt: self.moment,
            updatedAt: self.moment)
    }

    private func cancelledOrder() {
        guard let id = self.number(self.exchange.variables["orderId"]?.text) else { return }
        var order = self.order(id, lines: [(906, 1)])
        if self.told.contains("already been canceled") { order.cancelledAt = self.moment }
        if self.told.contains("outstanding fulfillments") {
            order.fulfilments = [
                .init(
                    id: 907, name: "#1-F1", status: "SUCCESS", locationID: 904, fulfilmentOrderIDs: [], lines: [],
                    tracking: [], notifiesCustomer: false, createdAt: self.moment, updatedAt: self.moment)
            ]
        }
        self.state.put(order)
    }

    private func refundedOrder() {
        let input = self.exchange.variables["input"]
        guard let id = self.number(input?["orderId"]?.text), !self.told.contains("Order does not exist") else { return }
        let lines = (input?["refundLineItems"]?.array ?? []).compactMap { item in
            self.number(item["lineItemId"]?.text).map { ($0, Int(item["quantity"]?.integer ?? 1)) }
        }
        let isShort = self.told.contains("more items than were purchased")
        let isOverpaid = self.told.contains("greater than net payment")
        var order = self.order(
            id, lines: lines.isEmpty ? [(908, 5)] : lines.map { ($0.0, isShort ? $0.1 - 1 : $0.1 + 4) })
        // So that what was paid is what the message tells.
        if isOverpaid { order.lines = self.order(id, lines: [(908, 3)]).lines }
        if isOverpaid { order.shipping = Price(hundredths: 500) }
        for payment in input?["transactions"]?.array ?? [] {
            guard let parent = self.number(payment["parentId"]?.text),
                !self.told.contains("Transactions require a parent_id")
            else { continue }
            order.transactions.append(
                .init(
                    id: parent, kind: "SALE", gateway: payment["gateway"]?.text ?? "manual", amount: order.total,
                    parentID: nil, createdAt: self.moment))
        }
        self.state.put(order)
    }

    // MARK: Metafields

    private func metafields() {
        for input in self.exchange.variables["metafields"]?.array ?? [] {
            guard let owner = self.number(input["ownerId"]?.text) else { continue }
            self.variant(item: owner + 2, id: owner + 1, product: owner)
            guard self.told.contains("STALE_OBJECT"), let key = input["key"]?.text else { continue }
            self.state.put(
                Metafield(
                    id: owner + 3, ownerID: input["ownerId"]?.text ?? "", namespace: input["namespace"]?.text ?? "",
                    key: key, type: "single_line_text_field", value: "Other", at: self.moment))
        }
    }
}
