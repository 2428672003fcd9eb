internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension ListingMessage {
    /// Does what was submitted; what has become wrong since it was checked changes nothing.
    func apply(to state: ShopState, at moment: Moment = .now()) {
        guard self.issues(state).isEmpty else { return }
        switch self.kind {
        case .delete:
            if let listing = Listing(self.sku, state) { state.remove(listing.variant) }
        case .patch, .partialUpdate:
            if let listing = Listing(self.sku, state) { self.apply(to: listing, from: listing.kept, at: moment) }
        case .update:
            let listing = Listing(self.sku, state) ?? self.made(state, at: moment)
            var before: JSONValue.JSONObject = [:]
            if self.requirement == Self.requirements[1] {
                // A listing of the product alone says nothing of the offer.
                for name in [Listing.stock, Listing.price] { before[name] = listing.kept[name] }
            }
            self.apply(to: listing, from: before, at: moment)
            if self.requirement != Self.requirements[1],
                !self.patches.contains(where: { $0.attribute == Listing.stock })
            {
                self.set(quantity: 0, of: listing, at: moment)
            }
        }
    }

    private func made(_ state: ShopState, at moment: Moment) -> Listing {
        let title = self.patches.first { $0.attribute == Listing.name }?.value.first?["value"]?.text ?? self.sku
        let new = NewProduct(sku: self.sku, title: title, price: .zero, quantity: 0)
        return Listing(state.add(new, at: moment), state)
    }

    private func apply(to listing: Listing, from before: JSONValue.JSONObject, at moment: Moment) {
        var attributes = before
        for patch in self.patches {
            let entries = Self.patched(attributes[patch.attribute]?.array?.compactMap(\.object) ?? [], by: patch)
            switch patch.attribute {
            case Listing.stock: self.setStock(entries, patch, of: listing, at: moment)
            case Listing.price: self.setPrice(entries, patch, of: listing, at: moment)
            default: break
            }
            // The shelf has the quantity and the price.
            let rest = entries.map { entry in
                JSONValue.object(entry.filter { !["quantity", "our_price"].contains($0.key) })
            }
            attributes[patch.attribute] = rest.isEmpty ? nil : .array(rest)
        }
        guard attributes != before || self.kind == .update else { return }
        listing.keep(attributes, at: moment)
        self.setProduct(of: listing, at: moment)
    }

    // MARK: Entries

    /// Which members tell one entry of an attribute from another.
    private static func selectors(_ attribute: String) -> [String] {
        switch attribute {
        case Listing.stock: ["fulfillment_channel_code"]
        case Listing.price: ["marketplace_id", "currency", "audience"]
        default: ["marketplace_id", "language_tag"]
        }
    }

    private static func patched(_ entries: [JSONValue.JSONObject], by patch: Patch) -> [JSONValue.JSONObject] {
        if patch.operation == "replace" || (patch.operation == "delete" && patch.value.isEmpty) { return patch.value }
        let selectors = Self.selectors(patch.attribute)
        var entries = entries
        for entry in patch.value {
            let place = entries.firstIndex { known in selectors.allSatisfy { known[$0] == entry[$0] } }
            switch (patch.operation, place) {
            case ("delete", let place?): entries.remove(at: place)
            case ("delete", nil): break
            case ("merge", let place?): for (name, value) in entry { entries[place][name] = value }
            case (_, let place?): entries[place] = entry
            case (_, nil): entries.append(entry)
            }
        }
        return entries
    }

    // MARK: The shelf

    private func setStock(
        _ entries: [JSONValue.JSONObject], _ patch: Patch, of listing: Listing, at moment: Moment
    ) {
        if entries.isEmpty { return self.set(quantity: 0, of: listing, at: moment) }
        let own = patch.value.first { $0["fulfillment_channel_code"]?.text == Listing.defaultChannel }
        guard let quantity = own?["quantity"]?.integer else { return }
        self.set(quantity: Int(quantity), of: listing, at: moment)
    }

    private func set(quantity: Int, of listing: Listing, at moment: Moment) {
        let state = listing.state
        guard let level = state.levels(of: listing.variant.itemID).first else { return }
        state.change(level, "available", by: quantity - state.available(listing.variant), at: moment)
    }

    private func setPrice(
        _ entries: [JSONValue.JSONObject], _ patch: Patch, of listing: Listing, at moment: Moment
    ) {
        let price = entries.isEmpty ? Price.zero : patch.value.lazy.compactMap { Self.price($0) }.first
        guard let price, let variant = listing.state.variants[listing.variant.id] else { return }
        listing.state.setPrice(price, compareAt: variant.compareAtPrice, of: variant, at: moment)
    }

    private func setProduct(of listing: Listing, at moment: Moment) {
        let state = listing.state
        guard var product = state.products[listing.variant.productID] else { return }
        if let title = self.patches.last(where: { $0.attribute == Listing.name })?.value.first?["value"]?.text {
            product.title = title
        }
        if self.kind == .update { product.productType = self.productType }
        product.updatedAt = moment
        state.put(product)
    }
}

extension ListingMessage {
    /// One as it was kept until it was due.
    static func kept(_ text: String) -> ListingMessage? {
        guard let json = try? JSONValue(json: text) else { return nil }
        return try? ListingMessage(json)
    }
}
