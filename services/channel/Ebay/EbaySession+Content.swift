internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    /// Makes listings, or changes what they say: the item, the vehicles that it fits, and its offer.
    ///
    /// An offer that is new has no price and is not published: the price does both.
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer {
        var outcomes: [RowOutcome] = []
        for row in rows {
            do throws(PlatformFault) {
                outcomes.append(RowOutcome(sku: row.listing.sku, ids: try await self.push(row)))
            } catch {
                outcomes.append(RowOutcome(sku: row.listing.sku, fault: error))
            }
        }
        return PushAnswer(outcomes: outcomes)
    }

    private func push(_ row: ContentRow) async throws(PlatformFault) -> [String: String] {
        let listing = EbayListing(row)
        guard listing.problems.isEmpty else {
            throw PlatformFault(.refused, code: "content-invalid", listing.problems.joined(separator: "; "))
        }
        var vehicles = listing.vehicles
        if let given = vehicles { vehicles = try await self.allowed(given, of: listing) }
        let path = "\(Self.inventory)/inventory_item/\(EbayURL.encoded(listing.sku))"
        let known = try await self.item(path)
        _ = try await self.put(path, listing.item(known))
        if let vehicles { try await self.put(vehicles, "\(path)/product_compatibility") }
        return try await self.putOffer(listing)
    }

    /// The item as the platform has it; nil: it does not.
    private func item(_ path: String) async throws(PlatformFault) -> JSONValue? {
        do throws(PlatformFault) {
            return try await self.call(EbayCall("GET", path)).body.get()
        } catch {
            guard Self.saysMissing(error) else { throw error }
            return nil
        }
    }

    private static func saysMissing(_ fault: PlatformFault) -> Bool {
        ["http-404", "25702", "25710"].contains(fault.code)
    }

    private func put(_ path: String, _ body: JSONValue) async throws(PlatformFault) -> JSONValue {
        var call = EbayCall("PUT", path, body)
        call.hasLanguage = true
        return try await self.call(call).body.get()
    }

    /// Replaces the vehicles; none of them takes the list away.
    private func put(_ vehicles: [JSONValue], _ path: String) async throws(PlatformFault) {
        guard vehicles.isEmpty else {
            _ = try await self.put(path, .members(["compatibleProducts": .array(vehicles)]))
            return
        }
        do throws(PlatformFault) {
            _ = try await self.call(EbayCall("DELETE", path)).body.get()
        } catch {
            guard Self.saysMissing(error) else { throw error }
        }
    }

    private func putOffer(_ listing: EbayListing) async throws(PlatformFault) -> [String: String] {
        if let offer = try await self.offer(of: listing.sku), let id = offer["offerId"]?.digits {
            if !listing.offer.isEmpty {
                _ = try await self.put(Self.path(ofOffer: id), try self.changed(offer, listing.offer))
            }
            return Self.ids(ofOffer: offer)
        }
        let settings = try self.settings.get()
        let policies = JSONValue.members([
            "fulfillmentPolicyId": .nonEmpty(settings.fulfillmentPolicy),
            "paymentPolicyId": .nonEmpty(settings.paymentPolicy), "returnPolicyId": .nonEmpty(settings.returnPolicy),
        ])
        let body = JSONValue.members([
            "sku": .string(listing.sku), "marketplaceId": .string(settings.marketplace),
            "format": .string("FIXED_PRICE"), "listingDuration": .string("GTC"),
            "merchantLocationKey": .nonEmpty(settings.merchantLocation),
            "listingPolicies": policies == .object([]) ? nil : policies,
        ])
        var call = EbayCall(
            "POST", "\(Self.inventory)/offer", listing.offer.reduce(body) { $0.setting($1.name, to: $1.value) })
        call.hasLanguage = true
        guard let id = try await self.call(call).body.get()["offerId"]?.digits else {
            throw .unreadable("the answer has no offer", isOutcomeUnknown: true)
        }
        return ["offerId": id, EbayUnpublishedOffer.madeName: id]
    }

    static func path(ofOffer id: String) -> String { "\(Self.inventory)/offer/\(EbayURL.encoded(id))" }

    /// What is put of an offer replaces all of it, so all that it has is put, but for what is never changed.
    func changed(_ offer: JSONValue, _ changes: [JSONValue.Member]) throws(PlatformFault) -> JSONValue {
        guard case .object(let members) = offer else { return offer }
        var omitted = ["offerId", "sku", "marketplaceId", "format", "listing", "status"]
        // Without units of its own an offer shows the item's as they are now; those that were read may be sold, and would stay.
        if try self.settings.get().quantityTarget == .item { omitted.append("availableQuantity") }
        return changes.reduce(JSONValue.object(members.filter { !omitted.contains($0.name) })) {
            $0.setting($1.name, to: $1.value)
        }
    }
}
