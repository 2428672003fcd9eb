internal import ChannelAdapter
internal import OrderMessages
internal import WellKnownMessages

extension AmazonOrder {
    private static let titleBytes = 500
    private static let personBytes = 255
    private static let tagBytes = 64
    private static let tagCount = 50

    /// The order as ours.
    func request(connection: String) throws(PlatformFault) -> PlaceOrderRequest {
        let status = try self.orderStatus()
        // A finished order is told as it was placed; of one that is to be sent, only what is left counts.
        let isEdited = self.lines.contains { $0.currentQuantity < $0.quantity }
        let countsAll = status != .unspecified || !isEdited
        let items = try self.items(countsAll: countsAll, isCancelled: status == .cancelled)
        let charges = try self.charges()
        let isTaxIncluded = try self.isTaxIncluded(charges)
        let buyer = Buyer(
            name: AmazonText.shortened(
                self.buyerName.isEmpty ? self.address?.name ?? "" : self.buyerName, toBytes: Self.personBytes),
            email: AmazonText.shortened(self.buyerEmail, toBytes: Self.personBytes),
            phone: self.address?.phone ?? "")
        return PlaceOrderRequest(
            orderID: self.id, platform: "Amazon", connection: connection,
            orderDate: ProtoTimestamp(
                seconds: self.createdAt / 1_000_000, nanos: Int32(self.createdAt % 1_000_000) * 1_000),
            items: items, status: status, paymentStatus: status == .cancelled ? .pending : .paid,
            shippingTracking: status == .shipped ? AmazonText.shortened(self.trackingNumber, toBytes: 128) : "",
            currency: self.currency, buyer: buyer == Buyer() ? nil : buyer, shippingAddress: self.address,
            shipping: Decimal(micros: charges.shipping), shippingTax: Decimal(micros: charges.shippingTax),
            taxIncluded: isTaxIncluded,
            tags: self.programs.prefix(Self.tagCount).map { AmazonText.shortened($0, toBytes: Self.tagBytes) },
            total: try self.checkedTotal(charges, isTaxIncluded: isTaxIncluded, countsAll: countsAll))
    }

    /// None: it is to be placed.
    private func orderStatus() throws(PlatformFault) -> OrderStatus {
        switch self.status {
        case "UNSHIPPED", "PARTIALLY_SHIPPED": return .unspecified
        case "SHIPPED": return .shipped
        case _ where Self.cancelledStatuses.contains(self.status): return .cancelled
        case "PENDING", "PENDING_AVAILABILITY":
            throw .notUnderstood(
                self.names.status,
                "is \(self.status): the order is not paid yet, and comes again when it is")
        default:
            throw .notUnderstood(
                self.names.status, "is none that is known: \(self.status.prefix(40).debugDescription)")
        }
    }

    private func items(countsAll: Bool, isCancelled: Bool) throws(PlatformFault) -> [OrderItem] {
        var items: [OrderItem] = []
        for (place, line) in self.lines.enumerated() {
            let quantity = countsAll ? line.quantity : line.currentQuantity
            guard quantity > 0 else { continue }
            guard !line.sku.isEmpty else {
                throw .notUnderstood(
                    "\(self.names.lines)[\(place)].\(self.names.sku)",
                    "is empty; an order is taken in when each line has a SKU")
            }
            items.append(
                OrderItem(
                    sku: line.sku, quantity: quantity, price: line.priceMicros.map { Decimal(micros: $0) },
                    discount: Decimal(micros: Self.share(line.discount, quantity, of: line.quantity)),
                    tax: Decimal(micros: Self.share(line.itemTax, quantity, of: line.quantity)),
                    title: AmazonText.shortened(line.title, toBytes: Self.titleBytes), channelLineID: line.id))
        }
        // Of one that was cancelled, v0 tells no units any more; that it was has to be heard all the same.
        guard !items.isEmpty || isCancelled else { throw .notUnderstood(self.names.lines, "are none with units") }
        return items
    }

    /// The part of an amount that falls on some of the units.
    private static func share(_ micros: Int64, _ quantity: Int64, of whole: Int64) -> Int64 {
        guard quantity < whole, whole > 0 else { return micros }
        return Int64(Int128(micros) * Int128(quantity) / Int128(whole))
    }

    /// What is paid beside the goods, and all of it together.
    private struct Charges {
        var shipping: Int64
        var shippingTax: Int64
        var goods: Int64
        var goodsTax: Int64
    }

    private func charges() throws(PlatformFault) -> Charges {
        var (shipping, shippingTax) = (AmazonSum("shipping"), AmazonSum("shipping tax"))
        var (goods, goodsTax) = (AmazonSum("goods"), AmazonSum("tax"))
        try shipping.add(self.tipMicros)
        for (place, line) in self.lines.enumerated() {
            try shipping.add(try line.otherCharges())
            try shippingTax.add(line.shippingTaxMicros)
            try goodsTax.add(line.itemTax)
            if let price = line.priceMicros {
                let (sum, isTooGreat) = price.multipliedReportingOverflow(by: line.quantity)
                guard !isTooGreat else {
                    throw .notUnderstood("\(self.names.lines)[\(place)].\(self.names.price)", "is too great")
                }
                try goods.add(sum)
                try goods.add(-line.discount)
            }
        }
        return Charges(
            shipping: shipping.micros, shippingTax: shippingTax.micros, goods: goods.micros, goodsTax: goodsTax.micros)
    }

    /// Whether the prices have the tax in them: then the total is right without it.
    private func isTaxIncluded(_ charges: Charges) throws(PlatformFault) -> Bool {
        guard let totalMicros, charges.goodsTax != 0 || charges.shippingTax != 0 else { return false }
        var sum = AmazonSum("total")
        try sum.add(charges.goods)
        try sum.add(charges.shipping)
        return sum.micros == totalMicros
    }

    /// The platform's total, where it is that of the parts: its documents do not say what each part has in it, and an order
    /// is not to be turned away for that.
    private func checkedTotal(
        _ charges: Charges, isTaxIncluded: Bool, countsAll: Bool
    ) throws(PlatformFault) -> Decimal? {
        guard countsAll, let totalMicros, self.lines.allSatisfy({ $0.priceMicros != nil }) else { return nil }
        var sum = AmazonSum("total")
        try sum.add(charges.goods)
        try sum.add(charges.shipping)
        if !isTaxIncluded {
            try sum.add(charges.goodsTax)
            try sum.add(charges.shippingTax)
        }
        return sum.micros == totalMicros ? Decimal(micros: totalMicros) : nil
    }
}

extension AmazonOrder.Line {
    /// Of the whole line.
    fileprivate var discount: Int64 { self.proceeds["DISCOUNT"] ?? 0 }

    /// Of the goods of the whole line; the tax on shipping stands beside it.
    fileprivate var itemTax: Int64 { max(0, (self.proceeds["TAX"] ?? 0) - self.shippingTaxMicros) }

    /// Shipping, wrapping and fees, for which our orders have one place.
    fileprivate func otherCharges() throws(PlatformFault) -> Int64 {
        var sum = AmazonSum("shipping")
        for (type, micros) in self.proceeds where !["ITEM", "TAX", "DISCOUNT"].contains(type) { try sum.add(micros) }
        return sum.micros
    }
}
