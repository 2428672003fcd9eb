internal import Postgres
internal import PricingDomain
public import PricingMessages
internal import ProtobufC
public import RPC

extension PriceRules {
    /// Says what a kit is made of. The same put again changes nothing.
    public func putPriceKit(_ request: PutPriceKitRequest, context: ServerContext) async throws -> PriceKit {
        let brand = try self.brand(of: context.caller)
        let kit = try Self.kit(of: request)
        return try await self.answering(context, in: "kit") {
            let checked = try BookKit(kit)
            let memory = ArenaMemory()
            let document = try kit.stored.bytes(in: memory.arena)
            return try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let answers = try await transaction.execute([
                    KitRows.one(kit.sku, of: brand), KitRows.around(checked.sku, of: checked.parts.map(\.sku), brand),
                    KitRows.count(of: brand),
                ])
                let stored = try KitRows.read(answers[0]).first
                try Self.check("the kit", expected: request.expectedVersion, current: stored?.version)
                if let stored, stored.document == document { return stored.answer }
                if stored == nil { try Self.checkCount(answers[2], KitGraph.maximumKits, of: "kits") }
                var graph = try Self.graph(answers[1])
                try graph.replace(checked)
                let answer = kit.answer(version: book.revision)
                try await self.commit(
                    PriceBookChange(.kit(answer)), with: KitRows.put(checked, document: document, in: book), in: book,
                    transaction, context)
                return answer
            }
        }
    }

    /// Answers a kit.
    public func getPriceKit(_ request: GetPriceKitRequest, context: ServerContext) async throws -> PriceKit {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rows = try await self.pool.query(KitRows.one(request.sku, of: brand))
            guard let found = try KitRows.read(rows).first else {
                throw PricingRefusal.kitNotFound(request.sku, field: "sku")
            }
            return found.answer
        }
    }

    /// Lists kits by their SKUs.
    public func listPriceKits(
        _ request: ListPriceKitsRequest, context: ServerContext
    ) async throws -> ListPriceKitsResponse {
        let brand = try self.brand(of: context.caller)
        let page = try NamePage("listPriceKits", ["\(brand)"], size: request.pageSize, token: request.pageToken)
        return try await self.answering(context) {
            let rows = try await self.pool.query(KitRows.page(after: page.last, limit: page.limit, of: brand))
            let (found, next) = page.page(try KitRows.read(rows)) { $0.kit.sku }
            return ListPriceKitsResponse(kits: found.map(\.answer), nextPageToken: next)
        }
    }

    /// Forgets what a kit is made of: it is a plain product then, also where other kits hold it.
    public func deletePriceKit(
        _ request: DeletePriceKitRequest, context: ServerContext
    ) async throws -> DeletePriceKitResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let answers = try await transaction.execute([KitRows.one(request.sku, of: brand)])
                guard let stored = try KitRows.read(answers[0]).first else {
                    throw PricingRefusal.kitNotFound(request.sku, field: "sku")
                }
                try await self.commit(
                    PriceBookChange(.kit(stored.answer), isRemoved: true),
                    with: KitRows.removal(request.sku, of: brand),
                    in: book, transaction, context)
                return DeletePriceKitResponse()
            }
        }
    }

    private static func kit(of request: PutPriceKitRequest) throws(RPCError) -> PriceKit {
        guard var kit = request.kit else {
            throw RPCError(field: "kit", "is missing", expected: "what the kit is made of")
        }
        // The path names the kit; the body may name the same.
        guard kit.sku.isEmpty || kit.sku.utf8.elementsEqual(request.sku.utf8) else {
            throw RPCError(field: "kit.sku", "is another than that of the path", expected: "the same, or none")
        }
        kit.sku = request.sku
        kit.version = 0
        return kit
    }

    private static func graph(_ rows: PostgresRows) throws -> KitGraph {
        let kits = try KitRows.read(rows)
        do throws(PricingRefusal) {
            return try KitGraph(try kits.map { (stored) throws(PricingRefusal) in try BookKit(stored.kit) })
        } catch {
            // They were valid when they were written.
            throw PostgresError.unexpectedValue(column: "document", reason: "the kits cannot be together: \(error)")
        }
    }
}
