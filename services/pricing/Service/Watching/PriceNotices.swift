internal import Events
internal import PricingMessages
internal import ProtobufC

/// What watchers are told of events.
enum PriceNotices {
    /// What a watcher is told of an event; nil: nothing.
    ///
    /// Prices of what units cost are the brand's own, and told to nobody.
    static func notice(of event: Event) throws -> PriceNotice? {
        guard event.type.hasPrefix(PricingEvent.typePrefix) else { return nil }
        var notice = PriceNotice(type: event.type, subject: event.subject)
        switch event.type {
        case PricingEvent.pricesChangedType:
            let change = try PricesChanged(decoding: event.payload)
            notice.skus = Self.distinct(change.changes.compactMap { $0.price?.sku })
            (notice.priceType, notice.currency, notice.scope) = (change.type, change.currency, change.scope)
        case PricingEvent.pricesEffectiveType:
            let change = try PricesEffective(decoding: event.payload)
            notice.skus = change.skus
            (notice.priceType, notice.currency, notice.scope) = (change.type, change.currency, change.scope)
        case PricingEvent.listChangedType:
            let list = try PriceListChanged(decoding: event.payload).priceList
            (notice.priceType, notice.currency, notice.scope) = (
                list?.type ?? .unspecified, list?.currency ?? "", list?.scope
            )
        default: break
        }
        return notice.priceType == .cost ? nil : notice
    }

    /// Each once, in the order of their first places: prices of one SKU stand beside each other.
    private static func distinct(_ skus: [String]) -> [String] {
        skus.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
}
