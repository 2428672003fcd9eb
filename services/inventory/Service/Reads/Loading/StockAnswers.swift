internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import ProtobufC
internal import RPC

/// Makes the answers to reads of stock from the database.
struct StockAnswers: Sendable {
    /// An answer, and what the cache may keep of it.
    struct Made: Sendable {
        var answer: StockAnswer
        /// Nil: it must not be kept. That of a kit is computed from others' stock, and has no version of its own.
        var entry: [UInt8]?
    }

    let store: StockReadStore
    let setups: BrandSetups

    /// The answers to questions, in their order.
    func answers(to keys: [StockKey]) async throws(PostgresError) -> [Made] {
        let found = try await self.store.items(keys)
        let kits = try await self.kits(zip(keys, found).filter(\.1.isKit).map(\.0))
        return ArenaMemory.with { (arena) throws(Never) in
            zip(keys, found).map { key, found in
                if found.isKit {
                    guard let kit = kits[key] else { return Made(answer: .unknown) }
                    return Made(answer: Self.encoded(kit, in: arena))
                }
                guard let item = found.item else { return Made(answer: .unknown) }
                let answer = Self.encoded(StockMessages.item(item, changedAt: found.changedAt), in: arena)
                guard case .encoded(let bytes) = answer else { return Made(answer: answer) }
                return Made(answer: answer, entry: StockCacheEntry.item(version: item.version, answer: bytes))
            }
        }
    }

    private static func encoded(_ message: InventoryMessages.StockItem, in arena: Arena) -> StockAnswer {
        defer { arena.reset() }
        do throws(EncodingError) {
            return .encoded(try StockMessages.encode(message, in: arena))
        } catch {
            return .failed(RPCError(error, of: InventoryMessages.StockItem.fullName))
        }
    }

    /// Kits as items: at each location as many as its units of the components give. That they can be had from several
    /// locations together is said by their availability.
    func kits(_ keys: [StockKey]) async throws(PostgresError) -> [StockKey: InventoryMessages.StockItem] {
        var answers: [StockKey: InventoryMessages.StockItem] = [:]
        for (brand, keys) in Dictionary(grouping: keys, by: \.brand) {
            let setup = try await self.setups.currentSetup(of: brand)
            let parts = Set(keys.flatMap { setup.kits.components(of: $0.sku) ?? [] }.map(\.sku)).sorted()
            let items = try await self.store.itemsBySKU(parts, of: brand)
            for key in keys {
                guard let components = setup.kits.components(of: key.sku) else { continue }
                answers[key] = StockMessages.kit(key.sku, components, items)
            }
        }
        return answers
    }
}
