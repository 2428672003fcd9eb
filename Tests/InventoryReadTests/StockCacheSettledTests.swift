import Buckets
import Events
import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

@Suite("What a process has settled by itself") struct StockCacheSettledTests {
    private let epoch = CacheFreshness.Followed(redis: StockCacheEpoch(runID: String(repeating: "a", count: 40)))
    private let other = CacheFreshness.Followed(redis: StockCacheEpoch(runID: String(repeating: "b", count: 40)))

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

    private func range(_ sequences: ClosedRange<Int64>) throws -> EventRange {
        EventRange(bucket: try #require(Bucket(number: 3)), sequences: sequences)
    }

    @Test("a cursor passes over the events of what it settled, in whichever order that was told, and stops at a gap")
    func passing() throws {
        let bucket = try #require(Bucket(number: 3))
        var settled = StockCacheSettled()
        var cursor = EventCursor()
        cursor[bucket] = 4
        for range in [8...9, 5...6, 7...7, 11...12] as [ClosedRange<Int64>] {
            settled.settled([try self.change(1, 5)], events: [try self.range(range)], in: self.epoch)
        }
        let passed = settled.passing(cursor, in: self.epoch)
        #expect(Bucket.all.map { passed[$0] } == Bucket.all.map { $0 == bucket ? 9 : 0 })
        // Those before it are forgotten, the one behind the gap is not.
        #expect(settled.passing(cursor, in: self.epoch) == cursor)
        cursor[bucket] = 10
        #expect(settled.passing(cursor, in: self.epoch)[bucket] == 12)
    }

    @Test("a cursor passes over nothing of another Redis, and events that were read meanwhile are no obstacle")
    func passingOthers() throws {
        let bucket = try #require(Bucket(number: 3))
        var settled = StockCacheSettled()
        var cursor = EventCursor()
        settled.settled([try self.change(1, 5)], events: [try self.range(1...3)], in: self.epoch)
        #expect(settled.passing(cursor, in: self.other) == cursor)
        cursor[bucket] = 2
        #expect(settled.passing(cursor, in: self.epoch)[bucket] == 3)
        settled.settled([try self.change(1, 6)], events: [try self.range(4...4)], in: self.other)
        #expect(settled.passing(cursor, in: self.other) == cursor)
    }

    @Test("events beyond the limit of ranges are read")
    func rangeLimit() throws {
        let bucket = try #require(Bucket(number: 3))
        var settled = StockCacheSettled()
        for sequence in 1...Int64(StockCacheSettled.maximumRanges) + 5 {
            settled.settled([try self.change(1, 5)], events: [try self.range(sequence...sequence)], in: self.epoch)
        }
        let passed = settled.passing(EventCursor(), in: self.epoch)
        #expect(passed[bucket] == Int64(StockCacheSettled.maximumRanges))
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
