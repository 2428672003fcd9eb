internal import ChannelAdapter
internal import FileFormats
internal import Money
internal import OrderMessages
internal import WellKnownMessages

/// An order of a seller.
struct EbayOrder {
    /// A line of it.
    struct Line {
        var id: String
        var sku: String
        var title: String
        var quantity: Int64
        /// Of all units, before what is taken off.
        var costMicros: Int64
        var discountMicros: Int64
        /// What the seller is paid of tax.
        var taxMicros: Int64
        /// What the platform collects of tax, and pays itself.
        var collectedMicros: Int64
    }

    private static let noteBytes = 2_000
    private static let titleBytes = 500
    private static let personBytes = 255
    private static let phoneBytes = 64

    let id: String
    let changedAt: Int64
    let currency: String
    private let fields: EbayFields
    private let createdAt: Int64
    private let totalMicros: Int64
    private(set) var lines: [Line] = []

    /// Reads an order as it is asked for.
    init(_ json: JSONValue) throws(PlatformFault) {
        self.fields = EbayFields(json)
        self.id = try self.fields.neededText("orderId")
        self.createdAt = try self.fields.instant("creationDate")
        self.changedAt = try self.fields.instant("lastModifiedDate")
        guard let total = json.at("pricingSummary", "total"), let currency = total["currency"]?.text,
            Currency(code: currency) != nil
        else { throw .notUnderstood("pricingSummary.total", "is missing, or its currency is none of ISO 4217") }
        self.currency = currency
        self.totalMicros = try EbayFields.micros(total, "pricingSummary.total", currency)
        guard case .array(let lines)? = json["lineItems"], !lines.isEmpty, lines.count <= EbayLimits.orderLines else {
            throw .notUnderstood("lineItems", "is no list of 1 to \(EbayLimits.orderLines) lines")
        }
        for (place, line) in lines.enumerated() {
            self.lines.append(try Self.line(EbayFields(line, at: "lineItems[\(place)]"), currency))
        }
    }

    private static func line(_ fields: EbayFields, _ currency: String) throws(PlatformFault) -> Line {
        let cost = try fields.micros("lineItemCost", currency)
        let reduced =
            fields.json["discountedLineItemCost"] == nil
            ? cost : try fields.micros("discountedLineItemCost", currency)
        guard cost >= 0, reduced >= 0, reduced <= cost else {
            throw .notUnderstood(fields.name("lineItemCost"), "is less than zero, or than what is left of it")
        }
        let quantity = try fields.count("quantity")
        guard cost % quantity == 0 else {
            throw .notUnderstood(fields.name("lineItemCost"), "is not the same amount for each of \(quantity) units")
        }
        return Line(
            id: try fields.neededText("lineItemId"), sku: fields.text("sku"), title: fields.text("title"),
            quantity: quantity, costMicros: cost, discountMicros: cost - reduced,
            taxMicros: try Self.amounts(fields, "taxes", currency),
            collectedMicros: try Self.amounts(fields, "ebayCollectAndRemitTaxes", currency))
    }

    private static func amounts(
        _ fields: EbayFields, _ list: String, _ currency: String
    ) throws(PlatformFault) -> Int64 {
        var amounts: [Int64] = []
        for entry in fields.json[list]?.elements ?? [] {
            let amount = try EbayFields(entry, at: fields.name(list)).micros("amount", currency)
            guard amount >= 0 else { throw .notUnderstood(fields.name(list), "has an amount below zero") }
            amounts.append(amount)
        }
        return try EbayFields.sum(amounts, fields.name(list))
    }

    /// Whether it was cancelled as a whole.
    static func isCancelled(_ json: JSONValue) -> Bool { json.at("cancelStatus", "cancelState")?.text == "CANCELED" }

