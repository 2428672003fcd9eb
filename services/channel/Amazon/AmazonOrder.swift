internal import ChannelAdapter
internal import FileFormats
internal import OrderMessages

/// An order of the platform, as Orders 2026-01-01 has it.
struct AmazonOrder: Sendable {
    struct Line: Hashable, Sendable {
        var id: String
        var sku: String
        var title: String
        /// Units that were ordered.
        var quantity: Int64
        /// Units that were sent or are to be; less than ordered where some were cancelled.
        var currentQuantity: Int64
        /// Of one unit; nil: the platform said none, and ours counts.
        var priceMicros: Int64?
        /// What the platform says was paid for the line by kind: "ITEM", "SHIPPING", "TAX".
        var proceeds: [String: Int64]
        /// The part of the tax that is on shipping.
        var shippingTaxMicros: Int64
    }

    var id = ""
    var createdAt: Int64 = 0
    var updatedAt: Int64 = 0
    /// "UNSHIPPED", in capitals.
    var status = ""
    /// "MERCHANT" or "AMAZON".
    var fulfilledBy = ""
    /// Empty: no amount was said.
    var currency = ""
    var totalMicros: Int64?
    /// Paid for the order as a whole and for none of its lines.
    var tipMicros: Int64 = 0
    var lines: [Line] = []
    var buyerName = ""
    var buyerEmail = ""
    var address: Address?
    var trackingNumber = ""
    var programs: [String] = []
    /// What the version that it came by calls what may be wrong with it.
    var names = Names.newer

    /// The names of fields, for people.
    struct Names: Sendable {
        let status: String
        let lines: String
        let sku: String
        let price: String

        static let newer = Names(
            status: "fulfillment.fulfillmentStatus", lines: "orderItems", sku: "product.sellerSku",
            price: "product.price")
    }

    /// Of an order of which nothing will be sent.
    static let cancelledStatuses: Set<String> = ["CANCELLED", "CANCELED", "UNFULFILLABLE"]

    static func json(_ body: [UInt8]) throws(PlatformFault) -> JSONValue {
        let json: JSONValue
        do throws(JSONFault) {
            json = try JSONValue(body[...])
        } catch {
            throw .notUnderstood("the body", "is no JSON at byte \(error.offset): \(error.reason)")
        }
        guard case .object = json else { throw .notUnderstood("the body", "is \(json.kind), and no object") }
        return json
    }

    init(_ body: [UInt8]) throws(PlatformFault) {
        let json = try Self.json(body)
        if AmazonOrderV0.status(json) != nil { try self.readV0(json) } else { try self.read(json) }
    }

    private mutating func read(_ json: JSONValue) throws(PlatformFault) {
        let fields = AmazonFields(json)
        self.id = try fields.neededText("orderId")
        self.createdAt = try fields.instant("createdTime")
        self.updatedAt = try fields.instant("lastUpdatedTime")
        guard let fulfillment = json["fulfillment"] else { throw .notUnderstood("fulfillment", "is missing") }
        self.status = try AmazonFields(fulfillment, at: "fulfillment").neededText("fulfillmentStatus").uppercased()
        self.fulfilledBy = fulfillment["fulfilledBy"]?.text ?? ""
        self.buyerName = json.at("buyer", "buyerName")?.text ?? ""
        self.buyerEmail = json.at("buyer", "buyerEmail")?.text ?? ""
        self.address = Address(amazon: json.at("recipient", "deliveryAddress"))
        self.trackingNumber = json["packages"]?.elements.first?["trackingNumber"]?.text ?? ""
        self.programs = json["programs"]?.elements.compactMap(\.text) ?? []
        try self.readProceeds(json["proceeds"])
        guard case .array(let items)? = json["orderItems"] else {
            throw .notUnderstood("orderItems", "is missing or no list")
        }
        try Self.requireFew(items, "orderItems")
        for (place, item) in items.enumerated() { try self.read(item, "orderItems[\(place)]") }
    }

    static func requireFew(_ items: [JSONValue], _ name: String) throws(PlatformFault) {
        guard items.count <= AmazonLimits.orderLines else {
            throw .notUnderstood(name, "are \(items.count), and at most \(AmazonLimits.orderLines) are read")
        }
    }

    private mutating func readProceeds(_ json: JSONValue?) throws(PlatformFault) {
        guard let json else { return }
        if let total = json["grandTotal"] {
            self.totalMicros = try self.micros(total, "proceeds.grandTotal")
        }
        for breakdown in json["breakdowns"]?.elements ?? [] where breakdown["type"]?.text == "DELIVERY_TIP" {
            self.tipMicros = try self.micros(breakdown["subtotal"] ?? .null, "proceeds.breakdowns.subtotal")
        }
    }

    private mutating func read(_ item: JSONValue, _ path: String) throws(PlatformFault) {
        let fields = AmazonFields(item, at: path)
        let quantity = try fields.count("quantityOrdered")
        var line = Line(
            id: try fields.neededText("orderItemId"), sku: item.at("product", "sellerSku")?.text ?? "",
            title: item.at("product", "title")?.text ?? "", quantity: quantity,
            currentQuantity: try Self.currentQuantity(item["fulfillment"], quantity, path), priceMicros: nil,
            proceeds: [:], shippingTaxMicros: 0)
        if let price = item.at("product", "price", "unitPrice") {
            line.priceMicros = try self.micros(price, "\(path).product.price.unitPrice")
        }
        for breakdown in item.at("proceeds", "breakdowns")?.elements ?? [] {
            let type = breakdown["type"]?.text ?? "OTHER"
            let name = "\(path).proceeds.breakdowns"
            var sum = AmazonSum(name)
            try sum.add(line.proceeds[type] ?? 0)
            try sum.add(
                try self.micros(
                    breakdown["subtotal"] ?? .null, "\(name).subtotal", isTakenOff: type == "DISCOUNT"))
            line.proceeds[type] = sum.micros
            guard type == "TAX" else { continue }
            var shippingTax = AmazonSum("\(name).detailedBreakdowns")
            try shippingTax.add(line.shippingTaxMicros)
            for part in breakdown["detailedBreakdowns"]?.elements ?? [] where part["subtype"]?.text == "SHIPPING" {
                try shippingTax.add(try self.micros(part["value"] ?? .null, "\(name).detailedBreakdowns.value"))
            }
            line.shippingTaxMicros = shippingTax.micros
        }
        self.lines.append(line)
    }

    private static func currentQuantity(
        _ fulfillment: JSONValue?, _ quantity: Int64, _ path: String
    ) throws(PlatformFault) -> Int64 {
        guard let fulfillment, fulfillment["quantityFulfilled"] != nil, fulfillment["quantityUnfulfilled"] != nil else {
            return quantity
        }
        let fields = AmazonFields(fulfillment, at: "\(path).fulfillment")
        return min(quantity, try fields.count("quantityFulfilled") + fields.count("quantityUnfulfilled"))
    }

    /// An amount in the order's one currency.
    mutating func micros(
        _ json: JSONValue, _ name: String, isTakenOff: Bool = false, _ names: AmazonMoney.Names = .newer
    ) throws(PlatformFault) -> Int64 {
        let money = try AmazonMoney(json, name, isTakenOff: isTakenOff, names)
        if self.currency.isEmpty { self.currency = money.currency }
        guard money.currency == self.currency else {
            throw .notUnderstood("\(name).\(names.currency)", "is another one than the rest of the order has")
        }
        return money.micros
    }
}
