internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    private static let cancellationPath = "/post-order/v2/cancellation"

    /// Tells the platform something of an order.
    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer {
        do throws(PlatformFault) {
            switch task.kind {
            // The platform made the order itself.
            case .acknowledge: return TaskAnswer()
            case .ship: return TaskAnswer(platformID: try await self.ship(task))
            case .cancel: return TaskAnswer(platformID: try await self.cancel(task))
            case .refund: return TaskAnswer(platformID: try await self.refund(task))
            }
        } catch {
            return TaskAnswer(fault: error)
        }
    }

    private func ship(_ task: OrderTaskCall) async throws(PlatformFault) -> String {
        let path = "\(try Self.path(ofOrder: task.orderID))/shipping_fulfillment"
        let order = task.lines.contains { $0.lineID.isEmpty } ? try await self.orderBody(task.orderID) : .null
        let parcel = try EbayParcel(task, order["lineItems"]?.elements ?? [], try self.settings.get().defaultCarrier)
        if task.mayBeDone, let id = try await self.sentID(of: parcel, path) { return id }
        let answer = await self.call(EbayCall("POST", path, parcel.body))
        switch answer.body {
        case .success: return String(answer.location.split(separator: "/").last ?? "")
        case .failure(let fault) where fault.kind == .doneAlready:
            if let id = try await self.sentID(of: parcel, path) { return id }
            throw PlatformFault(
                .unknown, code: fault.code,
                "the platform has the parcel already, and does not list it: \(fault.message)")
        case .failure(let fault): throw fault
        }
    }

    /// The id of a parcel that the platform has already; nil: it has none such.
    private func sentID(of parcel: EbayParcel, _ path: String) async throws(PlatformFault) -> String? {
        let sent = try await self.call(EbayCall("GET", path)).body.get()
        return try parcel.sentID(in: sent["fulfillments"]?.elements ?? [])
    }

    /// Cancels a whole order: the platform knows no other cancellation.
    private func cancel(_ task: OrderTaskCall) async throws(PlatformFault) -> String {
        let order = try await self.orderBody(task.orderID)
        let state = order.at("cancelStatus", "cancelState")?.text ?? ""
        // One that is on its way is an earlier try's where there was one, and else what the buyer asks for.
        if state == "CANCELED" || (task.mayBeDone && state == "IN_PROGRESS") { return "" }
        guard task.lines.isEmpty || EbayParcel.isAll(task.lines, of: order["lineItems"]?.elements ?? []) else {
            throw PlatformFault(
                .refused, code: "partly-cancelled",
                "the platform cancels whole orders only; of some lines the money is given back by a refund")
        }
        let id = JSONValue.string(order["legacyOrderId"]?.text ?? task.orderID)
        var asked = EbayCall(
            "POST", "\(Self.cancellationPath)/check_eligibility", .members(["legacyOrderId": id]))
        asked.isCancellation = true
        asked.isReading = true
        if try await self.call(asked).body.get()["eligible"]?.truth == false {
            throw PlatformFault(.refused, code: "not-cancellable", "the platform does not let this order be cancelled")
        }
        let isPaid = order["orderPaymentStatus"]?.text == "PAID"
        let paidAt = order.at("paymentSummary", "payments")?.elements.lazy.compactMap { $0["paymentDate"]?.text }.first
        var call = EbayCall(
            "POST", Self.cancellationPath,
            .members([
                "legacyOrderId": id, "cancelReason": .string(Self.cancelReason(task.reason)),
                "buyerPaid": .bool(isPaid),
                "buyerPaidDate": isPaid ? paidAt.map { .members(["value": .string($0)]) } : nil,
            ]))
        call.isCancellation = true
        return try await self.call(call).body.get()["cancelId"]?.digits ?? ""
    }

    private static func cancelReason(_ reason: String) -> String {
        switch reason {
        case "buyer": "BUYER_ASKED_CANCEL"
        case "address": "ADDRESS_ISSUES"
        default: "OUT_OF_STOCK_OR_CANNOT_FULFILL"
        }
    }
}

/// A parcel as the platform is told of it: without I/O.
struct EbayParcel {
    /// Without blanks and hyphens, which the platform does not take; empty: none.
    let trackingNumber: String
    private let carrier: String
    private let lines: [(id: String, quantity: Int64)]
    private let shippedAt: Int64

