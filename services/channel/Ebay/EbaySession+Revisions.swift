internal import ChannelAdapter
internal import FileFormats
internal import Money

extension EbaySession {
    private static let revisionPath = "\(Self.inventory)/bulk_update_price_quantity"

    /// Sets quantities, and publishes offers made here that waited for units. Quantities are absolute, so a repeat changes
    /// nothing.
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer {
        var answer = await self.push(rows.map(\.listing.sku)) { settings in
            rows.map { Self.entry(of: $0, settings.quantityTarget) }
        }
        for (place, row) in rows.enumerated() where answer.outcomes[place].fault == nil && row.quantity > 0 {
            guard let offer = EbayUnpublishedOffer(row.listing), offer.isMadeHere else { continue }
            do throws(PlatformFault) {
                answer.outcomes[place].ids["listingId"] = try await self.publishIfReady(offer.id)
            } catch {
                answer.outcomes[place].fault = error
            }
        }
        return answer
    }

    /// Sets prices, and publishes offers made here that waited for theirs. Prices are absolute, so a repeat changes nothing.
    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer {
        let entries = rows.map { Self.entry(of: $0) }
        guard rows.count <= EbayLimits.revisionRows, case .success = self.settings else {
            return await self.push(rows.map(\.listing.sku)) { _ in entries }
        }
        let unpublished = rows.enumerated().compactMap { place, row -> (Int, EbayUnpublishedOffer, JSONValue)? in
            guard let offer = EbayUnpublishedOffer(row.listing), case .success(let entry) = entries[place],
                let price = entry.request["offers"]?.elements.first?["price"]
            else { return nil }
            return (place, offer, price)
        }
        let published = await self.publishPrices(unpublished)
        let others = rows.indices.filter { published[$0] == nil }
        let answer = await self.push(others.map { rows[$0].listing.sku }) { _ in others.map { entries[$0] } }
        var outcomes = published
        for (place, outcome) in zip(others, answer.outcomes) { outcomes[place] = outcome }
        return PushAnswer(
            outcomes: rows.enumerated().map { place, row in
                let outcome = outcomes[place] ?? RowOutcome(sku: row.listing.sku, fault: .notAnswered)
                return RowOutcome(sku: row.listing.sku, fault: outcome.fault, ids: outcome.ids)
            })
    }

    private func push(
        _ skus: [String], _ entries: (EbaySettings) -> [Result<EbayRevisionPush.Entry, PlatformFault>]
    ) async -> PushAnswer {
        let settings: EbaySettings
        do throws(PlatformFault) {
            settings = try self.settings.get()
            guard skus.count <= EbayLimits.revisionRows else {
                throw PlatformFault(
                    .refused, code: "too-many-rows",
                    "a push has at most \(EbayLimits.revisionRows) rows, and there are \(skus.count)")
            }
        } catch {
            return PushAnswer(outcomes: skus.map { RowOutcome(sku: $0, fault: error) })
        }
        var push = EbayRevisionPush(skus, entries(settings), rows: settings.revisionRows)
        while let places = push.next() {
            push.answered(places, await self.call(EbayCall("POST", Self.revisionPath, push.body(of: places))).body)
        }
        return PushAnswer(outcomes: push.outcomes)
    }

    private static func entry(
        of row: StockRow, _ target: EbaySettings.QuantityTarget
    ) -> Result<EbayRevisionPush.Entry, PlatformFault> {
        let sku = Self.platformSKU(row.listing)
        let offerID = row.listing.ids["offerId", default: ""]
        guard (0...EbayLimits.quantity).contains(row.quantity) else {
            return .failure(
                PlatformFault(
                    .refused, code: "quantity-out-of-range",
                    "the quantity is \(row.quantity); the platform takes 0 to \(EbayLimits.quantity)"))
        }
        guard Self.isSKU(sku) else { return .failure(Self.invalidSKU(sku)) }
        guard target == .item || !offerID.isEmpty else { return .failure(.missingID("offerId")) }
        let quantity = JSONValue.integer(row.quantity)
        // The call takes published offers only; one that was made here is published by its item's units.
        let isUnpublished = EbayUnpublishedOffer(row.listing)?.isMadeHere ?? false
        let target = isUnpublished ? .item : target
        let item = JSONValue.members([
            "sku": .string(sku), "shipToLocationAvailability": .members(["quantity": quantity]),
        ])
        let offer = JSONValue.array([.members(["offerId": .string(offerID), "availableQuantity": quantity])])
        var entry = EbayRevisionPush.Entry(sku: sku, offerID: "", request: item)
        if target != .item {
            // A zero that the offer did not take has made the item's quantity zero, which is taken back with the next units.
            let request =
                target == .both || row.quantity > 0
                ? item.setting("offers", to: offer) : .members(["sku": .string(sku), "offers": offer])
            entry = EbayRevisionPush.Entry(
                sku: sku, offerID: offerID, request: request, withoutOffer: row.quantity == 0 ? item : nil)
        }
        return .success(entry)
    }

    private static func entry(of row: PriceRow) -> Result<EbayRevisionPush.Entry, PlatformFault> {
        let sku = Self.platformSKU(row.listing)
        guard let offerID = row.listing.ids["offerId"], !offerID.isEmpty else {
            return .failure(.missingID("offerId"))
        }
        guard row.micros > 0, let currency = Currency(code: row.currency) else {
            return .failure(
                PlatformFault(
                    .refused, code: "price-invalid", "the price is not above zero, or its currency is none of ISO 4217")
            )
        }
        if let known = row.listing.ids["currency"], known != row.currency {
            return .failure(
                PlatformFault(
                    .refused, code: "currency-mismatch",
                    "the price is in \(row.currency), and the offer's is in \(known)"))
        }
        let price = JSONValue.members([
            "currency": .string(row.currency), "value": .string(Amount(micros: row.micros).text(in: currency)),
        ])
        let offer = JSONValue.members(["offerId": .string(offerID), "price": price])
        return .success(
            EbayRevisionPush.Entry(
                sku: sku, offerID: offerID, request: .members(["sku": .string(sku), "offers": .array([offer])])))
    }

    /// The platform's name of a listing; ours where it has none yet.
    static func platformSKU(_ listing: ListingReference) -> String {
        listing.platformSKU.isEmpty ? listing.sku : listing.platformSKU
    }

    /// Whether the platform takes a name as a SKU.
    static func isSKU(_ sku: String) -> Bool { (1...EbayLimits.skuCharacters).contains(sku.count) }

    static func invalidSKU(_ sku: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "sku-invalid",
            "\(sku.debugDescription) has \(sku.count) characters; valid are 1 to \(EbayLimits.skuCharacters)")
    }
}
