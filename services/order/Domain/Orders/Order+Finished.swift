internal import OrderMessages

extension Order {
    /// Puts the payments and refunds on record that the payment status means which an order came with.
    mutating func recordPayment(of total: Int64) {
        let amount = Decimal(micros: total)
        func payment(_ number: Int, _ kind: PaymentKind) -> Payment {
            Payment(paymentID: "p\(number)", kind: kind, amount: amount, at: self.orderDate)
        }
        switch self.paymentStatus {
        case .authorized: self.payments = [payment(1, .authorization)]
        case .paid: self.payments = [payment(1, .payment)]
        case .failed: self.payments = [payment(1, .failure)]
        case .voided: self.payments = [payment(1, .authorization), payment(2, .void)]
        case .refunded:
            self.payments = [payment(1, .payment)]
            let reason: RefundReason = self.status == .cancelled ? .cancellation : .unspecified
            self.refunds = [Refund(refundID: "f1", amount: amount, reason: reason, at: self.orderDate)]
        default: break
        }
    }

    /// Puts on record what became of the units of an order that came finished. When its parcel left, or arrived, nobody
    /// said: its date stands for both.
    mutating func recordEnd() {
        guard self.status != .cancelled else {
            for place in self.items.indices { self.items[place].cancelled = self.items[place].quantity }
            return
        }
        let isDelivered = self.status == .delivered || self.status == .closed
        var lines: [ShipmentLine] = []
        lines.reserveCapacity(self.items.count)
        for place in self.items.indices {
            let quantity = self.items[place].quantity
            self.items[place].shipped = quantity
            self.items[place].delivered = isDelivered ? quantity : 0
            lines.append(
                ShipmentLine(
                    lineID: self.items[place].lineID, quantity: quantity, locationID: self.items[place].locationID))
        }
        self.shipments = [
            Shipment(
                shipmentID: "s1", tracking: self.shippingTracking, lines: lines, shippedAt: self.orderDate,
                deliveredAt: isDelivered ? self.orderDate : nil)
        ]
    }
}
