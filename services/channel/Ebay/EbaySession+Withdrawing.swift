internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    /// Ends the listing of an offer. The offer stays, with its price, and counts as made here from then on: units publish it
    /// again when the brand does not pause it any more.
    ///
    /// The platform says of an offer that is not published no more than that it is not available, so what it has is looked
    /// at before a refusal counts: one that is not published, or not there, is done.
    func withdraw(_ listing: ListingReference) async -> RowOutcome {
        do throws(PlatformFault) {
            return RowOutcome(sku: listing.sku, ids: try await self.idsWithdrawn(listing))
        } catch {
            return RowOutcome(sku: listing.sku, fault: error)
        }
    }

    /// The ids of a listing that is withdrawn.
    private func idsWithdrawn(_ listing: ListingReference) async throws(PlatformFault) -> [String: String] {
        let known = listing.ids["offerId", default: ""]
        if !known.isEmpty {
            do throws(PlatformFault) {
                return try await self.withdraw(offer: known)
            } catch {
                guard error.kind == .refused || error.kind == .doneAlready else { throw error }
                return try await self.idsNotAvailable(listing, refusal: error)
            }
        }
        guard let offer = try await self.offer(of: Self.platformSKU(listing)) else { return Self.idsWithoutOffer }
        return try await self.withdraw(offer)
    }

    /// The ids of a listing whose offer, as it is known, cannot be withdrawn: it is not there, or not published.
    private func idsNotAvailable(
        _ listing: ListingReference, refusal: PlatformFault
    ) async throws(PlatformFault) -> [String: String] {
        guard let offer = try await self.offer(of: Self.platformSKU(listing)) else { return Self.idsWithoutOffer }
        // One of another id was made since: that is what buyers find.
        let isSame = offer["offerId"]?.digits == listing.ids["offerId"]
        guard offer["status"]?.text == "UNPUBLISHED" || !isSame else { throw refusal }
        return try await self.withdraw(offer)
    }

    private func withdraw(_ offer: JSONValue) async throws(PlatformFault) -> [String: String] {
        guard let id = offer["offerId"]?.digits else { throw .unreadable("an offer has no id") }
        guard offer["status"]?.text != "UNPUBLISHED" else { return Self.ids(ofWithdrawn: id) }
        return try await self.withdraw(offer: id)
    }

    private func withdraw(offer id: String) async throws(PlatformFault) -> [String: String] {
        _ = try await self.call(EbayCall("POST", "\(Self.path(ofOffer: id))/withdraw")).body.get()
        return Self.ids(ofWithdrawn: id)
    }

    private static func ids(ofWithdrawn id: String) -> [String: String] {
        ["offerId": id, "listingId": "", EbayUnpublishedOffer.madeName: id]
    }

    /// Content makes an offer anew.
    private static let idsWithoutOffer = ["offerId": "", "listingId": "", EbayUnpublishedOffer.madeName: ""]
}
