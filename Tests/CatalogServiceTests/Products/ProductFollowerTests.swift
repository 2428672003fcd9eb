import CatalogDomain
import CatalogMessages
import Postgres
import RPC
import RPCMessages
import Synchronization
import Testing

@testable import CatalogService

@Suite("What follows from products", .timeLimit(.minutes(5))) struct ProductFollowerTests {
    /// Keeps what it was told, and answers with commands.
    private final class Follower: ProductFollower {
        struct Seen: Equatable {
            var sku: String
            var previous: String?
            var current: String?
        }

        let seen = Mutex<[Seen]>([])
        let command: PostgresCommand

        init(_ statement: PostgresStatement) { self.command = PostgresCommand(statement) }

        func refusal(of product: Product) -> CatalogRefusal? { nil }

        func commands(_ changes: [ProductChange], of brand: PostgresUUID) throws -> [PostgresCommand] {
            self.seen.withLock { seen in
                seen += changes.map { Seen(sku: $0.sku, previous: $0.previous?.name, current: $0.current?.name) }
            }
            return [self.command]
        }
    }

    @Test("a follower gets each product that changed, as it was and as it is, in the same transaction")
    func changes() async throws {
        let follower = Follower(
            PostgresStatement("insert into brand_catalog select max(brand_id::text)::uuid, 1 from product"))
        try await CatalogHarness.with(followers: [follower]) { (harness) async throws in
            try await harness.save(Product(sku: "A", name: "One"))
            try await harness.save(Product(sku: "A", name: "One"))
            #expect(try await harness.number("select count(*) from brand_catalog") == 1)
            try await harness.pool.runScript("delete from brand_catalog")
            try await harness.save(Product(sku: "A", name: "Two"))
            #expect(
                follower.seen.withLock { $0 } == [
                    .init(sku: "A", previous: nil, current: "One"), .init(sku: "A", previous: "One", current: "Two"),
                ])
        }
    }

    @Test("where a follower's rows cannot be written, neither is the product, nor its event")
    func failure() async throws {
        try await CatalogHarness.with(followers: [Follower(PostgresStatement("select 1 / 0"))]) {
            (harness) async throws in
            #expect(try await harness.refusal { try await harness.save(.article) } == "internal")
            #expect(try await harness.number("select count(*) from product") == 0)
            #expect(try await harness.number("select count(*) from part_number") == 0)
            #expect(try await harness.events().isEmpty)
        }
    }
}
