internal import OrderMessages
internal import WellKnownMessages

/// An order of the demo's day, before it is placed, and what its buyer will do.
struct DemoOrder: Sendable {
    /// What becomes of it, as far as it can be had.
    enum Fate: Sendable {
        case cancelled
        /// It leaves, and is still under way at the end of the day.
        case shipped
        case delivered
        /// It is delivered, and its first line comes back.
        case returned(ReturnKind)
    }

    let request: PlaceOrderRequest
    let channel: DemoChannel
    let fate: Fate
    /// It leaves in two parcels, where it has two lines.
    let isSplit: Bool
    /// Whether a shortfall is promised for later, or cancelled.
    let isPatient: Bool

    private static let places = [
        ("Austin", "TX", "78701"), ("Columbus", "OH", "43085"), ("Denver", "CO", "80202"), ("Fresno", "CA", "93650"),
        ("Miami", "FL", "33101"), ("Newark", "NJ", "07101"), ("Phoenix", "AZ", "85001"), ("Seattle", "WA", "98101"),
    ]

    /// An order by chance.
    ///
    /// - Parameters:
    ///   - number: Unique among all days of the brand.
    ///   - date: When it is placed.
    init(_ number: String, at date: ProtoTimestamp, _ chance: inout DemoChance) {
        let channel = DemoChannel.all[chance.place(of: DemoChannel.all.map(\.share))]
        let parts = Self.parts(&chance)
        let isOwn = channel.id == DemoChannel.all[0].id
        let city = Self.places[Int.random(in: 0..<Self.places.count, using: &chance)]
        let items = parts.map { Self.item($0, on: channel, isPriced: !isOwn, &chance) }
        let fees = isOwn ? [] : [OrderFee(kind: "Commission", amount: Self.fee(of: items, on: channel))]
        self.request = PlaceOrderRequest(
            orderID: "\(channel.prefix)-\(number)", platform: channel.platform, connection: channel.id,
            orderDate: date, items: items, paymentStatus: .paid, currency: "USD",
            customerID: "customer-\(Int.random(in: 1...5_000, using: &chance))",
            shippingAddress: Address(city: city.0, region: city.1, postalCode: city.2, country: "US"),
            fees: fees, coupons: isOwn && chance.happens(percent: 10) ? [DemoBrand.coupon] : [], onShortfall: .hold)
        self.channel = channel
        self.fate = Self.fate(&chance)
        self.isSplit = chance.happens(percent: 20)
        self.isPatient = chance.happens(percent: 50)
    }

    /// One to three parts for one vehicle: who does the brakes, does the rotors, too.
    private static func parts(_ chance: inout DemoChance) -> [DemoPart] {
        let first = DemoPart.all[chance.place(of: DemoPart.all.map(\.demand))]
        let others = DemoPart.all.filter { $0.vehicle.name == first.vehicle.name && $0.sku != first.sku }
        return [first]
            + others.shuffled(using: &chance).prefix([0, 0, 0, 1, 1, 2][Int.random(in: 0..<6, using: &chance)])
    }

    private static func item(
        _ part: DemoPart, on channel: DemoChannel, isPriced: Bool, _ chance: inout DemoChance
    ) -> OrderItem {
        let vehicle = BuyerVehicle(
            year: UInt32(Int32.random(in: part.vehicle.firstYear...part.vehicle.lastYear, using: &chance)),
            make: part.vehicle.make, model: part.vehicle.model)
        var item = OrderItem(
            sku: part.sku, quantity: chance.happens(percent: 10) ? 2 : 1, title: part.name, vehicle: vehicle)
        guard isPriced else { return item }
        item.price = Decimal(micros: channel.cents(part) * 10_000)
        if part.family.coreCents > 0 { item.coreCharge = Decimal(micros: part.family.coreCents * 10_000) }
        return item
    }

    private static func fee(of items: [OrderItem], on channel: DemoChannel) -> Decimal {
        let cents = items.reduce(Int64(0)) { $0 + ($1.price?.micros ?? 0) / 10_000 * $1.quantity }
        return Decimal(micros: cents * channel.feePercent / 100 * 10_000)
    }

    private static func fate(_ chance: inout DemoChance) -> Fate {
        switch Int.random(in: 0..<100, using: &chance) {
        case ..<3: .cancelled
        case ..<35: .shipped
        case ..<93: .delivered
        case ..<96: .returned(.doesNotFit)
        default: .returned(.unopened)
        }
    }
}
