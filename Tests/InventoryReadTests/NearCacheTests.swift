import InventoryDomain
import NIOCore
import Postgres
import Testing

@testable import InventoryService

@Suite("Readers and writers of what a process holds") struct NearCacheTests {
    private func near(lifetime: TimeAmount = .minutes(10)) throws -> NearCache {
        try #require(NearCache(byteCount: 1 << 20, lifetime: lifetime))
    }

    @Test("what was missed is put and shown")
    func fill() throws {
        let (near, key) = (try self.near(), try StockKey.test())
        let misses = near.answer(try StockQuestions([key])) { _, _ in Issue.record("there is nothing to show") }
        #expect(misses.questions == [0])
        near.fill([NearCache.Entry(position: 0, key: key, entry: try key.entry(7))], under: misses.ticket)
        #expect(try near.shown(key) == Array(try key.entry(7).dropFirst(StockCacheEntry.headerBytes)))
        #expect(near.count == 1)
    }

    @Test("miss, settle, fill: what was read before the change is not put", arguments: [true, false])
    func missSettleFill(isFoundOut: Bool) throws {
        let (near, key) = (try self.near(), try StockKey.test())
        let ticket =
            isFoundOut ? near.answer(try StockQuestions([key])) { _, _ in }.ticket : near.ticket(for: [key])
        near.settle([try key.change(8)])
        near.fill([NearCache.Entry(position: 0, key: key, entry: try key.entry(7))], under: ticket)
        #expect(try near.shown(key) == nil)
    }

    @Test("of two who missed at once the newer stays, whoever comes last", arguments: [true, false])
    func twoFills(isNewerFirst: Bool) throws {
        let (near, key) = (try self.near(), try StockKey.test())
        let tickets = [near.ticket(for: [key]), near.ticket(for: [key])]
        for (ticket, version) in zip(tickets, isNewerFirst ? [8, 7] : [7, 8]) {
            near.fill([NearCache.Entry(position: 0, key: key, entry: try key.entry(Int64(version)))], under: ticket)
        }
        #expect(try near.shownVersion(key) == 8)
        #expect(near.count == 1)
    }

    @Test("changes are settled again where somebody may put what he read between", arguments: [true, false])
    func settleAgain(isPutBefore: Bool) throws {
        for isFoundOut in [true, false] {
            let (near, key) = (try self.near(), try StockKey.test())
            let tickets = near.settle([try key.change(8)])
            let ticket =
                isFoundOut ? near.answer(try StockQuestions([key])) { _, _ in }.ticket : near.ticket(for: [key])
            let old = NearCache.Entry(position: 0, key: key, entry: try key.entry(7))
            if isPutBefore { near.fill([old], under: ticket) }
            near.settle([try key.change(8)], unlessTicketsBeyond: tickets)
            if !isPutBefore { near.fill([old], under: ticket) }
            #expect(try near.shownVersion(key) == (isPutBefore ? 8 : nil))
        }
    }

    @Test("changes are not settled again where nobody can have read anything between")
    func settleOnce() throws {
        let (near, key) = (try self.near(), try StockKey.test())
        near.put(try key.entry(5), of: key)
        let tickets = near.settle([try key.change(6)])
        _ = near.answer(try StockQuestions([key])) { _, _ in }
        // Nothing tells of it but that a newer change is not carried out either.
        near.settle([try key.change(7)], unlessTicketsBeyond: tickets)
        #expect(try near.shownVersion(key) == 6)
    }

