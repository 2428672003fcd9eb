internal import InventoryDomain
internal import InventoryMessages
internal import Paging
internal import Postgres
internal import RPC
internal import WellKnownMessages

extension StockReads {
    /// Entries of a page where the request names no number.
    static let defaultPageSize = 100

    static let invalidPageToken = RPCError(
        field: "pageToken", "is none that was given out for these filters",
        expected: "nextPageToken of the page before, with the filters of that page")

    /// The stock of SKUs, straight from the database.
    func lookUpStock(_ request: LookUpStockRequest, of brand: PostgresUUID) async throws -> LookUpStockResponse {
        let keys = try Self.keys(request.skus, of: brand)
        let found = try await self.store.items(keys)
        let kits = try await self.answers.kits(zip(keys, found).filter(\.1.isKit).map(\.0))
        var response = LookUpStockResponse()
        for (key, found) in zip(keys, found) {
            if let kit = kits[key] {
                response.items.append(kit)
            } else if let item = found.item {
                response.items.append(StockMessages.item(item, changedAt: found.changedAt))
            } else {
                response.unknownSkus.append(key.sku.description)
            }
        }
        return response
    }

    /// A page of the stock that matches filters, and how much matches: all of it as of one moment.
    func listStock(_ request: ListStockRequest, of brand: PostgresUUID) async throws -> ListStockResponse {
        let question = PageToken.Question("ListStock", Self.parts(of: request, brand))
        let last = try Self.lastSKU(request.pageToken, of: question)
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        guard let filter = try await self.filter(request, of: brand) else { return ListStockResponse() }
        // One more tells whether there is a further page.
        let (page, count) = StockListStore.commands(filter, of: brand, after: last, limit: size + 1)
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        return try await self.pool.withTransaction(options) { transaction in
            let answers = try await transaction.execute([page, count])
            var skus: [SKU] = []
            for row in answers[0] { skus.append(try SKU.read(try row.decode(String.self))) }
            let total = try answers[1].first?.decode(Int64.self) ?? 0
            var response = ListStockResponse(total: UInt64(total))
            if skus.count > size, let last = skus.prefix(size).last {
                response.nextPageToken = PageToken.text(Array(last.description.utf8), of: question)
            }
            let keys = skus.prefix(size).map { StockKey(brand: brand, sku: $0) }
            guard !keys.isEmpty else { return response }
            let rows = try await transaction.commit(with: [StockReadStore.selection(keys)])
            for found in try StockReadStore.found(keys, in: rows[0]) {
                guard let item = found.item else { continue }
                response.items.append(
                    request.detail == .full
                        ? StockMessages.item(item, changedAt: found.changedAt) : StockMessages.document(item))
            }
            return response
        }
    }

    static func keys(_ skus: [String], of brand: PostgresUUID) throws(RPCError) -> [StockKey] {
        var keys: [StockKey] = []
        for (index, sku) in skus.enumerated() {
            keys.append(StockKey(brand: brand, sku: try SKU.of(sku, field: "skus[\(index)]")))
        }
        return keys
    }

    static func moment(_ time: ProtoTimestamp?, field: String) throws(RPCError) -> PostgresTimestamp? {
        guard let time else { return nil }
        guard time.isValid else {
            throw RPCError(field: field, "is no time", expected: "a time of the years 1 to 9999")
        }
        return PostgresTimestamp(microseconds: time.seconds * 1_000_000 + Int64(time.nanos) / 1_000)
    }

    private static func lastSKU(_ token: String, of question: PageToken.Question) throws(RPCError) -> String {
        guard !token.isEmpty else { return "" }
        guard let bytes = PageToken.position(token, of: question), let sku = String(validating: bytes, as: UTF8.self),
            (try? SKU(sku)) != nil
        else { throw Self.invalidPageToken }
        return sku
    }

    /// What selects rows; size and detail may change from page to page.
    private static func parts(of request: ListStockRequest, _ brand: PostgresUUID) -> [String] {
        let since = request.changedSince.map { "\($0.seconds).\($0.nanos)" } ?? ""
        let inStock = request.inStock.map { "\($0)" } ?? ""
        return [
            brand.description, request.sku, request.skuPrefix, request.locationID, request.region, inStock,
            "\(request.belowReorderThreshold)", since,
        ]
    }

    /// What a request's filters select.
    ///
    /// - Returns: Nil where nothing can match.
    func filter(_ request: ListStockRequest, of brand: PostgresUUID) async throws -> StockFilter? {
        var filter = StockFilter()
        if !request.sku.isEmpty { filter.range = .one(try SKU.of(request.sku).description) }
        if !request.skuPrefix.isEmpty { filter.range = filter.range.intersection(.prefixed(request.skuPrefix)) }
        filter.isInStock = request.inStock
        filter.isBelowThreshold = request.belowReorderThreshold
        filter.changedSince = try Self.moment(request.changedSince, field: "changedSince")
        guard !request.locationID.isEmpty || !request.region.isEmpty else { return filter }
        let setup = try await self.setups.currentSetup(of: brand)
        let locations = setup.locations.values.filter { location in
            (request.locationID.isEmpty || location.id.description == request.locationID)
                && (request.region.isEmpty || location.region == request.region)
        }
        guard !locations.isEmpty else { return nil }
        filter.locations = locations.map(\.id).sorted().map(\.description)
        return filter
    }
}
