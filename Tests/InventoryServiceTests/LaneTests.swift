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

    private func started<Element>(
        _ lane: inout Lane<Element>, _ claims: inout Claims, mayOverlap: Bool = false
    ) throws -> Lane<Element>.Batch {
        let batch = lane.nextBatch(&claims, mayOverlap: mayOverlap)
        return try #require(batch)
    }

    @Test("a lane takes what came, in its order, as much as a batch holds, and one batch at a time")
    func order() throws {
        var claims = Claims()
        var lane = Lane<Int>(maximumBatch: 3, maximumWaiting: 5)
        for number in 1...5 { lane.enqueued(number, try self.keys(["A"])) }
        #expect(!lane.takes(1))
        let first = try self.started(&lane, &claims)
        #expect(first.elements == [1, 2, 3])
        #expect(lane.nextBatch(&claims) == nil)
        lane.ended(first, &claims)
        let second = try self.started(&lane, &claims)
        #expect(second.elements == [4, 5])
        lane.ended(second, &claims)
        #expect(lane.nextBatch(&claims) == nil && lane.count == 0)
    }

    @Test("what another lane has under way waits, and so does what came behind it for the same SKU")
    func passing() throws {
        var claims = Claims()
        var (first, second) = (
            Lane<String>(maximumBatch: 8, maximumWaiting: 8), Lane<String>(maximumBatch: 8, maximumWaiting: 8)
        )
        first.enqueued("A", try self.keys(["A"]))
        let running = try self.started(&first, &claims)
        second.enqueued("AB", try self.keys(["A", "B"]))
        second.enqueued("BC", try self.keys(["B", "C"]))
        second.enqueued("C", try self.keys(["C"]))
        second.enqueued("D", try self.keys(["D"]))
        let batch = try self.started(&second, &claims)
        #expect(batch.elements == ["D"] && !batch.isContended)
        first.ended(running, &claims)
        second.ended(batch, &claims)
        #expect(second.nextBatch(&claims)?.elements == ["AB", "BC", "C"])
    }

    @Test("a lane that may take nothing looks again when something was given back, and not before")
    func blocked() throws {
        var claims = Claims()
        var (first, second) = (
            Lane<String>(maximumBatch: 8, maximumWaiting: 8), Lane<String>(maximumBatch: 8, maximumWaiting: 8)
        )
        first.enqueued("A", try self.keys(["A"]))
        let running = try self.started(&first, &claims)
        second.enqueued("A again", try self.keys(["A"]))
        for _ in 0..<EngineLimits.maximumPasses * 2 { #expect(second.nextBatch(&claims) == nil) }
        first.ended(running, &claims)
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
            let running = try self.started(&busy, &claims)
            if let batch = other.nextBatch(&claims) {
                #expect(batch.elements == ["AB"] && batch.isContended)
                // Both have it. The one that ends first leaves it to the other.
                busy.ended(running, &claims)
                #expect(!claims.areFree(try self.keys(["A"])))
                other.ended(batch, &claims)
                break
            }
            busy.ended(running, &claims)
            batches += 1
            try #require(batches <= EngineLimits.maximumPasses)
        }
        #expect(claims.areFree(try self.keys(["A", "B"])))
    }

    @Test("a second batch is taken where it may be, once enough wait for it, and a third is not")
    func overlapping() throws {
        var claims = Claims()
        let minimum = EngineLimits.overlapMinimum
        var lane = Lane<Int>(maximumBatch: minimum * 4, maximumWaiting: minimum * 16)
        var number = 0
        func enqueue(_ count: Int) throws {
            for _ in 0..<count {
                number += 1
                lane.enqueued(number, try self.keys(["S\(number)"]))
            }
        }
        try enqueue(minimum * 4)
        let first = try self.started(&lane, &claims)
        // Half as many as the first has.
        try enqueue(minimum * 2 - 1)
        #expect(lane.nextBatch(&claims, mayOverlap: true) == nil)
        try enqueue(1)
        #expect(lane.nextBatch(&claims) == nil)
        let second = try self.started(&lane, &claims, mayOverlap: true)
        #expect(second.elements.count == minimum * 2 && lane.isOverlapping)
        try enqueue(minimum * 8)
        #expect(lane.nextBatch(&claims, mayOverlap: true) == nil)
        lane.ended(first, &claims)
        #expect(!lane.isOverlapping && lane.nextBatch(&claims) == nil)
        #expect(lane.nextBatch(&claims, mayOverlap: true)?.elements.count == minimum * 4)
    }

    @Test("behind a small batch a second one is taken once as many wait as are worth a transaction")
    func overlappingSmall() throws {
        var claims = Claims()
        var lane = Lane<Int>(maximumBatch: 512, maximumWaiting: 512)
        lane.enqueued(0, try self.keys(["S0"]))
        _ = try self.started(&lane, &claims)
        for number in 1..<EngineLimits.overlapMinimum { lane.enqueued(number, try self.keys(["S\(number)"])) }
        #expect(lane.nextBatch(&claims, mayOverlap: true) == nil)
        lane.enqueued(-1, try self.keys(["S0"]))
        // The last waits for the first batch.
        let batch = lane.nextBatch(&claims, mayOverlap: true)
        #expect(batch?.elements == Array(1..<EngineLimits.overlapMinimum) && lane.count == 1)
    }

    @Test("random lanes lose nothing, keep the order of each SKU, and share none but what has waited for long")
    func random() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        // More than so many wait, so that batches overlap.
        let few = EngineLimits.overlapMinimum * 2
        var claims = Claims()
        var lanes = (0..<3).map { _ in Lane<Change>(maximumBatch: 40, maximumWaiting: 1_000) }
        var running = [[Lane<Change>.Batch]](repeating: [], count: 3)
        var taken: [[Change]] = [[], [], []]
        var (number, overlaps) = (0, 0)
        func start(_ lane: Int) {
            guard let batch = lanes[lane].nextBatch(&claims, mayOverlap: true) else { return }
            if !batch.isContended {
                let others = Set(running.joined().lazy.flatMap(\.elements).flatMap(\.skus))
                #expect(others.isDisjoint(with: batch.elements.flatMap(\.skus)), "seed \(seed)")
            }
            if !running[lane].isEmpty { overlaps += 1 }
            running[lane].append(batch)
            taken[lane] += batch.elements
        }
        func end(_ lane: Int) {
            guard let index = running[lane].indices.randomElement(using: &random) else { return }
            lanes[lane].ended(running[lane].remove(at: index), &claims)
        }
        for step in 0..<60_000 {
            let lane = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<50, using: &random) {
            case 0: end(lane)
            case 1: start(lane)
            default:
                guard step < 58_000, lanes[lane].count < few else { break }
                let skus = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    "S\(Int.random(in: 0..<200, using: &random))"
                }
                number += 1
                lanes[lane].enqueued(Change(number: number, skus: skus), try self.keys(skus))
            }
        }
        while lanes.contains(where: { $0.count > 0 }) || running.contains(where: { !$0.isEmpty }) {
            for lane in lanes.indices {
                end(lane)
                start(lane)
            }
        }
        #expect(overlaps > 100, "seed \(seed)")
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
        #expect(claims.areFree(try self.keys((0..<200).map { "S\($0)" })), "seed \(seed)")
    }

    @Test("of reservations made lately it is known what they hold, and the oldest are forgotten")
    func reservations() throws {
        var known = ReservationClaims(capacity: 3)
        for number in 1...10 { known.add(number, try self.keys(["S\(number)"])) }
        for number in 8...10 { #expect(known.keys(of: number) == (try self.keys(["S\(number)"]))) }
        #expect(known.keys(of: 7) == ClaimKeys())
    }
}
