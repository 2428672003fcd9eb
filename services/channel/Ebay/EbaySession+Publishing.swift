internal import ChannelAdapter
internal import FileFormats

/// The offer of a listing that is not known to be published.
struct EbayUnpublishedOffer: Sendable {
    /// Of a listing's ids: the offer that was made here.
    static let madeName = "madeOfferId"

    let id: String
    /// Whether it was made here. One that was not is a draft of the seller's, or was withdrawn, and stays so.
    let isMadeHere: Bool

    /// nil: the listing has no offer, or is published.
    init?(_ listing: ListingReference) {
        guard let id = listing.ids["offerId"], !id.isEmpty, listing.ids["listingId", default: ""].isEmpty else {
            return nil
        }
        self.id = id
        self.isMadeHere = listing.ids[Self.madeName] == id
    }
}

extension EbaySession {
    /// Sets the price of an offer that is perhaps not published, and publishes it if it was made here: the call for many
    /// rows takes published ones only.
    ///
    /// - Returns: The ids of the offer; nil: it is published already, and has its price to be set like others.
    private func publish(
        _ unpublished: EbayUnpublishedOffer, price: JSONValue
    ) async throws(PlatformFault) -> [String: String]? {
        let path = Self.path(ofOffer: unpublished.id)
        let offer = try await self.call(EbayCall("GET", path)).body.get()
        guard offer["status"]?.text == "UNPUBLISHED" else { return nil }
        let summary = (offer["pricingSummary"] ?? .object([])).setting("price", to: price)
        var call = EbayCall("PUT", path, try self.changed(offer, [.init(name: "pricingSummary", value: summary)]))
        call.hasLanguage = true
        _ = try await self.call(call).body.get()
        guard unpublished.isMadeHere else { return [:] }
        do throws(PlatformFault) {
            return ["listingId": try await self.publish(unpublished.id)]
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
    func publishPrices(
        _ rows: [(place: Int, offer: EbayUnpublishedOffer, price: JSONValue)]
    ) async -> [Int: RowOutcome] {
        var outcomes: [Int: RowOutcome] = [:]
        for row in rows {
            do throws(PlatformFault) {
                guard let ids = try await self.publish(row.offer, price: row.price) else { continue }
                outcomes[row.place] = RowOutcome(sku: "", ids: ids)
            } catch {
                outcomes[row.place] = RowOutcome(sku: "", fault: error)
            }
        }
        return outcomes
    }
}
