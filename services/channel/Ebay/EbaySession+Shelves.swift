internal import ChannelAdapter
internal import FileFormats
internal import Money

extension EbaySession {
    /// What the platform shows: the item's quantity, and the price of its offer on the connection's marketplace.
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] {
        guard listings.count <= EbayLimits.readRows else {
            throw PlatformFault(
                .refused, code: "too-many-rows",
                "at most \(EbayLimits.readRows) shelves are read at once, and there are \(listings.count)")
        }
        guard !listings.isEmpty else { return [] }
        let skus = Set(listings.map { Self.platformSKU($0) }).filter { Self.isSKU($0) }.sorted()
        var call = EbayCall(
            "POST", "\(Self.inventory)/bulk_get_inventory_item",
            .members(["requests": .array(skus.map { .members(["sku": .string($0)]) })]))
        call.isReading = true
        let responses = skus.isEmpty ? [] : try await self.call(call).body.get()["responses"]?.elements ?? []
        var shown: [String: ShelfReading] = [:]
        for sku in skus {
            guard let response = responses.first(where: { $0["sku"]?.text == sku }) else {
                throw .unreadable("the answer says nothing of \(sku.debugDescription)")
            }
            if let fault = EbayRevisionPush.fault(of: response) {
                guard fault.kind == .refused else { throw fault }
                continue
            }
            let available = response.at("inventoryItem", "availability", "shipToLocationAvailability")
            let offer = try await self.offer(of: sku)
            shown[sku] = try Self.reading(item: available?["quantity"]?.integer, offer)
        }
        return listings.map { listing in
            guard var reading = shown[Self.platformSKU(listing)] else {
                return ShelfReading(sku: listing.sku, exists: false)
            }
            reading.sku = listing.sku
            return reading
        }
    }

    /// The offer of an item on the connection's marketplace; nil: there is none.
    func offer(of sku: String) async throws(PlatformFault) -> JSONValue? {
        let marketplace = try self.settings.get().marketplace
        let query = EbayURL.query([
            "sku": sku, "marketplace_id": marketplace, "format": "FIXED_PRICE", "limit": "\(EbayLimits.offersPage)",
        ])
        do throws(PlatformFault) {
            let body = try await self.call(EbayCall("GET", "\(Self.inventory)/offer\(query)")).body.get()
            return body["offers"]?.elements.first {
                $0["marketplaceId"]?.text == marketplace && $0["sku"]?.text == sku
            }
        } catch {
            // That there is none is an error of the platform's: 25713 and its 404.
            guard ["http-404", "25713", "25710", "25725"].contains(error.code) else { throw error }
            return nil
        }
    }

    /// The listing shows no more than the item has, and no more than the offer gives.
    private static func reading(item: Int64?, _ offer: JSONValue?) throws(PlatformFault) -> ShelfReading {
        guard let offer else { return ShelfReading(sku: "", exists: true, quantity: item) }
        var reading = ShelfReading(sku: "", exists: true)
        let given = offer["availableQuantity"]?.integer
        reading.quantity = [item, given].compactMap { $0 }.min()
        if let price = offer.at("pricingSummary", "price") {
            guard let digits = price["value"]?.digits, let amount = try? Amount(digits) else {
                throw .unreadable("the price of an offer is no amount")
            }
            reading.priceMicros = amount.micros
            reading.currency = price["currency"]?.text ?? ""
        }
        return reading
    }

    /// What the platform has, a page at a time, with the ids that pushes need.
    ///
    /// - Parameter page: Empty, or how many were before.
    func listings(page: String) async throws(PlatformFault) -> ListingPage {
        guard let offset = page.isEmpty ? 0 : Int(page), (0...EbayLimits.offset).contains(offset) else {
            throw PlatformFault(.refused, code: "page-invalid", "\(page.debugDescription) is no page of items")
        }
        let query = EbayURL.query(["limit": "\(EbayLimits.listingsPage)", "offset": "\(offset)"])
        let body = try await self.call(EbayCall("GET", "\(Self.inventory)/inventory_item\(query)")).body.get()
        let items = body["inventoryItems"]?.elements ?? []
        var listings: [ListingReference] = []
        for item in items {
            guard let sku = item["sku"]?.text, Self.isSKU(sku) else { continue }
            let ids = Self.ids(ofOffer: try await self.offer(of: sku))
            listings.append(ListingReference(sku: sku, platformSKU: sku, ids: ids))
        }
        let isLast = body["next"]?.text?.isEmpty ?? true
        return ListingPage(listings: listings, next: isLast || items.isEmpty ? "" : "\(offset + items.count)")
    }

    /// The ids of an offer, as a listing keeps them.
    static func ids(ofOffer offer: JSONValue?) -> [String: String] {
        var ids: [String: String] = [:]
        ids["offerId"] = offer?["offerId"]?.digits
        ids["listingId"] = offer?.at("listing", "listingId")?.digits
        ids["currency"] = offer?.at("pricingSummary", "price", "currency")?.text
        return ids
    }

    /// Asks the platform who we are: the seller's own locations are the cheapest thing that is the seller's alone.
    func check() async throws(PlatformFault) -> [String: String] {
        let query = EbayURL.query(["limit": "1", "offset": "0"])
        let body = try await self.call(EbayCall("GET", "\(Self.inventory)/location\(query)")).body.get()
        let location = body["locations"]?.elements.first?["merchantLocationKey"]?.text
        let settings = try self.settings.get()
        return ["marketplace": settings.marketplace, "location": location ?? "", "language": settings.language]
    }
}
