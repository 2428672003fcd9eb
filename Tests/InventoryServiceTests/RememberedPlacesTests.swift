import DrivelineTesting
import Events
import InventoryDomain
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import InventoryService

/// Wrong places would harm nobody, as the database compares what stands there: each transaction would only fail and go the
/// long way.
@Suite("What is remembered of the rows that a transaction wrote") struct RememberedPlacesTests {
    private final class Answers: AnswerReceiver {
        private let accepted = Mutex(0)

        var count: Int { self.accepted.withLock { $0 } }

        func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
            let count = answers.count { if case .accepted = $0.answer { true } else { false } }
            self.accepted.withLock { $0 += count }
        }
    }

    private static let skus = (0..<7).map { "S\($0)" }
    private static let locations = ["WHS1", "WHS2"]

    @Test("random batches: items, levels and versions are where the rows are, and nothing goes the long way")
    func places() async throws {
        var random = SeededGenerator(seed: testSeed())
        try await InventoryHarness.with(locations: Self.locations) { harness in
            for sku in Self.skus {
                for location in Self.locations { try await harness.adjust(sku, 100, at: location) }
            }
            let remembered = RememberedItems(byteCount: 1 << 16)
            let transactions = StockTransactions(
                pool: harness.pool, setups: harness.copies[0].engine.setups, remembered: remembered,
                clock: DatabaseClock(),
                news: EventNews(), logger: Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() },
                committed: { _, _ in })
            let answers = Answers()
            var sent = 0
            for round in 0..<12 {
                let batch = try (0..<Int.random(in: 1...9, using: &random)).map { number in
                    try self.adjustment("\(round)-\(number)", harness.brand, answers, number, &random)
                }
                sent += batch.count
                #expect(try await transactions.run(batch, isLocking: false).isEmpty)
                try await self.expectPlaces(remembered, harness, isAll: round > 8)
            }
            #expect(answers.count == sent)
        }
    }

    private final class RoundTrips: PostgresObserver {
        private let made = Mutex(0)

        func requestEnded(nanoseconds: UInt64, error: PostgresError?) { self.made.withLock { $0 += 1 } }
        func connectionAwaited(nanoseconds: UInt64, error: PostgresError?) {}

        func take() -> Int {
            self.made.withLock { made in
                defer { made = 0 }
                return made
            }
        }
    }

    @Test("a transaction on what is remembered takes one round trip, and two where the clock was not read lately")
    func roundTrips() async throws {
        var random = SeededGenerator(seed: testSeed())
        try await InventoryHarness.with(locations: Self.locations) { harness in
            for _ in 0..<2 {
                for sku in Self.skus {
                    for location in Self.locations { try await harness.adjust(sku, 100, at: location) }
                }
            }
            let roundTrips = RoundTrips()
            var configuration = PostgresConfiguration(url: harness.database.url)
            configuration.observer = roundTrips
            let pool = try PostgresPool(configuration, on: harness.pool.reactor)
            let remembered = RememberedItems(byteCount: 1 << 16)
            for round in 0..<3 {
                let transactions = StockTransactions(
                    pool: pool, setups: harness.copies[0].engine.setups, remembered: remembered, clock: DatabaseClock(),
                    news: EventNews(), logger: Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() },
                    committed: { _, _ in })
                for number in 0..<4 {
                    let batch = try Self.skus.indices.map { place in
                        try self.adjustment(
                            "\(round)-\(number)-\(place)", harness.brand, Answers(), place, &random,
                            sku: Self.skus[place])
                    }
                    #expect(try await transactions.run(batch, isLocking: false).isEmpty)
                    #expect(roundTrips.take() == (number == 0 ? 2 : 1))
                }
            }
            await pool.shutDown(graceMilliseconds: 0)
        }
    }

    private func adjustment(
        _ id: String, _ brand: PostgresUUID, _ receiver: Answers, _ place: Int, _ random: inout SeededGenerator,
        sku: String? = nil
    ) throws -> PendingCommand {
        let sku = try SKU(sku ?? Self.skus.randomElement(using: &random) ?? "")
        let location = try LocationID(Self.locations.randomElement(using: &random) ?? "")
        let command = try Command(
            id: try CommandID(id), actor: "test", action: .adjust(Place(sku, location), try UnitDelta(1), .correction))
        return PendingCommand(brand: brand, command: command, traceParent: nil, receiver: receiver, place: place)
    }

    private func expectPlaces(_ remembered: RememberedItems, _ harness: InventoryHarness, isAll: Bool) async throws {
        let keys = try Self.skus.map { Keyed(try SKU($0), of: harness.brand, share: 0) }
        let items = remembered.lend(keys).items
        for (key, item) in zip(keys, items) {
            guard let item else { continue }
            let rows = try await harness.pool.query(Self.rows, key.text)
            var levels: [String: PostgresTupleID] = [:]
            for row in rows {
                let (place, version, location, level) = try row.decode(
                    PostgresTupleID.self, Int64.self, String.self, PostgresTupleID.self)
                #expect(item.place.item == place && item.item.version == version && item.place.version == version)
                levels[location] = level
            }
            #expect(item.place.levels == item.item.levels.map { levels[$0.location.description] })
        }
        #expect(!isAll || items.contains { $0 != nil })
        remembered.giveBack(keys.map(\.stockKey))
    }

    private static let rows = PostgresStatement(
        """
        select i.ctid, i.version, l.location_id, l.ctid from item i
        join level l on l.bucket = i.bucket and l.brand_id = i.brand_id and l.sku = i.sku where i.sku = $1
        """)
}
