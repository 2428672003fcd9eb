import CatalogMessages
import Events
import InventoryAPI
import InventoryMessages
import Logging
import Postgres
import ProtobufC
import RPC
import Testing
import Wire

@testable import InventoryService

@Suite("Kits that catalog tells of", .timeLimit(.minutes(5)))
struct CatalogKitTests {
    /// What catalog tells of a product: made of parts, or of none.
    private func changed(
        _ sku: String, _ parts: [(String, UInt32)], of harness: InventoryHarness,
        type: String = "catalog.product.changed"
    ) throws -> RecordedEvent {
        let product = ProductChanged(
            sku: sku, version: 1,
            kitComponents: parts.map { CatalogMessages.KitComponent(partNumber: $0.0, quantity: $0.1) })
        let id = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        return RecordedEvent(
            sequence: 1,
            event: Event(
                id: id, brand: harness.brand, bucket: harness.brand.bucket(of: sku), type: type, subject: sku,
                occurredAt: PostgresTimestamp(microseconds: 0), payload: try product.encodedBytes()))
    }

    private func apply(_ events: [RecordedEvent], to harness: InventoryHarness) async throws {
        let kits = CatalogKits(logger: Logger(label: "kits") { _ in SwiftLogNoOpLogHandler() })
        try await harness.pool.withTransaction { transaction in
            _ = try await transaction.commit(with: try await kits.apply(events, in: transaction))
        }
    }

    private func kit(_ sku: String, of harness: InventoryHarness) async throws -> InventoryMessages.Kit? {
        do {
            return try await harness.client.getKit(GetKitRequest(sku: sku))
        } catch  where error.code == .notFound {
            return nil
        }
    }

    private func components(_ sku: String, of harness: InventoryHarness) async throws -> [String: Int64] {
        let kit = try await self.kit(sku, of: harness)
        return Dictionary(uniqueKeysWithValues: kit?.components.map { ($0.sku, $0.quantity) } ?? [])
    }

    @Test("a product with components is a kit that can be reserved, and one without is none any more")
    func lifetime() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("PAD", 4)
            try await harness.adjust("DISC", 9)
            // The same part twice, as for left and right, counts twice.
            try await self.apply(
                [try self.changed("SET", [("PAD", 1), ("DISC", 1), ("PAD", 1)], of: harness)], to: harness)
            #expect(try await self.components("SET", of: harness) == ["PAD": 2, "DISC": 1])
            let listed = try await harness.client.listKits(ListKitsRequest())
            #expect(listed.kits.map(\.available) == [2] && listed.kits.map(\.limitingSku) == ["PAD"])
            try await self.apply([try self.changed("SET", [("PAD", 4)], of: harness)], to: harness)
            #expect(try await self.components("SET", of: harness) == ["PAD": 4])
            try await self.apply([try self.changed("SET", [], of: harness)], to: harness)
            #expect(try await self.kit("SET", of: harness) == nil)
            try await self.apply([try self.changed("SET", [("DISC", 1)], of: harness)], to: harness)
            try await self.apply(
                [try self.changed("SET", [], of: harness, type: "catalog.product.deleted")], to: harness)
            #expect(try await self.kit("SET", of: harness) == nil)
            let types = try await harness.eventTypes()
            #expect(types["inventory.kit.changed"] == 3 && types["inventory.kit.deleted"] == 2)
        }
    }

    @Test("an event that comes again changes nothing, and of several of a product the last one counts")
    func again() async throws {
        try await InventoryHarness.with { harness in
            let events = [
                try self.changed("SET", [("PAD", 1)], of: harness), try self.changed("SET", [("DISC", 3)], of: harness),
            ]
            try await self.apply(events, to: harness)
            let before = try #require(try await self.kit("SET", of: harness))
            #expect(before.version == 1 && before.components.map(\.sku) == ["DISC"])
            try await self.apply(events, to: harness)
            #expect(try await self.kit("SET", of: harness)?.version == 1)
        }
    }

    @Test("a kit that was put by a call stays where catalog has a product of its SKU that is no kit")
    func ownKit() async throws {
        try await InventoryHarness.with { harness in
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "SET", components: [InventoryMessages.KitComponent(sku: "PAD", quantity: 2)]))
            try await self.apply([try self.changed("SET", [], of: harness)], to: harness)
            #expect(try await self.components("SET", of: harness) == ["PAD": 2])
            try await self.apply([try self.changed("SET", [("DISC", 1)], of: harness)], to: harness)
            #expect(try await self.components("SET", of: harness) == ["DISC": 1])
            try await self.apply([try self.changed("SET", [], of: harness)], to: harness)
            #expect(try await self.kit("SET", of: harness) == nil)
        }
    }

    @Test("a kit that cannot be resolved stays as it was, and holds up no other")
    func refused() async throws {
        try await InventoryHarness.with { harness in
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "OUTER", components: [InventoryMessages.KitComponent(sku: "SET", quantity: 1)]))
            try await self.apply([try self.changed("SET", [("PAD", 1)], of: harness)], to: harness)
            try await self.apply(
                [
                    try self.changed("SET", [("OUTER", 1)], of: harness),
                    try self.changed("MANY", [("PAD", 10_001)], of: harness),
                    try self.changed("PAIR", [("PAD", 2)], of: harness),
                ], to: harness)
            #expect(try await self.components("SET", of: harness) == ["PAD": 1])
            #expect(try await self.components("PAIR", of: harness) == ["PAD": 2])
        }
    }

    @Test("readers of a SKU with stock of its own learn that it is a kit now")
    func readers() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("SET", 1)
            let before = try await harness.number("select version from item where sku = 'SET'")
            try await self.apply([try self.changed("SET", [("PAD", 1)], of: harness)], to: harness)
            #expect(try await harness.number("select version from item where sku = 'SET'") == before + 1)
            #expect(
                try await harness.number(
                    "select count(*) from event where type = 'inventory.stock.changed' and subject = 'SET'") == 2)
        }
    }
}
