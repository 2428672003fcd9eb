internal import ChannelAdapter
internal import FileFormats
internal import OrderMessages

extension ShopifyOrder {
    /// Reads an order as notifications have it: the older, REST shape.
    init(rest json: JSONValue) throws(PlatformFault) {
        self.init()
        let fields = ShopifyFields(json)
        guard let id = ShopifyID.digits(in: json, of: .order) else {
            throw .notUnderstood("admin_graphql_api_id", "and id are missing, or no ids of an order")
        }
        self.id = id
        self.createdAt = try fields.instant("created_at")
        self.updatedAt = try fields.instant("updated_at")
        self.isCancelled = json["cancelled_at"] != nil
        self.currency = try fields.currency("currency")
        self.isTaxIncluded = json["taxes_included"]?.truth ?? false
        self.financialStatus = fields.text("financial_status").uppercased()
        self.fulfillmentStatus = Self.fulfillmentStatus(fields.text("fulfillment_status"))
        self.email = fields.text("email")
        self.phone = fields.text("phone")
        self.note = fields.text("note")
        self.tags = fields.text("tags").split(separator: ",").map { String($0.drop { $0 == " " }) }
        self.totalMicros = try ShopifyFields.micros(json["total_price"], "total_price")
        self.shippingAddress = Self.restAddress(json["shipping_address"])
        self.billingAddress = Self.restAddress(json["billing_address"])
        self.trackingNumber = json["fulfillments"]?.elements.first?["tracking_number"]?.text ?? ""
        try self.readRestShipping(json)
        guard case .array(let lines)? = json["line_items"] else {
            throw .notUnderstood("line_items", "is missing or no list")
        }
        for (place, line) in lines.enumerated() { try self.readRest(line, "line_items[\(place)]") }
    }

    /// In the words of GraphQL.
    private static func fulfillmentStatus(_ status: String) -> String {
        switch status {
        case "fulfilled": "FULFILLED"
        case "partial": "PARTIALLY_FULFILLED"
        case "restocked": "RESTOCKED"
        default: "UNFULFILLED"
        }
    }

    private mutating func readRestShipping(_ json: JSONValue) throws(PlatformFault) {
        let lines = json["shipping_lines"]?.elements.filter { $0["is_removed"]?.truth != true } ?? []
        self.shippingMicros = try ShopifyFields.sum(lines, "shipping_lines.discounted_price") {
            $0["discounted_price"] ?? $0["price"]
        }
        for line in lines {
            self.shippingTaxMicros += try ShopifyFields.sum(
                line["tax_lines"]?.elements ?? [], "shipping_lines.tax_lines"
            ) { $0["price"] }
        }
        for name in ["total_tip_received"] where json[name] != nil {
            self.otherMicros += try ShopifyFields.micros(json[name], name)
        }
        for name in ["original_total_duties_set", "original_total_additional_fees_set"] {
            guard let set = json[name] else { continue }
            self.otherMicros += try ShopifyFields.micros(set.at("shop_money", "amount"), name)
        }
    }

    private mutating func readRest(_ line: JSONValue, _ path: String) throws(PlatformFault) {
        let fields = ShopifyFields(line, at: path)
        guard let id = ShopifyID.digits(in: line, of: .lineItem) else {
            throw .notUnderstood(fields.name("id"), "is missing, or no id of a line")
        }
        let quantity = try fields.count("quantity")
        self.lines.append(
            Line(
                id: id, sku: fields.text("sku"), title: fields.text("title"), quantity: quantity,
                currentQuantity: line["current_quantity"] == nil ? quantity : try fields.count("current_quantity"),
                priceMicros: try ShopifyFields.micros(line["price"], fields.name("price")),
                discountMicros: try ShopifyFields.sum(
                    line["discount_allocations"]?.elements ?? [], fields.name("discount_allocations")
                ) { $0["amount"] },
                taxMicros: try ShopifyFields.sum(line["tax_lines"]?.elements ?? [], fields.name("tax_lines")) {
                    $0["price"]
                }))
    }

    private static func restAddress(_ json: JSONValue?) -> Address? {
        guard let json else { return nil }
        let fields = ShopifyFields(json)
        return Address(
            name: fields.text("name"), company: fields.text("company"),
            lines: [fields.text("address1"), fields.text("address2")], city: fields.text("city"),
            region: fields.text("province_code"), zip: fields.text("zip"), country: fields.text("country_code"),
            phone: fields.text("phone"))
    }
}
