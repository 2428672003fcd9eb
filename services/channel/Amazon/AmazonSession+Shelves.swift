internal import ChannelAdapter
internal import FileFormats
internal import Money

extension AmazonSession {
    /// Pages that a search for at most ``AmazonLimits/readRows`` SKUs may come in.
    private static let searchPages = 5

    func check() async throws(PlatformFault) -> [String: String] {
        let settings = try self.settings.get()
        let answer = await self.call(
            .searchListings, self.searchPath(settings, "includedData=summaries&pageSize=1"))
        guard let count = try answer.data.get()["numberOfResults"]?.integer else {
            throw .unreadable("the answer does not say how many listings there are")
        }
        return ["seller": settings.sellerID, "marketplace": settings.marketplaceID, "listings": "\(count)"]
    }

    func listings(page: String) async throws(PlatformFault) -> ListingPage {
        let settings = try self.settings.get()
        var query = "includedData=\(Self.itemData)&pageSize=\(AmazonLimits.readRows)"
        if !page.isEmpty { query += "&pageToken=\(AmazonText.encoded(page))" }
        let answer = await self.call(.searchListings, self.searchPath(settings, query))
        let data = try answer.data.get()
        guard case .array(let items)? = data["items"] else { throw .unreadable("the answer has no list of items") }
        let listings = items.compactMap { item -> ListingReference? in
            guard let sku = item["sku"]?.text, !sku.isEmpty else { return nil }
            var ids = AmazonListing(item: item, settings)?.ids ?? [:]
            ids["currency"] = Self.offer(of: item, settings)?.at("price", "currencyCode")?.text
            return ListingReference(sku: sku, platformSKU: sku, ids: ids)
        }
        return ListingPage(
            listings: listings, next: data.at("pagination", "nextToken")?.text ?? "", quotas: [answer.quota])
    }

    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] {
        guard listings.count <= AmazonLimits.readRows else {
            throw PlatformFault(
                .refused, code: "too-many-rows",
                "at most \(AmazonLimits.readRows) shelves are read at once, and there are \(listings.count)")
        }
        let settings = try self.settings.get()
        // A comma separates SKUs in a search, so one that has a comma cannot be searched for.
        let searched = listings.map(\.platformSKU).filter { !$0.isEmpty && !$0.contains(",") }
        var items = try await self.search(searched, settings)
        var quotas: [QuotaObservation] = []
        for sku in listings.map(\.platformSKU) where sku.contains(",") {
            items[sku] = try await self.item(sku, settings, &quotas)
        }
        var readings: [ShelfReading] = []
        for listing in listings {
            let item = items[listing.platformSKU]
            readings.append(
                try item.map { (item) throws(PlatformFault) in try Self.reading(listing.sku, item, settings) }
                    ?? ShelfReading(sku: listing.sku, exists: false))
        }
        return readings
    }

    private func search(
        _ skus: [String], _ settings: AmazonSettings
    ) async throws(PlatformFault) -> [String: JSONValue] {
        guard !skus.isEmpty else { return [:] }
        let identifiers = skus.map { AmazonText.encoded($0) }.joined(separator: ",")
        let query =
            "identifiersType=SKU&identifiers=\(identifiers)&includedData=\(Self.itemData)"
            + "&pageSize=\(AmazonLimits.readRows)"
        var items: [String: JSONValue] = [:]
        var next = ""
        for _ in 0..<Self.searchPages {
            let page = next.isEmpty ? "" : "&pageToken=\(AmazonText.encoded(next))"
            let data = try await self.call(.searchListings, self.searchPath(settings, query + page)).data.get()
            guard case .array(let found)? = data["items"] else { throw .unreadable("the answer has no list of items") }
            for item in found { if let sku = item["sku"]?.text { items[sku] = item } }
            next = data.at("pagination", "nextToken")?.text ?? ""
            if next.isEmpty || items.count >= Set(skus).count { return items }
        }
        throw .unreadable("the search goes on behind \(Self.searchPages) pages")
    }

    private func searchPath(_ settings: AmazonSettings, _ query: String) -> String {
        "/listings/2021-08-01/items/\(settings.sellerID)?marketplaceIds=\(settings.marketplaceID)&\(query)"
    }

    /// What buyers see. Of stock in the platform's warehouses the quantity is not known here.
    static func reading(
        _ sku: String, _ item: JSONValue, _ settings: AmazonSettings
    ) throws(PlatformFault) -> ShelfReading {
        var reading = ShelfReading(sku: sku, quantity: Self.quantity(of: item, settings))
        guard let offer = Self.offer(of: item, settings) else { return reading }
        guard let price = offer.at("price", "amount")?.digits, let amount = try? Amount(price) else {
            throw .unreadable("the price of \(sku.debugDescription) is no amount")
        }
        reading.priceMicros = amount.micros
        reading.currency = offer.at("price", "currencyCode")?.text ?? ""
        return reading
    }

    private static func quantity(of item: JSONValue, _ settings: AmazonSettings) -> Int64? {
        guard case .array(let entries)? = item["fulfillmentAvailability"] else { return nil }
        if entries.contains(where: { AmazonListing.isOfPlatform($0["fulfillmentChannelCode"]?.text ?? "") }) {
            return nil
        }
        let own = entries.first { $0["fulfillmentChannelCode"]?.text == settings.channel }
        // Without an entry nothing is offered; an entry without a number says nothing.
        return own.map { $0["quantity"]?.integer } ?? 0
    }

    /// The offer to consumers in the marketplace.
    private static func offer(of item: JSONValue, _ settings: AmazonSettings) -> JSONValue? {
        let offers = (item["offers"]?.elements ?? []).filter {
            $0["marketplaceId"]?.text == settings.marketplaceID && $0["offerType"]?.text == "B2C"
        }
        return offers.first { $0.at("audience", "value")?.text == settings.audience } ?? offers.first
    }
}
