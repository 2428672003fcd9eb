import InventoryDomain
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("The items that are remembered between transactions") struct ItemMemoryTests {
    private static let brand = PostgresUUID(high: 1, low: 2)

    private func key(_ number: Int) throws -> StockKey {
        StockKey(brand: Self.brand, sku: try SKU("S\(number)"))
    }

    private func item(_ number: Int, version: Int64 = 1, levels: Int = 0) throws -> PlacedItem {
        let levels = try (0..<levels).map {
            Level(location: try LocationID("L\($0)"), balance: try Balance(onHand: 1, reserved: 0))
        }
        return PlacedItem(
            item: try StockItem(sku: try SKU("S\(number)"), version: version, levels: levels),
            place: ItemPlace(
                version: version, changedAt: PostgresTimestamp(microseconds: 0),
                item: PostgresTupleID(block: 0, offset: 1),
                levels: levels.map { _ in PostgresTupleID(block: 0, offset: 1) }))
    }

    @Test("an item that was asked for since the hand came by outlives one that was not")
    func secondChance() throws {
        var memory = ItemMemory(capacity: 9)
        for number in 0..<3 { memory.remember(try self.item(number, levels: 1), try self.key(number)) }
        #expect(try memory.item(self.key(0)) != nil)
        memory.remember(try self.item(3, levels: 1), try self.key(3))
        #expect(try memory.item(self.key(0)) != nil)
        #expect(try memory.item(self.key(1)) == nil)
        #expect(memory.count == 3)
    }

    @Test("an item larger than all the room is not remembered, and drives nothing out")
    func tooLarge() throws {
        var memory = ItemMemory(capacity: 10)
        memory.remember(try self.item(1), try self.key(1))
        memory.remember(try self.item(2, levels: 9), try self.key(2))
        #expect(try memory.item(self.key(2)) == nil)
        #expect(try memory.item(self.key(1)) != nil)
        // Nor is what it was before.
        memory.remember(try self.item(1, version: 2, levels: 9), try self.key(1))
        #expect(try memory.item(self.key(1)) == nil)
    }

    @Test("whatever is remembered and forgotten: no more than the room, and never anything but the last version")
    func histories() throws {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<50 {
            let capacity = Int.random(in: 0...60, using: &random)
            var memory = ItemMemory(capacity: capacity)
            var last: [Int: Int64] = [:]
            for step in 1...400 {
                let number = Int.random(in: 0..<25, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    memory.forget(try self.key(number))
                    last[number] = nil
                case 1:
                    let found = try memory.item(self.key(number))
                    #expect(found == nil || found?.item.version == last[number])
                default:
                    let levels = Int.random(in: 0...6, using: &random)
                    memory.remember(
                        try self.item(number, version: Int64(step), levels: levels), try self.key(number))
                    last[number] = Int64(step)
                    #expect(try (memory.item(self.key(number)) != nil) == (levels + 2 <= capacity))
                }
                #expect(memory.weight <= capacity)
            }
        }
    }

    @Test("of a page that was changed often one item is not told, and counting begins again")
    func pages() throws {
        let remembered = RememberedItems(capacity: 100)
        let keys = [Keyed(try SKU("S1"), of: Self.brand, share: 0)]
        for version in 1...Int64(3 * EngineLimits.changesOfItemPage) {
            remembered.remember([(brand: Self.brand, item: try self.item(1, version: version))])
            let isDue = version % Int64(EngineLimits.changesOfItemPage) == 0
            #expect((remembered.items(keys)[0] == nil) == isDue, "version \(version)")
            #expect(remembered.items(keys)[0] != nil)
        }
    }

    @Test("pages of levels count for themselves, and only the levels that were changed with the item")
    func levelPages() throws {
        let remembered = RememberedItems(capacity: 100)
        let keys = [Keyed(try SKU("S1"), of: Self.brand, share: 0)]
        let limit = Int64(EngineLimits.changesOfLevelPage)
        for version in 1...limit {
            let levels = try [version, version / 2].enumerated().map { number, version in
                Level(
                    location: try LocationID("L\(number)"), balance: try Balance(onHand: 1, reserved: 0),
                    version: version)
            }
            // The item's own row is on another page each time.
            let place = ItemPlace(
                version: version, changedAt: PostgresTimestamp(microseconds: 0),
                item: PostgresTupleID(block: UInt32(version), offset: 1),
                levels: [PostgresTupleID(block: 0, offset: 1), PostgresTupleID(block: 1, offset: 1)])
            let item = try StockItem(sku: try SKU("S1"), version: version, levels: levels)
            remembered.remember([(brand: Self.brand, item: PlacedItem(item: item, place: place))])
            #expect((remembered.items(keys)[0] == nil) == (version == limit), "version \(version)")
        }
    }
}