    /// Changes that have the shape of what is there, and one that has another.
    @Test("a change replaces what is older, leaves what is newer, and adds nothing", arguments: [1, 3])
    func settle(locations: Int) throws {
        let (near, key) = (try self.near(), try StockKey.test())
        near.settle([try key.change(5)])
        #expect(near.count == 0)
        near.put(try key.entry(5), of: key)
        near.settle([try key.change(7, locations: locations)])
        #expect(
            try near.shown(key)
                == Array(try key.entry(7, locations: locations).dropFirst(StockCacheEntry.headerBytes)))
        // The change before comes late.
        near.settle([try key.change(6), try key.change(6, withEntry: false), try key.change(7, withEntry: false)])
        #expect(try near.shownVersion(key) == 7)
        // A version of two bytes.
        near.settle([try key.change(300, locations: locations)])
        #expect(try near.shownVersion(key) == 300)
        near.settle([try key.change(301, withEntry: false)])
        #expect(try near.shown(key) == nil)
        #expect(near.count == 0)
    }

    @Test("what is older goes where a change is too large to be kept")
    func settleTooLarge() throws {
        let (near, key) = (try self.near(), try StockKey.test())
        near.put(try key.entry(5), of: key)
        var change = try key.change(6)
        change.entry = StockCacheEntry.item(version: 6, answer: [UInt8](repeating: 0xff, count: 65_530))
        near.settle([change])
        #expect(try near.shown(key) == nil)
    }

    @Test("an answer that is too large for an entry is left out, the largest with no shape is kept as it is")
    func sizes() throws {
        let (near, key) = (try self.near(), try StockKey.test())
        let largest =
            KeyedRing.maximumUnits * KeyedRing.unit - KeyedRing.headerBytes - key.sku.description.utf8.count - 2
        for count in [largest + 1, StockCacheEntry.maximumAnswerBytes] {
            let answer = [UInt8](repeating: 0xff, count: count)
            near.put(try #require(StockCacheEntry.item(version: 5, answer: answer)), of: key)
            #expect(try near.shown(key) == nil)
        }
        let answer = (0..<largest).map { UInt8(truncatingIfNeeded: $0 * 7) | 7 }
        near.put(try #require(StockCacheEntry.item(version: 5, answer: answer)), of: key)
        #expect(try near.shown(key) == answer)
        // Nothing of another kind gets in.
        near.put(StockCacheEntry.newToken(), of: try .test("token"))
        near.put(Array("V12".utf8), of: try .test("short"))
        near.put(Array("Vnumbernumbernumber".utf8), of: try .test("number"))
        #expect(near.count == 1)
    }

    @Test("nothing of before is shown or put once all was dropped")
    func removeAll() throws {
        let (near, key, other) = (try self.near(), try StockKey.test(), try StockKey.test("other"))
        near.put(try other.entry(1), of: other)
        let tickets = [near.answer(try StockQuestions([key])) { _, _ in }.ticket, near.ticket(for: [key])]
        near.removeAll()
        for ticket in tickets {
            near.fill([NearCache.Entry(position: 0, key: key, entry: try key.entry(1))], under: ticket)
        }
        #expect(near.count == 0)
        #expect(try near.shown(other) == nil)
        near.put(try key.entry(2), of: key)
        #expect(try near.shownVersion(key) == 2)
    }

    @Test("brands do not see each other's stock of the same SKU")
    func brands() throws {
        let near = try self.near()
        let keys = try (0..<20).map { try StockKey.test(brand: $0) }
        for (version, key) in keys.enumerated() where version.isMultiple(of: 2) {
            near.put(try key.entry(Int64(version)), of: key)
        }
        for key in keys where key.brand.low % 4 == 1 { near.settle([try key.change(100)]) }
        near.settle([try keys[0].change(100)])
        for (version, key) in keys.enumerated() {
            let shown: Int64? = version == 0 ? 100 : version.isMultiple(of: 2) ? Int64(version) : nil
            #expect(try near.shownVersion(key) == shown)
        }
    }

    @Test("of many questions each has its answer or is among the misses, and these can be put")
    func many() throws {
        let near = try self.near()
        let keys = try (0..<500).map { try StockKey.test("S\($0 % 400)", brand: UInt64($0 / 90 % 2)) }
        let known = Set(keys.enumerated().filter { $0.offset.isMultiple(of: 3) }.map(\.element))
        for (version, key) in keys.enumerated() where known.contains(key) {
            near.put(try key.entry(Int64(version + 1)), of: key)
        }
        var given: [Int: [UInt8]] = [:]
        let misses = near.answer(try StockQuestions(keys)) { index, answer in
            #expect(given.updateValue(answer.withUnsafeBytes { Array($0) }, forKey: index) == nil)
        }
        #expect(misses.questions == keys.indices.filter { !known.contains(keys[$0]) })
        #expect(misses.ticket.marks.count == misses.questions.count)
        #expect(given.count + misses.questions.count == keys.count)
        for (index, answer) in given { #expect(try near.shown(keys[index]) == answer) }
        // One of them changes before they are put.
        let changed = keys[misses.questions[0]]
        near.settle([try changed.change(3)])
        let entries = try misses.questions.enumerated().map {
            NearCache.Entry(position: $0, key: keys[$1], entry: try keys[$1].entry(2))
        }
        near.fill(entries, under: misses.ticket)
        let shown = try Set(misses.questions.map { keys[$0] }.filter { try near.shownVersion($0) == 2 })
        #expect(!shown.contains(changed))
        // Very few share its mark.
        #expect(shown.count > Set(misses.questions.map { keys[$0] }).count - 5)
    }

    @Test("an entry is not shown for longer than its lifetime")
    func lifetime() throws {
        let (near, key) = (try self.near(lifetime: .zero), try StockKey.test())
        near.put(try key.entry(5), of: key)
        #expect(try near.shown(key) == nil)
    }
}
