import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

@Suite("What a process has settled by itself") struct StockCacheSettledTests {
    private let epoch = StockCacheEpoch(runID: String(repeating: "a", count: 40))
    private let other = StockCacheEpoch(runID: String(repeating: "b", count: 40))

    private func change(_ number: Int, _ version: Int64) throws -> StockCacheChange {
        StockCacheChange(
            key: StockKey(brand: PostgresUUID(high: 1, low: 2), sku: try SKU("S\(number)")), version: version)
    }

    @Test("what it settled is left out, what is newer or another's is not")
    func leftOut() throws {
        var settled = StockCacheSettled()
        settled.settled([try self.change(1, 5), try self.change(2, 5)], in: self.epoch)
        let told = [try self.change(1, 5), try self.change(2, 6), try self.change(3, 1)]
        let unsettled = settled.unsettled(of: told, in: self.epoch)
        #expect(unsettled.map(\.key) == [told[1].key, told[2].key])
    }

    @Test("an older event does not make it forget a newer version, and late news of an older one does not either")
    func order() throws {
        var settled = StockCacheSettled()
        settled.settled([try self.change(1, 7)], in: self.epoch)
        settled.settled([try self.change(1, 6)], in: self.epoch)
        for version: Int64 in [5, 6, 7] {
            let unsettled = settled.unsettled(of: [try self.change(1, version)], in: self.epoch)
            #expect(unsettled.isEmpty)
        }
        let again = settled.unsettled(of: [try self.change(1, 7)], in: self.epoch)
        #expect(again.count == 1)
    }

    @Test("what was settled in one Redis counts for no other")
    func epochs() throws {
        var settled = StockCacheSettled()
        settled.settled([try self.change(1, 5)], in: self.epoch)
        let elsewhere = settled.unsettled(of: [try self.change(1, 5)], in: self.other)
        #expect(elsewhere.count == 1)
        settled.settled([try self.change(2, 5)], in: self.other)
        let before = settled.unsettled(of: [try self.change(1, 5)], in: self.epoch)
        #expect(before.count == 1)
    }

    @Test("beyond the limit all are settled once more")
    func limit() throws {
        var settled = StockCacheSettled()
        let changes = try (0..<StockCacheSettled.maximumItems).map { try self.change($0, 1) }
        settled.settled(changes, in: self.epoch)
        settled.settled([try self.change(-1, 1)], in: self.epoch)
        let unsettled = settled.unsettled(of: changes + [try self.change(-1, 1)], in: self.epoch)
        #expect(unsettled.count == changes.count)
    }
}
