import InventoryDomain
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("Lanes that leave to each other what is under way") struct LaneTests {
    private struct Change: Hashable {
        let number: Int
        let skus: [String]
    }

    private static let brand = PostgresUUID(high: 1, low: 2)

    private func keys(_ skus: [String]) throws -> ClaimKeys {
        var keys = ClaimKeys()
        for sku in skus {
            let command = try Command(
                id: try CommandID("c"), actor: "a",
                action: .expect(Place(try SKU(sku), try LocationID("W")), try UnitDelta(1)))
            keys.add(ClaimKeys(of: command, Self.brand))
        }
        return keys
    }

    @Test("a lane takes what came, in its order, as much as a batch holds, and one batch at a time")
    func order() throws {
        var claims = Claims()
        var lane = Lane<Int>(maximumBatch: 3, maximumWaiting: 5)
        for number in 1...5 { lane.enqueued(number, try self.keys(["A"])) }
        #expect(!lane.takes(1))
        #expect(lane.nextBatch(&claims)?.elements == [1, 2, 3])
        #expect(lane.nextBatch(&claims) == nil)
        lane.batchEnded(&claims)
        #expect(lane.nextBatch(&claims)?.elements == [4, 5])
        lane.batchEnded(&claims)
        #expect(lane.nextBatch(&claims) == nil && lane.count == 0)
    }

    @Test("what another lane has under way waits, and so does what came behind it for the same SKU")
    func passing() throws {
        var claims = Claims()
        var (first, second) = (
            Lane<String>(maximumBatch: 8, maximumWaiting: 8), Lane<String>(maximumBatch: 8, maximumWaiting: 8)
        )
        first.enqueued("A", try self.keys(["A"]))
        _ = first.nextBatch(&claims)
        second.enqueued("AB", try self.keys(["A", "B"]))
        second.enqueued("BC", try self.keys(["B", "C"]))
        second.enqueued("C", try self.keys(["C"]))
        second.enqueued("D", try self.keys(["D"]))
        let batch = second.nextBatch(&claims)
        #expect(batch?.elements == ["D"] && batch?.isContended == false)
        first.batchEnded(&claims)
        second.batchEnded(&claims)
        #expect(second.nextBatch(&claims)?.elements == ["AB", "BC", "C"])
    }

    @Test("a lane that may take nothing looks again when something was given back, and not before")
    func blocked() throws {
        var claims = Claims()
        var (first, second) = (
            Lane<String>(maximumBatch: 8, maximumWaiting: 8), Lane<String>(maximumBatch: 8, maximumWaiting: 8)
        )
        first.enqueued("A", try self.keys(["A"]))
        _ = first.nextBatch(&claims)
        second.enqueued("A again", try self.keys(["A"]))
        for _ in 0..<EngineLimits.maximumPasses * 2 { #expect(second.nextBatch(&claims) == nil) }
        first.batchEnded(&claims)
        let batch = second.nextBatch(&claims)
        #expect(batch?.elements == ["A again"] && batch?.isContended == false)
    }

    @Test("what is passed over again and again is taken in the end")
    func patience() throws {
        var claims = Claims()
        var (busy, other) = (
            Lane<Int>(maximumBatch: 1, maximumWaiting: 8), Lane<String>(maximumBatch: 8, maximumWaiting: 8)
        )
        other.enqueued("AB", try self.keys(["A", "B"]))
        var batches = 0
        while true {
            busy.enqueued(batches, try self.keys(["A"]))
            _ = busy.nextBatch(&claims)
            if let batch = other.nextBatch(&claims) {
                #expect(batch.elements == ["AB"] && batch.isContended)
                break
            }
            busy.batchEnded(&claims)
            batches += 1
            try #require(batches <= EngineLimits.maximumPasses)
        }
        // Both have it. The one that ends first leaves it to the other.
        busy.batchEnded(&claims)
        #expect(!claims.areFree(try self.keys(["A"])))
        other.batchEnded(&claims)
        #expect(claims.areFree(try self.keys(["A", "B"])))
    }

    @Test("random lanes lose nothing, keep the order of each SKU, and share none but what has waited for long")
    func random() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        var claims = Claims()
        var lanes = (0..<3).map { _ in Lane<Change>(maximumBatch: 4, maximumWaiting: 1_000) }
        var running = [[Change]?](repeating: nil, count: 3)
        var taken: [[Change]] = [[], [], []]
        var number = 0
        for step in 0..<30_000 {
            let lane = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where step < 29_000 && lanes[lane].takes(1):
                let skus = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    "S\(Int.random(in: 0..<20, using: &random))"
                }
                number += 1
                lanes[lane].enqueued(Change(number: number, skus: skus), try self.keys(skus))
            case 1 where running[lane] != nil:
                running[lane] = nil
                lanes[lane].batchEnded(&claims)
            default:
                guard let batch = lanes[lane].nextBatch(&claims) else { break }
                if !batch.isContended {
                    let others = Set(running.compactMap { $0 }.joined().flatMap(\.skus))
                    #expect(others.isDisjoint(with: batch.elements.flatMap(\.skus)), "seed \(seed)")
                }
                running[lane] = batch.elements
                taken[lane] += batch.elements
            }
        }
        while lanes.contains(where: { $0.count > 0 }) || running.contains(where: { $0 != nil }) {
            for lane in lanes.indices {
                if running[lane] != nil { lanes[lane].batchEnded(&claims) }
                running[lane] = lanes[lane].nextBatch(&claims)?.elements
                taken[lane] += running[lane] ?? []
            }
        }
        #expect(taken.joined().count == number, "seed \(seed)")
        for (lane, changes) in taken.enumerated() {
            var last: [String: Int] = [:]
            for change in changes {
                for sku in change.skus {
                    #expect(last[sku, default: 0] <= change.number, "lane \(lane), seed \(seed)")
                    last[sku] = change.number
                }
            }
        }
        #expect(claims.areFree(try self.keys((0..<20).map { "S\($0)" })), "seed \(seed)")
    }

    @Test("of reservations made lately it is known what they hold, and the oldest are forgotten")
    func reservations() throws {
        var known = ReservationClaims(capacity: 3)
        for number in 1...10 { known.add(number, try self.keys(["S\(number)"])) }
        for number in 8...10 { #expect(known.keys(of: number) == (try self.keys(["S\(number)"]))) }
        #expect(known.keys(of: 7) == ClaimKeys())
    }
}
