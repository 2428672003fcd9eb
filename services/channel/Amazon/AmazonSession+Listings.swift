internal import ChannelAdapter
internal import FileFormats
internal import Money

extension AmazonSession {
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.push(rows, of: \.listing) { (row, settings, quotas) async throws(PlatformFault) in
            guard (0...AmazonLimits.quantity).contains(row.quantity) else {
                throw PlatformFault(
                    .refused, code: "quantity-invalid", "a quantity is 0 to \(AmazonLimits.quantity)")
            }
            let listing = try await self.known(row.listing, settings, &quotas)
            guard !listing.isFulfilledByPlatform else { throw .fulfilledByPlatform(listing.channel) }
            try await self.patch(row.listing, listing, [AmazonPatch.stock(row.quantity, settings)], settings, &quotas)
            return listing.ids
        }
    }

    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer {
        await self.push(rows, of: \.listing) { (row, settings, quotas) async throws(PlatformFault) in
            let currency = try Self.currency(of: row)
            let listing = try await self.known(row.listing, settings, &quotas)
            let patch = AmazonPatch.price(row.micros, currency, settings)
            try await self.patch(row.listing, listing, [patch], settings, &quotas)
            return listing.ids
        }
    }

    /// The currency of a price that may be sent.
    static func currency(of row: PriceRow) throws(PlatformFault) -> Currency {
        guard row.micros > 0, let currency = Currency(code: row.currency) else {
            throw PlatformFault(
                .refused, code: "price-invalid", "the price is not above zero, or its currency is none of ISO 4217")
        }
        if let known = row.listing.ids["currency"], known != row.currency {
            throw PlatformFault(
                .refused, code: "currency-mismatch",
                "the price is in \(row.currency), and the marketplace's prices are in \(known)")
        }
        return currency
    }

    /// Pushes rows one by one; each fails alone. A fault that is not of one row ends the push: what follows was not sent.
    func push<Row: Sendable>(
        _ rows: [Row], of listing: (Row) -> ListingReference,
        _ send: (Row, AmazonSettings, inout [QuotaObservation]) async throws(PlatformFault) -> [String: String]
    ) async -> PushAnswer {
        var answer = PushAnswer(outcomes: [])
        var failure: PlatformFault?
        for row in rows {
            let sku = listing(row).sku
            if let failure {
                answer.outcomes.append(RowOutcome(sku: sku, fault: failure))
                continue
            }
            do throws(PlatformFault) {
                let ids = try await send(row, try self.settings.get(), &answer.quotas)
                answer.outcomes.append(RowOutcome(sku: sku, ids: ids))
            } catch {
                answer.outcomes.append(RowOutcome(sku: sku, fault: error))
                if error.kind != .refused, error.kind != .unknown {
                    failure = error
                    failure?.isOutcomeUnknown = false
                }
            }
        }
        answer.quotas = AmazonAnswer.sum(answer.quotas)
        return answer
    }

    /// What is known of a listing by its ids; the platform is asked where they do not have all of it.
    func known(
        _ reference: ListingReference, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> AmazonListing {
        if let listing = AmazonListing(ids: reference.ids) { return listing }
        guard let item = try await self.item(reference.platformSKU, settings, &quotas) else {
            throw AmazonFaults.listingMissing(reference.platformSKU)
        }
        guard let listing = AmazonListing(item: item, settings) else {
            throw PlatformFault(
                .refused, code: "product-type-missing",
                "the platform names no product type of the listing; the setting productType must name one")
        }
        return listing
    }

    /// A listing as the platform has it; nil: there is none.
    func item(
        _ sku: String, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> JSONValue? {
        let query = "marketplaceIds=\(settings.marketplaceID)&includedData=\(Self.itemData)"
        let answer = await self.call(.getListing, "\(self.path(of: sku, settings))?\(query)")
        quotas.append(answer.quota)
        switch answer.data {
        case .success(let item):
            guard item["sku"]?.text == sku else { throw .unreadable("the answer is no listing with the SKU asked for") }
            return item
        case .failure(let fault):
            if AmazonFaults.missing.contains(fault.code) { return nil }
            throw fault
        }
    }

    static let itemData = "summaries,offers,fulfillmentAvailability,productTypes"

    func path(of sku: String, _ settings: AmazonSettings) -> String {
        "/listings/2021-08-01/items/\(AmazonText.encoded(settings.sellerID))/\(AmazonText.encoded(sku))"
    }

    /// Patches a listing.
    func patch(
        _ reference: ListingReference, _ listing: AmazonListing, _ patches: [JSONValue], _ settings: AmazonSettings,
        isPreview: Bool = false, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) {
        try await self.submit(
            .patchListing, reference.platformSKU, AmazonPatch.body(listing.productType, patches), settings,
            isPreview: isPreview, &quotas)
    }

    /// Sends a submission, and takes it for done where the platform says so.
    func submit(
        _ operation: AmazonOperation, _ sku: String, _ body: JSONValue, _ settings: AmazonSettings,
        isPreview: Bool, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) {
        let mode = isPreview ? "&mode=VALIDATION_PREVIEW" : ""
        let query =
            "marketplaceIds=\(settings.marketplaceID)&includedData=issues&issueLocale=\(settings.language)\(mode)"
        let answer = await self.call(operation, "\(self.path(of: sku, settings))?\(query)", body)
        quotas.append(answer.quota)
        do throws(PlatformFault) {
            if let fault = AmazonSubmission.fault(try answer.data.get(), sku: sku, isPreview: isPreview) { throw fault }
        } catch {
            var fault = error
            if isPreview { fault.isOutcomeUnknown = false }
            if AmazonFaults.missing.contains(fault.code) { fault = AmazonFaults.listingMissing(sku) }
            throw fault
        }
    }
}

extension PlatformFault {
    /// A listing whose stock the platform's own warehouses hold.
    static func fulfilledByPlatform(_ channel: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "fulfilled-by-amazon",
            "the stock of the listing is in the platform's warehouses (\(channel)), and is never set from here")
    }
}
