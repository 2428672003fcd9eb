internal import ChannelAdapter
internal import FileFormats
internal import Money

extension ShopifySession {
    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer {
        guard rows.count <= ShopifyLimits.priceRows else {
            let fault = PlatformFault(
                .refused, code: "too-many-rows",
                "a push sets at most \(ShopifyLimits.priceRows) prices, and there are \(rows.count)")
            return PushAnswer(outcomes: rows.map { RowOutcome(sku: $0.listing.sku, fault: fault) })
        }
        var outcomes = rows.map { RowOutcome(sku: $0.listing.sku) }
        var quotas: [QuotaObservation] = []
        var currency: Result<String, PlatformFault>?
        if rows.contains(where: { $0.listing.ids["currency"] == nil }) {
            let answer = await self.call(.currency)
            quotas += answer.quotas
            currency = answer.data.flatMap { data in
                guard let code = data.at("shop", "currencyCode")?.text else {
                    return .failure(PlatformFault(.retry, code: "answer-unreadable", "the answer names no currency"))
                }
                return .success(code)
            }
        }
        // The products in the order in which they first come, each with the places of its rows.
        var products: [(id: String, places: [Int])] = []
        var entries: [Int: (variant: String, price: String)] = [:]
        for (place, row) in rows.enumerated() {
            switch Self.entry(of: row, currency) {
            case .failure(let fault): outcomes[place].fault = fault
            case .success(let entry):
                if row.listing.ids["currency"] == nil { outcomes[place].ids["currency"] = row.currency }
                entries[place] = (entry.variant, entry.price)
                if let known = products.firstIndex(where: { $0.id == entry.product }) {
                    products[known].places.append(place)
                } else {
                    products.append((entry.product, [place]))
                }
            }
        }
        var failure: PlatformFault?
        for product in products {
            if let failure {
                for place in product.places { outcomes[place].fault = failure }
                continue
            }
            let variants = product.places.compactMap { place in
                entries[place].map { JSONValue.members(["id": .string($0.variant), "price": .string($0.price)]) }
            }
            let change = await self.change(
                .updateVariants, "productVariantsBulkUpdate",
                .members(["product": .string(product.id), "variants": .array(variants)]))
            quotas += change.quotas
            for (index, place) in product.places.enumerated() {
                outcomes[place].fault = Self.fault(
                    ofVariant: index, entries[place]?.variant ?? "", change.payload, change.errors)
            }
            if case .failure(var fault) = change.payload, fault.kind != .refused {
                fault.isOutcomeUnknown = false
                failure = fault
            }
        }
        for place in outcomes.indices where outcomes[place].fault != nil { outcomes[place].ids = [:] }
        return PushAnswer(outcomes: outcomes, quotas: ShopifyAnswer.sum(quotas))
    }

    private static func entry(
        of row: PriceRow, _ shopCurrency: Result<String, PlatformFault>?
    ) -> Result<
        (product: String, variant: String, price: String), PlatformFault
    > {
        guard let product = row.listing.globalID("productId", of: .product) else {
            return .failure(.missingID("productId"))
        }
        guard let variant = row.listing.globalID("variantId", of: .variant) else {
            return .failure(.missingID("variantId"))
        }
        guard row.micros >= 0, let currency = Currency(code: row.currency) else {
            return .failure(
                PlatformFault(
                    .refused, code: "price-invalid", "the price is below zero, or its currency is none of ISO 4217"))
        }
        let known = row.listing.ids["currency"].map { Result<String, PlatformFault>.success($0) }
        return (known ?? shopCurrency ?? .success(row.currency)).flatMap { expected in
            guard expected == row.currency else {
                return .failure(
                    PlatformFault(
                        .refused, code: "currency-mismatch",
                        "the price is in \(row.currency), and the shop's prices are in \(expected)"))
            }
            return .success((product, variant, Amount(micros: row.micros).text(in: currency)))
        }
    }

    /// What became of an entry. Only one that the answer has among the changed variants was changed.
    static func fault(
        ofVariant index: Int, _ id: String, _ payload: Result<JSONValue, PlatformFault>, _ errors: [ShopifyUserError]
    ) -> PlatformFault? {
        switch payload {
        case .failure(let fault): return fault
        case .success(let payload):
            if let error = errors.first(where: { $0.place(in: "variants") == index }) { return error.fault }
            if let error = errors.first(where: { $0.place(in: "variants") == nil }) { return error.fault }
            let changed = payload["productVariants"]?.elements.contains { $0["id"]?.text == id } ?? false
            if changed { return nil }
            return errors.isEmpty
                ? .notAnswered
                : PlatformFault(
                    .retry, code: "refused-with-others", "other variants of the product are refused in the same call")
        }
    }
}
