import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

@Suite("The queue of readings") struct StockLoadQueueTests {
    private func key(_ number: Int) throws -> StockKey {
        StockKey(brand: PostgresUUID(high: 1, low: 2), sku: try SKU("S\(number)"))
    }

    @Test("a key that many wait for is read once")
    func shared() throws {
        var queue = StockLoadQueue<Int>()
        let keys = try (0..<3).map { try self.key($0) }
        for waiter in 0..<100 {
            let isTaken = queue.add(waiter, for: keys[waiter % 3])
            #expect(isTaken)
        }
        let next = queue.nextLoad()
        let load = try #require(next)
        #expect(load.map(\.key) == keys)
        #expect(load.flatMap(\.waiters).sorted() == Array(0..<100))
        let further = queue.nextLoad()
        #expect(further?.count == nil)
    }

    @Test("who asks during a reading waits for the next one")
    func nextReading() throws {
        var queue = StockLoadQueue<Int>()
        let key = try self.key(1)
        _ = queue.add(1, for: key)
        let first = queue.nextLoad()
        _ = queue.add(2, for: key)
        let second = queue.nextLoad()
        #expect(first?.flatMap(\.waiters) == [1])
        #expect(second?.flatMap(\.waiters) == [2])
    }

    @Test("readings, their keys and those who wait are limited")
    func limits() throws {
        var queue = StockLoadQueue<Int>(limits: .init(keysPerLoad: 2, loads: 2, waiters: 5))
        var taken: [Bool] = []
        for number in 0..<7 { taken.append(queue.add(number, for: try self.key(number))) }
        #expect(taken == [true, true, true, true, true, false, false])
        let counts = [queue.nextLoad()?.count, queue.nextLoad()?.count, queue.nextLoad()?.count]
        #expect(counts == [2, 2, nil])
        queue.loadEnded()
        let last = queue.nextLoad()
        #expect(last?.count == 1)
        // Room again for those who wait.
        let isTaken = queue.add(7, for: try self.key(7))
        #expect(isTaken)
    }
}
