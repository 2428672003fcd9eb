internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    private static let summariesOfPage = 50
    /// How long the token of a page is good, in milliseconds.
    private static let summariesTokenMilliseconds = 30_000

    /// `getInventorySummaries`: what came to the warehouses first is told first.
    func inventorySummaries() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(
            ["details", "granularityType", "granularityId", "marketplaceIds", "nextToken"], needsMarketplace: true)
        guard self.query.text("granularityType") == "Marketplace",
            self.query.text("granularityId") == self.account.marketplaceID
        else { throw .invalid("The granularity must be the Marketplace \(self.account.marketplaceID).") }
        let hasDetails = try self.query.words("details", ["true", "false"]) == ["true"]
        let start = try self.summariesStart()
        let (summaries, isMore) = self.shop.read { state -> ([JSONValue], Bool) in
            let all = WarehouseStock.all(state).dropFirst(start)
            let page = all.prefix(Self.summariesOfPage)
            return (page.map { self.summary($0.sku, $0.stock, hasDetails, state) }, all.count > page.count)
        }
        var body: JSONValue.JSONObject = [
            "payload": [
                "granularity": [
                    "granularityType": "Marketplace", "granularityId": .string(self.account.marketplaceID),
                ],
                "inventorySummaries": .array(summaries),
            ]
        ]
        if isMore {
            let token = "\(self.summariesDigest).\(start + summaries.count).\(self.now.milliseconds)"
            body["pagination"] = ["nextToken": .string(token)]
        }
        return AmazonAnswer(body: .object(body))
    }

    private var summariesDigest: String { self.query.digest(without: ["nextToken"]) }

    private func summariesStart() throws(AmazonRefusal) -> Int {
        guard let token = self.query.text("nextToken") else { return 0 }
        let parts = token.split(separator: ".")
        guard parts.count == 3, parts[0] == self.summariesDigest, let start = Int(parts[1]), start >= 0,
            let made = Int64(parts[2])
        else { throw .invalid("The nextToken is none of this question.") }
        guard self.now < Moment(milliseconds: made) + Self.summariesTokenMilliseconds else {
            throw .invalid("The nextToken has expired.")
        }
        return start
    }

    private func summary(_ sku: String, _ stock: WarehouseStock, _ hasDetails: Bool, _ state: ShopState) -> JSONValue {
        let variant = state.variant(sku: sku)
        let asin = variant.map { AmazonAccount.asin(of: $0) } ?? ""
        var members: JSONValue.JSONObject = [
            "asin": .string(asin), "fnSku": .string("X\(asin.dropFirst())"), "sellerSku": .string(sku),
            "condition": "NewItem", "totalQuantity": .number(stock.total),
        ]
        if let title = variant.flatMap({ state.products[$0.productID]?.title }) {
            members["productName"] = .string(title)
        }
        guard hasDetails else { return .object(members) }
        members["inventoryDetails"] = [
            "fulfillableQuantity": .number(stock["fulfillable"]),
            "inboundWorkingQuantity": .number(stock["inboundWorking"]),
            "inboundShippedQuantity": .number(stock["inboundShipped"]),
            "inboundReceivingQuantity": .number(stock["inboundReceiving"]),
            "reservedQuantity": [
                "totalReservedQuantity": .number(stock["reserved"]),
                "pendingCustomerOrderQuantity": .number(stock["reserved"]), "pendingTransshipmentQuantity": 0,
                "fcProcessingQuantity": 0,
            ],
            "unfulfillableQuantity": ["totalUnfulfillableQuantity": .number(stock["unfulfillable"])],
        ]
        return .object(members)
    }
}
