import ChannelAdapter

/// An order in the platform's words, to be written in both of its shapes.
struct RandomOrder {
    struct Line {
        var id: Int64
        var sku: String
        var title: String
        var quantity: Int64
        var currentQuantity: Int64
        var priceCents: Int64
        var discountCents: [Int64]
        var taxCents: [Int64]
    }

    var id: Int64 = 9_007_199_254_740_993
    var lines: [Line] = [
        Line(
            id: 9_007_199_254_740_995, sku: "PAD-1", title: "Pads", quantity: 2, currentQuantity: 2, priceCents: 1999,
            discountCents: [300, 100], taxCents: [200, 88]),
        Line(
            id: 9_007_199_254_740_997, sku: "CLIP-2", title: "Clip", quantity: 1, currentQuantity: 1, priceCents: 540,
            discountCents: [], taxCents: []),
    ]
    var shippingCents: Int64 = 750
    var shippingTaxCents: Int64 = 60
    var tipCents: Int64 = 0
    var isTaxIncluded = false
    var financialStatus = "PAID"
    var fulfillmentStatus = "UNFULFILLED"
    var cancelledAt: String?
    var note = "ring twice"
    var tags = ["b2b", "first"]

    static let example = RandomOrder()

    private init() {}

    init(using random: inout some RandomNumberGenerator) {
        self.init()
        self.id = Int64.random(in: 1...Int64.max, using: &random)
        self.lines = (0..<Int.random(in: 1...12, using: &random)).map { place in
            let quantity = Int64.random(in: 1...40, using: &random)
            let price = Int64.random(in: 0...999_999, using: &random)
            let discount = Int64.random(in: 0...max(0, price * quantity / 3), using: &random)
            return Line(
                id: Int64.random(in: 1...Int64.max, using: &random), sku: "S-\(place)/ü \(price)", title: "T\"\\\u{1}",
                quantity: quantity, currentQuantity: quantity, priceCents: price,
                discountCents: Bool.random(using: &random) ? [discount] : [],
                taxCents: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Int64.random(in: 0...5_000, using: &random)
                })
        }
        if Int.random(in: 0..<5, using: &random) == 0 {
            self.lines[0].currentQuantity = Int64.random(in: 0...self.lines[0].quantity, using: &random)
        }
        self.shippingCents = Int64.random(in: 0...10_000, using: &random)
        self.shippingTaxCents = Int64.random(in: 0...900, using: &random)
        self.tipCents = Bool.random(using: &random) ? 0 : Int64.random(in: 0...2_000, using: &random)
        self.isTaxIncluded = Bool.random(using: &random)
        self.financialStatus =
            ["PENDING", "AUTHORIZED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED", "VOIDED", "EXPIRED"]
            .randomElement(using: &random) ?? "PAID"
        self.cancelledAt = Int.random(in: 0..<6, using: &random) == 0 ? "2026-01-02T03:04:05-05:00" : nil
    }

    var isEdited: Bool { self.lines.contains { $0.currentQuantity < $0.quantity } }

    private var totalCents: Int64 {
        var total = self.shippingCents + self.tipCents + (self.isTaxIncluded ? 0 : self.shippingTaxCents)
        for line in self.lines {
            total += line.priceCents * line.quantity - line.discountCents.reduce(0, +)
            if !self.isTaxIncluded { total += line.taxCents.reduce(0, +) }
        }
        return total
    }

    private static func amount(_ cents: Int64) -> String {
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func set(_ cents: Int64) -> String { #"{"shopMoney":{"amount":"\#(Self.amount(cents))"}}"# }

    private static func text(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\u{1}", with: "\\u0001")
            + "\""
    }

    private static func list(_ parts: [String]) -> String { "[" + parts.joined(separator: ",") + "]" }

    /// As it is asked for.
    var graphQL: String {
        let lines = self.lines.map { line in
            """
            {"id":"gid://shopify/LineItem/\(line.id)","sku":\(Self.text(line.sku)),"title":\(Self.text(line.title)),\
            "quantity":\(line.quantity),"currentQuantity":\(line.currentQuantity),"requiresShipping":true,\
            "originalUnitPriceSet":\(Self.set(line.priceCents)),\
            "discountAllocations":\(Self.list(line.discountCents.map { #"{"allocatedAmountSet":\#(Self.set($0))}"# })),\
            "taxLines":\(Self.list(line.taxCents.map { #"{"priceSet":\#(Self.set($0))}"# })),"duties":[]}
            """
        }
        let cancelledAt = self.cancelledAt.map(Self.text) ?? "null"
        return """
            {"id":"gid://shopify/Order/\(self.id)","name":"#1001","createdAt":"2026-01-01T00:00:00Z",\
            "updatedAt":"2026-01-01T00:00:01Z","cancelledAt":\(cancelledAt),"cancelReason":null,"currencyCode":"USD",\
            "taxesIncluded":\(self.isTaxIncluded),"test":false,"displayFinancialStatus":"\(self.financialStatus)",\
            "displayFulfillmentStatus":"\(self.fulfillmentStatus)","email":"ada@example.com","phone":"+1555",\
            "note":\(Self.text(self.note)),"tags":\(Self.list(self.tags.map(Self.text))),\
            "totalPriceSet":\(Self.set(self.totalCents)),"totalTipReceivedSet":\(Self.set(self.tipCents)),\
            "additionalFees":[],"shippingLines":{"nodes":[{"title":"Ground",\
            "discountedPriceSet":\(Self.set(self.shippingCents)),\
            "taxLines":[{"priceSet":\(Self.set(self.shippingTaxCents))}]}]},\
            "shippingAddress":{"name":"Ada Example","company":"Garage","address1":"1 Main St","address2":"Rear",\
            "city":"Austin","provinceCode":"TX","zip":"78701","countryCodeV2":"US","phone":"+1556"},\
            "billingAddress":null,"fulfillments":[{"trackingInfo":[{"number":"TRACK-1"}]}],\
            "lineItems":{"nodes":\(Self.list(lines)),"pageInfo":{"hasNextPage":false,"endCursor":null}}}
            """
    }

    /// As notifications have it.
    var rest: String {
        let lines = self.lines.map { line in
            """
            {"id":\(line.id),"admin_graphql_api_id":"gid://shopify/LineItem/\(line.id)","sku":\(Self.text(line.sku)),\
            "title":\(Self.text(line.title)),"quantity":\(line.quantity),"current_quantity":\(line.currentQuantity),\
            "price":"\(Self.amount(line.priceCents))",\
            "discount_allocations":\(Self.list(line.discountCents.map { #"{"amount":"\#(Self.amount($0))"}"# })),\
            "tax_lines":\(Self.list(line.taxCents.map { #"{"price":"\#(Self.amount($0))","rate":0.08}"# }))}
            """
        }
        let status =
            ["FULFILLED": "\"fulfilled\"", "PARTIALLY_FULFILLED": "\"partial\""][self.fulfillmentStatus] ?? "null"
        return """
            {"id":\(self.id),"admin_graphql_api_id":"gid://shopify/Order/\(self.id)",\
            "created_at":"2025-12-31T19:00:00-05:00","updated_at":"2025-12-31T19:00:01-05:00",\
            "cancelled_at":\(self.cancelledAt.map(Self.text) ?? "null"),"currency":"USD",\
            "taxes_included":\(self.isTaxIncluded),"financial_status":"\(self.financialStatus.lowercased())",\
            "fulfillment_status":\(status),"email":"ada@example.com","phone":"+1555","note":\(Self.text(self.note)),\
            "tags":"\(self.tags.joined(separator: ", "))","total_price":"\(Self.amount(self.totalCents))",\
            "total_tip_received":"\(Self.amount(self.tipCents))","original_total_duties_set":null,\
            "shipping_address":{"name":"Ada Example","company":"Garage","address1":"1 Main St","address2":"Rear",\
            "city":"Austin","province_code":"TX","zip":"78701","country_code":"US","phone":"+1556"},\
            "fulfillments":[{"tracking_number":"TRACK-1"}],\
            "shipping_lines":[{"id":1,"price":"\(Self.amount(self.shippingCents))",\
            "discounted_price":"\(Self.amount(self.shippingCents))","is_removed":false,\
            "tax_lines":[{"price":"\(Self.amount(self.shippingTaxCents))"}]}],"line_items":\(Self.list(lines))}
            """
    }
}
