internal import ChannelAdapter
internal import FileFormats
internal import OrderMessages

extension ShopifyOrder {
    /// Reads an order as it is asked for.
    init(graphQL json: JSONValue) throws(PlatformFault) {
        self.init()
        let fields = ShopifyFields(json)
        let id = try fields.neededText("id")
        guard let digits = ShopifyID.digits(id, of: .order) else {
            throw .notUnderstood("id", "is no id of an order: \(id.prefix(80).debugDescription)")
        }
        self.id = digits
        self.createdAt = try fields.instant("createdAt")
        self.updatedAt = try fields.instant("updatedAt")
        self.isCancelled = json["cancelledAt"] != nil
        self.currency = try fields.currency("currencyCode")
        self.isTaxIncluded = json["taxesIncluded"]?.truth ?? false
        self.financialStatus = fields.text("displayFinancialStatus")
        self.fulfillmentStatus = fields.text("displayFulfillmentStatus")
        self.email = fields.text("email")
        self.phone = fields.text("phone")
        self.note = fields.text("note")
        self.tags = json["tags"]?.elements.compactMap(\.text) ?? []
        self.totalMicros = try ShopifyFields.micros(ShopifyFields.shopMoney(json["totalPriceSet"]), "totalPriceSet")
        self.shippingAddress = Self.address(json["shippingAddress"])
        self.billingAddress = Self.address(json["billingAddress"])
        self.trackingNumber =
            json["fulfillments"]?.elements.first?["trackingInfo"]?.elements.first?["number"]?.text ?? ""
        try self.readShipping(json)
        guard case .array(let lines)? = json.at("lineItems", "nodes") else {
            throw .notUnderstood("lineItems.nodes", "is missing or no list")
        }
        if json.at("lineItems", "pageInfo", "hasNextPage")?.truth == true {
            throw .notUnderstood("lineItems", "has further lines that are not in the body")
        }
        for (place, line) in lines.enumerated() { try self.read(line, "lineItems[\(place)]") }
    }

    private mutating func readShipping(_ json: JSONValue) throws(PlatformFault) {
        let lines = json.at("shippingLines", "nodes")?.elements ?? []
        self.shippingMicros = try ShopifyFields.sum(lines, "shippingLines.discountedPriceSet") {
            ShopifyFields.shopMoney($0["discountedPriceSet"])
        }
        for line in lines {
            self.shippingTaxMicros += try ShopifyFields.sum(line["taxLines"]?.elements ?? [], "shippingLines.taxLines")
            {
                ShopifyFields.shopMoney($0["priceSet"])
            }
        }
        self.otherMicros = try ShopifyFields.sum(json["additionalFees"]?.elements ?? [], "additionalFees") {
            ShopifyFields.shopMoney($0["price"])
        }
        if let tip = json["totalTipReceivedSet"] {
            self.otherMicros += try ShopifyFields.micros(ShopifyFields.shopMoney(tip), "totalTipReceivedSet")
        }
    }

    private mutating func read(_ line: JSONValue, _ path: String) throws(PlatformFault) {
        let fields = ShopifyFields(line, at: path)
        let id = try fields.neededText("id")
        guard let digits = ShopifyID.digits(id, of: .lineItem) else {
            throw .notUnderstood(fields.name("id"), "is no id of a line: \(id.prefix(80).debugDescription)")
        }
        let quantity = try fields.count("quantity")
        self.lines.append(
            Line(
                id: digits, sku: fields.text("sku"), title: fields.text("title"), quantity: quantity,
                currentQuantity: line["currentQuantity"] == nil ? quantity : try fields.count("currentQuantity"),
                priceMicros: try ShopifyFields.micros(
                    ShopifyFields.shopMoney(line["originalUnitPriceSet"]), fields.name("originalUnitPriceSet")),
                discountMicros: try ShopifyFields.sum(
                    line["discountAllocations"]?.elements ?? [], fields.name("discountAllocations")
                ) { ShopifyFields.shopMoney($0["allocatedAmountSet"]) },
                taxMicros: try ShopifyFields.sum(line["taxLines"]?.elements ?? [], fields.name("taxLines")) {
                    ShopifyFields.shopMoney($0["priceSet"])
                }))
        self.otherMicros += try ShopifyFields.sum(line["duties"]?.elements ?? [], fields.name("duties")) {
            ShopifyFields.shopMoney($0["price"])
        }
    }

    private static func address(_ json: JSONValue?) -> Address? {
        guard let json else { return nil }
        let fields = ShopifyFields(json)
        return Address(
            name: fields.text("name"), company: fields.text("company"),
            lines: [fields.text("address1"), fields.text("address2")], city: fields.text("city"),
            region: fields.text("provinceCode"), zip: fields.text("zip"), country: fields.text("countryCodeV2"),
            phone: fields.text("phone"))
    }
}
