internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// An order as Orders 2026-01-01 tells it.
struct OrderView {
    static let data = [
        "BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX",
        "PAYMENT", "FULFILLMENT_ORDERS",
    ]
    static let statuses = [
        "PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE",
    ]

    let order: Order
    let account: AmazonAccount
    /// The parts that are asked for.
    let data: Set<String>

    static func status(of order: Order) -> String {
        // Whose lines were all cancelled one by one is cancelled, too.
        if order.cancelledAt != nil || order.lines.allSatisfy({ Self.isCancelled($0) }) { return "CANCELLED" }
        return switch order.fulfilmentStatus {
        case "FULFILLED": "SHIPPED"
        case "PARTIALLY_FULFILLED": "PARTIALLY_SHIPPED"
        default: "UNSHIPPED"
        }
    }

    private static func isCancelled(_ line: Order.Line) -> Bool { line.fulfilled == 0 && line.fulfillable == 0 }

    var json: JSONValue {
        var members: JSONValue.JSONObject = [
            "orderId": .string(AmazonOrderID.text(self.order.id)),
            "createdTime": .string(self.order.createdAt.text), "lastUpdatedTime": .string(self.order.updatedAt.text),
            "programs": [],
            "salesChannel": ["channelName": "AMAZON", "marketplaceId": .string(self.account.marketplaceID)],
        ]
        if self.data.contains("BUYER") {
            members["buyer"] = [
                "buyerName": .string(self.order.buyer.name), "buyerEmail": .string(self.order.buyer.email),
            ]
        }
        if self.data.contains("RECIPIENT") { members["recipient"] = ["deliveryAddress": self.address] }
        if self.data.contains("PROCEEDS") {
            members["proceeds"] = ["grandTotal": self.money(self.order.total)]
        }
        // What decides whether an order is to be sent is told in any case.
        members["fulfillment"] = [
            "fulfillmentStatus": .string(Self.status(of: self.order)), "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
        ]
        members["orderItems"] = .array(self.order.lines.map { self.json(of: $0) })
        if self.data.contains("PACKAGES") {
            members["packages"] = .array(
                self.order.fulfilments.filter { $0.status == "SUCCESS" }.map { self.json(of: $0) })
        }
        return .object(members)
    }

    private func money(_ price: Price) -> JSONValue {
        ["amount": .string(price.text), "currencyCode": .string(self.order.currency)]
    }

    private var address: JSONValue {
        let buyer = self.order.buyer
        var members: JSONValue.JSONObject = ["name": .string(buyer.name), "addressLine1": .string(buyer.address1)]
        if let line = buyer.address2 { members["addressLine2"] = .string(line) }
        members["city"] = .string(buyer.city)
        if let region = buyer.provinceCode { members["stateOrRegion"] = .string(region) }
        members["postalCode"] = .string(buyer.zip)
        members["countryCode"] = .string(buyer.countryCode)
        if let phone = buyer.phone { members["phone"] = .string(phone) }
        members["addressType"] = "RESIDENTIAL"
        return .object(members)
    }

    private func json(of line: Order.Line) -> JSONValue {
        var members: JSONValue.JSONObject = [
            "orderItemId": .string(String(line.id)), "quantityOrdered": .number(line.quantity),
            "product": [
                "title": .string(line.title), "sellerSku": .string(line.sku),
                "condition": ["conditionType": "NEW"], "price": ["unitPrice": self.money(line.price)],
            ],
        ]
        if self.data.contains("PROCEEDS") {
            let total = self.money(line.price * line.quantity)
            members["proceeds"] = ["proceedsTotal": total, "breakdowns": [["type": "ITEM", "subtotal": total]]]
        }
        if self.data.contains("CANCELLATION"), Self.isCancelled(line) {
            let isByBuyer = self.order.cancelReason == "CUSTOMER"
            members["cancellation"] = [
                "cancellationExecution": [
                    "cancelledBy": isByBuyer ? "BUYER" : "SELLER",
                    "cancelReason": .string(self.order.cancelReason ?? "NoInventory"),
                ]
            ]
        }
        if self.data.contains("FULFILLMENT") {
            members["fulfillment"] = [
                "quantityFulfilled": .number(line.fulfilled), "quantityUnfulfilled": .number(line.fulfillable),
            ]
        }
        return .object(members)
    }

    private func json(of parcel: Order.Fulfilment) -> JSONValue {
        var members: JSONValue.JSONObject = [
            "packageReferenceId": .string(parcel.reference ?? String(parcel.id)),
            "createdTime": .string(parcel.createdAt.text), "packageStatus": ["status": "SHIPPED"],
        ]
        if let carrier = parcel.tracking.first?.company { members["carrier"] = .string(carrier) }
        members["shipTime"] = .string(parcel.createdAt.text)
        if let number = parcel.tracking.first?.number { members["trackingNumber"] = .string(number) }
        members["packageItems"] = .array(
            parcel.lines.map { ["orderItemId": .string(String($0.lineID)), "quantity": .number($0.quantity)] })
        return .object(members)
    }
}
