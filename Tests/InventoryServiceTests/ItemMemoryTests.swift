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

    private struct NoRoom: Error {}

    private static func memory(_ byteCount: Int) throws -> ItemMemory {
        guard let memory = ItemMemory(byteCount: byteCount) else { throw NoRoom() }
        return memory
    }

    /// The version of an item that is remembered; nil: it is not. It is given back at once.
    private func version(_ number: Int, in memory: inout ItemMemory) throws -> Int64? {
        let key = try self.key(number)
        guard let item = memory.take([key])[0] else { return nil }
        memory.giveBack(key)
        return item.item.version
    }

    @Test("an item that was asked for since it came outlives those that were not")
    func secondChance() throws {
        var memory = try Self.memory(8_192)
        memory.remember(try self.item(0, levels: 1), try self.key(0))
        memory.remember(try self.item(1, levels: 1), try self.key(1))
        for number in 2..<1_000 {
            #expect(try self.version(0, in: &memory) == 1)
            memory.remember(try self.item(number, levels: 1), try self.key(number))
        }
        #expect(try self.version(0, in: &memory) == 1)
        #expect(try self.version(1, in: &memory) == nil)
        #expect(try self.version(999, in: &memory) == 1)
        #expect((40...120).contains(memory.count))
    }

    @Test("an item too large for the room is not remembered, and drives nothing else out")
    func tooLarge() throws {
        var memory = try Self.memory(4_096)
        memory.remember(try self.item(1), try self.key(1))
        memory.remember(try self.item(2, levels: 200), try self.key(2))
        #expect(try self.version(2, in: &memory) == nil)
        #expect(try self.version(1, in: &memory) == 1)
        // Nor is what it was before.
        memory.remember(try self.item(1, version: 2, levels: 200), try self.key(1))
        #expect(try self.version(1, in: &memory) == nil)
    }

    @Test("an item that is lent is nobody else's until it is given back or remembered")
    func lending() throws {
        var memory = try Self.memory(8_192)
        for number in 0..<4 { memory.remember(try self.item(number), try self.key(number)) }
        let lent = try #require(memory.take([try self.key(2)])[0])
        #expect(lent.place.isRecalled)
        #expect(memory.take([try self.key(1), try self.key(2)]).map { $0?.item.version } == [1, nil])
        memory.giveBack(try self.key(2))
        #expect(try self.version(2, in: &memory) == 1)
        #expect(memory.take([try self.key(2), try self.key(2)]).map { $0?.item.version } == [1, nil])
        memory.remember(try self.item(2, version: 5, levels: 3), try self.key(2))
        #expect(try self.version(2, in: &memory) == 5)
        memory.forget(try self.key(2))
        memory.giveBack(try self.key(2))
        #expect(try self.version(2, in: &memory) == nil)
    }

    @Test("an item whose rows are not known, or that has lots, is not remembered, nor what it was before")
    func unknown() throws {
        var memory = try Self.memory(8_192)
        let level = Level(
            location: try LocationID("L"), balance: try Balance(onHand: 1, reserved: 0),
            lots: [Lot(id: try LotID("lot"), expiresAt: nil, balance: try Balance(onHand: 1, reserved: 0))])
        let place = PostgresTupleID(block: 0, offset: 1)
        func placed(
            _ item: StockItem, version: Int64 = 1, _ row: PostgresTupleID?, _ levels: [PostgresTupleID]
        ) -> PlacedItem {
            PlacedItem(
                item: item,
                place: ItemPlace(
                    version: version, changedAt: PostgresTimestamp(microseconds: 0), item: row, levels: levels))
        }
        let plain = try StockItem(sku: try SKU("S1"), version: 1)
        let lotted = try StockItem(sku: try SKU("S1"), version: 1, levels: [level])
        for wrong in [
            placed(plain, nil, []), placed(plain, version: 2, place, []), placed(plain, place, [place]),
            placed(lotted, place, [place]),
        ] {
            memory.remember(try self.item(1), try self.key(1))
            memory.remember(wrong, try self.key(1))
            #expect(try self.version(1, in: &memory) == nil)
        }
    }

    @Test("whatever is remembered, lent, given back and forgotten: never anything but the last version")
    func histories() throws {
        var random = SeededGenerator(seed: testSeed())
        var found = 0
        for _ in 0..<40 {
            var memory = try Self.memory(Int.random(in: 1_000...20_000, using: &random))
            var last: [Int: Int64] = [:]
            var lent: Set<Int> = []
            for step in 1...600 {
                let number = Int.random(in: 0..<60, using: &random)
                let key = try self.key(number)
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    memory.forget(key)
                    last[number] = nil
                    lent.remove(number)
                case 1, 2:
                    guard let item = memory.take([key])[0] else { continue }
                    #expect(item.item.version == last[number] && !lent.contains(number))
                    lent.insert(number)
                    found += 1
                case 3:
                    memory.giveBack(key)
                    lent.remove(number)
                default:
                    let levels = Int.random(in: 0...6, using: &random)
                    memory.remember(try self.item(number, version: Int64(step), levels: levels), key)
                    last[number] = Int64(step)
                    lent.remove(number)
                }
            }
        }
        #expect(found > 1_000)
    }

    @Test("a page that was changed often and again is told of, and counting begins anew")
    func pages() throws {
        let remembered = RememberedItems(byteCount: 1 << 16)
        let keys = [Keyed(try SKU("S1"), of: Self.brand, share: 0)]
        let limit = Int64(EngineLimits.changesOfItemPage + EngineLimits.changesUntilVisit)
        for version in 1...3 * limit {
            remembered.remember([(key: keys[0].stockKey, item: try self.item(1, version: version))])
            let recalled = remembered.lend(keys)
            let item = try #require(recalled.items[0])
            let place = try #require(item.place.item)
            let visit = RememberedItems.Visit(table: .items, block: place.block)
            #expect(recalled.visits == (version % limit == 0 ? [visit] : []), "\(version)")
            #expect(item.item.version == version)
            remembered.giveBack(keys.map(\.stockKey))
            #expect(remembered.lend(keys).visits.isEmpty)
        }
    }

    @Test("many pages that were changed often are told of as soon as they are enough, each once")
    func manyPages() throws {
        let count = EngineLimits.visitsAtOnce
        let remembered = RememberedItems(byteCount: 1 << 16)
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
        remembered.giveBack(keys.map(\.stockKey))
        let visits = remembered.lend(keys).visits
        #expect(visits == (0..<count).map { RememberedItems.Visit(table: .items, block: UInt32($0)) })
    }

    @Test("pages of levels count for themselves, and only the levels that were changed with the item")
    func levelPages() throws {
        let remembered = RememberedItems(byteCount: 1 << 16)
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
            let visit = RememberedItems.Visit(table: .levels, block: 0)
            #expect(visits == (version == limit ? [visit] : []), "version \(version)")
        }
    }
}
