internal import Demo

/// The calls that show what can be done with the demo brand, as they are pasted into a shell.
struct DemoCalls: Sendable {
    /// The gateway.
    let base: String
    let key: String
    /// Where the shelves of its shops are seen; nil: it has none.
    let shops: String?

    /// What is shown once the brand is set up.
    func lines(after duration: String) -> [String] {
        let range =
            "\(DemoBrand.parts) parts, stock in \(DemoBrand.locations) locations, prices for \(DemoBrand.channels) channels"
        return [
            "", "The demo brand is there after \(duration): \(range). Its API key:", "", "    \(self.key)", "",
            "Paste any of these:", "",
        ] + self.shopLines + self.commands.flatMap { ["    # \($0.what)", "    \($0.command)", ""] } + [
            "A day of orders, parcels and returns:  driveline demo", "Everything else:  \(self.base)/docs", "",
        ]
    }

    /// How a change of stock is seen to arrive at the shops.
    private var shopLines: [String] {
        guard let shops else { return [] }
        let stock =
            #"{"sku":"\#(DemoBrand.exampleSKU)","warehouses":[{"locationId":"\#(DemoBrand.exampleLocation)","stockAvailable":7}]}"#
        return [
            "    # change stock, and see it arrive on four shelves (Amazon, eBay, Shopify, a partner's file): \(shops)",
            "    curl -s \(self.authorization) \(self.base)/v1/inventory/update -H \"Idempotency-Key: try-$RANDOM\" --json '\(stock)'",
            "",
        ]
    }

    /// Five of them; each can be run again.
    var commands: [(what: String, command: String)] {
        let sku = DemoBrand.exampleSKU
        let items = #"[{"sku":"\#(sku)","quantity":2}]"#
        let lines =
            #"{"channel":"direct","region":"US","currency":"USD","coupons":["\#(DemoBrand.coupon)"],"#
            + #""lines":[{"sku":"\#(sku)","quantity":2}]}"#
        return [
            ("where a part is", "curl -s \(self.authorization) \(self.base)/v1/inventory/\(sku)"),
            (
                "which parts fit a vehicle",
                "curl -s \(self.authorization) '\(self.base)/v1/vehicles/products?year=2015&make=Toyota&model=Camry&pageSize=3'"
            ),
            ("what it costs, and why", "curl -s \(self.authorization) \(self.base)/v1/quotes --json '\(lines)'"),
            (
                "an order: priced, reserved, confirmed",
                "curl -s \(self.authorization) \(self.base)/v1/orders -H \"Idempotency-Key: try-$RANDOM\" --json '{\"items\":\(items)}'"
            ),
            ("the last orders", "curl -s \(self.authorization) '\(self.base)/v1/orders?pageSize=2'"),
        ]
    }

    private var authorization: String { "-H 'Authorization: Bearer \(self.key)'" }
}
