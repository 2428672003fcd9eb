public import OrderMessages
public import Refusals
public import WellKnownMessages

extension Order {
    /// The order that a request asks for, with what it does not say: without ids, and without prices where none are given.
    ///
    /// An order that needs no quote is complete: its sums are counted, and one that came finished has its shipment and
    /// payment. Another one is completed by ``agree(to:by:)``.
    ///
    /// - Parameters:
    ///   - now: By the database's clock.
    ///   - settings: How the brand keeps its orders.
    /// - Throws: ``OrderRefusal`` with every value that is not what it may be.
    public init(
        placing request: PlaceOrderRequest, at now: ProtoTimestamp, settings: OrderSettings
    ) throws(OrderRefusal) {
        var reading = OrderReading(request, at: now, settings: settings)
        self = try reading.read()
        if !self.needsQuote { try self.complete(by: request) }
    }

    /// Whether pricing has to say what it costs: a line has no price, or a quote was seen that has to hold.
    public var needsQuote: Bool {
        !self.quoteVersion.isEmpty || self.items.contains { $0.price == nil }
    }

    /// Whether it is to be placed; false: it came finished.
    public var isToBePlaced: Bool { self.status == .pending }

    /// Puts prices into the lines that pricing agreed to, and completes the order.
    ///
    /// - Throws: ``OrderRefusal`` with `priceChanged` where a line came with another price, `totalMismatch` where the sum is
    ///   another than the request's.
    public mutating func agree(to prices: AgreedPrices, by request: PlaceOrderRequest) throws(OrderRefusal) {
        guard prices.lines.count == self.items.count else {
            throw OrderRefusal(.noPrice, "pricing answered for \(prices.lines.count) of \(self.items.count) lines")
        }
        var faults = OrderFaults()
        for (place, line) in prices.lines.enumerated() {
            let given = self.items[place].price?.micros
            if let given, given != line.price {
                faults.add(
                    .priceChanged, "items[\(place)].price",
                    "is \(OrderAmount.text(given, currency: self.currency))",
                    expected: OrderAmount.text(line.price, currency: self.currency))
            }
            self.items[place].price = Decimal(micros: line.price)
            self.items[place].discount = line.discount == 0 ? nil : Decimal(micros: line.discount)
            self.items[place].coreCharge = line.coreCharge == 0 ? nil : Decimal(micros: line.coreCharge)
            self.items[place].priceListID = line.listID
            self.items[place].priceRuleIDs = line.ruleIDs
        }
        try faults.refuse()
        self.quoteVersion = prices.version
        self.plan?.uses = prices.uses
        try self.complete(by: request)
    }

    /// Gives the order its id, and with it the ids of what it asks of other services.
    ///
    /// - Parameter attempt: How often it was tried to be placed, with this one.
    public mutating func name(_ id: OrderID, attempt: UInt32 = 1) {
        self.id = id.description
        if self.orderID.isEmpty { self.orderID = self.id }
        if self.isToBePlaced, self.shortfall == nil { self.beginPlacing(attempt: attempt) }
    }

    /// Begins an attempt to place it: with ids of its own, so that what is left of the one before is taken back by itself.
    ///
    /// - Parameter attempt: How often it was tried to be placed, with this one.
    public mutating func beginPlacing(attempt: UInt32) {
        self.attempt = attempt
        self.reservationID = "\(self.id).\(attempt)"
        self.redemptionID = self.plan?.uses.isEmpty == false ? "\(self.id).\(attempt)" : ""
        self.shortfall = nil
    }

    /// Whether placing it was refused, so that its channel's id may be placed anew: as another attempt.
    public var mayBePlacedAnew: Bool {
        guard self.status == .cancelled, self.reservationID.isEmpty, self.plan != nil else { return false }
        switch self.cancelReason {
        case .notPlaced, .outOfStock, .price: return true
        default: return false
        }
    }

    /// Counts the sums and compares them with what was said; then puts on record what came with the order.
    private mutating func complete(by request: PlaceOrderRequest) throws(OrderRefusal) {
        try self.recount()
        let total = self.totals?.total?.micros ?? 0
        if let said = request.total?.micros, said != total {
            throw OrderRefusal(
                .totalMismatch, field: "total", "is \(OrderAmount.text(said, currency: self.currency))",
                expected: "\(OrderAmount.text(total, currency: self.currency)): lines, less reductions, with deposits, "
                    + "shipping and tax")
        }
        self.recordPayment(of: total)
        if !self.isToBePlaced { self.recordEnd() }
        // Otherwise nothing has changed that counts.
        if !self.isToBePlaced || !self.payments.isEmpty { try self.recount() }
    }
}