    /// - Parameters:
    ///   - items: The order's lines as the platform has them, where a line of the parcel names none.
    ///   - defaultCarrier: Of a parcel that has a number and names no carrier; empty: such a one is refused.
    init(_ task: OrderTaskCall, _ items: [JSONValue], _ defaultCarrier: String) throws(PlatformFault) {
        let number = String(task.trackingNumber.filter { $0 != " " && $0 != "-" })
        let isPlain = number.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        guard isPlain else {
            throw PlatformFault(
                .refused, code: "tracking-number-invalid",
                "\(task.trackingNumber.debugDescription) has other characters than letters, digits, blanks and hyphens")
        }
        self.trackingNumber = number
        self.carrier = task.carrier.isEmpty ? defaultCarrier : task.carrier
        guard number.isEmpty || !self.carrier.isEmpty else {
            throw PlatformFault(
                .refused, code: "carrier-missing",
                "the parcel has a tracking number and no carrier; the platform takes both or none, and the setting "
                    + "defaultCarrier may name one")
        }
        var lines: [(id: String, quantity: Int64)] = []
        for line in task.lines where line.quantity > 0 {
            let id = try Self.id(of: line, items)
            if let known = lines.firstIndex(where: { $0.id == id }) {
                lines[known].quantity += line.quantity
            } else {
                lines.append((id, line.quantity))
            }
        }
        self.lines = lines
        self.shippedAt = task.happenedAt
    }

    private static func id(of line: OrderTaskCall.Line, _ items: [JSONValue]) throws(PlatformFault) -> String {
        if !line.lineID.isEmpty { return line.lineID }
        guard let id = items.first(where: { $0["sku"]?.text == line.sku })?["lineItemId"]?.digits else {
            throw PlatformFault(.refused, code: "line-missing", "the platform's order has no line of \(line.sku)")
        }
        return id
    }

    var body: JSONValue {
        .members([
            "lineItems": .array(
                self.lines.map {
                    .members(["lineItemId": .string($0.id), "quantity": .integer($0.quantity)])
                }),
            "shippedDate": .string(PlatformTime.text(self.shippedAt)),
            "shippingCarrierCode": self.trackingNumber.isEmpty ? nil : .string(self.carrier),
            "trackingNumber": .nonEmpty(self.trackingNumber),
        ])
    }

    /// The id of what an earlier try has made: of a parcel with a number that which has it and the lines, of another one that
    /// with the same lines and time. nil: there is none.
    func sentID(in fulfillments: [JSONValue]) throws(PlatformFault) -> String? {
        let found: JSONValue?
        if self.trackingNumber.isEmpty {
            found = fulfillments.first { self.isSame($0) }
        } else {
            let numbered = fulfillments.filter {
                [$0["shipmentTrackingNumber"]?.text, $0["fulfillmentId"]?.text].contains(self.trackingNumber)
            }
            found = numbered.first { self.isWithin($0) }
            guard found != nil || numbered.isEmpty else {
                throw PlatformFault(
                    .refused, code: "tracking-number-taken",
                    "another parcel of the order has the number \(self.trackingNumber), with other lines")
            }
        }
        return found.map { $0["fulfillmentId"]?.text ?? self.trackingNumber }
    }

    /// Whether a parcel that the platform has, which has no number, has the same lines and time.
    private func isSame(_ fulfillment: JSONValue) -> Bool {
        let lines = fulfillment["lineItems"]?.elements.map { line in
            "\(line["lineItemId"]?.digits ?? "") \(line["quantity"]?.integer ?? 0)"
        }
        let time = fulfillment["shippedDate"]?.text.flatMap { PlatformTime.microseconds($0) }
        return fulfillment["shipmentTrackingNumber"]?.text?.isEmpty ?? true
            && lines?.sorted() == self.lines.map { "\($0.id) \($0.quantity)" }.sorted()
            && time.map { $0 / 1_000_000 } == self.shippedAt / 1_000_000
    }

    /// Whether all lines are among those of a parcel that the platform has.
    private func isWithin(_ fulfillment: JSONValue) -> Bool {
        let ids = fulfillment["lineItems"]?.elements.compactMap { $0["lineItemId"]?.digits } ?? []
        return Set(self.lines.map(\.id)).isSubset(of: ids)
    }

    /// Whether some units are all of an order.
    static func isAll(_ lines: [OrderTaskCall.Line], of items: [JSONValue]) -> Bool {
        !items.isEmpty
            && items.allSatisfy { item in
                let own = lines.filter { line in
                    line.lineID.isEmpty
                        ? line.sku == item["sku"]?.text : line.lineID == item["lineItemId"]?.digits
                }
                return own.reduce(0) { $0 + $1.quantity } >= item["quantity"]?.integer ?? Int64.max
            }
    }
}
