internal import ChannelAdapter
internal import FileFormats
internal import Money

extension ShopifySession {
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] {
        guard listings.count <= ShopifyLimits.readRows else {
            throw PlatformFault(
                .refused, code: "too-many-rows",
                "at most \(ShopifyLimits.readRows) shelves are read at once, and there are \(listings.count)")
        }
        var readings = listings.map { ShelfReading(sku: $0.sku, exists: false) }
        var own: String?
        if listings.contains(where: { $0.globalID("locationId", of: .location) == nil }) {
            own = try await self.location().id.get()
        }
        // Mostly there is one location only.
        var places: [(location: String, places: [Int])] = []
        for (place, listing) in listings.enumerated() {
            guard listing.globalID("variantId", of: .variant) != nil,
                let location = listing.globalID("locationId", of: .location) ?? own
            else { continue }
            if let known = places.firstIndex(where: { $0.location == location }) {
                places[known].places.append(place)
            } else {
                places.append((location, [place]))
            }
        }
        for (location, places) in places {
            let ids = places.compactMap { listings[$0].globalID("variantId", of: .variant) }
            let data = try await self.call(
                .shelves,
                .members(["ids": .array(ids.map { .string($0) }), "location": .string(location)])
            ).data.get()
            let nodes = data["nodes"]?.elements ?? []
            guard nodes.count == ids.count else {
                throw PlatformFault(
                    .retry, code: "answer-unreadable",
                    "\(ids.count) variants were asked for, and \(nodes.count) are answered")
            }
            let currency = data.at("shop", "currencyCode")?.text ?? ""
            for (place, node) in zip(places, nodes) where node != .null {
                readings[place] = try Self.reading(listings[place].sku, node, currency)
            }
        }
        return readings
    }

    /// A variant without a level at the location has none there.
    private static func reading(
        _ sku: String, _ variant: JSONValue, _ currency: String
    ) throws(PlatformFault)
        -> ShelfReading
    {
        guard let price = variant["price"]?.digits, let amount = try? Amount(price) else {
            throw PlatformFault(.retry, code: "answer-unreadable", "the price of \(sku) is no amount")
        }
        let quantities = variant.at("inventoryItem", "inventoryLevel", "quantities")?.elements
        var quantity: Int64 = 0
        if let quantities {
            guard let available = quantities.first(where: { $0["name"]?.text == "available" })?["quantity"]?.integer
            else {
                throw PlatformFault(.retry, code: "answer-unreadable", "the quantity of \(sku) is no number")
            }
            quantity = available
        }
        return ShelfReading(
            sku: sku, exists: true, quantity: quantity, priceMicros: amount.micros, currency: currency)
    }
}
