internal import ChannelAdapter
internal import FileFormats

extension AmazonSession {
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.push(rows, of: \.listing) { (row, settings, quotas) async throws(PlatformFault) in
            let content = AmazonContent(row, marketplaceID: settings.marketplaceID, language: settings.language)
            guard content.problems.isEmpty else {
                throw PlatformFault(.refused, code: "content-invalid", content.problems.joined(separator: "; "))
            }
            // Its ids may be of a listing that was deleted since, and a listing that is not there is made whole.
            let item = try await self.item(content.platformSKU, settings, &quotas)
            let listing = item.flatMap { AmazonListing(item: $0, settings) } ?? AmazonListing(ids: row.listing.ids)
            let type = Self.productType(content, listing, settings)
            guard !type.isEmpty else {
                throw PlatformFault(
                    .refused, code: "product-type-missing",
                    "neither the mapping, nor the listing, nor the setting productType names a product type")
            }
            let operation: AmazonOperation = item == nil ? .putListing : .patchListing
            let body = item == nil ? content.putBody(type) : AmazonPatch.body(type, content.patches)
            for isPreview in settings.previewsContent ? [true, false] : [false] {
                try await self.submit(
                    operation, content.platformSKU, body, settings, isPreview: isPreview, &quotas)
            }
            var ids = listing?.ids ?? ["fulfillmentChannel": settings.channel]
            ids["productType"] = type
            return ids
        }
    }

    /// The mapping's, the listing's, or the settings'.
    static func productType(_ content: AmazonContent, _ listing: AmazonListing?, _ settings: AmazonSettings) -> String {
        if !content.productType.isEmpty { return content.productType }
        return listing?.productType ?? settings.productType
    }
}
