internal import ChannelAdapter
internal import FileFormats
internal import Money

/// Feeds about orders, for what has no call: cancellations and refunds. Their schemas are not among what the platform
/// publishes today, so a connection has to ask for them (the setting `orderFeeds`).
struct AmazonOrderFeed: Sendable {
    static let contentType = "text/xml; charset=UTF-8"

    let feedType: String
    private let messageType: String
    private let message: String

    /// A cancellation of lines, or of the whole order.
    ///
    /// - Parameter order: As the platform has it; it names the lines.
    init(cancellation task: OrderTaskCall, order: JSONValue) throws(PlatformFault) {
        var ids: [String] = []
        if task.lines.isEmpty {
            ids = order["orderItems"]?.elements.compactMap { $0["orderItemId"]?.text } ?? []
        }
        for line in task.lines {
            let id = try AmazonParcel.lineID(line, order)
            let item = order["orderItems"]?.elements.first { $0["orderItemId"]?.text == id }
            guard let ordered = item?["quantityOrdered"]?.integer, ordered == line.quantity else {
                throw PlatformFault(
                    .refused, code: "part-of-line", "the platform cancels whole lines, and not some units of one")
            }
            ids.append(id)
        }
        self.feedType = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
        self.messageType = "OrderAcknowledgement"
        let reason = Self.cancelReason(task.reason)
        self.message = Self.element(
            "OrderAcknowledgement",
            Self.element("AmazonOrderID", text: task.orderID) + Self.element("StatusCode", text: "Failure")
                + ids.map {
                    Self.element(
                        "Item",
                        Self.element("AmazonOrderItemCode", text: $0) + Self.element("CancelReason", text: reason))
                }.joined())
    }

    /// A refund by lines.
    init(refund task: OrderTaskCall, order: JSONValue) throws(PlatformFault) {
        guard let currency = Currency(code: task.currency) else {
            throw PlatformFault(.refused, code: "currency-invalid", "the refund's currency is none of ISO 4217")
        }
        guard !task.lines.isEmpty else {
            throw PlatformFault(
                .refused, code: "lines-missing", "the platform gives money back by lines, and none is named")
        }
        var items = ""
        var sum = Int128(0)
        for line in task.lines {
            guard let micros = line.amountMicros, micros > 0 else {
                throw PlatformFault(.refused, code: "amount-missing", "a line of the refund has no amount")
            }
            sum += Int128(micros)
            let amount = Amount(micros: micros).text(in: currency)
            let component =
                Self.element("Type", text: "Principal")
                + "<Amount currency=\"\(currency.code)\">\(amount)</Amount>"
            items += Self.element(
                "AdjustedItem",
                Self.element("AmazonOrderItemCode", text: try AmazonParcel.lineID(line, order))
                    + Self.element("AdjustmentReason", text: Self.refundReason(task.reason))
                    + Self.element("ItemPriceAdjustments", Self.element("Component", component)))
        }
        guard sum == Int128(task.amountMicros) else {
            throw PlatformFault(
                .refused, code: "amounts-differ", "the amounts of the refund's lines do not come to its own amount")
        }
        self.feedType = "POST_PAYMENT_ADJUSTMENT_DATA"
        self.messageType = "OrderAdjustment"
        self.message = Self.element(
            "OrderAdjustment", Self.element("AmazonOrderID", text: task.orderID) + items)
    }

    func bytes(sellerID: String) -> [UInt8] {
        let header = Self.element(
            "Header",
            Self.element("DocumentVersion", text: "1.01") + Self.element("MerchantIdentifier", text: sellerID))
        let body =
            header + Self.element("MessageType", text: self.messageType)
            + Self.element("Message", Self.element("MessageID", text: "1") + self.message)
        return Array(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + Self.element("AmazonEnvelope", body)).utf8)
    }

    private static func cancelReason(_ reason: String) -> String {
        switch reason {
        case "out-of-stock": "NoInventory"
        case "buyer": "BuyerCanceled"
        case "address": "ShippingAddressUndeliverable"
        case "price": "PricingError"
        default: "GeneralAdjustment"
        }
    }

    private static func refundReason(_ reason: String) -> String {
        switch reason {
        case "out-of-stock": "NoInventory"
        case "buyer": "CustomerCancel"
        case "return", "returned": "CustomerReturn"
        default: "GeneralAdjustment"
        }
    }

    private static func element(_ name: String, text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return self.element(name, escaped)
    }

    private static func element(_ name: String, _ content: String) -> String { "<\(name)>\(content)</\(name)>" }

    /// Why the one message was not carried out, by the report on its feed; nil: it was.
    static func fault(in report: [UInt8]) -> PlatformFault? {
        let text = String(decoding: report, as: UTF8.self)
        let successful = self.texts(of: "MessagesSuccessful", in: text).first
        let withError = self.texts(of: "MessagesWithError", in: text).first
        if successful == "1", withError == "0" { return nil }
        guard withError.flatMap({ Int($0) }) ?? 0 > 0 else { return .notAnswered }
        let code = self.texts(of: "ResultMessageCode", in: text).first ?? "issue"
        // The codes of these feeds are published nowhere.
        return PlatformFault(
            .unknown, code: AmazonText.shortened(code, toBytes: 64),
            AmazonText.shortened(self.texts(of: "ResultDescription", in: text).first ?? "the platform names no reason"))
    }

    /// The texts of all elements of a name, as they are written.
    private static func texts(of name: String, in text: String) -> [String] {
        text.split(separator: "<\(name)>", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            let pieces = part.split(separator: "</\(name)>", maxSplits: 1, omittingEmptySubsequences: false)
            return pieces.count == 2 ? String(pieces[0]) : nil
        }
    }
}
