import Synchronization
import TestSupport
import Testing

@testable import LoadTesting

@Suite("What is known of stock while calls are under way")
struct StockBookTests {
    /// A SKU as it truly is.
    private struct Truth {
        var free: Int64
        var reserved: Int64 = 0

        /// Whether the change can be carried out; then it is.
        mutating func carryOut(_ change: UnitChange) -> Bool {
            switch change {
            case .add(let units): self.free += units
            case .remove(let units):
                guard self.free >= units else { return false }
                self.free -= units
            case .reserve(let units):
                guard self.free >= units else { return false }
                self.free -= units
                self.reserved += units
            case .release(let units):
                guard self.reserved >= units else { return false }
                self.free += units
                self.reserved -= units
            case .commit(let units):
                guard self.reserved >= units else { return false }
                self.reserved -= units
            case .set: return false
            }
            return true
        }
    }

    private static func change(_ generator: inout some RandomNumberGenerator) -> UnitChange {
        let units = Int64.random(in: 1...5, using: &generator)
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0: .add(units)
        case 1: .remove(units)
        case 2: .reserve(units)
        case 3: .release(units)
        default: .commit(units)
        }
    }

    /// A call: begun, perhaps carried out, perhaps answered.
    private struct Call {
        var change: UnitChange
        var wasCarriedOut: Bool?
    }

    @Test("the truth is always within the bounds, and the bounds meet when all calls are answered")
    func bounds() {
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        for _ in 0..<300 {
            var truth = Truth(free: 10)
            var book = ItemBook(onHand: 10, reserved: 0)
            var calls: [Call] = []
            for step in 0..<300 {
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where step < 250:
                    let change = Self.change(&generator)
                    book.begin(change)
                    calls.append(Call(change: change))
                case 1:
                    guard let call = calls.indices.randomElement(using: &generator) else { continue }
                    guard calls[call].wasCarriedOut == nil else { continue }
                    calls[call].wasCarriedOut = truth.carryOut(calls[call].change)
                default:
                    guard let call = calls.indices.randomElement(using: &generator) else { continue }
                    guard let wasCarriedOut = calls[call].wasCarriedOut else { continue }
                    let change = calls.remove(at: call).change
                    if wasCarriedOut { book.succeed(change, version: 1) } else { book.fail(change) }
                }
                #expect(book.free.contains(truth.free))
                #expect(book.onHand.contains(truth.free + truth.reserved))
                #expect(book.reserved.contains(truth.reserved))
            }
            for call in calls {
                if call.wasCarriedOut ?? truth.carryOut(call.change) {
                    book.succeed(call.change, version: 1)
                } else {
                    book.fail(call.change)
                }
            }
            #expect(book.free.least == truth.free && book.free.most == truth.free)
            #expect(book.onHand.least == book.onHand.most && book.reserved.least == book.reserved.most)
        }
    }

    @Test("more than there is cannot be given away without the book noticing")
    func oversold() {
        var book = ItemBook(onHand: 3, reserved: 0)
        for _ in 0..<3 { book.begin(.reserve(1)) }
        for _ in 0..<3 { book.succeed(.reserve(1), version: 1) }
        #expect(book.free.most == 0)
        book.begin(.reserve(1))
        #expect(book.free.most == 0)
        book.succeed(.reserve(1), version: 2)
        #expect(book.free.most == -1)
    }

    @Test("the floor of versions is one that was known for the bound, and never lies further behind than twice that")
    func floor() {
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        let bound: UInt64 = 100
        for _ in 0..<200 {
            var floor = VersionFloor()
            var known: [(version: UInt64, at: UInt64)] = [(0, 0)]
            var now: UInt64 = 1_000
            for _ in 0..<200 {
                now += UInt64.random(in: 0...60, using: &generator)
                if Bool.random(using: &generator) {
                    let version = (known.last?.version ?? 0) + UInt64.random(in: 0...2, using: &generator)
                    floor.know(version, now: now, bound: bound)
                    if version > known.last?.version ?? 0 { known.append((version, now)) }
                }
                let found = floor.floor(now: now, bound: bound)
                #expect(found <= known.last { $0.at + bound <= now }?.version ?? 0)
                #expect(found >= known.last { $0.at + 2 * bound <= now }?.version ?? 0)
                #expect(floor.latest == known.last?.version)
            }
        }
    }
}
