internal import ChannelAdapter
internal import OrderMessages
internal import WellKnownMessages

extension ShopifyOrder {
    private static let noteBytes = 2_000
    private static let titleBytes = 500
    private static let personBytes = 255
    private static let phoneBytes = 64
    private static let tagBytes = 64
    private static let tagCount = 50

    /// Whether units were taken out of it or refunded since it was placed.
    private var isEdited: Bool { self.lines.contains { $0.currentQuantity < $0.quantity } }

    /// Whether nothing is left of it.
    private var isEmptied: Bool { self.lines.allSatisfy { $0.currentQuantity == 0 } }

    /// The order as ours.
    func request(connection: String) throws(PlatformFault) -> PlaceOrderRequest {
        let status = self.status
        // A finished order is told as it was placed; of one that is to be sent, only what is left counts.
        let countsAll = status != .unspecified || !self.isEdited
        let items = try self.items(countsAll: countsAll)
        let buyer = Buyer(
            name: ShopifyText.shortened(
                self.shippingAddress?.name ?? self.billingAddress?.name ?? "", toBytes: Self.personBytes),
            email: ShopifyText.shortened(self.email, toBytes: Self.personBytes),
            phone: ShopifyText.shortened(self.phone, toBytes: Self.phoneBytes))
        let (shipping, isTooGreat) = self.shippingMicros.addingReportingOverflow(self.otherMicros)
        guard !isTooGreat else { throw .notUnderstood("shipping", "is too great") }
        return PlaceOrderRequest(
            orderID: self.id, platform: "Shopify", connection: connection,
            orderDate: ProtoTimestamp(
                seconds: self.createdAt / 1_000_000, nanos: Int32(self.createdAt % 1_000_000) * 1_000),
            items: items, status: status, paymentStatus: self.paymentStatus(isFinished: status != .unspecified),
            shippingTracking: status == .shipped ? ShopifyText.shortened(self.trackingNumber, toBytes: 128) : "",
            currency: self.currency, buyer: buyer == Buyer() ? nil : buyer, shippingAddress: self.shippingAddress,
            billingAddress: self.billingAddress, shipping: Decimal(micros: shipping),
            shippingTax: Decimal(micros: self.shippingTaxMicros), taxIncluded: self.isTaxIncluded,
            note: ShopifyText.shortened(self.note, toBytes: Self.noteBytes),
            tags: self.tags.prefix(Self.tagCount).map { ShopifyText.shortened($0, toBytes: Self.tagBytes) },
            // Of an order that was edited the platform's total is that of before.
            total: countsAll ? Decimal(micros: self.totalMicros) : nil)
    }

    private func items(countsAll: Bool) throws(PlatformFault) -> [OrderItem] {
        var items: [OrderItem] = []
        for (place, line) in self.lines.enumerated() {
            let quantity = countsAll ? line.quantity : line.currentQuantity
            guard quantity > 0 else { continue }
            guard !line.sku.isEmpty else {
                throw .notUnderstood("lines[\(place)].sku", "is empty; an order is taken in when each line has a SKU")
            }
            items.append(
                OrderItem(
                    sku: line.sku, quantity: quantity, price: Decimal(micros: line.priceMicros),
                    discount: Decimal(micros: Self.share(line.discountMicros, quantity, of: line.quantity)),
                    tax: Decimal(micros: Self.share(line.taxMicros, quantity, of: line.quantity)),
                    title: ShopifyText.shortened(line.title, toBytes: Self.titleBytes), channelLineID: line.id))
        }
        guard !items.isEmpty else { throw .notUnderstood("lines", "are none with units") }
        return items
    }

    /// The part of an amount that falls on some of the units.
    private static func share(_ micros: Int64, _ quantity: Int64, of whole: Int64) -> Int64 {
        guard quantity < whole, whole > 0 else { return micros }
        return Int64(Int128(micros) * Int128(quantity) / Int128(whole))
    }

    /// None: it is to be placed.
    private var status: OrderStatus {
        if self.isCancelled || self.isEmptied { return .cancelled }
        return self.fulfillmentStatus == "FULFILLED" ? .shipped : .unspecified
    }

    private func paymentStatus(isFinished: Bool) -> PaymentStatus {
        switch self.financialStatus {
        case "PAID", "PARTIALLY_REFUNDED": .paid
        case "AUTHORIZED": .authorized
        case "REFUNDED": isFinished ? .refunded : .pending
        case "VOIDED": isFinished ? .voided : .pending
        case "EXPIRED": isFinished ? .failed : .pending
        default: .pending
        }
    }
}
