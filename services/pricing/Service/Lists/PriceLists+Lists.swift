internal import Events
internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC
internal import WellKnownMessages

extension PriceLists {
    /// The most SKUs whose tiers are looked at one by one, where a list is to have monotone ones from now on.
    static let maximumSuspects = 1_000

    /// Makes a list, or changes the one that has its id. The same put again changes nothing.
    public func putPriceList(
        _ request: PutPriceListRequest, context: ServerContext
    ) async throws -> PutPriceListResponse {
        let brand = try self.brand(of: context.caller)
        guard let given = request.priceList else {
            throw RPCError(field: "priceList", "is missing", expected: "the list")
        }
        guard given.listID.isEmpty || given.listID.utf8.elementsEqual(request.listID.utf8) else {
            throw RPCError(field: "priceList.listId", "is another than that of the path", expected: "the same, or none")
        }
        return try await self.answering(context, in: "priceList") {
            let list = try Self.normalized(given, id: request.listID)
            return try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let lists = try PriceListRows.read(try await transaction.execute([PriceListRows.all(of: brand)])[0])
                let existing = lists.first { $0.list.listID == list.listID }
                let current = UInt64(clamping: existing?.version ?? 0)
                if let expected = request.expectedVersion, expected != current {
                    throw PricingRefusal.versionConflict(of: "the list", expected: expected, current: current)
                }
                if let existing, existing.list == list { return PutPriceListResponse(priceList: existing.answer) }
                let stored = try await self.check(list, existing, among: lists, in: book, transaction)
                let record = try PriceBookWrites.record(
                    [PriceBookChange(.list(stored.answer, number: stored.number))], in: book,
                    by: context.caller.principal)
                let commands = try PriceListRows.put(
                    stored, in: book, isNumbered: stored.number == book.nextListNumber)
                let events = try record.events.recorded(
                    of: brand, at: book.now, traceParent: context.trace?.traceparent)
                _ = try await transaction.commit(with: commands + record.commands + EventLog.append(events))
                return PutPriceListResponse(priceList: stored.answer, created: existing == nil)
            }
        }
    }

    /// Answers a list.
    public func getPriceList(_ request: GetPriceListRequest, context: ServerContext) async throws -> PriceList {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let found = try PriceListRows.read(
                try await self.pool.query(PriceListRows.one(request.listID, of: brand)))
            guard let list = found.first else { throw PricingRefusal.listNotFound(request.listID) }
            return list.answer
        }
    }

    /// Answers a page of the lists, by id.
    public func listPriceLists(
        _ request: ListPriceListsRequest, context: ServerContext
    ) async throws -> ListPriceListsResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question("ListPriceLists", [brand.description, "\(request.type.rawValue)"])
        let last = try Self.position(request.pageToken, of: question) { String(validating: $0, as: UTF8.self) }
        return try await self.answering(context) {
            let size = self.pageSize(request.pageSize)
            let lists = try PriceListRows.read(
                try await self.pool.query(
                    PriceListRows.page(after: last ?? "", type: request.type, of: brand, limit: size + 1)))
            var response = ListPriceListsResponse(priceLists: lists.prefix(size).map(\.answer))
            if lists.count > size, let end = response.priceLists.last {
                response.nextPageToken = PageToken.text(Array(end.listID.utf8), of: question)
            }
            return response
        }
    }

    /// Removes a list. No quote and no call knows it, or a price in it, from then on; ``PriceScheduler`` moves the prices to
    /// the history, so that the call takes no longer for a list of a million prices than for an empty one.
    public func deletePriceList(
        _ request: DeletePriceListRequest, context: ServerContext
    ) async throws -> DeletePriceListResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let found = try PriceListRows.read(
                    try await transaction.execute([PriceListRows.one(request.listID, of: brand)])[0])
                guard let list = found.first else { throw PricingRefusal.listNotFound(request.listID) }
                let current = UInt64(clamping: list.version)
                if let expected = request.expectedVersion, expected != current {
                    throw PricingRefusal.versionConflict(of: "the list", expected: expected, current: current)
                }
                let record = try PriceBookWrites.record(
                    [PriceBookChange(.list(list.answer, number: list.number), isRemoved: true)], in: book,
                    by: context.caller.principal)
                // What is due of a list that is gone is to clear its prices away.
                let clearing = PriceDue(
                    at: book.now, bucket: brand.bucket(of: request.listID), kind: .list, subject: request.listID,
                    listNumber: list.number)
                let commands = [
                    PriceListRows.removal(request.listID, of: brand), PriceDueRows.adding([clearing], of: brand),
                ]
                let events = try record.events.recorded(
                    of: brand, at: book.now, traceParent: context.trace?.traceparent)
                _ = try await transaction.commit(with: record.commands + commands + EventLog.append(events))
                return DeletePriceListResponse()
            }
        }
    }

    /// Where a page begins: behind the position that a token stands for; nil: at the first.
    static func position<Position>(
        _ token: String, of question: PageToken.Question, _ read: ([UInt8]) -> Position?
    ) throws(RPCError) -> Position? {
        guard !token.isEmpty else { return nil }
        guard let bytes = PageToken.position(token, of: question), let position = read(bytes) else {
            throw .pageTokenUnknown
        }
        return position
    }

    /// The list as it is stored, with its times as rows hold times.
    private static func normalized(_ given: PriceList, id: String) throws(PricingRefusal) -> PriceList {
        var list = PriceListRules.normalized(given, id: id)
        try PricingRefusal.checkRules(of: list)
        let read = try BookList(list, number: 0)
        (list.validFrom, list.validTo) = (read.period.from.timestamp, read.period.to.timestamp)
        list.scope = PriceScope(read.scope)
        return list
    }

    /// The list as it will be stored, if nothing is against it.
    private func check(
        _ list: PriceList, _ existing: StoredPriceList?, among lists: [StoredPriceList], in book: LockedPriceBook,
        _ transaction: PostgresTransaction
    ) async throws -> StoredPriceList {
        guard existing != nil || lists.count < PriceListRules.maximumLists else {
            throw PricingRefusal(
                .tooMany, "the brand has \(lists.count) price lists; at most \(PriceListRules.maximumLists) may be")
        }
        var others: [BookList] = []
        for other in lists { others.append(try BookList(other.list, number: other.number)) }
        try PriceListRules.checkOverlap(of: try BookList(list, number: 0), with: others)
        var number = existing?.number ?? book.nextListNumber
        if let existing, existing.list.type != list.type || existing.list.currency != list.currency {
            try await self.checkUnused(existing, becoming: list, of: book.brand, in: transaction)
            // A number stands for one type and one currency: what the history says stays true.
            number = book.nextListNumber
        } else if let existing, list.monotoneTiers, !existing.list.monotoneTiers {
            try await self.checkTiers(of: existing, of: book.brand, in: transaction)
        }
        return StoredPriceList(
            number: number, version: book.revision, createdAt: existing?.createdAt ?? book.now, changedAt: book.now,
            list: list)
    }

    private func checkUnused(
        _ existing: StoredPriceList, becoming list: PriceList, of brand: PostgresUUID,
        in transaction: PostgresTransaction
    ) async throws {
        let rows = try await transaction.execute([PriceListRows.isUsed(existing.number, of: brand)])[0]
        let (hasPrices, hasHolds) = try rows.first?.decode(Bool.self, Bool.self) ?? (false, false)
        guard hasPrices || hasHolds else { return }
        let field = existing.list.type != list.type ? "type" : "currency"
        throw PricingRefusal(
            .inUse, field: field,
            "is another one than that of the \(hasPrices ? "prices" : "held prices") in the list",
            expected: "the same, or a list without \(hasPrices ? "prices" : "held prices")")
    }

    /// Refuses to call tiers monotone that are not.
    private func checkTiers(
        of existing: StoredPriceList, of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws {
        let rows = try await transaction.execute([
            PriceListRows.suspectTiers(inList: existing.number, of: brand, limit: Self.maximumSuspects + 1)
        ])[0]
        let skus = try PriceReading.skus(rows)
        guard skus.count <= Self.maximumSuspects else {
            throw PricingRefusal(
                .tiersNotMonotone, field: "monotoneTiers",
                "cannot be promised: more than \(Self.maximumSuspects) SKUs have prices of which a greater quantity's is"
                    + " higher", expected: "false, or other prices first")
        }
        guard !skus.isEmpty else { return }
        let prices = try PriceReading.rows(
            try await transaction.execute([
                PriceReading.all(skus.sorted(), inLists: [existing.number], of: brand)
            ])[0])
        for (sku, rows) in prices.sorted(by: { $0.key < $1.key }) {
            do throws(PricingRefusal) {
                try PriceTimeline(rows).checkMonotone()
            } catch {
                throw PricingRefusal(
                    .tiersNotMonotone, field: "monotoneTiers",
                    "is not so of \(sku.description.debugDescription): \(error.description)",
                    expected: "false, or other prices first")
            }
        }
    }
}
