public import OrderMessages
public import Refusals
internal import WellKnownMessages

extension OrderState {
    /// Says that a part failed within its warranty.
    ///
    /// - Returns: The claim's place among the order's.
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`, `unknownLine`, `quantityExceeded`, `dateOutOfRange`,
    ///   `invalidValue` or `tooMany`.
    @discardableResult
    public mutating func submitClaim(
        _ request: SubmitClaimRequest, at moment: OrderMoment
    ) throws(OrderRefusal) -> Int {
        guard Self.returnable.contains(self.order.status) else {
            throw self.order.refusal(to: "have claims", in: Self.returnable.map(\.words))
        }
        guard self.claims.count < OrderLimits.claims else { throw .tooMany("claims", OrderLimits.claims) }
        let item = self.order.items[try self.order.place(ofLine: request.lineID, field: "lineId")]
        try OrderRefusal.checkQuantity(request.quantity, field: "quantity")
        let limit = ReturnableUnits(state: self).claimable(item)
        guard request.quantity <= limit else {
            throw .quantityExceeded(
                request.quantity, of: limit, "shipped, not back and in no other claim", field: "quantity")
        }
        try request.checkDistances()
        try self.checkDates(of: request, item, at: moment)
        let place = self.claims.count
        self.claims.append(
            WarrantyClaim(
                lineID: item.lineID, sku: item.sku, quantity: request.quantity, status: .submitted,
                installedAt: request.installedAt, failedAt: request.failedAt,
                installedDistance: request.installedDistance, failedDistance: request.failedDistance,
                distanceUnit: request.distanceUnit, lotID: request.lotID,
                vehicle: request.vehicle ?? item.vehicle ?? self.order.vehicle, failureCode: request.failureCode,
                description: request.description, attachments: request.attachments))
        self.append(
            .claim, subject: self.order.claimID(place), "\(request.quantity) of line \(item.lineID) failed")
        return place
    }

    /// A part is put in behind its order, and fails behind that.
    private func checkDates(
        of request: SubmitClaimRequest, _ item: OrderItem, at moment: OrderMoment
    ) throws(OrderRefusal) {
        // A day's grace: who says only the day means its beginning.
        let ordered = self.order.orderDate.map { (instant: $0.adding(days: -1), name: "the order's date") }
        if request.installedAt != nil {
            _ = try moment.past(request.installedAt, field: "installedAt", behind: ordered)
        }
        guard request.failedAt != nil else { return }
        let installed = request.installedAt.map { (instant: $0, name: "the part was installed") }
        _ = try moment.past(request.failedAt, field: "failedAt", behind: installed ?? ordered)
    }

    /// Moves a claim on: asks for information, takes it, approves, refuses or withdraws it.
    ///
    /// - Throws: ``OrderRefusal`` with `claimNotFound`, `stateNotAllowed` or `invalidValue`.
    public mutating func decideClaim(_ place: Int, _ request: DecideClaimRequest) throws(OrderRefusal) {
        var claim = try self.claim(place)
        guard [.submitted, .informationWanted, .approved, .refused, .cancelled].contains(request.status) else {
            throw OrderRefusal(
                .invalidValue, field: "status", "is none that a decision gives",
                expected: "submitted, information wanted, approved, refused or cancelled")
        }
        try claim.check(request.status)
        claim.outcome = try request.checkedOutcome()
        claim.status = request.status
        if !request.decision.isEmpty { claim.decision = request.decision }
        self.claims[place] = claim
        let why = request.decision.isEmpty ? "" : ": \(request.decision)"
        self.append(.claim, subject: self.order.claimID(place), "The claim is \(claim.status.words)\(why)")
    }

    /// Ends an approved claim as it was decided: by money, or by sending the part again.
    ///
    /// - Throws: ``OrderRefusal`` with `claimNotFound`, `stateNotAllowed`, `refundExceeded`, `invalidAmount` or `tooMany`.
    public mutating func settleClaim(
        _ place: Int, _ request: SettleClaimRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        guard try self.approvedClaim(place).outcome == .replacement else {
            return try self.refundClaim(place, request, at: moment)
        }
        try self.replaceClaim(place, request)
    }

    private mutating func refundClaim(
        _ place: Int, _ request: SettleClaimRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        var claim = try self.approvedClaim(place)
        let line = try self.order.place(ofLine: claim.lineID, field: "lineId")
        let units = ReturnableUnits(state: self)
        let before = units.compensated(self.order.items[line])
        let open = units.uncompensated(self.order.items[line], of: claim.quantity)
        let cost = try LineCosts(of: self.order).cost(of: line, units: before..<before + open)
        let limit = self.order.roundedDown(cost)
        if let amount = request.amount {
            try OrderAmount.checkAboveZero(amount, "amount", currency: self.order.currency)
        }
        let amount = request.amount?.micros ?? limit
        guard amount <= limit, amount > 0 else {
            throw OrderRefusal(
                .refundExceeded, field: "amount",
                amount > 0 ? "is more than what the units cost" : "is what the units cost, and that is nothing",
                expected: limit > 0 ? "at most \(self.order.text(limit))" : "units for which nothing was given yet")
        }
        let order = try self.order.with(
            Refund(
                amount: Decimal(micros: amount), reason: .warranty, claimID: self.order.claimID(place),
                method: request.method, reference: request.reference, at: moment.now))
        claim.status = .settled
        claim.compensatedBefore = claim.quantity - open
        claim.refunded = Decimal(micros: amount)
        claim.refundID = order.refunds.last?.refundID ?? ""
        self.order = order
        self.claims[place] = claim
        self.appendLastRefund()
        self.append(.claim, subject: order.claimID(place), "The claim was paid: \(order.text(amount))")
    }

    /// Sends the part of an approved claim again, by an order without charge, which is placed behind the change.
    ///
    /// - Throws: ``OrderRefusal`` with `claimNotFound`, `stateNotAllowed` or `invalidAmount`.
    private mutating func replaceClaim(_ place: Int, _ request: SettleClaimRequest) throws(OrderRefusal) {
        var claim = try self.approvedClaim(place)
        guard (request.amount?.micros ?? 0) == 0 else {
            throw OrderRefusal(
                .invalidAmount, field: "amount", "is given, and the claim is settled by a replacement",
                expected: "no amount")
        }
        let item = self.order.items[try self.order.place(ofLine: claim.lineID, field: "lineId")]
        let open = item.shipped - ReturnableUnits(state: self).compensated(item)
        guard claim.quantity <= open else {
            throw OrderRefusal(
                .stateNotAllowed, field: "quantity",
                "is \(claim.quantity), and something was given already for all but \(max(0, open)) units of the line",
                expected: "units for which nothing was given yet")
        }
        let items = [OrderItem(sku: item.sku, quantity: claim.quantity, vehicle: claim.vehicle)]
        _ = try self.order.replacement(items, named: "w\(place + 1)")
        claim.status = .settled
        self.claims[place] = claim
        let subject = self.order.claimID(place)
        self.append(.claim, subject: subject, "The claim is settled by a replacement")
        self.require(.replace(OrderEffect.Replacement(subject: subject, items: items)))
    }

    private func claim(_ place: Int) throws(OrderRefusal) -> WarrantyClaim {
        guard self.claims.indices.contains(place) else { throw .claimNotFound(self.order.claimID(place)) }
        return self.claims[place]
    }

    private func approvedClaim(_ place: Int) throws(OrderRefusal) -> WarrantyClaim {
        let claim = try self.claim(place)
        try claim.check(.settled)
        return claim
    }
}

extension SubmitClaimRequest {
    /// A vehicle's distance only grows.
    fileprivate func checkDistances() throws(OrderRefusal) {
        let isGiven = self.installedDistance != 0 || self.failedDistance != 0
        guard !isGiven || ["mi", "km"].contains(self.distanceUnit) else {
            throw OrderRefusal(
                .invalidValue, field: "distanceUnit",
                self.distanceUnit.isEmpty ? "is missing" : "is \(self.distanceUnit.debugDescription)",
                expected: "mi or km, where distances are given")
        }
        guard self.failedDistance == 0 || self.installedDistance <= self.failedDistance else {
            throw OrderRefusal(
                .invalidValue, field: "failedDistance",
                "is \(self.failedDistance), less than \(self.installedDistance) when the part was installed",
                expected: "at least \(self.installedDistance)")
        }
    }
}

extension DecideClaimRequest {
    /// The outcome that belongs to the decision.
    fileprivate func checkedOutcome() throws(OrderRefusal) -> ClaimOutcome {
        let valid: [ClaimOutcome]
        let words: String
        switch self.status {
        case .approved: (valid, words) = ([.refund, .replacement], "refund or replacement")
        case .refused:
            let refusals: [ClaimOutcome] = [.noFaultFound, .outOfWarranty, .refused]
            (valid, words) = (refusals, "no fault found, out of warranty or refused")
        default: (valid, words) = ([.unspecified], "none: it is not decided, or withdrawn")
        }
        guard valid.contains(self.outcome) else {
            throw OrderRefusal(
                .invalidValue, field: "outcome", self.outcome == .unspecified ? "is missing" : "does not belong to it",
                expected: words)
        }
        guard ![.refused, .informationWanted].contains(self.status) || !self.decision.isEmpty else {
            throw OrderRefusal(
                .invalidValue, field: "decision", "is empty",
                expected: self.status == .refused ? "why it is refused" : "what is wanted")
        }
        return self.outcome
    }
}

extension Order {
    /// The id of a claim, by its place among the order's.
    func claimID(_ place: Int) -> String { "\(self.id)-w\(place + 1)" }

    /// An amount that can be paid in the order's currency.
    func roundedDown(_ micros: Int64) -> Int64 { micros - micros % (OrderAmount.minorUnit(of: self.currency) ?? 1) }
}

extension OrderRefusal {
    /// The brand has no such claim.
    public static func claimNotFound(_ id: String) -> Self {
        Self(.claimNotFound, "the brand has no claim \(id.debugDescription)")
    }
}
