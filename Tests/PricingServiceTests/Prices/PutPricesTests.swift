import DrivelineTesting
import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PutPricesTests {
    @Test("Prices are made, changed, left and removed, and each is told of in its transaction")
    func outcomes() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample(scope: PriceScope(channel: "amazon")))
            let made = try await harness.put([.sample("A", "10"), .sample("A", "9.5", quantity: 10)])
            #expect(made.map(\.result) == [.created, .created])
            #expect(made.map { $0.price?.minimumQuantity } == [1, 10])
            let changed = try await harness.put([.sample("A", "11"), .sample("A", "9.50", quantity: 10)])
            #expect(changed.map(\.result) == [.changed, .unchanged])
            #expect(changed.map(\.previousAmount) == ["10.00", "9.50"])
            let removed = try await harness.delete([PriceKey(sku: "A"), PriceKey(sku: "B")])
            #expect(removed.map(\.result) == [.removed, .absent])
            let events = try await harness.events("pricing.prices.changed", as: PricesChanged.self)
            #expect(events.flatMap(\.changes).map { $0.price?.amount } == ["10.00", "9.50", "11.00", "11.00"])
            #expect(events.flatMap(\.changes).map(\.previousAmount) == ["", "", "10.00", ""])
            #expect(events.flatMap(\.changes).map(\.removed) == [false, false, false, true])
            #expect(
                events.allSatisfy { $0.scope?.channel == "amazon" && $0.currency == "USD" && $0.listID == "retail" })
        }
    }

    @Test(
        "A price that cannot be is refused with its place and field, and none of the others is put",
        arguments: [
            ("-1", "prices[1].amount", "invalid-amount"), ("1.1234567", "prices[1].amount", "invalid-amount"),
            ("9000000000", "prices[1].amount", "invalid-amount"), ("dates", "prices[1].validTo", "dates-inverted"),
            ("twice", "prices[1].sku", "duplicate-entry"), ("sku", "prices[1].sku", "invalid-value"),
        ])
    func refused(fault: String, field: String, type: String) async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let bad: Price =
                switch fault {
                case "dates": .sample("B", "1", from: 2_000, to: 2_000)
                case "twice": .sample("A", "2")
                case "sku": .sample(" B", "1")
                default: .sample("B", fault)
                }
            let problem = try await harness.problem { try await harness.put([.sample("A", "1"), bad]) }
            #expect(problem?.type == type)
            #expect(problem?.fields.map(\.field) == [field])
            #expect(fault != "twice" || problem?.fields.first?.reason.contains("prices[0]") == true)
            let rows = try await harness.number("select count(*) from price")
            #expect(rows == 0)
            let events = try await harness.events("pricing.prices.changed", as: PricesChanged.self)
            #expect(events.isEmpty)
        }
    }

    @Test("The same command is carried out once and answered the same; its id with other prices is refused")
    func idempotency() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let first = try await harness.put([.sample("A", "10")], id: "once")
            try await harness.put([.sample("A", "11")])
            let again = try await harness.put([.sample("A", "10")], id: "once")
            #expect(again == first)
            let entries = try await harness.entries()
            #expect(entries.map(\.amount) == ["11.00"])
            let other = try await harness.problem { try await harness.put([.sample("A", "12")], id: "once") }
            #expect(other?.type == "command-id-reused")
            let missing = try await harness.problem { try await harness.put([.sample("A", "12")], id: "") }
            #expect(missing?.fields.map(\.field) == ["commandId"])
        }
    }

    @Test("A dry run says what would be, and changes nothing")
    func dryRun() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let outcomes = try await harness.put([.sample("A", "10")], dryRun: true)
            #expect(outcomes.map(\.result) == [.created])
            let rows = try await harness.number(
                """
                select (select count(*) from price) + (select count(*) from price_change)
                    + (select count(*) from idempotency_key) + (select count(*) from event where type like '%prices%')
                """)
            #expect(rows == 0)
        }
    }

    @Test("In a list of monotone tiers a greater quantity never costs more, also after a price is removed")
    func monotone() async throws {
        try await PricingHarness.withLists { harness in
            var list = PriceList.sample()
            list.monotoneTiers = true
            try await harness.put(list)
            try await harness.put([.sample("A", "10"), .sample("A", "9", quantity: 10)])
            let higher = try await harness.problem { try await harness.put([.sample("A", "8")]) }
            #expect(higher?.type == "tiers-not-monotone")
            #expect(higher?.fields.first?.field == "prices[0].amount")
            // From 2,000 to 3,000 both are lower; without the first's exception the second's would be higher.
            try await harness.put([
                .sample("A", "7", quantity: 10, from: 2_000, to: 3_000), .sample("A", "8", from: 2_000, to: 3_000),
            ])
            let removal = try await harness.problem {
                try await harness.delete([
                    PriceKey(sku: "A", minimumQuantity: 10, validFrom: ProtoTimestamp(seconds: 2_000))
                ])
            }
            #expect(removal?.type == "tiers-not-monotone")
        }
    }

    @Test("Tiers that would not be monotone together are not put at once: one of both is refused")
    func monotoneAtOnce() async throws {
        try await PricingHarness.withLists { harness in
            var list = PriceList.sample()
            list.monotoneTiers = true
            try await harness.put(list)
            let refused = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<24 {
                    for price in [Price.sample("SKU-\(index)", "5"), .sample("SKU-\(index)", "6", quantity: 10)] {
                        group.addTask { try await harness.problem { try await harness.put([price]) }?.type ?? "" }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refused.filter { $0 == "tiers-not-monotone" }.count == 24)
            let entries = try await harness.entries()
            #expect(Set(entries.map(\.sku)).count == 24)
            #expect(entries.count == 24)
        }
    }

    @Test("Who puts a tier waits for the one who puts another, and is refused by what that one has put")
    func monotoneInTurn() async throws {
        try await PricingHarness.withLists { harness in
            var list = PriceList.sample()
            list.monotoneTiers = true
            try await harness.put(list)
            let answer = Answer()
            try await withThrowingTaskGroup(of: String?.self) { group in
                try await harness.pool.withTransaction { transaction in
                    let first = [try PriceWrite(putting: .sample("A", "5"))]
                    let origin = PriceWriteOrigin(brand: harness.brand, principal: "first")
                    _ = try await PriceWrites().write(first, into: "retail", as: origin, in: transaction)
                    group.addTask {
                        defer { answer.isThere.store(true, ordering: .releasing) }
                        return try await harness.problem { try await harness.put([.sample("A", "6", quantity: 10)]) }?
                            .type
                    }
                    try await until {
                        let waiting = try await harness.number(
                            """
                            select count(*) from pg_stat_activity
                            where datname = current_database() and wait_event_type = 'Lock'
                            """)
                        return waiting > 0 || answer.isThere.load(ordering: .acquiring)
                    }
                }
                let type = try await group.next()
                #expect(type == "tiers-not-monotone")
            }
        }
    }

    @Test("Writers of one key take turns: the last one's price stands, and the history has those of all others")
    func sameKey() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let count = 32
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 1...count {
                    group.addTask {
                        try await harness.put([.sample("A", "\(index)"), .sample("B\(index % 4)", "\(index)")])
                    }
                }
                try await group.waitForAll()
            }
            let history = try await harness.history(of: "A")
            #expect(Set(history.map(\.amount)) == Set((1...count).map { "\($0).00" }))
            #expect(history.filter { $0.replacedAt == nil }.count == 1)
            // Each stood until the next was recorded.
            for (later, earlier) in zip(history, history.dropFirst()) {
                #expect(earlier.replacedAt == later.recordedAt)
            }
            let told = try await harness.events("pricing.prices.changed", as: PricesChanged.self)
                .flatMap(\.changes).filter { $0.price?.sku == "A" }
            #expect(told.map { $0.price?.amount } == history.reversed().map(\.amount))
            #expect(told.dropFirst().map(\.previousAmount) == told.dropLast().map { $0.price?.amount ?? "" })
        }
    }

    @Test("A list that is removed takes no price, whoever puts one at the same time")
    func removalAtOnce() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        _ = try await harness.problem { try await harness.put([.sample("A", "\(index)")]) }
                    }
                }
                group.addTask {
                    _ = try await harness.lists.deletePriceList(DeletePriceListRequest(listID: "retail"))
                }
                try await group.waitForAll()
            }
            let late = try await harness.number(
                """
                select count(*) from price p where p.recorded_at > (
                    select max(h.recorded_at) from price_book_history h where h.is_removed)
                """)
            #expect(late == 0)
        }
    }

    @Test("Prices of costs are shown to those who may write prices only")
    func costs() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample("cost", type: .cost))
            try await harness.put(.sample())
            try await harness.put([.sample("A", "4")], into: "cost")
            try await harness.put([.sample("A", "10")])
            let reader = try harness.client(scopes: "pricing:read")
            defer { reader.shutDown() }
            let lists = PriceListServiceClient(reader)
            let entries = try await harness.problem {
                _ = try await lists.listEntries(ListEntriesRequest(listID: "cost"))
            }
            #expect(entries?.type == "scope-missing")
            let history = try await lists.listPriceHistory(ListPriceHistoryRequest(sku: "A"))
            #expect(history.prices.map(\.amount) == ["10.00"])
            let own = try await harness.history(of: "A")
            #expect(own.map(\.amount) == ["10.00", "4.00"])
        }
    }

    @Test("Entries and history come by pages, without a gap and without one twice")
    func pages() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put((0..<40).map { .sample("SKU-\($0 / 4)", "1", quantity: Int64($0 % 4 + 1)) })
            for amount in 2...12 { try await harness.put([.sample("SKU-1", "\(amount)")]) }
            var (entries, token): ([Price], String) = ([], "")
            repeat {
                let page = try await harness.lists.listEntries(
                    ListEntriesRequest(listID: "retail", skuPrefix: "SKU-", pageSize: 7, pageToken: token))
                entries += page.prices
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(entries.count == 40)
            #expect(entries == entries.sorted { ($0.sku, $0.minimumQuantity) < ($1.sku, $1.minimumQuantity) })
            var history: [Price] = []
            repeat {
                let page = try await harness.lists.listPriceHistory(
                    ListPriceHistoryRequest(sku: "SKU-1", pageSize: 4, pageToken: token))
                history += page.prices
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(history.count == 4 + 11)
            #expect(history.first?.recordedBy == "tester")
            #expect(history.first?.reason == "because")
            let none = try await harness.lists.listEntries(ListEntriesRequest(listID: "retail", skuPrefix: "SKU-11"))
            #expect(none.prices.isEmpty)
        }
    }
}

/// Whether a call was answered.
private final class Answer: Sendable {
    let isThere = Atomic(false)
}
