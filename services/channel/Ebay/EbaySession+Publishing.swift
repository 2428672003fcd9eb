internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    /// Sets the price of an offer that is perhaps not published, and publishes it: the call for many rows takes published
    /// ones only.
    ///
    /// - Returns: The ids of the offer; nil: it is published already, and has its price to be set like others.
    func publish(_ offerID: String, price: JSONValue) async throws(PlatformFault) -> [String: String]? {
        let offer = try await self.call(EbayCall("GET", Self.path(ofOffer: offerID))).body.get()
        guard offer["status"]?.text == "UNPUBLISHED" else { return nil }
        let summary = (offer["pricingSummary"] ?? .object([])).setting("price", to: price)
        var call = EbayCall(
            "PUT", Self.path(ofOffer: offerID),
            Self.changed(offer, [.init(name: "pricingSummary", value: summary)]))
        call.hasLanguage = true
        _ = try await self.call(call).body.get()
        do throws(PlatformFault) {
            return ["listingId": try await self.publish(offerID)]
        } catch {
            // It has its price. Without units it is not published; they publish it when they come.
            guard error.code == "\(EbayFaults.invalidQuantity)" else { throw error }
            return [:]
        }
    }

    /// Publishes an offer whose item has units now, where it has its price and is not published.
    ///
    /// - Returns: The listing's id, where there is one.
    func publishIfReady(_ offerID: String) async throws(PlatformFault) -> String? {
        let offer = try await self.call(EbayCall("GET", Self.path(ofOffer: offerID))).body.get()
        guard offer["status"]?.text == "UNPUBLISHED" else { return offer.at("listing", "listingId")?.digits }
        guard offer.at("pricingSummary", "price") != nil else { return nil }
        return try await self.publish(offerID)
    }

    private func publish(_ offerID: String) async throws(PlatformFault) -> String {
        let path = "\(Self.path(ofOffer: offerID))/publish"
        guard let id = try await self.call(EbayCall("POST", path)).body.get()["listingId"]?.digits else {
            throw .unreadable("the answer has no listing", isOutcomeUnknown: true)
        }
        return id
    }

    /// Prices of offers that may not be published, one by one; of those that are, nothing is in the answer.
    func publishPrices(_ rows: [(place: Int, offerID: String, price: JSONValue)]) async -> [Int: RowOutcome] {
        var outcomes: [Int: RowOutcome] = [:]
        for row in rows {
            do throws(PlatformFault) {
                guard let ids = try await self.publish(row.offerID, price: row.price) else { continue }
                outcomes[row.place] = RowOutcome(sku: "", ids: ids)
            } catch {
                outcomes[row.place] = RowOutcome(sku: "", fault: error)
            }
        }
        return outcomes
    }
}
