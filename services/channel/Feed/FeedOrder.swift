internal import ChannelAdapter
internal import Money
internal import OrderMessages
internal import WellKnownMessages

/// An order of a partner's file: the rows about it.
struct FeedOrder {
    private static let cancelledWords: Set<String> = ["cancelled", "canceled", "cancel", "void", "voided"]
    private static let shippedWords: Set<String> = ["shipped", "fulfilled", "complete", "completed"]
    private static let quantity: ClosedRange<Int64> = 1...1_000_000_000

    private let table: FeedTable
    private let settings: FeedSettings

    /// Reads the rows.
    init(_ body: [UInt8], _ settings: FeedSettings) throws(PlatformFault) {
        self.settings = settings
        self.table = try FeedTable(body, delimiter: FeedOrderFile.bodyDelimiter)
        if self.table.columns == [FeedOrderFile.faultColumn], let reason = self.table.rows.first?.fields.first {
            throw .notUnderstood("the file", "cannot be read: \(reason)")
        }
        guard !self.table.rows.isEmpty else { throw .notUnderstood("the order", "has no rows") }
        if let row = self.table.rows.first(where: { $0.fault != nil }) {
            throw .notUnderstood("line \(row.line)", "cannot be read: \(row.fault ?? "")")
        }
        for field in ["orderId", "sku", "quantity"] where !self.table.has(settings.orderColumns.name(field)) {
            throw .notUnderstood(settings.orderColumns.name(field), "is missing among the columns")
        }
    }

    /// Whether a row's status says so.
    static func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        let table = try FeedTable(body, delimiter: FeedOrderFile.bodyDelimiter)
        return table.rows.contains {
            Self.cancelledWords.contains(table.text($0, FeedOrderFile.statusColumn).lowercased())
        }
    }

    private func text(_ row: FeedTable.Row, _ field: String) -> String {
        self.table.text(row, self.settings.orderColumns.name(field))
    }

    /// Of what is said once for an order: the first row that says it.
    private func text(_ field: String) -> String {
        self.table.rows.lazy.map { self.text($0, field) }.first { !$0.isEmpty } ?? ""
    }

    private func amount(_ text: String, _ field: String) throws(PlatformFault) -> Decimal? {
        guard !text.isEmpty else { return nil }
        do throws(DecimalText.Fault) {
            return Decimal(micros: try Amount(text).micros)
        } catch {
            throw .notUnderstood(self.settings.orderColumns.name(field), error.reason)
        }
    }

    /// The order as ours.
    func request(connection: String) throws(PlatformFault) -> PlaceOrderRequest {
        let id = self.text("orderId")
        guard !id.isEmpty else { throw .notUnderstood(self.settings.orderColumns.name("orderId"), "is empty") }
        var items: [OrderItem] = []
        for row in self.table.rows { items.append(try self.item(row)) }
        let currency = self.text("currency").isEmpty ? self.settings.currency : self.text("currency")
        guard currency.isEmpty || Currency(code: currency) != nil else {
            throw .notUnderstood(
                self.settings.orderColumns.name("currency"), "is none of ISO 4217: \(currency.debugDescription)")
        }
        let buyer = Buyer(
            name: Self.shortened(self.text("name")), email: Self.shortened(self.text("email")),
            phone: Self.shortened(self.text("phone"), 64))
        let address = self.address
        return PlaceOrderRequest(
            orderID: id, platform: "Feed", connection: connection, orderDate: try self.orderDate(), items: items,
            status: self.status, paymentStatus: self.paymentStatus, currency: currency,
            buyer: buyer == Buyer() ? nil : buyer, shippingAddress: address == Address() ? nil : address,
            shipping: try self.amount(self.text("shipping"), "shipping"),
            shippingTax: try self.amount(self.text("shippingTax"), "shippingTax"),
            note: Self.shortened(self.text("note"), 2_000), total: try self.amount(self.text("total"), "total"))
    }

    private func item(_ row: FeedTable.Row) throws(PlatformFault) -> OrderItem {
        let columns = self.settings.orderColumns
        let sku = self.text(row, "sku")
        guard !sku.isEmpty else { throw .notUnderstood("\(columns.name("sku")) in line \(row.line)", "is empty") }
        guard let quantity = Int64(self.text(row, "quantity")), Self.quantity.contains(quantity) else {
            throw .notUnderstood(
                "\(columns.name("quantity")) in line \(row.line)",
                "is no number of units: \(self.text(row, "quantity").prefix(40).debugDescription)")
        }
        return OrderItem(
            sku: sku, quantity: quantity, price: try self.amount(self.text(row, "price"), "price"),
            discount: try self.amount(self.text(row, "discount"), "discount"),
            tax: try self.amount(self.text(row, "tax"), "tax"), title: Self.shortened(self.text(row, "title"), 500),
            channelLineID: self.text(row, "line"))
    }

    private func orderDate() throws(PlatformFault) -> ProtoTimestamp? {
        let text = self.text("orderDate")
        guard !text.isEmpty else { return nil }
        guard let instant = PlatformTime.microseconds(text.utf8.count == 10 ? "\(text)T00:00:00Z" : text) else {
            throw .notUnderstood(
                self.settings.orderColumns.name("orderDate"), "is no time: \(text.prefix(40).debugDescription)")
        }
        return ProtoTimestamp(seconds: instant / 1_000_000, nanos: Int32(instant % 1_000_000) * 1_000)
    }

    private var status: OrderStatus {
        let status =
            self.table.rows.lazy.map { self.table.text($0, FeedOrderFile.statusColumn) }.first { !$0.isEmpty }?
            .lowercased() ?? ""
        if Self.cancelledWords.contains(status) { return .cancelled }
        return Self.shippedWords.contains(status) ? .shipped : .unspecified
    }

    private var paymentStatus: PaymentStatus {
        switch self.text("paymentStatus").lowercased() {
        case "paid": .paid
        case "authorized", "authorised": .authorized
        default: .unspecified
        }
    }

    private var address: Address {
        let country = self.text("country")
        let isCountry =
            country.utf8.count == 2
            && country.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return Address(
            name: Self.shortened(self.text("name")), company: Self.shortened(self.text("company")),
            lines: [self.text("address1"), self.text("address2")].filter { !$0.isEmpty }.map { Self.shortened($0) },
            city: Self.shortened(self.text("city"), 128), region: Self.shortened(self.text("region"), 64),
            postalCode: Self.shortened(self.text("postalCode"), 32), country: isCountry ? country : "",
            phone: Self.shortened(self.text("phone"), 64))
    }

    /// Its beginning, of at most so many bytes, without half a character.
    private static func shortened(_ text: String, _ maximum: Int = 255) -> String {
        guard text.utf8.count > maximum else { return text }
        var (shortened, count) = ("", 0)
        for character in text {
            count += character.utf8.count
            guard count <= maximum else { break }
            shortened.append(character)
        }
        return shortened
    }
}
