import Buckets
import CatalogMessages
import ChannelMessages
import Events
import Postgres
import PricingMessages
import ProtobufC
import Testing
import WellKnownMessages

@testable import ChannelService

@Suite struct MarkEffectTests {
    private static func event(
        _ type: String, _ subject: String, of brand: PostgresUUID, _ payload: [UInt8] = []
    )
        -> RecordedEvent
    {
        RecordedEvent(
            sequence: 1,
            event: Event(
                id: SyncHarness.newID(), brand: brand, bucket: brand.bucket(of: subject), type: type, subject: subject,
                occurredAt: PostgresTimestamp(microseconds: 0), payload: payload))
    }

    /// Another brand that lists the same SKU, on a connection of the same name that is sent nothing but stock.
    private static func addOther(_ harness: SyncHarness, listing sku: String) async throws -> PostgresUUID {
        let brand = SyncHarness.newID()
        _ = try await harness.pool.query(
            PostgresStatement(
                """
                insert into connection (brand_id, connection_id, notification_key, platform, document, status, version)
                values ($1, $2, 'other', 'fake', '', 1, 1)
                """), brand, SyncHarness.connection)
        _ = try await harness.pool.query(
            PostgresStatement(
                """
                insert into listing (bucket, brand_id, connection_id, sku, platform_sku) values ($1, $2, $3, $4, $4)
                """), brand.bucket(of: sku).number, brand, SyncHarness.connection, sku)
        return brand
    }

    @Test("news of prices and products mark the listings of connections that are sent them, and no other brand's")
    func marks() async throws {
        try await SyncHarness.with(Connection(prices: PricePolicy(push: true), pushContent: true)) { harness in
            try await harness.list(["A", "B"], shelf: 0)
            let other = try await Self.addOther(harness, listing: "A")
            let prices = try PricesEffective(skus: ["A"]).encodedBytes()
            try await harness.pool.withTransaction { transaction in
                let effects = MarkEffects(harness.news)
                let commands =
                    try await effects.pricing(
                        [harness.brand, other].map { Self.event("pricing.prices.effective", "A", of: $0, prices) },
                        transaction)
                    + (try await effects.catalog(
                        [harness.brand, other].map { Self.event("catalog.product.changed", "A", of: $0) }, transaction))
                _ = try await transaction.commit(with: commands)
            }
            #expect(try await harness.texts("select kind::text || sku from sync_work order by 1") == ["2A", "3A"])
            let foreign = try await harness.pool.query(
                PostgresStatement("select 1 from sync_work where brand_id = $1"), other)
            #expect(foreign.isEmpty)
        }
    }
}
