public import OrderMessages
public import Refusals

extension OrderState {
    /// The states in which something may be left to cancel.
    static let cancellable: [OrderStatus] = [.pending, .reserved, .confirmed, .partiallyShipped]

    /// Cancels units that have not shipped, or all of them, and gives back what was held for them.
    ///
    /// With nothing left and nothing shipped the order is cancelled; with nothing left to ship it is shipped. What was paid
    /// stays on record: giving it back is a refund of its own.
    ///
    /// While an order is being placed only all of it can be cancelled, since nobody knows yet what is held.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`, `unknownLine`, `duplicateEntry`, `quantityExceeded` or
    ///   `invalidValue`.
    public mutating func cancel(_ request: CancelOrderRequest, at moment: OrderMoment) throws(OrderRefusal) {
        switch request.reason {
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "reason", "is none that is known",
                expected: "buyer, seller, out of stock, unpaid, address, fraud, price or not placed")
        default: break
        }
        guard Self.cancellable.contains(self.order.status) else {
            throw self.order.refusal(to: "be cancelled", in: Self.cancellable.map(\.words))
        }
        let wanted = try self.quantities(request.lines)
        guard !wanted.isEmpty else {
            throw OrderRefusal(
                .stateNotAllowed, field: "lines", "has nothing left to cancel: some of every unit has shipped",
                expected: "units of which nothing has shipped")
        }
        let isAll = self.order.items.enumerated().allSatisfy {
            LineUnits($1, shipments: self.order.shipments).open == wanted[$0, default: 0]
        }
        guard isAll || self.order.status != .pending else {
            throw OrderRefusal(
                .stateNotAllowed, field: "lines", "names a part of an order that is not placed yet",
                expected: "none, or all units; or a choice about the shortfall")
        }
        let isWhole = self.order.isReservationWhole
        var (order, portions) = (self.order, [OrderEffect.Portion]())
        for (place, units) in wanted.sorted(by: { $0.key < $1.key }) {
            portions += try order.cancel(units, of: place)
        }
        try order.moveOn(reason: request.reason)
        try order.countPayments()
        let before = self.order.status
        self.order = order
        self.append(.cancelled, Self.text(of: request, isWhole: order.status == .cancelled))
        self.giveBack(portions, isAll: isAll && isWhole, from: before)
        // What is left may be paid.
        self.goOnWhenPaid()
    }

    /// What of each line is to be cancelled, by place.
    private func quantities(_ lines: [LineQuantity]) throws(OrderRefusal) -> [Int: Int64] {
        var wanted: [Int: Int64] = [:]
        guard !lines.isEmpty else {
            for (place, item) in self.order.items.enumerated() {
                let open = LineUnits(item, shipments: self.order.shipments).open
                if open > 0 { wanted[place] = open }
            }
            return wanted
        }
        for (number, line) in lines.enumerated() {
            let field = "lines[\(number)]"
            let place = try self.order.place(ofLine: line.lineID, field: "\(field).lineId")
            guard wanted[place] == nil else {
                throw .duplicate("line \(line.lineID.debugDescription)", field: "\(field).lineId")
            }
            try OrderRefusal.checkQuantity(line.quantity, field: "\(field).quantity")
            let open = LineUnits(self.order.items[place], shipments: self.order.shipments).open
            guard line.quantity <= open else {
                throw .quantityExceeded(
                    line.quantity, of: open, "neither shipped nor cancelled", field: "\(field).quantity")
            }
            wanted[place] = line.quantity
        }
        return wanted
    }

    /// Gives back what was held for units that are cancelled, and with the whole order its uses of coupons.
    private mutating func giveBack(_ portions: [OrderEffect.Portion], isAll: Bool, from status: OrderStatus) {
        let order = self.order
        if order.status == .cancelled, !order.redemptionID.isEmpty {
            self.require(.reverseRedemption(id: order.redemptionID))
        }
        guard !order.reservationID.isEmpty else { return }
        // Of an order that is being placed it is not known what is held: all of it is given back, for ever.
        guard !isAll, status != .pending else {
            return self.require(.releaseReservation(id: order.reservationID, []))
        }
        for effect in OrderEffect.inPortions(
            portions, { .releaseReservation(id: order.reservationID, $0) })
        {
            self.require(effect)
        }
    }

    private static func text(of request: CancelOrderRequest, isWhole: Bool) -> String {
        let what = isWhole ? "The order" : request.lines.isEmpty ? "What was not shipped" : request.lines.text
        return "\(what) was cancelled: \(request.reason.words)" + (request.note.isEmpty ? "" : " (\(request.note))")
    }
}

extension Order {
    /// Cancels units of a line.
    ///
    /// - Returns: What is not held any more.
    fileprivate mutating func cancel(_ count: Int64, of place: Int) throws(OrderRefusal) -> [OrderEffect.Portion] {
        var units = LineUnits(self.items[place], shipments: self.shipments)
        guard let portions = units.cancel(count) else {
            throw .quantityExceeded(count, of: units.open, "neither shipped nor cancelled", field: "lines")
        }
        self.items[place] = units.result
        return portions.map {
            OrderEffect.Portion(
                line: self.reservedPlace(of: place), sku: $0.sku, locationID: $0.location, quantity: $0.quantity)
        }
    }

    /// Moves on where nothing is left, or nothing is left to ship.
    fileprivate mutating func moveOn(reason: CancelReason) throws(OrderRefusal) {
        guard self.items.contains(where: { $0.cancelled < $0.quantity }) else {
            try self.become(.cancelled)
            self.cancelReason = reason
            self.shortfall = nil
            self.heldUntil = nil
            self.plan = nil
            return
        }
        guard self.status == .partiallyShipped, self.isShipped else { return }
        try self.become(.shipped)
        try self.becomeDeliveredWhenDone()
    }
}

extension [LineQuantity] {
    /// "2 of line 1, 1 of line 2".
    fileprivate var text: String { self.map { "\($0.quantity) of line \($0.lineID)" }.joined(separator: ", ") }
}

extension CancelReason {
    /// In a sentence.
    var words: String {
        switch self {
        case .buyer: "the buyer"
        case .seller: "the seller"
        case .outOfStock: "out of stock"
        case .unpaid: "not paid"
        case .address: "the address"
        case .fraud: "fraud"
        case .price: "the price"
        case .notPlaced: "could not be placed"
        case .unspecified, .unrecognized: "no known reason"
        }
    }
}
