internal import Money
internal import PricingDomain
internal import PricingMessages
internal import WellKnownMessages

/// What SKUs are shown for: each by itself, from each quantity on that has a price of its own.
struct ChannelPrices {
    /// The most quantities of a SKU that are looked at.
    static let maximumTiers = 50

    private let ground: QuoteGround

    init(_ ground: QuoteGround) { self.ground = ground }

    /// Those that have a price, in their order.
    ///
    /// - Parameter skus: As many as were asked for, in the order of the plan's.
    /// - Throws: `PricingRefusal` where an amount is beyond what can be counted.
    func all(_ skus: [SKU]) throws(PricingRefusal) -> [ChannelPrice] {
        var prices: [ChannelPrice] = []
        prices.reserveCapacity(skus.count)
        for (sku, place) in zip(skus, self.ground.plan.askedSKUs) {
            if let price = try self.price(sku, at: place) { prices.append(price) }
        }
        return prices
    }

    private func price(_ sku: SKU, at place: Int32) throws(PricingRefusal) -> ChannelPrice? {
        var price: ChannelPrice?
        var last: PricedLine?
        let quantities = self.ground.plan.shownQuantities(of: place, prices: self.ground.prices, in: self.ground.book)
        for quantity in quantities.prefix(Self.maximumTiers) {
            guard let quote = try self.quote(place, quantity), let line = quote.lines.first else { continue }
            if price == nil { price = self.price(sku, line, quote) }
            if last?.unitNet != line.unitNet {
                price?.tiers.append(PriceTier(minimumQuantity: quantity, price: self.text(line.unitNet)))
            }
            last = line
        }
        return price
    }

    /// What so many units cost; nil: they have no price then, or none in this currency, and are not shown.
    private func quote(_ place: Int32, _ quantity: Int64) throws(PricingRefusal) -> PricedQuote? {
        do throws(PricingRefusal) {
            return try self.ground.evaluate([QuoteInputLine(sku: place, quantity: quantity)], for: .showing)
        } catch  where error.reason == .noPrice || error.reason == .noRate {
            return nil
        }
    }

    private func price(_ sku: SKU, _ line: PricedLine, _ quote: PricedQuote) -> ChannelPrice {
        ChannelPrice(
            sku: sku.description, currency: self.ground.plan.context.currency.code, price: self.text(line.unitNet),
            basePrice: self.text(line.unitPrice), listPrice: self.text(line.listPrice),
            minimumAdvertisedPrice: self.text(line.minimumAdvertisedPrice), coreCharge: self.text(line.coreCharge),
            listID: line.list.map { self.ground.book.lists[Int($0)].id } ?? "",
            ruleIDs: quote.components[line.components].filter { $0.kind == .promotion }.compactMap {
                $0.rule.map { self.ground.book.rules[Int($0)].id }
            },
            validUntil: quote.validUntil?.timestamp)
    }

    private func text(_ amount: Amount) -> String { amount.text(in: self.ground.plan.context.currency) }
    private func text(_ amount: Amount?) -> String { amount.map { self.text($0) } ?? "" }
}
