internal import InventoryDomain
public import InventoryMessages
internal import Paging
internal import Postgres
public import RPC

extension Inventory {
    /// Answers kits by pages, ascending, each with how many of it there are.
    public func listKits(_ request: ListKitsRequest, context: ServerContext) async throws -> ListKitsResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question("ListKits", [brand.description, request.skuPrefix, request.componentSku])
        let after = try Self.lastKit(request.pageToken, of: question)
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        let component = request.componentSku.isEmpty ? nil : try SKU.of(request.componentSku, field: "componentSku")
        return try await self.answering(context) {
            let found = try await KitList(pool: self.pool).kits(
                of: brand, prefix: request.skuPrefix, component: component, after: after, limit: size + 1)
            let page = found.prefix(size)
            var response = ListKitsResponse(kits: try await self.stock(of: Array(page), brand))
            if found.count > size, let last = page.last {
                response.nextPageToken = PageToken.text(Array(last.sku.utf8), of: question)
            }
            return response
        }
    }

    /// How many there are of kits, by their components' units now.
    private func stock(of kits: [InventoryMessages.Kit], _ brand: PostgresUUID) async throws -> [KitStock] {
        guard !kits.isEmpty else { return [] }
        let setup = try await self.setups.currentSetup(of: brand)
        let skus = try kits.map { (kit) throws(PostgresError) in try SKU.read(kit.sku) }
        let components = Set(skus.flatMap { setup.kits.components(of: $0) ?? [] }.map(\.sku)).sorted()
        var units: [SKU: Int64] = [:]
        let (found, now) = try await self.reads.store.itemsAndTime(components.map { StockKey(brand: brand, sku: $0) })
        for (sku, found) in zip(components, found) {
            units[sku] = found.item.map {
                InventoryDomain.Availability.sellable($0, locations: setup.locations, now: now)
            }
        }
        return zip(skus, kits).map { sku, kit in
            // A component that nothing is known of has no units.
            let stock = setup.kits.components(of: sku).flatMap { components in
                InventoryDomain.Availability.kits(components) { units[$0] ?? 0 }
            }
            return KitStock(
                kit: kit, available: stock?.count ?? 0, limitingSku: stock?.limiting.description ?? "")
        }
    }

    private static func lastKit(_ token: String, of question: PageToken.Question) throws(RPCError) -> String {
        guard !token.isEmpty else { return "" }
        guard let bytes = PageToken.position(token, of: question), let sku = String(validating: bytes, as: UTF8.self),
            (try? SKU(sku)) != nil
        else { throw StockReads.invalidPageToken }
        return sku
    }
}
