import Buckets
import DrivelineTesting
import OrderDomain
import Synchronization
import Testing

@testable import OrderService

@Suite("Orders for which something is to be done at once", .timeLimit(.minutes(2)))
struct EffectQueueTests {
    private static func key(_ number: UInt64) -> OrderKey {
        OrderKey(brand: OrderHarness.newBrand(), id: OrderID(high: number << 16 | 0x7000, low: 1 << 63))
    }

    @Test("each comes once, and again where something was added while it was worked on")
    func again() async throws {
        let (queue, first, second) = (EffectQueue(), Self.key(1), Self.key(2))
        for order in [first, first, second] { queue.add(order) }
        #expect(await queue.next() == first)
        queue.add(first)
        queue.add(first)
        #expect(await queue.next() == second)
        queue.ended(first)
        queue.ended(second)
        #expect(await queue.next() == first)
        queue.ended(first)
        queue.add(second)
        #expect(await queue.next() == second)
    }

    @Test("no more are worked on at once than may be")
    func limit() async throws {
        let queue = EffectQueue()
        let keys = (0...UInt64(EffectQueue.maximumRunning)).map { Self.key($0) }
        for key in keys { queue.add(key) }
        for _ in 0..<EffectQueue.maximumRunning { _ = await queue.next() }
        let last = Mutex<OrderKey?>(nil)
        let waiting = Task {
            let order = await queue.next()
            last.withLock { $0 = order }
        }
        #expect(last.withLock { $0 } == nil)
        queue.ended(keys[0])
        await waiting.value
        #expect(last.withLock { $0 } == keys.last)
    }

    @Test("who waits for an order goes on when nothing more is done for it, or when it is cancelled")
    func waiting() async throws {
        let (queue, order) = (EffectQueue(), Self.key(1))
        // Nothing is done.
        await queue.wait(for: order)
        queue.add(order)
        let waiting = Task { await queue.wait(for: order) }
        let impatient = Task { await queue.wait(for: order) }
        impatient.cancel()
        await impatient.value
        _ = await queue.next()
        queue.ended(order)
        await waiting.value
        let taker = Task { await queue.next() }
        taker.cancel()
        #expect(await taker.value == nil)
    }
}
