public import OrderMessages
public import Refusals
internal import WellKnownMessages

extension OrderState {
    /// The states in which something may come back: something has shipped.
    static let returnable: [OrderStatus] = [.partiallyShipped, .shipped, .fulfilled, .delivered, .closed]

    /// Asks for a return.
    ///
    /// - Returns: Its place among the order's.
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`, `unknownLine`, `duplicateEntry`, `quantityExceeded`,
    ///   `windowClosed`, `invalidValue` or `tooMany`.
    @discardableResult
    public mutating func requestReturn(
        _ request: RequestReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) -> Int {
        switch request.kind {
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "kind", "is none that is known",
                expected: "unopened, does not fit, wrong part, damaged, defective, core, recall or other")
        default: break
        }
        guard Self.returnable.contains(self.order.status) else {
            throw self.order.refusal(to: "be returned", in: Self.returnable.map(\.words))
        }
        guard self.returns.count < OrderLimits.returns else { throw .tooMany("returns", OrderLimits.returns) }
        guard !request.lines.isEmpty else {
            throw OrderRefusal(
                .invalidValue, field: "lines", "is empty", expected: "the lines of which something comes back")
        }
        let lines = try self.lines(of: request, at: moment)
        let place = self.returns.count
        var goods = Return(kind: request.kind, status: .requested, lines: lines, reason: request.reason)
        if request.authorize {
            goods.authorize(AuthorizeReturnRequest(), number: place + 1, self.order, at: moment.now)
        }
        self.returns.append(goods)
        let state = request.authorize ? "authorised" : "asked for"
        self.append(.return, subject: self.order.returnID(place), "A return of \(lines.text) was \(state)")
        return place
    }

    private func lines(
        of request: RequestReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) -> [ReturnLine] {
        let units = ReturnableUnits(state: self)
        var lines: [ReturnLine] = []
        for (number, wanted) in request.lines.enumerated() {
            let field = "lines[\(number)]"
            let item = self.order.items[try self.order.place(ofLine: wanted.lineID, field: "\(field).lineId")]
            guard !lines.contains(where: { $0.lineID == wanted.lineID }) else {
                throw .duplicate("line \(wanted.lineID.debugDescription)", field: "\(field).lineId")
            }
            try OrderRefusal.checkQuantity(wanted.quantity, field: "\(field).quantity")
            try self.checkUnits(wanted.quantity, of: item, request.kind, units, field: field)
            if !request.authorize {
                try ReturnWindow.check(request.kind, of: item, in: self.order, at: moment, field: "\(field).lineId")
            }
            lines.append(
                ReturnLine(
                    lineID: item.lineID, sku: item.sku, quantity: wanted.quantity,
                    vehicle: self.vehicle(of: wanted, item, request.kind), note: wanted.note))
        }
        return lines
    }

    private func checkUnits(
        _ quantity: Int64, of item: OrderItem, _ kind: ReturnKind, _ units: ReturnableUnits, field: String
    ) throws(OrderRefusal) {
        guard kind == .core else {
            let limit = units.returnable(item)
            guard quantity <= limit else {
                throw .quantityExceeded(
                    quantity, of: limit, "shipped, and neither back nor on their way back", field: "\(field).quantity")
            }
            return
        }
        guard (item.coreCharge?.micros ?? 0) > 0 else {
            throw OrderRefusal(
                .invalidValue, field: "\(field).lineId", "has no deposit", expected: "a line with a core charge")
        }
        let limit = units.cores(item)
        guard quantity <= limit else {
            throw .quantityExceeded(
                quantity, of: limit, "shipped with a deposit that was not given back", field: "\(field).quantity")
        }
    }

    /// The vehicle that a part does not fit: as it is said, otherwise what the line or the order was bought for. The fitment by
    /// which it was chosen stays with it, as what the return speaks against.
    private func vehicle(of line: ReturnLineRequest, _ item: OrderItem, _ kind: ReturnKind) -> BuyerVehicle? {
        guard kind == .doesNotFit else { return line.vehicle }
        let bought = item.vehicle ?? self.order.vehicle
        guard var vehicle = line.vehicle else { return bought }
        if vehicle.fitmentID.isEmpty { vehicle.fitmentID = bought?.fitmentID ?? "" }
        return vehicle
    }

    /// Lets the buyer send a return.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `dateOutOfRange` or `invalidAmount`.
    public mutating func authorizeReturn(
        _ place: Int, _ request: AuthorizeReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .authorize)
        if let deadline = request.deadline {
            guard deadline.isValid, deadline > moment.now else {
                throw OrderRefusal(
                    .dateOutOfRange, field: "deadline", deadline.isValid ? "has passed" : "is no instant",
                    expected: "an instant in the future")
            }
        }
        if let fee = request.restockingFee, fee.micros != 0 {
            try OrderAmount.checkAboveZero(fee, "restockingFee", currency: self.order.currency)
            let limit = try ReturnCredit(ofAll: goods, in: self).amount
            guard fee.micros <= limit else {
                throw OrderRefusal(
                    .invalidAmount, field: "restockingFee", "is more than what comes back cost",
                    expected: "at most \(self.order.text(limit))")
            }
        }
        goods.authorize(request, number: place + 1, self.order, at: moment.now)
        self.returns[place] = goods
        self.append(.return, subject: self.order.returnID(place), "The return was authorised as \(goods.rma)")
    }

    /// Does not take a return back.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed` or `invalidValue`.
    public mutating func refuseReturn(_ place: Int, _ request: RefuseReturnRequest) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .refuse)
        guard !request.reason.isEmpty else {
            throw OrderRefusal(.invalidValue, field: "reason", "is empty", expected: "what the buyer is told")
        }
        goods.status = .refused
        goods.refusal = request.reason
        self.returns[place] = goods
        self.append(.return, subject: self.order.returnID(place), "The return was refused: \(request.reason)")
    }

    /// The buyer keeps it.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound` or `stateNotAllowed`.
    public mutating func cancelReturn(_ place: Int) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .cancel)
        goods.status = .cancelled
        self.returns[place] = goods
        self.append(.return, subject: self.order.returnID(place), "The return was cancelled")
    }

    /// A return with which something may be done.
    func goods(_ place: Int, for step: ReturnStep) throws(OrderRefusal) -> Return {
        guard self.returns.indices.contains(place) else { throw .returnNotFound(self.order.returnID(place)) }
        try step.check(self.returns[place])
        return self.returns[place]
    }
}

extension Return {
    /// How long a return may take to arrive, unless something else is said. Days.
    static let days: Int64 = 30

    fileprivate mutating func authorize(
        _ request: AuthorizeReturnRequest, number: Int, _ order: Order, at now: ProtoTimestamp
    ) {
        self.status = .authorized
        self.rma = request.rma.isEmpty ? "\(order.orderID)-R\(number)" : request.rma
        self.deadline = request.deadline ?? now.adding(days: Self.days)
        self.restockingFee = request.restockingFee
    }
}

extension Order {
    /// The id of a return, by its place among the order's.
    func returnID(_ place: Int) -> String { "\(self.id)-r\(place + 1)" }

    /// An amount for people: "12.90 USD".
    func text(_ micros: Int64) -> String {
        "\(OrderAmount.text(micros, currency: self.currency)) \(self.currency)"
    }
}

extension OrderRefusal {
    /// The brand has no such return.
    public static func returnNotFound(_ id: String) -> Self {
        Self(.returnNotFound, "the brand has no return \(id.debugDescription)")
    }
}

extension [ReturnLine] {
    /// "2 of line 1, 1 of line 2".
    fileprivate var text: String { self.map { "\($0.quantity) of line \($0.lineID)" }.joined(separator: ", ") }
}