    /// The order as ours.
    func request(connection: String) throws(PlatformFault) -> PlaceOrderRequest {
        let amounts = try self.amounts()
        let json = self.fields.json
        let contact = json["fulfillmentStartInstructions"]?.elements.first?.at("shippingStep", "shipTo")
        let registered = json.at("buyer", "buyerRegistrationAddress")
        let person = EbayFields(contact ?? registered ?? .null)
        let buyer = Buyer(
            name: EbayText.shortened(
                person.text("fullName").isEmpty ? json.at("buyer", "username")?.text ?? "" : person.text("fullName"),
                toBytes: Self.personBytes),
            email: EbayText.shortened(person.text("email"), toBytes: Self.personBytes),
            phone: EbayText.shortened(
                person.json.at("primaryPhone", "phoneNumber")?.text ?? "", toBytes: Self.phoneBytes))
        let status = self.status
        return PlaceOrderRequest(
            orderID: self.id, platform: "eBay", connection: connection,
            orderDate: ProtoTimestamp(
                seconds: self.createdAt / 1_000_000, nanos: Int32(self.createdAt % 1_000_000) * 1_000),
            items: try self.items(countsCollected: amounts.countsCollected), status: status,
            paymentStatus: self.paymentStatus(isFinished: status != .unspecified), currency: self.currency,
            buyer: buyer == Buyer() ? nil : buyer, shippingAddress: Address(contact),
            billingAddress: Address(registered), shipping: Decimal(micros: amounts.shipping),
            shippingTax: Decimal(micros: amounts.shippingTax),
            note: EbayText.shortened(self.fields.text("buyerCheckoutNotes"), toBytes: Self.noteBytes),
            total: amounts.isSummed ? Decimal(micros: self.totalMicros) : nil)
    }

    private struct Amounts {
        var shipping: Int64
        var shippingTax: Int64
        /// Whether the tax that the platform collects is the order's.
        var countsCollected: Bool
        /// Whether the parts come to the total.
        var isSummed: Bool
    }

    private func items(countsCollected: Bool) throws(PlatformFault) -> [OrderItem] {
        var items: [OrderItem] = []
        for (place, line) in self.lines.enumerated() {
            guard !line.sku.isEmpty else {
                throw .notUnderstood(
                    "lineItems[\(place)].sku", "is empty; an order is taken in when each line has a SKU")
            }
            let tax = try EbayFields.sum(
                [line.taxMicros, countsCollected ? line.collectedMicros : 0], "lineItems[\(place)].taxes")
            items.append(
                OrderItem(
                    sku: line.sku, quantity: line.quantity, price: Decimal(micros: line.costMicros / line.quantity),
                    discount: Decimal(micros: line.discountMicros), tax: Decimal(micros: tax),
                    title: EbayText.shortened(line.title, toBytes: Self.titleBytes), channelLineID: line.id))
        }
        return items
    }

    /// What is beside the lines' own amounts.
    ///
    /// The platform's texts leave open whether its total has the tax that it collects itself. So that is read off the total:
    /// only where it is what the amounts come to with that tax, the tax is the order's. A total that they do not come to at
    /// all has something in it that the platform does not tell, special fees say, and an order is not turned away for that.
    private func amounts() throws(PlatformFault) -> Amounts {
        let summary = EbayFields(self.fields.json["pricingSummary"] ?? .null, at: "pricingSummary")
        var beside: [Int64] = []
        for field in ["deliveryCost", "fee", "adjustment"] { beside.append(try summary.micros(field, self.currency)) }
        // It stands as less than zero; a positive one is understood as well.
        beside.append(-abs(try summary.micros("deliveryDiscount", self.currency)))
        let shipping = try EbayFields.sum(beside, "pricingSummary")
        guard shipping >= 0 else {
            throw .notUnderstood("pricingSummary", "has more taken off the delivery than it costs")
        }
        let net = try EbayFields.sum(
            self.lines.map { $0.costMicros - $0.discountMicros } + [shipping], "pricingSummary.total")
        let own = try EbayFields.sum(self.lines.map(\.taxMicros), "lineItems.taxes")
        let collected = try EbayFields.sum(self.lines.map(\.collectedMicros), "lineItems.ebayCollectAndRemitTaxes")
        let tax = max(own, try summary.micros("tax", self.currency))
        let without = try EbayFields.sum([net, tax], "pricingSummary.total")
        // What the summary has more than the lines is of the delivery, but for what the platform collects.
        let beyond = tax - own - (tax - own >= collected ? collected : 0)
        let with = try EbayFields.sum([net, own, collected, beyond], "pricingSummary.total")
        let countsCollected = without != self.totalMicros && with == self.totalMicros
        return Amounts(
            shipping: shipping, shippingTax: countsCollected ? beyond : tax - own, countsCollected: countsCollected,
            isSummed: countsCollected || without == self.totalMicros)
    }

    /// None: it is to be placed.
    private var status: OrderStatus {
        if Self.isCancelled(self.fields.json) { return .cancelled }
        return self.fields.text("orderFulfillmentStatus") == "FULFILLED" ? .shipped : .unspecified
    }

    private func paymentStatus(isFinished: Bool) -> PaymentStatus {
        switch self.fields.text("orderPaymentStatus") {
        case "PAID", "PARTIALLY_REFUNDED": .paid
        case "FULLY_REFUNDED": isFinished ? .refunded : .pending
        case "FAILED": isFinished ? .failed : .pending
        default: .pending
        }
    }
}
