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

    /// The version of an item that is remembered; nil: it is not. It is given back at once.
    private func version(_ number: Int, in memory: inout ItemMemory) throws -> Int64? {
        guard let item = memory.take(try self.key(number)) else { return nil }
        memory.remember(item, try self.key(number))
        return item.item.version
    }

    @Test("an item that was asked for since the hand came by outlives one that was not")
    func secondChance() throws {
        var memory = ItemMemory(capacity: 9)
        for number in 0..<3 { memory.remember(try self.item(number, levels: 1), try self.key(number)) }
        #expect(try self.version(0, in: &memory) != nil)
        memory.remember(try self.item(3, levels: 1), try self.key(3))
        #expect(try self.version(0, in: &memory) != nil)
        #expect(try self.version(1, in: &memory) == nil)
        #expect(memory.count == 3)
    }

    @Test("an item larger than all the room is not remembered, and drives nothing out")
    func tooLarge() throws {
        var memory = ItemMemory(capacity: 10)
        memory.remember(try self.item(1), try self.key(1))
        memory.remember(try self.item(2, levels: 9), try self.key(2))
        #expect(try self.version(2, in: &memory) == nil)
        #expect(try self.version(1, in: &memory) != nil)
        // Nor is what it was before.
        memory.remember(try self.item(1, version: 2, levels: 9), try self.key(1))
        #expect(try self.version(1, in: &memory) == nil)
    }

    @Test("an item that is lent is nobody else's until it is given back, wherever it is remembered by then")
    func lending() throws {
        var memory = ItemMemory(capacity: 8)
        for number in 0..<4 { memory.remember(try self.item(number), try self.key(number)) }
        let lent = try #require(try memory.take(self.key(2)))
        #expect(try memory.take(self.key(2)) == nil)
        #expect(memory.weight == 8)
        memory.forget(try self.key(2))
        // Its slot is another's now, which its hint must not overwrite.
        memory.remember(try self.item(9, version: 90), try self.key(9))
        memory.remember(lent, try self.key(2))
        #expect(try self.version(2, in: &memory) == 1)
        #expect(try self.version(9, in: &memory) == 90)
        #expect(memory.weight == 8)
    }

    @Test("whatever is remembered, lent and forgotten: no more than the room, and never anything but the last version")
    func histories() throws {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<50 {
            let capacity = Int.random(in: 0...60, using: &random)
            var memory = ItemMemory(capacity: capacity)
            var last: [Int: Int64] = [:]
            var lent: [Int: PlacedItem] = [:]
            for step in 1...400 {
                let number = Int.random(in: 0..<25, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    memory.forget(try self.key(number))
                    (last[number], lent[number]) = (nil, nil)
                case 1:
                    let found = try memory.take(self.key(number))
                    #expect(found == nil || (found?.item.version == last[number] && lent[number] == nil))
                    if let found { lent[number] = found }
                case 2:
                    guard let item = lent.removeValue(forKey: number) else { continue }
                    memory.remember(item, try self.key(number))
                    last[number] = item.item.version
                default:
                    let levels = Int.random(in: 0...6, using: &random)
                    memory.remember(
                        try self.item(number, version: Int64(step), levels: levels), try self.key(number))
                    (last[number], lent[number]) = (Int64(step), nil)
                    #expect(try (self.version(number, in: &memory) != nil) == (levels + 2 <= capacity))
                }
                #expect(memory.weight <= capacity)
            }
        }
    }

    @Test("a page that was changed often and again is told of, and counting begins anew")
    func pages() throws {
        let remembered = RememberedItems(capacity: 100)
        let keys = [Keyed(try SKU("S1"), of: Self.brand, share: 0)]
        let limit = Int64(EngineLimits.changesOfItemPage + EngineLimits.changesUntilVisit)
        for version in 1...3 * limit {
            remembered.remember([(key: keys[0].stockKey, item: try self.item(1, version: version))])
            let recalled = remembered.lend(keys)
            let item = try #require(recalled.items[0])
            #expect(recalled.visits.map(\.key.name) == (version % limit == 0 ? [keys[0].name] : []), "\(version)")
            #expect(recalled.visits.allSatisfy { $0.level == nil })
            remembered.giveBack([(key: keys[0].stockKey, item: item)])
            #expect(remembered.lend(keys).visits.isEmpty)
        }
    }

    @Test("many pages that were changed often are told of as soon as they are enough, each once")
    func manyPages() throws {
        let count = EngineLimits.visitsAtOnce
        let remembered = RememberedItems(capacity: 10 * count)
        let keys = try (0..<count).map { Keyed(try SKU("S\($0)"), of: Self.brand, share: 0) }
        let items = try (0..<count).map { number in
            var item = try self.item(number)
            item.place = ItemPlace(
                version: 1, changedAt: PostgresTimestamp(microseconds: 0),
                item: PostgresTupleID(block: UInt32(number), offset: 1), levels: [])
            return item
        }
        for _ in 1...EngineLimits.changesOfItemPage {
            #expect(remembered.lend(keys).visits.isEmpty)
            remembered.remember(zip(keys, items).map { (key: $0.stockKey, item: $1) })
        }
        let early = remembered.lend(Array(keys.dropLast()))
        #expect(early.visits.isEmpty)
        remembered.giveBack(zip(keys, early.items).compactMap { key, item in item.map { (key.stockKey, $0) } })
        #expect(Set(remembered.lend(keys).visits.map(\.key.name)) == Set(keys.map(\.name)))
    }

    @Test("pages of levels count for themselves, and only the levels that were changed with the item")
    func levelPages() throws {
        let remembered = RememberedItems(capacity: 100)
        let keys = [Keyed(try SKU("S1"), of: Self.brand, share: 0)]
        let limit = Int64(EngineLimits.changesOfLevelPage + EngineLimits.changesUntilVisit)
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
            remembered.remember([(key: keys[0].stockKey, item: PlacedItem(item: item, place: place))])
            let visits = remembered.lend(keys).visits
            #expect(visits.map(\.level) == (version == limit ? [try LocationID("L0")] : []), "version \(version)")
        }
    }
}
