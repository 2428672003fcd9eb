internal import Buckets
internal import Events
internal import Postgres
internal import PricingMessages
internal import ProtobufC

/// Something that happened to prices, before it is an event of the log.
enum PricingEvent {
    case pricesChanged(PricesChanged)
    case pricesEffective(PricesEffective)
    case listChanged(PriceListChanged)
    case ruleChanged(PriceRuleChanged)
    case kitChanged(PriceKitChanged)
    case holdsChanged(PriceHoldsChanged)
    case couponChanged(CouponChanged)
    case redemptionChanged(RedemptionChanged)
    case settingsChanged(PricingSettingsChanged)
    case ratesChanged(ExchangeRatesChanged)

    /// What all events of pricing begin with.
    static let typePrefix = "pricing."

    static let pricesChangedType = "pricing.prices.changed"
    static let pricesEffectiveType = "pricing.prices.effective"
    static let listChangedType = "pricing.list.changed"

    /// As `proto/driveline/pricing/v1/events.proto` lists them.
    var type: String {
        switch self {
        case .pricesChanged: Self.pricesChangedType
        case .pricesEffective: Self.pricesEffectiveType
        case .listChanged: Self.listChangedType
        case .ruleChanged: "pricing.rule.changed"
        case .kitChanged: "pricing.kit.changed"
        case .holdsChanged: "pricing.holds.changed"
        case .couponChanged: "pricing.coupon.changed"
        case .redemptionChanged: "pricing.redemption.changed"
        case .settingsChanged: "pricing.settings.changed"
        case .ratesChanged: "pricing.rates.changed"
        }
    }

    /// What it happened to.
    var subject: String {
        switch self {
        case .pricesChanged(let message): message.listID
        case .pricesEffective(let message): message.listID
        case .listChanged(let message): message.priceList?.listID ?? ""
        case .ruleChanged(let message): message.rule?.ruleID ?? ""
        case .kitChanged(let message): message.kit?.sku ?? ""
        case .holdsChanged(let message): message.holds.first?.listID ?? ""
        case .couponChanged(let message): message.coupon?.code ?? ""
        case .redemptionChanged(let message): message.redemption?.redemptionID ?? ""
        case .settingsChanged, .ratesChanged: ""
        }
    }

    /// The SKU, or whatever its bucket is that of; of prices, which are many of one bucket, the first.
    fileprivate var key: String {
        switch self {
        case .pricesChanged(let message): message.changes.first?.price?.sku ?? ""
        case .pricesEffective(let message): message.skus.first ?? ""
        case .holdsChanged(let message): message.holds.first?.price?.sku ?? ""
        default: self.subject
        }
    }

    fileprivate func payload(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        switch self {
        case .pricesChanged(let message): try message.bytes(in: arena)
        case .pricesEffective(let message): try message.bytes(in: arena)
        case .listChanged(let message): try message.bytes(in: arena)
        case .ruleChanged(let message): try message.bytes(in: arena)
        case .kitChanged(let message): try message.bytes(in: arena)
        case .holdsChanged(let message): try message.bytes(in: arena)
        case .couponChanged(let message): try message.bytes(in: arena)
        case .redemptionChanged(let message): try message.bytes(in: arena)
        case .settingsChanged(let message): try message.bytes(in: arena)
        case .ratesChanged(let message): try message.bytes(in: arena)
        }
    }
}

extension [PricingEvent] {
    /// The events as the log takes them, in the same order.
    ///
    /// - Parameters:
    ///   - now: When they happened: the time of their transaction.
    ///   - traceParent: The trace context of what caused them.
    func recorded(
        of brand: PostgresUUID, at now: PostgresTimestamp, traceParent: String?
    ) throws(EncodingError) -> [Event] {
        guard !self.isEmpty else { return [] }
        let memory = ArenaMemory()
        var generator = SystemRandomNumberGenerator()
        var events: [Event] = []
        events.reserveCapacity(self.count)
        for event in self {
            memory.arena.reset()
            events.append(
                Event(
                    id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: brand,
                    bucket: Bucket(brand: (brand.high, brand.low), key: event.key), type: event.type,
                    subject: event.subject, occurredAt: now, traceParent: traceParent,
                    payload: try event.payload(in: memory.arena)))
        }
        return events
    }
}
