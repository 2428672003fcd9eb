import Events
import Postgres
import PricingDomain
import PricingMessages
import ProtobufC
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PriceBookTests {
    @Test("Each transaction of a book has the next revision, and the book is known as it was at each of them")
    func knownAt() async throws {
        try await PricingHarness.with { harness in
            let first = try await harness.change(.settings(PricingSettings(marginPolicy: .hold)))
            let second = try await harness.change(.settings(PricingSettings(marginPolicy: .refuse)))
            #expect(first.revision == 1)
            #expect(second.revision == 2)
            #expect(first.now < second.now)
            let before = PostgresTimestamp(microseconds: first.now.microseconds - 1)
            let between = PostgresTimestamp(microseconds: second.now.microseconds - 1)
            let unknown = try await PriceBookRows.known(at: before, of: harness.brand, in: harness.pool)
            #expect(unknown.settings == PricingSettings())
            #expect(unknown.revision == 0)
            let known = try await PriceBookRows.known(at: between, of: harness.brand, in: harness.pool)
            #expect(known.settings == PricingSettings(marginPolicy: .hold, version: 1))
            #expect(known.revision == 1)
        }
    }

    @Test("A change that is rolled back leaves the revision, the history and the log as they were")
    func rollBack() async throws {
        struct Abandoned: Error {}
        try await PricingHarness.with { harness in
            await #expect(throws: Abandoned.self) {
                try await harness.pool.withTransaction { transaction in
                    let book = try await PriceBookWrites.lock(harness.brand, in: transaction)
                    let change = PriceBookChange(.kit(PriceKit(sku: "KIT-1")))
                    let record = try PriceBookWrites.record([change], in: book, by: "tester")
                    _ = try await transaction.execute(
                        record.commands
                            + EventLog.append(
                                record.events.recorded(of: harness.brand, at: book.now, traceParent: nil)))
                    throw Abandoned()
                }
            }
            let rows = try await harness.number(
                "select (select count(*) from price_book) + (select count(*) from price_book_history)")
            #expect(rows == 0)
            let events = try await harness.events()
            #expect(events.isEmpty)
        }
    }

    @Test("Changes of one book wait for each other, and none loses its revision")
    func concurrent() async throws {
        try await PricingHarness.with { harness in
            let revisions = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<16 { group.addTask { try await harness.change(.kit(PriceKit(sku: "KIT-1"))).revision } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(revisions.sorted() == Array(1...16))
        }
    }

    @Test("A rule's dates in the future are noted, those of the past are not")
    func due() async throws {
        try await PricingHarness.with { harness in
            try await harness.change(
                .rule(
                    PriceRule(
                        ruleID: "sale", validFrom: ProtoTimestamp(seconds: 1_000_000),
                        validTo: ProtoTimestamp(seconds: 40_000_000_000))))
            #expect(try await harness.number("select count(*) from price_due where kind = 3") == 1)
            #expect(try await harness.number("select count(*) from price_due where due_at < now()") == 0)
        }
    }

    @Test("A document that goes into no event is refused")
    func tooLarge() async throws {
        try await PricingHarness.with { harness in
            let sku = String(repeating: "S", count: 64)
            let rule = PriceRule(
                ruleID: "sale", products: ProductSelection(skus: Array(repeating: sku, count: 5_000)))
            let refusal = await #expect(throws: PricingRefusal.self) {
                try await harness.change(.rule(rule))
            }
            #expect(refusal?.reason == .invalidValue)
            let revision = try await harness.number("select count(*) from price_book")
            #expect(revision == 0)
        }
    }
}

extension PricingHarness {
    /// Changes the book in a transaction of its own, but not the present tables.
    @discardableResult
    func change(_ subject: PriceBookChange.Subject, isRemoved: Bool = false) async throws -> LockedPriceBook {
        try await self.pool.withTransaction { transaction in
            let book = try await PriceBookWrites.lock(self.brand, in: transaction)
            let record = try PriceBookWrites.record(
                [PriceBookChange(subject, isRemoved: isRemoved)], in: book, by: "tester")
            let events = try record.events.recorded(of: self.brand, at: book.now, traceParent: nil)
            _ = try await transaction.commit(with: record.commands + EventLog.append(events))
            return book
        }
    }
}
