internal import Money
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import PricingAPI
internal import PricingMessages
internal import RPC
internal import RPCMessages
internal import Refusals

extension PlacementCalls {
    /// What pricing says the order's lines cost now.
    ///
    /// - Returns: Why there is no price, where there is none for good: `price-changed` with the quote's new version and what
    ///   each line costs now, where another one was insisted on.
    func prices(of order: Order, for brand: PostgresUUID) async throws(RPCError) -> Result<AgreedPrices, OrderRefusal> {
        let request = QuoteRequest(
            channel: order.connection, region: order.region, customerGroup: order.customerGroup,
            customerID: order.customerID, currency: order.currency,
            lines: order.items.map { QuoteLineRequest(lineID: $0.lineID, sku: $0.sku, quantity: $0.quantity) },
            coupons: order.coupons, expectedVersion: order.quoteVersion)
        do throws(RPCError) {
            let quote = try await self.quotes.getQuote(request, options: self.options(for: brand))
            if let refused = quote.refusedCoupons(hasVersion: !order.quoteVersion.isEmpty, of: order) {
                return .failure(refused)
            }
            do throws(OrderRefusal) { return .success(try AgreedPrices(quote)) } catch { return .failure(error) }
        } catch {
            if error.mayPass { throw error }
            return .failure(OrderRefusal(error, as: .init(pricing: error.problem?.type ?? "")) { Self.field($0) })
        }
    }

    /// What a field of a quote's request is here.
    private static func field(_ field: String) -> String {
        if field == "expectedVersion" { return "quoteVersion" }
        return field.hasPrefix("lines") ? "items" + field.dropFirst(5) : field
    }
}

extension OrderMessages.RefusalReason {
    /// What a type of pricing's problems is here.
    fileprivate init(pricing type: String) {
        switch type {
        case "no-price", "no-rate": self = .noPrice
        case "price-changed": self = .priceChanged
        case "unknown-currency": self = .unknownCurrency
        case "invalid-amount": self = .invalidAmount
        default: self = .invalidValue
        }
    }
}

extension Quote {
    /// The refusal of coupons that are none, are used up or do not count now; nil: none of them. Whoever saw the quote saw
    /// that, too.
    fileprivate func refusedCoupons(hasVersion: Bool, of order: Order) -> OrderRefusal? {
        guard !hasVersion else { return nil }
        var faults = OrderFaults()
        for outcome in self.coupons where !outcome.applied {
            let problem: String? =
                switch outcome.reason {
                case .coupon: "is no coupon"
                case .limit: "has no use left"
                case .notInForce: "does not count now"
                default: nil
                }
            guard let problem else { continue }
            let place = order.coupons.firstIndex(of: outcome.code) ?? 0
            faults.add(.couponRefused, "coupons[\(place)]", problem, expected: "a coupon that counts, or none")
        }
        return faults.isEmpty ? nil : faults.refusal
    }
}

extension AgreedPrices {
    /// What a quote says.
    fileprivate init(_ quote: Quote) throws(OrderRefusal) {
        var lines: [Line] = []
        lines.reserveCapacity(quote.lines.count)
        for (place, line) in quote.lines.enumerated() {
            var rules: [String] = []
            for component in line.components where !component.ruleID.isEmpty && !rules.contains(component.ruleID) {
                rules.append(component.ruleID)
            }
            lines.append(
                try Line(
                    unitPrice: try QuotedAmount.micros(line.unitPrice), net: try QuotedAmount.micros(line.net),
                    quantity: line.quantity, coreCharge: try QuotedAmount.micros(line.coreCharge), listID: line.listID,
                    ruleIDs: rules, field: "items[\(place)].price"))
        }
        var uses: [PromisedUse] = []
        for use in quote.limitedUses {
            uses.append(
                PromisedUse(
                    ruleID: use.ruleID, coupon: use.coupon,
                    amount: OrderMessages.Decimal(micros: try QuotedAmount.micros(use.amount))))
        }
        self.init(version: quote.version, lines: lines, uses: uses)
    }
}

/// Amounts as pricing writes them.
enum QuotedAmount {
    /// - Parameter text: Empty: none.
    static func micros(_ text: String) throws(OrderRefusal) -> Int64 {
        guard !text.isEmpty else { return 0 }
        do { return try Amount(text).micros } catch {
            throw OrderRefusal(.noPrice, "pricing answered with an amount that \(error.reason): \(text)")
        }
    }

    static func text(_ micros: Int64) -> String { Amount(micros: micros).text(decimalPlaces: 0) }
}
