internal import ChannelAdapter
internal import FileFormats
internal import OrderMessages

/// What Orders v0 calls what Orders 2026-01-01 has other names for.
enum AmazonOrderV0 {
    static let items = "OrderItems"

    private static let statuses = [
        "Pending": "PENDING", "PendingAvailability": "PENDING_AVAILABILITY", "Unshipped": "UNSHIPPED",
        "PartiallyShipped": "PARTIALLY_SHIPPED", "Shipped": "SHIPPED", "InvoiceUnconfirmed": "SHIPPED",
        "Canceled": "CANCELLED", "Unfulfillable": "UNFULFILLABLE",
    ]
    private static let unpaid: Set<String> = ["PENDING", "PENDING_AVAILABILITY"]
    /// Programs by the member that tells of each.
    private static let programs: KeyValuePairs = [
        "IsBusinessOrder": "AMAZON_BUSINESS", "IsISPU": "IN_STORE_PICK_UP", "IsPremiumOrder": "PREMIUM",
        "IsPrime": "PRIME",
    ]

    /// The newer name of an order's state; one that is not known as it is; nil: the order is none of v0.
    static func status(_ order: JSONValue) -> String? {
        guard order["AmazonOrderId"] != nil else { return nil }
        let status = order["OrderStatus"]?.text ?? ""
        return Self.statuses[status] ?? status
    }

    static func isUnpaid(_ order: JSONValue) -> Bool { Self.status(order).map { Self.unpaid.contains($0) } ?? false }

    static func programs(_ order: JSONValue) -> [String] {
        Self.programs.filter { order[$0.key]?.truth == true }.map(\.value)
    }

    static func platformOrder(_ json: JSONValue) throws(PlatformFault) -> PlatformOrder {
        guard let id = json["AmazonOrderId"]?.text, !id.isEmpty,
            let changedAt = json["LastUpdateDate"]?.text.flatMap({ PlatformTime.microseconds($0) })
        else { throw .unreadable("an order has no id, or no time of its change") }
        return PlatformOrder(id: id, changedAt: changedAt, body: json.bytes)
    }

    /// What tasks look at of an order, by the newer names. It has no parcels: v0 tells of none.
    static func newer(_ order: JSONValue) -> JSONValue {
        .members([
            "orderId": order["AmazonOrderId"],
            "fulfillment": .members(["fulfillmentStatus": Self.status(order).map { .string($0) }]),
            "orderItems": .array((order[Self.items]?.elements ?? []).map { Self.newerItem($0) }),
        ])
    }

    private static func newerItem(_ item: JSONValue) -> JSONValue {
        let (ordered, shipped) = (item["QuantityOrdered"]?.integer ?? 0, item["QuantityShipped"]?.integer ?? 0)
        return .members([
            "orderItemId": item["OrderItemId"], "quantityOrdered": .integer(ordered),
            "product": .members(["sellerSku": item["SellerSKU"]]),
            "fulfillment": .members([
                "quantityFulfilled": .integer(shipped), "quantityUnfulfilled": .integer(max(0, ordered - shipped)),
            ]),
            // A line that was cancelled stays, and nothing is ordered of it any more.
            "cancellation": ordered == 0 ? .members(["cancellationExecution": .members([:])]) : nil,
        ])
    }
}

extension AmazonOrder.Names {
    static let v0 = AmazonOrder.Names(
        status: "OrderStatus", lines: AmazonOrderV0.items, sku: "SellerSKU", price: "ItemPrice")
}

