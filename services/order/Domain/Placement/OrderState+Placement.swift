internal import OrderMessages
public import Refusals
internal import WellKnownMessages

extension OrderState {
    /// Decides about an order that is being placed. It does nothing where somebody else has decided already: the order is not
    /// pending any more, waits for a decision about what is missing, or is in another attempt.
    ///
    /// - Parameters:
    ///   - outcome: What the attempt came to.
    ///   - attempt: Which one.
    public mutating func conclude(
        _ outcome: PlacementOutcome, attempt: UInt32, at moment: OrderMoment
    ) throws(OrderRefusal) {
        guard self.order.attempt == attempt, self.order.shortfall == nil else { return }
        switch self.order.status {
        case .pending: try self.concludePending(outcome, at: moment)
        case .reserved: try self.concludeReserved(outcome)
        default: return
        }
    }

    private mutating func concludePending(
        _ outcome: PlacementOutcome, at moment: OrderMoment
    ) throws(OrderRefusal) {
        switch outcome {
        case .confirmed(let units):
            try self.order.become(.confirmed)
            self.order.hold(units)
            self.order.plan = nil
            self.append(.confirmed, "stock is held until it ships")
        case .reserved(let units, let until):
            try self.order.become(.reserved)
            self.order.hold(units)
            self.order.plan = nil
            self.order.heldUntil = until
            // It was paid while it was being reserved: it is to be confirmed at once.
            self.attention = self.order.isPaid ? .after(milliseconds: 0) : .at(until)
            self.append(.reserved, "stock is held until it is paid")
        case .short(let lines):
            self.wait(for: lines, OrderRefusal.insufficientStock(lines).description, at: moment)
        case .refused(let refusal, let reason):
            // Who has decided about it once is asked again.
            if self.order.plan?.waitsAgain == true { return self.wait(for: [], refusal.description, at: moment) }
            try self.cancelUnplaced(reason, refusal.description)
        case .gone(let reason, let isRedeemed):
            guard self.order.attempt < OrderLimits.attempts else {
                return try self.cancelUnplaced(.notPlaced, "\(reason), \(self.order.attempt) times over")
            }
            // A coupon with one use would not be there for the next attempt before this one has given it back.
            let redemptionID = isRedeemed ? self.order.redemptionID : ""
            if isRedeemed { self.order.redemptionID = "" }
            self.takeBack()
            self.order.beginPlacing(attempt: self.order.attempt + 1)
            if isRedeemed { self.order.redemptionID = redemptionID }
            self.attention = .after(milliseconds: OrderLimits.attentionMilliseconds)
            self.append(.amended, "it is placed anew: \(reason)")
        }
    }

    /// Lets the order wait for a decision; nothing is held meanwhile.
    private mutating func wait(for lines: [ShortfallLine], _ reason: String, at moment: OrderMoment) {
        self.takeBack()
        self.order.shortfall = Shortfall(
            lines: lines, choices: self.order.choices(missing: lines), reason: reason, since: moment.now)
        self.attention = .none
        self.append(.shortfall, reason)
    }

    /// The order was reserved, and is paid.
    private mutating func concludeReserved(_ outcome: PlacementOutcome) throws(OrderRefusal) {
        switch outcome {
        case .confirmed:
            try self.order.become(.confirmed)
            self.order.heldUntil = nil
            self.append(.confirmed, "it is paid; stock is held until it ships")
        case .gone(let reason, _):
            // Who has not paid has until the end of the hold.
            guard self.order.isPaid else { return }
            try self.cancelUnpaid("it was paid too late: \(reason)")
        case .reserved, .short, .refused:
            return
        }
    }

    /// Does what an order's time asks for that does not go on by itself: cancels one that is reserved and was not paid in
    /// time. One that is paid is left to inventory's answer to the confirmation.
    public mutating func lookAfter(at moment: OrderMoment) throws(OrderRefusal) {
        switch self.order.status {
        case .reserved:
            guard !self.order.isPaid else { return }
            if let until = self.order.heldUntil, until > moment.now {
                self.attention = .at(until)
            } else {
                try self.cancelUnpaid("it was not paid in time")
            }
        case .pending where self.order.shortfall == nil: return
        default: self.attention = .none
        }
    }

    /// Cancels an order that could not be placed. How it was to be placed stays on record: its channel's id may be placed anew.
    private mutating func cancelUnplaced(_ reason: CancelReason, _ text: String) throws(OrderRefusal) {
        let plan = self.order.plan
        try self.order.cancelAll(reason)
        self.order.plan = plan
        self.takeBack()
        self.append(.cancelled, text)
    }

    private mutating func cancelUnpaid(_ text: String) throws(OrderRefusal) {
        try self.order.cancelAll(.unpaid)
        self.takeBack()
        self.append(.cancelled, text)
    }

    /// Gives back what the attempt holds, or would hold yet if a step of it were still under way.
    mutating func takeBack() {
        if !self.order.reservationID.isEmpty {
            self.require(.releaseReservation(id: self.order.reservationID, []))
            self.order.reservationID = ""
        }
        if !self.order.redemptionID.isEmpty {
            self.require(.reverseRedemption(id: self.order.redemptionID))
            self.order.redemptionID = ""
        }
    }
}

extension Order {
    /// Cancels all units. What is held for the order is not given back by it.
    mutating func cancelAll(_ reason: CancelReason) throws(OrderRefusal) {
        try self.become(.cancelled)
        for place in self.items.indices {
            self.items[place].cancelled = self.items[place].quantity
            self.items[place].allocations = []
            self.items[place].backordered = 0
        }
        self.cancelReason = reason
        self.shortfall = nil
        self.heldUntil = nil
        self.plan = nil
        try self.countPayments()
    }

    /// What can be done about missing units.
    func choices(missing lines: [ShortfallLine]) -> [ShortfallChoice] {
        let units = self.items.reduce(Int128(0)) { $0 + Int128($1.quantity - $1.cancelled) }
        let missing = lines.reduce(Int128(0)) { $0 + Int128($1.missing) }
        return missing > 0 && missing < units
            ? [.retry, .backorder, .substitute, .split, .cancel] : [.retry, .backorder, .substitute, .cancel]
    }
}
