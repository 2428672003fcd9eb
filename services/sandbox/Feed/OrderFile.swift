public import SandboxShop

/// An order as a file for the seller.
public enum OrderFile {
    private static let header = [
        "order_id", "order_name", "created_at", "updated_at", "status", "sku", "quantity", "unit_price", "currency",
        "buyer_name", "buyer_email", "buyer_phone", "address1", "address2", "city", "province", "zip", "country",
    ]

    /// The name of an order's file.
    public static func name(of order: Order) -> String { "order-\(order.number).csv" }

    /// The number that a name is about; `nil` for other names.
    public static func number(of name: String) -> Int? {
        guard name.hasPrefix("order-"), name.hasSuffix(".csv") else { return nil }
        return Int(name.dropFirst("order-".count).dropLast(".csv".count))
    }

    /// The file: a row for each line of the order.
    public static func content(of order: Order) -> [UInt8] {
        let status = order.cancelledAt == nil ? order.fulfilmentStatus.lowercased() : "cancelled"
        let buyer = order.buyer
        return CSVTable.file(
            Self.header,
            order.lines.map { line in
                [
                    String(order.id), order.name, order.createdAt.text, order.updatedAt.text, status, line.sku,
                    String(line.quantity), line.price.text, order.currency, buyer.name, buyer.email, buyer.phone ?? "",
                    buyer.address1, buyer.address2 ?? "", buyer.city, buyer.provinceCode ?? "", buyer.zip,
                    buyer.countryCode,
                ]
            })
    }
}
