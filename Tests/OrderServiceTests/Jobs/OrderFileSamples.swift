import TestSupport

/// Files of orders for tests.
enum OrderFileSamples {
    static let article =
        #"{"orderId":"ORD09876","platform":"Amazon","orderDate":"2024-06-01T12:45:00Z","items":[{"sku":"ABC1234","#
        + #""quantity":2,"price":50.0}],"status":"fulfilled","paymentStatus":"paid","shippingTracking":"TRACK123"}"#
        + "\n"

    /// A document of JSON.
    static func line(
        _ orderID: String, platform: String = "Amazon", cents: Int = 1_995, quantity: Int = 1,
        status: String = "shipped", more: String = ""
    ) -> String {
        let price = "\(cents / 100).\(String(cents % 100 + 100).dropFirst())"
        return
            #"{"orderId":"\#(orderID)","platform":"\#(platform)","orderDate":"2026-03-02T10:00:00Z","currency":"USD","items":"#
            + #"[{"sku":"SKU-\#(orderID)","quantity":\#(quantity),"price":\#(price)},{"sku":"SKU-B","quantity":1,"price":1}],"#
            + #""status":"\#(status)","paymentStatus":"paid"\#(more)}"# + "\n"
    }

    /// So many records: most are orders, some stand in it twice, some are none.
    static func file(_ count: Int, using random: inout SeededGenerator) -> String {
        var lines: [String] = []
        for number in 0..<count {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: lines.append(Self.line("N-\(number)", quantity: 0))
            case 1: lines.append(lines.randomElement(using: &random) ?? Self.line("N-\(number)"))
            case 2: lines.append(Self.line("N-\(Int.random(in: 0..<count, using: &random))", cents: 5_000 + number))
            case 3: lines.append("nonsense\n")
            default:
                lines.append(
                    Self.line(
                        "N-\(number)", cents: Int.random(in: 100..<9_999, using: &random),
                        more: #","fees":[{"kind":"Commission","amount":3}],"tags":["a","b"],"note":"n""#))
            }
        }
        return lines.joined()
    }
}
