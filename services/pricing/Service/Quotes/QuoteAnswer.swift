internal import Money
internal import PricingDomain
internal import PricingMessages
internal import WellKnownMessages

/// A priced quote as callers get it: amounts as text, lists and rules by their ids.
struct QuoteAnswer {
    let ground: QuoteGround
    let priced: PricedQuote
    /// The floors of lines are told: they tell what units cost.
    let showsFloors: Bool

    private var currency: Currency { self.ground.plan.context.currency }

    private func text(_ amount: Amount) -> String { amount.text(in: self.currency) }
    private func text(_ amount: Amount?) -> String { amount.map { self.text($0) } ?? "" }
    private func list(_ place: Int32?) -> String { place.map { self.ground.book.lists[Int($0)].id } ?? "" }
    private func rule(_ place: Int32?) -> String { place.map { self.ground.book.rules[Int($0)].id } ?? "" }
    private func coupon(_ place: Int32?) -> String { place.map { self.ground.coupons[Int($0)].code } ?? "" }

    /// The quote, for the lines of a request.
    func quote(_ lines: [QuoteLineRequest]) -> Quote {
        Quote(
            version: self.priced.version, currency: self.currency.code, at: self.ground.plan.context.at.timestamp,
            lines: zip(lines, self.priced.lines).map { self.line($0, $1) }, subtotal: self.text(self.priced.subtotal),
            discount: self.text(self.priced.discount), net: self.text(self.priced.net),
            coreTotal: self.text(self.priced.coreTotal), total: self.text(self.priced.total),
            coupons: self.priced.coupons.enumerated().map { self.outcome($0, $1) },
            rates: self.priced.rates.map { RateUsed($0) },
            limitedUses: self.priced.limitedUses.map {
                LimitedUse(ruleID: self.rule($0.rule), coupon: self.coupon($0.coupon), amount: self.text($0.amount))
            },
            validUntil: self.priced.validUntil?.timestamp)
    }

    private func line(_ asked: QuoteLineRequest, _ line: PricedLine) -> QuoteLine {
        QuoteLine(
            lineID: asked.lineID, sku: asked.sku, quantity: line.quantity, unitPrice: self.text(line.unitPrice),
            listID: self.list(line.list), minimumQuantity: line.minimumQuantity, listPrice: self.text(line.listPrice),
            floor: self.showsFloors ? self.text(line.floor) : "", subtotal: self.text(line.subtotal),
            discount: self.text(line.discount), net: self.text(line.net), coreCharge: self.text(line.coreCharge),
            coreTotal: line.coreCharge == nil ? "" : self.text(line.coreTotal), total: self.text(line.total),
            components: self.priced.components[line.components].map { self.component($0) },
            considered: self.priced.considered[line.considered].map {
                Considered(
                    listID: self.list($0.list), ruleID: self.rule($0.rule), amount: self.text($0.amount),
                    reason: $0.reason)
            })
    }

    private func component(_ component: PricedComponent) -> PriceComponent {
        PriceComponent(
            kind: component.kind, amount: self.text(component.amount), listID: self.list(component.list),
            ruleID: self.rule(component.rule), coupon: self.coupon(component.coupon),
            kitComponentSku: component.part.map { self.ground.plan.skus[Int($0)].description } ?? "")
    }

    private func outcome(_ place: Int, _ coupon: PricedCoupon) -> CouponOutcome {
        CouponOutcome(
            code: self.ground.coupons[place].code, ruleID: self.rule(coupon.rule), applied: coupon.reason == nil,
            reason: coupon.reason ?? .unspecified, amount: self.text(coupon.amount))
    }
}

extension RateUsed {
    fileprivate init(_ rate: CurrencyRate) {
        self.init(
            baseCurrency: rate.base.code, quoteCurrency: rate.quote.code, rate: rate.text, at: rate.at.timestamp,
            source: rate.source)
    }
}

extension PricingRefusal {
    /// The most lines whose present costs are told.
    private static let toldLines = 100

    /// The quote is another one than was insisted on.
    static func priceChanged(_ quote: Quote, expected: String) -> PricingRefusal {
        var faults = [
            PricingFault(field: "expectedVersion", reason: "is not the quote's any more", expected: quote.version),
            PricingFault(
                field: "total", reason: "may be another one", expected: "\(quote.total) \(quote.currency), as it is now"
            ),
        ]
        for (place, line) in quote.lines.prefix(Self.toldLines).enumerated() {
            faults.append(
                PricingFault(
                    field: "lines[\(place)]", reason: "may cost something else",
                    expected: "\(line.total) \(quote.currency), as it is now"))
        }
        return PricingRefusal(
            .priceChanged,
            "the quote has version \(quote.version) and a total of \(quote.total) \(quote.currency) now, not version \(expected)",
            faults: faults)
    }
}
