internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer {
        var answer = PushAnswer(outcomes: [])
        for row in rows {
            var quotas: [QuotaObservation] = []
            do throws(PlatformFault) {
                let ids = try await self.push(row, &quotas)
                answer.outcomes.append(RowOutcome(sku: row.listing.sku, ids: ids))
            } catch {
                answer.outcomes.append(RowOutcome(sku: row.listing.sku, fault: error))
            }
            answer.quotas += quotas
        }
        answer.quotas = ShopifyAnswer.sum(answer.quotas)
        return answer
    }

    /// Makes or changes one listing.
    ///
    /// - Returns: The ids that the platform gave it.
    private func push(
        _ row: ContentRow, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> [String: String] {
        let listing = ShopifyListing(row)
        guard listing.problems.isEmpty else {
            throw PlatformFault(.refused, code: "content-invalid", listing.problems.joined(separator: "; "))
        }
        var ids = try await self.knownIDs(row, listing, &quotas)
        let isNew = ids["productId"] == nil
        let change = await self.change(.setProduct, "productSet", listing.product(ids["productId"]))
        quotas += change.quotas
        let product = try Self.confirmed(change.payload, change.errors)["product"]
        guard let productID = product?["id"]?.text else {
            throw PlatformFault(
                .retry, code: "answer-unreadable", "the answer has no product", isOutcomeUnknown: true)
        }
        ids["productId"] = productID
        if isNew {
            guard let variant = product?.at("variants", "nodes")?.elements.first, let id = variant["id"]?.text else {
                throw PlatformFault(
                    .retry, code: "answer-unreadable", "the answer has no variant", isOutcomeUnknown: true)
            }
            ids["variantId"] = id
            ids["inventoryItemId"] = variant.at("inventoryItem", "id")?.text
            let location = await self.location()
            quotas += location.quotas
            ids["locationId"] = try? location.id.get()
        } else if let variantID = ids["variantId"], let variables = listing.variant(productID, variantID) {
            let change = await self.change(.updateVariants, "productVariantsBulkUpdate", variables)
            quotas += change.quotas
            if let fault = Self.fault(ofVariant: 0, variantID, change.payload, change.errors) { throw fault }
        }
        for variables in listing.metafieldCalls(productID) {
            let change = await self.change(.setMetafields, "metafieldsSet", variables)
            quotas += change.quotas
            _ = try Self.confirmed(change.payload, change.errors)
        }
        return ids
    }

    /// The ids of the listing; where it has none, those of the shop's variant with its SKU. None: the shop has it not.
    func knownIDs(
        _ row: ContentRow, _ listing: ShopifyListing, _ quotas: inout [QuotaObservation]
    )
        async throws(PlatformFault) -> [String: String]
    {
        var ids: [String: String] = [:]
        ids["productId"] = row.listing.globalID("productId", of: .product)
        ids["variantId"] = row.listing.globalID("variantId", of: .variant)
        guard ids["productId"] == nil else { return ids }
        let sku = listing.platformSKU
        let answer = await self.call(.variantBySKU, .members(["query": .string(Self.search(sku))]))
        quotas += answer.quotas
        return try Self.ids(of: sku, among: try answer.data.get()["productVariants"]?["nodes"]?.elements ?? [])
    }

    /// The ids of the variant with a SKU; none: it is not among them.
    static func ids(of sku: String, among variants: [JSONValue]) throws(PlatformFault) -> [String: String] {
        // The search does not mind case and finds parts of words.
        let found = variants.filter { $0["sku"]?.text == sku }
        guard found.count <= 1 else {
            throw PlatformFault(
                .refused, code: "sku-ambiguous",
                "the shop has several variants with the SKU \(sku.debugDescription); the listing's ids must name one")
        }
        return found.first.map { Self.ids(ofVariant: $0) } ?? [:]
    }

    /// What the platform's search finds a SKU by.
    static func search(_ sku: String) -> String {
        let quoted = sku.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "sku:'\(quoted)'"
    }

    /// The payload of a change that the platform has no objection to.
    static func confirmed(
        _ payload: Result<JSONValue, PlatformFault>, _ errors: [ShopifyUserError]
    )
        throws(PlatformFault) -> JSONValue
    {
        let payload = try payload.get()
        if let error = errors.first {
            var fault = error.fault
            if !error.field.isEmpty { fault.message += " (\(error.field.joined(separator: ".")))" }
            throw fault
        }
        return payload
    }
}
