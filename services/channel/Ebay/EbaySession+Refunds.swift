internal import ChannelAdapter
internal import FileFormats
internal import Money

extension EbaySession {
    /// Gives money back. The platform keeps nothing of ours with a refund, so an earlier try is known by its amounts.
    func refund(_ task: OrderTaskCall) async throws(PlatformFault) -> String {
        let refund = try EbayRefund(task)
        if task.mayBeDone, let id = try refund.givenID(in: try await self.orderBody(task.orderID)) { return id }
        var call = EbayCall("POST", "\(try Self.path(ofOrder: task.orderID))/issue_refund", refund.body)
        call.isSigned = true
        let body: JSONValue
        do throws(PlatformFault) {
            body = try await self.call(call).body.get()
        } catch {
            guard error.kind == .doneAlready else { throw error }
            if task.mayBeDone { return "" }
            // Nobody else's refund is this one.
            throw PlatformFault(.refused, code: error.code, error.message)
        }
        guard body["refundStatus"]?.text != "FAILED" else {
            throw PlatformFault(.refused, code: "refund-failed", "the platform says that the refund has failed")
        }
        guard let id = body["refundId"]?.digits, !id.isEmpty else {
            throw .unreadable("the answer has no refund", isOutcomeUnknown: true)
        }
        return id
    }
}

/// A refund as the platform is told of it: without I/O.
struct EbayRefund {
    /// How long before the task's own time a refund of its earlier try may be dated, in microseconds: clocks differ.
    private static let skewMicroseconds = PlatformLimits.clockSkewSeconds * 1_000_000

    private let task: OrderTaskCall
    private let currency: Currency
    /// Whether each line has its own amount, and they come to the whole.
    private let isByLine: Bool

    init(_ task: OrderTaskCall) throws(PlatformFault) {
        guard let currency = Currency(code: task.currency), task.amountMicros > 0 else {
            throw PlatformFault(
                .refused, code: "amount-invalid", "the amount is not above zero, or its currency is none of ISO 4217")
        }
        self.task = task
        self.currency = currency
        let amounts = task.lines.compactMap { line in line.lineID.isEmpty ? nil : line.amountMicros }
        let isWhole = amounts.reduce(Int128(0)) { $0 + Int128($1) } == Int128(task.amountMicros)
        self.isByLine =
            isWhole && !amounts.isEmpty && amounts.count == task.lines.count && amounts.allSatisfy { $0 > 0 }
            && Set(task.lines.map(\.lineID)).count == amounts.count
    }

    var body: JSONValue {
        .members([
            "reasonForRefund": .string(Self.reason(self.task.reason)),
            "comment": .nonEmpty(String(self.task.reason.prefix(EbayLimits.commentCharacters))),
            "refundItems": self.isByLine
                ? .array(
                    self.task.lines.map { line in
                        .members([
                            "refundAmount": self.amount(line.amountMicros ?? 0), "lineItemId": .string(line.lineID),
                        ])
                    }) : nil,
            "orderLevelRefundAmount": self.isByLine ? nil : self.amount(self.task.amountMicros),
        ])
    }

    private func amount(_ micros: Int64) -> JSONValue {
        .members([
            "currency": .string(self.task.currency), "value": .string(Amount(micros: micros).text(in: self.currency)),
        ])
    }

    private static func reason(_ reason: String) -> String {
        switch reason {
        case "buyer": "BUYER_CANCEL"
        case "out-of-stock", "seller", "price", "address": "SELLER_CANCEL"
        case "return": "BUYER_RETURN"
        case "defective", "wrong-item", "not-as-described", "damaged": "ITEM_NOT_AS_DESCRIBED"
        case "not-received", "lost": "ITEM_NOT_RECEIVED"
        default: "OTHER_ADJUSTMENT"
        }
    }

    /// The id of a refund of the order that an earlier try has made: one of the same amounts that is no older than the task.
    /// Rather one too few than the money twice. nil: there is none.
    ///
    /// - Throws: Where some of its lines have such a refund, and others have none: nobody knows what of it was given.
    func givenID(in order: JSONValue) throws(PlatformFault) -> String? {
        guard self.isByLine else {
            return self.refund(
                of: self.task.amountMicros, in: order.at("paymentSummary", "refunds")?.elements ?? [])
        }
        let found = self.task.lines.compactMap { line in
            let item = order["lineItems"]?.elements.first { $0["lineItemId"]?.digits == line.lineID }
            return self.refund(of: line.amountMicros ?? 0, in: item?["refunds"]?.elements ?? [])
        }
        guard found.isEmpty || found.count == self.task.lines.count else {
            throw PlatformFault(
                .refused, code: "refund-not-known",
                "\(found.count) of the refund's \(self.task.lines.count) lines have such a refund already, and the others "
                    + "have none; look at the order there")
        }
        return found.last
    }

    private func refund(of micros: Int64, in refunds: [JSONValue]) -> String? {
        refunds.first { refund in
            guard refund["refundStatus"]?.text != "FAILED", refund.at("amount", "currency")?.text == self.task.currency,
                let digits = refund.at("amount", "value")?.digits, let amount = try? Amount(digits),
                amount.micros == micros
            else { return false }
            // Without a time it is still on its way.
            guard let time = refund["refundDate"]?.text.flatMap({ PlatformTime.microseconds($0) }) else { return true }
            return time >= self.task.happenedAt - Self.skewMicroseconds
        }.map { $0["refundId"]?.digits ?? "" }
    }
}
