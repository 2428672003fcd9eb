internal import ChannelAdapter
internal import FileFormats

/// Listings whose contents go in bulk, and how far each of them is. Has no I/O.
///
/// They take up to three bulk operations, one behind the other, each with the listings that were done in the one before.
/// `productSet` cannot do all of it: lists that it is given replace the platform's, so that its metafields would take away
/// those of other apps, and its variants those that are not ours. So barcodes of variants that are there go by
/// `productVariantsBulkUpdate`, and metafields by `metafieldsSet`, as they do one by one; a call for each listing would
/// cost most of what the bulk saves.
struct ShopifyBulkContent {
    private struct Entry {
        let row: ContentRow
        let listing: ShopifyListing
        var ids: [String: String] = [:]
        var isNew = false
        var fault: PlatformFault?
    }

    /// One of the operations.
    struct Step {
        /// The place of each line's listing.
        fileprivate(set) var places: [Int] = []
        /// The variables of each call.
        fileprivate(set) var lines: [JSONValue] = []
    }

    private var entries: [Entry]

    init(_ rows: [ContentRow]) {
        self.entries = rows.map { row in
            var entry = Entry(row: row, listing: ShopifyListing(row))
            entry.ids["productId"] = row.listing.globalID("productId", of: .product)
            entry.ids["variantId"] = row.listing.globalID("variantId", of: .variant)
            if !entry.listing.problems.isEmpty {
                entry.fault = PlatformFault(
                    .refused, code: "content-invalid", entry.listing.problems.joined(separator: "; "))
            }
            return entry
        }
    }

    /// What became of each, in the order in which they came.
    var outcomes: [RowOutcome] {
        self.entries.map { entry in
            entry.fault.map { RowOutcome(sku: entry.row.listing.sku, fault: $0) }
                ?? RowOutcome(sku: entry.row.listing.sku, ids: entry.ids)
        }
    }

    /// Whether a product was made.
    var hasNew: Bool { self.entries.contains { $0.isNew && $0.fault == nil } }

    /// All that is not done came to the same.
    mutating func fail(_ fault: PlatformFault) {
        for place in self.entries.indices where self.entries[place].fault == nil { self.entries[place].fault = fault }
    }

    /// The location of the products that were made.
    mutating func take(location: String) {
        for place in self.entries.indices where self.entries[place].isNew {
            self.entries[place].ids["locationId"] = location
        }
    }

    // MARK: What the shop has already

    /// The places of listings whose products are not known.
    var unknown: [Int] {
        self.entries.indices.filter { self.entries[$0].fault == nil && self.entries[$0].ids["productId"] == nil }
    }

    func sku(at place: Int) -> String { self.entries[place].listing.platformSKU }

    func row(at place: Int) -> (ContentRow, ShopifyListing) {
        (self.entries[place].row, self.entries[place].listing)
    }

    /// The ids of a listing were found, none as the shop has it not, or not.
    mutating func take(ids: Result<[String: String], PlatformFault>, at place: Int) {
        switch ids {
        case .success(let ids): self.entries[place].ids = ids
        case .failure(let fault): self.entries[place].fault = fault
        }
    }

    // MARK: Products

    /// Makes or changes products.
    func products() -> Step {
        self.step { entry in [entry.listing.product(entry.ids["productId"])] }
    }

    mutating func take(products results: [ShopifyAnswer?], of step: Step) {
        self.take(results, of: step) { (entry, answer) throws(PlatformFault) in
            let change = answer.payload("productSet")
            let product = try ShopifySession.confirmed(change.payload, change.errors)["product"]
            guard let id = product?["id"]?.text else { throw .nothingSaid }
            entry.isNew = entry.ids["productId"] == nil
            entry.ids["productId"] = id
            guard entry.isNew else { return }
            guard let variant = product?.at("variants", "nodes")?.elements.first, let id = variant["id"]?.text else {
                throw .nothingSaid
            }
            entry.ids["variantId"] = id
            entry.ids["inventoryItemId"] = variant.at("inventoryItem", "id")?.text
        }
    }

    // MARK: Variants

    /// Changes variants that were there before.
    func variants() -> Step {
        self.step { entry in
            guard !entry.isNew, let product = entry.ids["productId"], let variant = entry.ids["variantId"] else {
                return []
            }
            return entry.listing.variant(product, variant).map { [$0] } ?? []
        }
    }

    mutating func take(variants results: [ShopifyAnswer?], of step: Step) {
        self.take(results, of: step) { (entry, answer) throws(PlatformFault) in
            let change = answer.payload("productVariantsBulkUpdate")
            let id = entry.ids["variantId"] ?? ""
            if let fault = ShopifySession.fault(ofVariant: 0, id, change.payload, change.errors) { throw fault }
        }
    }

    // MARK: Metafields

    /// Sets metafields, a call for each so many of a listing's.
    func metafields() -> Step {
        self.step { entry in entry.ids["productId"].map { entry.listing.metafieldCalls($0) } ?? [] }
    }

    mutating func take(metafields results: [ShopifyAnswer?], of step: Step) {
        self.take(results, of: step) { (_, answer) throws(PlatformFault) in
            let change = answer.payload("metafieldsSet")
            _ = try ShopifySession.confirmed(change.payload, change.errors)
        }
    }

    // MARK: Steps

    private func step(_ lines: (Entry) -> [JSONValue]) -> Step {
        var step = Step()
        for (place, entry) in self.entries.enumerated() where entry.fault == nil {
            for line in lines(entry) {
                step.places.append(place)
                step.lines.append(line)
            }
        }
        return step
    }

    /// A listing without a result has no known outcome; one that any of its lines failed for has failed.
    private mutating func take(
        _ results: [ShopifyAnswer?], of step: Step,
        _ read: (inout Entry, ShopifyAnswer) throws(PlatformFault) -> Void
    ) {
        for (index, place) in step.places.enumerated() where self.entries[place].fault == nil {
            do throws(PlatformFault) {
                guard results.indices.contains(index), let answer = results[index] else { throw .nothingSaid }
                try read(&self.entries[place], answer)
            } catch {
                self.entries[place].fault = error
            }
        }
    }
}

extension PlatformFault {
    fileprivate static let nothingSaid = PlatformFault(
        .retry, code: "no-result", "the results of the bulk operation say nothing of the listing",
        isOutcomeUnknown: true)
}
