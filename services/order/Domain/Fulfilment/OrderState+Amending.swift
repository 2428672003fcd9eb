public import OrderMessages
public import Refusals

extension OrderState {
    /// The states in which addresses may be changed: nothing has shipped.
    static let amendable: [OrderStatus] = [.pending, .reserved, .confirmed]

    /// Changes the buyer, note or tags, whatever the state; and addresses, before something has shipped.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`, or `invalidValue` where nothing is to change.
    public mutating func amend(_ request: AmendOrderRequest, at moment: OrderMoment) throws(OrderRefusal) {
        let changesAddress = request.shippingAddress != nil || request.billingAddress != nil
        let changesTags = !request.tags.isEmpty || request.clearTags
        guard changesAddress || changesTags || request.buyer != nil || request.note != nil else {
            throw OrderRefusal(
                .invalidValue, field: "note", "is missing, as everything else",
                expected: "at least one of buyer, shippingAddress, billingAddress, note, tags and clearTags")
        }
        guard request.tags.isEmpty || !request.clearTags else {
            throw OrderRefusal(
                .invalidValue, field: "clearTags", "is set beside tags", expected: "one of the two")
        }
        guard !changesAddress || Self.amendable.contains(self.order.status) else {
            throw self.order.refusal(to: "get another address", in: Self.amendable.map(\.words))
        }
        var names: [String] = []
        if let buyer = request.buyer { (self.order.buyer, names) = (buyer, names + ["buyer"]) }
        if let address = request.shippingAddress {
            (self.order.shippingAddress, names) = (address, names + ["shipping address"])
        }
        if let address = request.billingAddress {
            (self.order.billingAddress, names) = (address, names + ["billing address"])
        }
        if let note = request.note { (self.order.note, names) = (note, names + ["note"]) }
        if changesTags { (self.order.tags, names) = (request.tags, names + ["tags"]) }
        self.append(.amended, "Changed: \(names.joined(separator: ", "))")
    }

    /// Says that nothing more is expected of the order.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed` unless it is delivered and paid, and no return or claim is open.
    public mutating func close(at moment: OrderMoment) throws(OrderRefusal) {
        guard self.order.status == .delivered else {
            throw self.order.refusal(to: "be closed", in: [OrderStatus.delivered.words])
        }
        guard [.paid, .partiallyRefunded, .refunded].contains(self.order.paymentStatus) else {
            throw OrderRefusal(
                .stateNotAllowed, field: "paymentStatus", "says that the order is not paid",
                expected: "a payment of the total on record")
        }
        if let open = self.returns.first(where: { $0.status.isOpen }) {
            throw OrderRefusal(
                .stateNotAllowed, field: "returnIds", "names \(open.returnID), which is open",
                expected: "returns that have ended")
        }
        if let open = self.claims.first(where: { $0.status.isOpen }) {
            throw OrderRefusal(
                .stateNotAllowed, field: "claimIds", "names \(open.claimID), which is open",
                expected: "claims that have ended")
        }
        try self.order.become(.closed)
        self.append(.closed, "Closed")
    }
}
