internal import ChannelAdapter
internal import FileFormats
internal import OrderMessages
internal import WellKnownMessages

/// An order of a shop, whichever shape it came in.
struct ShopifyOrder {
    /// A line of it.
    struct Line {
        var id: String
        var sku: String
        var title: String
        /// Units that were ordered.
        var quantity: Int64
        /// Units that were not taken out or refunded since.
        var currentQuantity: Int64
        /// Of one unit.
        var priceMicros: Int64
        /// Of the whole line, with its part of the order's.
        var discountMicros: Int64
        var taxMicros: Int64
    }

    var id = ""
    var createdAt: Int64 = 0
    var updatedAt: Int64 = 0
    var isCancelled = false
    var currency = ""
    var isTaxIncluded = false
    /// In capitals, as GraphQL has it.
    var financialStatus = ""
    /// In capitals, as GraphQL has it.
    var fulfillmentStatus = ""
    var email = ""
    var phone = ""
    var note = ""
    var tags: [String] = []
    var lines: [Line] = []
    var shippingMicros: Int64 = 0
    var shippingTaxMicros: Int64 = 0
    /// Duties, tips and other fees, for which our orders have no place of their own.
    var otherMicros: Int64 = 0
    var totalMicros: Int64 = 0
    var shippingAddress: Address?
    var billingAddress: Address?
    var trackingNumber = ""

    /// Reads an order of either shape.
    init(_ body: [UInt8]) throws(PlatformFault) {
        let json = try Self.json(body)
        if json["id"]?.text?.hasPrefix("gid://") == true {
            try self.init(graphQL: json)
        } else {
            try self.init(rest: json)
        }
        guard self.lines.count <= ShopifyLimits.orderLines else {
            throw .notUnderstood("lines", "are \(self.lines.count), and at most \(ShopifyLimits.orderLines) are read")
        }
    }

    /// For readers of one shape.
    init() {}

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
}
