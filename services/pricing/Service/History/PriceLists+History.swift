internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension PriceLists {
    /// Answers a page of the prices in a list, by SKU, quantity and beginning.
    public func listEntries(_ request: ListEntriesRequest, context: ServerContext) async throws -> ListEntriesResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question("ListEntries", [brand.description, request.listID, request.skuPrefix])
        let last = try Self.position(request.pageToken, of: question) { PriceIdentity(token: $0) }
        return try await self.answering(context) {
            let found = try PriceListRows.read(
                try await self.pool.query(PriceListRows.one(request.listID, of: brand)))
            guard let list = found.first else { throw PricingRefusal.listNotFound(request.listID) }
            guard list.list.type != .cost || self.showsCost(to: context.caller) else { throw RPCError.costIsHidden }
            let size = self.pageSize(request.pageSize)
            let rows = try await self.pool.query(
                PriceEntryRows.page(
                    inList: list.number, prefix: request.skuPrefix, of: brand, after: last, limit: size + 1))
            let prices = try rows.map { (row) throws(PostgresError) in try StoredPrice(row) }
            let entries = prices.prefix(size).map { RecordedPrice($0, inList: list.number) }
            let known = try KnownLists(try await self.pool.query(KnownLists.reading(of: brand)))
            var response = ListEntriesResponse(prices: try await self.messages(Array(entries), known, of: brand))
            if prices.count > size, let end = entries.last {
                response.nextPageToken = PageToken.text(end.price.identity.token, of: question)
            }
            return response
        }
    }

    /// Answers a page of what a SKU ever cost, the last recorded first.
    public func listPriceHistory(
        _ request: ListPriceHistoryRequest, context: ServerContext
    ) async throws -> ListPriceHistoryResponse {
        let brand = try self.brand(of: context.caller)
        var instant: PostgresTimestamp?
        if let at = request.at {
            guard let moment = PostgresTimestamp(at) else {
                throw RPCError(field: "at", "is no instant", expected: "an instant within the years 1 to 9999")
            }
            instant = moment
        }
        let question = PageToken.Question(
            "ListPriceHistory",
            [brand.description, request.sku, request.listID, "\(instant?.microseconds ?? .min)"])
        let last = try Self.position(request.pageToken, of: question) { RecordedPrice.Position(token: $0) }
        return try await self.answering(context) {
            let known = try KnownLists(try await self.pool.query(KnownLists.reading(of: brand)))
            let numbers = known.numbers(id: request.listID, showsCost: self.showsCost(to: context.caller))
            let size = self.pageSize(request.pageSize)
            let rows = try await self.pool.query(
                PriceHistoryRows.page(
                    of: request.sku, inLists: numbers, removed: known.removed, at: instant, of: brand, after: last,
                    limit: size + 1))
            let prices = try rows.map { (row) throws(PostgresError) in try RecordedPrice(row) }
            let page = Array(prices.prefix(size))
            var response = ListPriceHistoryResponse(prices: try await self.messages(page, known, of: brand))
            if prices.count > size, let end = page.last {
                response.nextPageToken = PageToken.text(end.position.token, of: question)
            }
            return response
        }
    }

    /// The prices as they are answered, with who recorded them and why.
    private func messages(
        _ prices: [RecordedPrice], _ known: KnownLists, of brand: PostgresUUID
    ) async throws -> [Price] {
        guard !prices.isEmpty else { return [] }
        let rows = try await self.pool.query(PriceChangeRows.all(Set(prices.map(\.price.changeID)), of: brand))
        var changes: [PostgresUUID: (by: String, reason: String, importID: PostgresUUID?)] = [:]
        for row in rows {
            let (id, principal, reason, importID) = try row.decode(
                PostgresUUID.self, String.self, String.self, PostgresUUID?.self)
            changes[id] = (by: principal, reason: reason, importID: importID)
        }
        return try prices.map { entry in
            let list = try known[entry.listNumber]
            var price = entry.price.message(listID: list.list.listID, currency: list.currency)
            if let change = changes[entry.price.changeID] {
                (price.recordedBy, price.reason) = (change.by, change.reason)
                price.importID = change.importID?.description ?? ""
            }
            price.replacedAt = entry.replacedAt?.protobuf
            return price
        }
    }
}

/// Reads the prices that stand in a list.
enum PriceEntryRows {
    /// The command that reads prices by SKU, quantity and beginning.
    ///
    /// - Parameters:
    ///   - prefix: What the SKUs begin with.
    ///   - last: Where the page before ended; nil: the first page.
    static func page(
        inList number: Int32, prefix: String, of brand: PostgresUUID, after last: PriceIdentity?, limit: Int
    ) -> PostgresCommand {
        PostgresCommand(
            Self.selection, brand, number, prefix, last?.sku.description ?? "", last?.minimumQuantity ?? 0,
            last.map { PostgresTimestamp($0.validFrom) } ?? .negativeInfinity, Int64(limit))
    }

    // Nothing that begins with the prefix lies behind it with the last of all characters at its end, over and over.
    private static let selection = PostgresStatement(
        """
        select p.sku, p.minimum_quantity, p.valid_from, p.valid_to, p.amount, p.recorded_at, p.change_id
        from price p
        where p.brand_id = $1 and p.list_number = $2 and p.sku >= $3::text collate "C" and p.sku >= $4::text collate "C"
            and p.sku <= ($3::text || repeat(chr(1114111), 16)) collate "C" and starts_with(p.sku, $3::text)
            and (p.sku, p.minimum_quantity, p.valid_from) > ($4::text collate "C", $5, $6)
        order by p.sku, p.minimum_quantity, p.valid_from limit $7
        """,
        readOnly: true)
}

extension RecordedPrice {
    /// A price that stands.
    init(_ price: StoredPrice, inList number: Int32) {
        self.price = price
        self.listNumber = number
        self.replacedAt = nil
    }
}

extension PriceIdentity {
    /// As a token carries it.
    var token: [UInt8] {
        Array(int64s: [self.minimumQuantity, self.validFrom.microseconds]) + Array(self.sku.description.utf8)
    }

    /// The price of a token; nil: there is none.
    init?(token: [UInt8]) {
        let values = Array(token.prefix(16)).int64s
        guard values.count == 2, let sku = String(validating: token.dropFirst(16), as: UTF8.self) else { return nil }
        self.init(
            sku: SKU(unchecked: sku), minimumQuantity: values[0], validFrom: Instant(microseconds: values[1]))
    }
}
