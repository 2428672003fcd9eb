internal import OrderMessages
internal import Refusals
internal import WellKnownMessages

/// Reads an order out of a request, with the names and amounts that are not said, and gathers all that is wrong with it.
struct OrderReading {
    let request: PlaceOrderRequest
    let now: ProtoTimestamp
    let settings: OrderSettings
    var order = Order()
    var faults = OrderFaults()
    /// The smallest amount of the order's currency, in micros; nil: it is none.
    var minorUnit: Int64?

    init(_ request: PlaceOrderRequest, at now: ProtoTimestamp, settings: OrderSettings) {
        self.request = request
        self.now = now
        self.settings = settings
    }

    /// Reads all of it.
    ///
    /// - Throws: ``OrderRefusal`` with every value that is not what it may be.
    mutating func read() throws(OrderRefusal) -> Order {
        self.readNames()
        self.readDate()
        self.readCurrency()
        self.readPeople()
        self.readState()
        self.readLines()
        self.readCharges()
        self.readPlan()
        try self.faults.refuse()
        return self.order
    }

    private mutating func readNames() {
        let request = self.request
        OrderNames.check(
            request.orderID, "orderId", maximumBytes: OrderLimits.orderIDBytes, into: &self.faults)
        OrderNames.check(
            request.platform, "platform", maximumBytes: OrderLimits.connectionBytes, into: &self.faults)
        self.order.orderID = request.orderID
        self.order.platform = request.platform.isEmpty ? OrderNames.directPlatform : request.platform
        if request.connection.isEmpty {
            if let connection = OrderNames.connection(of: self.order.platform) {
                self.order.connection = connection
            } else {
                self.faults.add(
                    .invalidValue, "connection", "is missing, and the platform's name cannot be one",
                    expected: "a name in lower case, such as amazon")
            }
        } else if OrderNames.isConnection(request.connection) {
            self.order.connection = request.connection
        } else {
            self.faults.add(
                .invalidValue, "connection", "is \(request.connection.debugDescription)",
                expected: "lower case, digits, points, underscores and hyphens, such as amazon-us")
        }
    }

    private mutating func readDate() {
        guard let date = self.request.orderDate else {
            self.order.orderDate = self.now
            return
        }
        self.order.orderDate = date
        let latest = self.now.seconds.addingReportingOverflow(OrderLimits.clockSkewSeconds).partialValue
        if !date.isValid || date.seconds < 0 {
            self.faults.add(
                .dateOutOfRange, "orderDate", "is no instant of ours", expected: "an instant from 1970 to now")
        } else if date.seconds > latest {
            self.faults.add(.dateOutOfRange, "orderDate", "lies in the future", expected: "an instant up to now")
        }
    }

    private mutating func readCurrency() {
        let code =
            if !self.request.currency.isEmpty {
                self.request.currency
            } else if !self.settings.defaultCurrency.isEmpty {
                self.settings.defaultCurrency
            } else {
                "USD"
            }
        self.order.currency = code
        self.minorUnit = OrderAmount.minorUnit(of: code)
        if self.minorUnit == nil {
            self.faults.add(
                .unknownCurrency, "currency", "is \(code.debugDescription)", expected: "a code of ISO 4217, such as USD"
            )
        }
    }

    private mutating func readPeople() {
        let request = self.request
        OrderNames.check(
            request.customerID, "customerId", maximumBytes: OrderLimits.orderIDBytes, into: &self.faults)
        if let email = request.buyer?.email {
            OrderNames.check(email, "buyer.email", maximumBytes: 255, into: &self.faults)
        }
        self.order.region =
            request.region.isEmpty ? OrderNames.region(of: request.shippingAddress) : request.region
        self.order.customerGroup = request.customerGroup
        self.order.customerID = request.customerID
        self.order.buyer = request.buyer
        self.order.shippingAddress = request.shippingAddress
        self.order.billingAddress = request.billingAddress
        self.order.vehicle = request.vehicle
        self.order.note = request.note
        self.order.tags = request.tags
    }

    private mutating func readPlan() {
        if let hold = self.request.holdFor {
            let allowed = 1...OrderLimits.maximumHoldSeconds
            if !hold.isValid || !allowed.contains(hold.seconds) {
                self.faults.add(
                    .invalidValue, "holdFor", "is \(hold.seconds) seconds",
                    expected: "1 to \(OrderLimits.maximumHoldSeconds) seconds")
            }
        }
        guard self.order.status == .pending else { return }
        var plan = OrderPlan()
        plan.onShortfall = self.request.onShortfall.orElse(self.settings.onShortfall).orElse(.hold)
        if plan.onShortfall == .backorder { plan.backorderCap = self.settings.unitsOfBackorder }
        plan.confirmOnPayment = self.request.confirmOnPayment
        if plan.confirmOnPayment {
            plan.holdFor = self.request.holdFor ?? ProtoDuration(seconds: OrderLimits.holdSeconds)
        }
        self.order.plan = plan
    }
}

extension ShortfallPolicy {
    /// Another one, where this one says nothing.
    fileprivate func orElse(_ other: Self) -> Self {
        switch self {
        case .unspecified, .unrecognized: other
        case .hold, .refuse, .backorder: self
        }
    }
}

extension OrderSettings {
    /// Units that a line may be promised beyond what is there.
    var unitsOfBackorder: Int64 { self.backorderCap > 0 ? self.backorderCap : OrderLimits.backorderCap }
}
