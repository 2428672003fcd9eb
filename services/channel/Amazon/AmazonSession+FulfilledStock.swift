internal import ChannelAdapter
internal import FileFormats

extension AmazonSession {
    private static let inboundFields = [
        "inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity",
    ]

    func fulfilledStock(page: String) async throws(PlatformFault) -> FulfilledStockPage {
        let marketplace = try self.settings.get().marketplaceID
        // The page's token stands beside the query that it came from.
        var query =
            "details=true&granularityType=Marketplace&granularityId=\(marketplace)&marketplaceIds=\(marketplace)"
        if !page.isEmpty { query += "&nextToken=\(AmazonText.encoded(page))" }
        let answer = await self.call(.inventorySummaries, "/fba/inventory/v1/summaries?\(query)")
        let data = try answer.data.get()
        // Errors come beside a payload, too; a list that lacks some would count as whole.
        if let error = data["errors"]?.elements.first {
            throw PlatformFault(
                .retry, code: AmazonText.shortened(error["code"]?.text ?? "not-answered", toBytes: 64),
                AmazonText.shortened(error["message"]?.text ?? "the answer has errors"))
        }
        guard case .array(let summaries)? = data.at("payload", "inventorySummaries") else {
            throw .unreadable("the answer has no list of summaries")
        }
        var rows: [FulfilledStock] = []
        for summary in summaries { rows.append(try Self.fulfilledStock(summary)) }
        return FulfilledStockPage(
            rows: rows, next: data.at("pagination", "nextToken")?.text ?? "", quotas: [answer.quota])
    }

    private static func fulfilledStock(_ summary: JSONValue) throws(PlatformFault) -> FulfilledStock {
        guard let sku = summary["sellerSku"]?.text, !sku.isEmpty else { throw .unreadable("a summary has no SKU") }
        guard let details = summary["inventoryDetails"], details["fulfillableQuantity"] != nil else {
            throw .unreadable("the summary of \(sku.debugDescription) does not say what can be sold")
        }
        var inbound: Int64 = 0
        for field in Self.inboundFields { inbound += try Self.units(details[field], of: sku) }
        return FulfilledStock(
            platformSKU: sku, fulfillable: try Self.units(details["fulfillableQuantity"], of: sku),
            reserved: try Self.units(details.at("reservedQuantity", "totalReservedQuantity"), of: sku),
            inbound: inbound)
    }

    /// A number of units; what is left out is none.
    private static func units(_ value: JSONValue?, of sku: String) throws(PlatformFault) -> Int64 {
        guard let value, value != .null else { return 0 }
        guard let units = value.integer, (0...AmazonLimits.quantity).contains(units) else {
            throw .unreadable("a quantity of \(sku.debugDescription) is no number of units")
        }
        return units
    }
}
