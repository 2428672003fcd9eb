import Events
import Money
import Postgres
import PricingDomain
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing

@testable import PricingService

@Suite struct PriceTransactionTests {
    @Test("Where the event cannot be appended, no price is put; where the price cannot be put, no event is appended")
    func together() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.pool.runScript(
                """
                alter table event_run
                    add constraint none check (position('pricing.prices'::bytea in events) = 0) not valid
                """)
            await #expect(throws: RPCError.self) { try await harness.put([.sample("A", "10")]) }
            let prices = try await harness.number("select count(*) from price")
            #expect(prices == 0)
            try await harness.pool.runScript("alter table event_run drop constraint none")
            try await harness.pool.runScript(
                "alter table price_change add constraint none check (reason = '') not valid")
            await #expect(throws: RPCError.self) { try await harness.put([.sample("A", "10")]) }
            let events = try await harness.events("pricing.prices.changed", as: PricesChanged.self)
            #expect(events.isEmpty)
        }
    }

    @Test(
        "A batch of the most changes goes through at once, and its events have at most 500 changes of one bucket each")
    func largest() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let writes = (0..<PriceWrites.maximumWrites).map { index in
                PriceWrite(
                    PriceIdentity(
                        // Many share a bucket.
                        sku: SKU(unchecked: index < 900 ? "ONE" : "SKU-\(index)"),
                        minimumQuantity: Int64(index + 1), validFrom: .distantPast),
                    .put(Amount(micros: Int64(index)), validTo: .distantFuture))
            }
            let result = try await harness.pool.withTransaction { transaction in
                let origin = PriceWriteOrigin(brand: harness.brand, principal: "tester", reason: "import")
                let result = try await PriceWrites().write(writes, into: "retail", as: origin, in: transaction)
                _ = try await transaction.commit(with: try EventLog.append(result.events))
                return result
            }
            #expect(result.events.count <= PriceWrites.maximumEvents)
            let events = try await harness.events("pricing.prices.changed", as: PricesChanged.self)
            #expect(events.map(\.changes.count).reduce(0, +) == PriceWrites.maximumWrites)
            #expect(events.allSatisfy { $0.changes.count <= PriceBatch.maximumChangesPerEvent })
            for event in events {
                let buckets = Set(event.changes.map { harness.brand.bucket(of: $0.price?.sku ?? "") })
                #expect(buckets.count == 1)
            }
        }
    }

    @Test("One change that is refused fails no other of its batch, and a SKU has at most so many prices in a list")
    func refusedAlone() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let crowd = (1...PriceWrites.maximumPricesPerSKU).map { Price.sample("CROWD", "1", quantity: Int64($0)) }
            try await harness.put(crowd)
            let problem = try await harness.problem {
                try await harness.put([.sample("CROWD", "1", quantity: 5_000), .sample("A", "1")])
            }
            #expect(problem?.type == "too-many")
            #expect(problem?.fields.map(\.field) == ["prices[0].sku"])
            let writes = [
                try PriceWrite(putting: .sample("CROWD", "1", quantity: 5_000)),
                try PriceWrite(putting: .sample("A", "1")),
            ]
            let outcomes = try await harness.pool.withTransaction { transaction in
                let origin = PriceWriteOrigin(brand: harness.brand, principal: "tester")
                return try await PriceWrites().write(writes, into: "retail", as: origin, in: transaction).outcomes
            }
            guard case .refused = outcomes[0], case .created = outcomes[1] else {
                Issue.record("\(outcomes)")
                return
            }
        }
    }
}
