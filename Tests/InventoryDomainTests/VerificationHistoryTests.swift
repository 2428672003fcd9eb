import TestSupport
import Testing

@testable import InventoryDomain

/// Random histories with lots, in which somebody changes rows, movements and reservations between commands.
@Suite("Verifying and mending random histories", .timeLimit(.minutes(30)), .processorBound)
struct VerificationHistoryTests {
    private static let histories: UInt64 = 60
    private static let rounds = 12

    @Test("what agrees is found to; whatever is changed is found, and mended so that no lots are beyond their level")
    func histories() throws {
        let seed = testSeed()
        var (tampered, repaired) = (0, 0)
        for number in 0..<Self.histories {
            var history = TamperedHistory(seed: seed &+ number)
            do {
                for _ in 0..<Self.rounds {
                    try history.work()
                    guard let sku = history.tamper() else { continue }
                    tampered += 1
                    if try history.mend(sku) { repaired += 1 }
                }
            } catch is StockRepair.Impossible {
                // The random numbers are at their limit; nothing more can be said of this history.
            }
        }
        print("\(tampered) times tampered with, \(repaired) repaired")
        #expect(tampered > Int(Self.histories) && repaired > tampered / 2)
    }
}

/// One random history, whose store somebody changes.
private struct TamperedHistory {
    private static let batches = 8
    private static let commandsOfBatch = 8
    private static let microsecondsOfBatch: Int64 = 2_000_000

    private let setting = History(seed: 0)
    private var commands: RandomCommands
    private var random: SeededGenerator
    private var store = TamperedStore()
    private var now: Int64 = 1_000_000_000
    private var repairs = 0
    /// What was done to the SKU at hand.
    private var done: [String] = []
    /// SKUs whose movements contradict each other, and whose numbers agree: no repair settles these.
    private var contradictory: Set<SKU> = []

    init(seed: UInt64) {
        self.commands = RandomCommands(seed: seed)
        self.random = SeededGenerator(seed: ~seed)
    }

    private var skus: [SKU] { RandomCommands.skus.map { sku($0) }.filter { self.store.items[$0] != nil } }

    /// The service goes on: what it writes agrees.
    mutating func work() throws {
        for _ in 0..<Self.batches {
            self.now += Self.microsecondsOfBatch
            let batch = (0..<Self.commandsOfBatch).map { _ in self.commands.next { _ in 1 } }
            var set = try self.setting.load(self.store.fake, batch, Timestamp(microseconds: self.now))
            _ = set.decide(batch)
            self.store.write(set.takeChanges())
        }
        for sku in self.skus {
            let found = self.store.audit(sku).differences.filter {
                !$0.kind.isHistory || !self.contradictory.contains(sku)
            }
            try #require(found == [], "\(sku) after \(self.done)")
            try #require(PlainAgreement(self.store, sku).holds, "\(sku) after \(self.done)")
        }
    }

    /// Somebody changes some SKU; nil: nothing was there to be changed.
    mutating func tamper() -> SKU? {
        self.done = []
        guard let sku = self.skus.randomElement(using: &self.random) else { return nil }
        for _ in 0..<Int.random(in: 1...3, using: &self.random) {
            if let what = self.store.tamper(sku, using: &self.random) { self.done.append(what) }
        }
        return self.done.isEmpty ? nil : sku
    }

    /// Mends a SKU, and expects that it was wrong before, where something is written, and is right now.
    ///
    /// - Returns: Whether anything was written.
    mutating func mend(_ sku: SKU) throws -> Bool {
        let found = self.store.audit(sku).differences.filter { !$0.kind.isHistory }
        try #require(found.isEmpty == PlainAgreement(self.store, sku).holds, "\(self.done): \(found)")
        self.repairs += 1
        let changes = try self.store.repair(sku, number: self.repairs, at: Timestamp(microseconds: self.now))
        try #require((changes == nil) == found.isEmpty, "\(self.done): \(found)")
        if let changes { self.store.write(changes) }
        let left = self.store.audit(sku).differences
        try #require(left.filter { !$0.kind.isHistory } == [], "\(self.done): \(left)")
        try #require(PlainAgreement(self.store, sku).holds, "\(self.done)")
        try #require(left.isEmpty || changes?.movements.isEmpty != false, "\(self.done): \(left)")
        if left.isEmpty { self.contradictory.remove(sku) } else { self.contradictory.insert(sku) }
        try #require(try self.store.repair(sku, number: 0, at: noon) == nil)
        return changes != nil
    }
}
