import InventoryAPI
import InventoryMessages
import Leasing
import Postgres
import Testing
import WellKnownMessages

@testable import InventoryService

/// Feeds, those who put locations and the sweep of stale ones lock locations and announcements of kits, all in one order.
@Suite("What is told of locations, and in which order it is locked") struct LocationNewsTests {
    private static func withStaleLocations(_ body: (InventoryHarness, Lease) async throws -> Void) async throws {
        try await InventoryHarness.with(locations: ["A", "B"]) { harness in
            for location in ["A", "B"] {
                try await harness.putLocation(location) {
                    $0.staleAfter = ProtoDuration(seconds: 60)
                    $0.staleRule = .hide
                }
            }
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "KIT", components: [KitComponent(sku: "PAD", quantity: 1)]))
            try await harness.pool.runScript(
                "update location set fed_at = now() - interval '60 s'; delete from kit_announcement")
            let leases = Leases(harness.pool, holder: PostgresUUID(high: 1, low: 2))
            try await body(harness, try #require(try await leases.acquire("feeds", milliseconds: 600_000)))
        }
    }

    @Test("the sweep of stale locations leaves those that others have locked for the next one")
    func lockedMeanwhile() async throws {
        try await Self.withStaleLocations { harness, lease in
            try await harness.pool.withTransaction { transaction in
                let lock = PostgresStatement("select from location where location_id = 'A' for update")
                _ = try await transaction.query(lock)
                #expect(try await StaleNotices.sweep(harness.pool, lease: lease) == 1)
            }
            #expect(try await StaleNotices.sweep(harness.pool, lease: lease) == 1)
            #expect(try await StaleNotices.sweep(harness.pool, lease: lease) == 0)
            #expect(try await harness.eventTypes()["inventory.location.stale"] == 2)
        }
    }

    @Test("kits are announced behind the locks of all locations")
    func kitsLast() async throws {
        try await Self.withStaleLocations { harness, _ in
            try await harness.pool.runScript("update location set version = version + 1, is_active = false")
            try await harness.pool.withTransaction { transaction in
                let counting = PostgresStatement("select count(*) from kit_announcement")
                func announced() async throws -> Int64? {
                    try await transaction.query(counting).first?.decode(Int64.self)
                }
                var news = try await LocationNotices.news(of: harness.brand, in: transaction)
                #expect(news.events.count == 2 && news.brandsSellingOtherwise == [harness.brand])
                let stale = try await StaleNotices.news(of: harness.brand, in: transaction)
                #expect(stale.events.count == 2 && stale.brandsSellingOtherwise == [harness.brand])
                news.add(stale)
                #expect(try await announced() == 0)
                _ = try await transaction.execute(try news.commands())
                #expect(try await announced() == 1)
            }
        }
    }
}