extension AmazonOrder {
    /// Reads an order of v0 that its items were put into.
    mutating func readV0(_ json: JSONValue) throws(PlatformFault) {
        let fields = AmazonFields(json)
        self.names = .v0
        self.id = try fields.neededText("AmazonOrderId")
        self.createdAt = try fields.instant("PurchaseDate")
        self.updatedAt = try fields.instant("LastUpdateDate")
        _ = try fields.neededText("OrderStatus")
        self.status = AmazonOrderV0.status(json) ?? ""
        self.fulfilledBy = fields.text("FulfillmentChannel") == "AFN" ? "AMAZON" : "MERCHANT"
        self.buyerName = json.at("BuyerInfo", "BuyerName")?.text ?? ""
        self.buyerEmail = json.at("BuyerInfo", "BuyerEmail")?.text ?? ""
        self.address = Address(amazon: json["ShippingAddress"], isCapitalised: true)
        self.programs = AmazonOrderV0.programs(json)
        if let total = json["OrderTotal"] { self.totalMicros = try self.micros(total, "OrderTotal", .v0) }
        guard case .array(let items)? = json[AmazonOrderV0.items] else {
            // Nobody asked for them.
            if AmazonOrderV0.isUnpaid(json) { return }
            throw .notUnderstood(AmazonOrderV0.items, "is missing or no list")
        }
        try Self.requireFew(items, AmazonOrderV0.items)
        for (place, item) in items.enumerated() { try self.readV0(item, "\(AmazonOrderV0.items)[\(place)]") }
    }

    private mutating func readV0(_ item: JSONValue, _ path: String) throws(PlatformFault) {
        let fields = AmazonFields(item, at: path)
        let quantity = try fields.count("QuantityOrdered")
        var line = Line(
            id: try fields.neededText("OrderItemId"), sku: fields.text("SellerSKU"), title: fields.text("Title"),
            quantity: quantity, currentQuantity: quantity, priceMicros: nil, proceeds: [:], shippingTaxMicros: 0)
        var discount = try self.sumV0(item, path, ["PromotionDiscount"])
        if item["ItemPrice"] != nil, quantity > 0 {
            // The price is that of all units. Where it is no multiple of theirs, what a unit's is too great by is taken off.
            let price = try self.sumV0(item, path, ["ItemPrice"])
            let (unit, rest) = price.quotientAndRemainder(dividingBy: quantity)
            line.priceMicros = rest > 0 ? unit + 1 : unit
            line.proceeds["ITEM"] = price
            try discount.add(rest > 0 ? quantity - rest : -rest, path)
        }
        line.proceeds["DISCOUNT"] = discount
        line.proceeds["SHIPPING"] = try self.sumV0(item, path, ["ShippingPrice"], less: ["ShippingDiscount"])
        line.proceeds["GIFT_WRAP"] = try self.sumV0(item, path, ["BuyerInfo.GiftWrapPrice"])
        line.proceeds["COD_FEE"] = try self.sumV0(item, path, ["CODFee"], less: ["CODFeeDiscount"])
        line.proceeds["TAX"] = try self.sumV0(
            item, path, ["ItemTax", "ShippingTax", "BuyerInfo.GiftWrapTax"],
            less: ["PromotionDiscountTax", "ShippingDiscountTax"])
        line.shippingTaxMicros = try self.sumV0(
            item, path, ["ShippingTax", "BuyerInfo.GiftWrapTax"], less: ["ShippingDiscountTax"])
        self.lines.append(line)
    }

    /// Amounts of an item together; those that are missing are none.
    private mutating func sumV0(
        _ item: JSONValue, _ path: String, _ names: [String], less others: [String] = []
    ) throws(PlatformFault) -> Int64 {
        var sum = AmazonSum(path)
        for (name, isTakenOff) in names.map({ ($0, false) }) + others.map({ ($0, true) }) {
            let parts = name.split(separator: ".").map(String.init)
            guard let amount = parts.reduce(item, { $0?[$1] }) else { continue }
            let isDiscount = isTakenOff || name == "PromotionDiscount"
            let micros = try self.micros(amount, "\(path).\(name)", isTakenOff: isDiscount, .v0)
            try sum.add(isTakenOff ? -micros : micros)
        }
        return sum.micros
    }
}

extension Int64 {
    fileprivate mutating func add(_ more: Int64, _ name: String) throws(PlatformFault) {
        var sum = AmazonSum(name)
        try sum.add(self)
        try sum.add(more)
        self = sum.micros
    }
}
