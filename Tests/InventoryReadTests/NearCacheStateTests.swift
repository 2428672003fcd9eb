import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

@Suite("What a process holds, by its ticks") struct NearCacheStateTests {
    private func shown(_ key: StockKey, at tick: UInt32, _ state: inout NearCacheState) throws -> [UInt8]? {
        var shown: [UInt8]?
        let misses = state.answer(try StockQuestions([key]), at: tick) { _, answer in
            shown = answer.withUnsafeBytes { Array($0) }
        }
        #expect(misses.questions == (shown == nil ? [0] : []))
        return shown
    }

    private func put(_ version: Int64, of key: StockKey, until deadline: UInt32, _ state: inout NearCacheState) throws {
        let entry = try key.entry(version)
        state.put(
            entry.span.bytes.extracting(droppingFirst: StockCacheEntry.headerBytes), of: key, version: version,
            deadline: deadline)
    }

    /// One change has the shape of what is there, the other one has not.
    @Test("an entry is shown until its deadline, which it keeps however often it is replaced", arguments: [1, 2])
    func deadline(locations: Int) throws {
        var state = try NearCacheState.small()
        let key = try StockKey.test()
        try self.put(5, of: key, until: 10, &state)
        #expect(try self.shown(key, at: 9, &state) != nil)
        for version: Int64 in [6, 7] { state.settle([try key.change(version, locations: locations)]) }
        let newest = Array(try key.entry(7, locations: locations).dropFirst(StockCacheEntry.headerBytes))
        #expect(try self.shown(key, at: 9, &state) == newest)
        #expect(try self.shown(key, at: 10, &state) == nil)
        #expect(try self.shown(key, at: 11, &state) == nil)
    }

    @Test("what has come to its deadline can be put again, though it has not changed")
    func putAgain() throws {
        var state = try NearCacheState.small()
        let key = try StockKey.test()
        for deadline: UInt32 in [10, 20, 30] {
            try self.put(5, of: key, until: deadline, &state)
            #expect(try self.shown(key, at: deadline - 1, &state) != nil)
            #expect(try self.shown(key, at: deadline, &state) == nil)
            #expect(state.entries.count == 0)
        }
    }

    @Test("answers of one shape are kept as what is their own, those without one as they are")
    func shapes() throws {
        var state = try NearCacheState.small()
        for number in 10..<90 {
            let key = try StockKey.test("S\(number)")
            try self.put(Int64(number), of: key, until: 10, &state)
            #expect(try self.shown(key, at: 1, &state) == Array(try key.entry(Int64(number)).dropFirst(17)))
        }
        #expect(state.shapes.count == 1)
        let (key, text) = (try StockKey.test("text"), Array("no message at all".utf8))
        state.put(text.span.bytes, of: key, version: 1, deadline: 10)
        #expect(state.shapes.count == 1)
        #expect(try self.shown(key, at: 1, &state) == text)
        state.removeAll()
        #expect(state.shapes.count == 0)
        #expect(state.entries.count == 0)
    }

    @Test("of more brands than have a number nothing is kept, and those that have one lose nothing")
    func brands() throws {
        var state = try NearCacheState.small()
        let first = try StockKey.test("S1", brand: 0)
        for brand in 0..<UInt64(UInt16.max) {
            _ = state.mark(of: StockKey(brand: .init(high: 1, low: brand), sku: first.sku))
        }
        try self.put(5, of: first, until: 10, &state)
        for brand in UInt64(UInt16.max)...UInt64(UInt16.max) + 1 {
            let key = StockKey(brand: PostgresUUID(high: 1, low: brand), sku: first.sku)
            try self.put(5, of: key, until: 10, &state)
            state.settle([try key.change(6)])
            #expect(try self.shown(key, at: 1, &state) == nil)
        }
        #expect(try self.shown(first, at: 1, &state) != nil)
        #expect(state.entries.count == 1)
    }
}
