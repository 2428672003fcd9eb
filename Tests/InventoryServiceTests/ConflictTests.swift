import InventoryAPI
import InventoryMessages
import RPC
import RPCMessages
import Testing

@testable import InventoryService

@Suite("Writes that lose, over RPC")
struct ConflictTests {
    @Test("the loser is told so, and is listed with what it offered, the newest first and by pages")
    func listed() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            let fields: [InventoryMessages.ContestedField] = [.stock, .reorder]
            _ = try await client.putRules(
                PutRulesRequest(
                    rules: InventoryRules(
                        conflicts: fields.map {
                            ConflictRule(field: $0, policy: .sourcePriority, ranking: [.warehouse, .erp, .channel])
                        }, acceptsUnknownSkus: true)))
            func set(
                _ id: String, _ source: InventoryMessages.Source, _ sku: String, _ units: Int64, threshold: Int64? = nil
            ) async throws -> Effect? {
                let response = try await client.updateStock(
                    UpdateStockRequest(
                        commandID: id, context: CommandContext(source: source), sku: sku,
                        warehouses: [WarehouseStock(locationID: "WHS1", onHand: units)], reorderThreshold: threshold))
                if case .response(let response)? = response.outcomes.first?.outcome { return response.effect }
                return nil
            }
            #expect(try await set("c1", .warehouse, "A", 10, threshold: 5) == .applied)
            #expect(try await set("c2", .warehouse, "B", 1) == .applied)
            #expect(try await set("c3", .channel, "A", 7, threshold: 9) == .superseded)
            #expect(try await set("c4", .erp, "B", 2) == .superseded)
            #expect(try await set("c4", .erp, "B", 2) == .superseded, "a repeat, which adds nothing")
            #expect(try await harness.balance("A").onHand == 10)
            let first = try await client.listConflicts(ListConflictsRequest(pageSize: 2))
            #expect(first.conflicts.map(\.commandID) == ["c4", "c3"])
            let rest = try await client.listConflicts(
                ListConflictsRequest(pageSize: 2, pageToken: first.nextPageToken))
            #expect(rest.conflicts.map(\.commandID) == ["c3"])
            #expect(rest.nextPageToken.isEmpty)
            let lost = try await client.listConflicts(ListConflictsRequest(sku: "A")).conflicts
            #expect(lost.map(\.field) == ["stock", "reorder"])
            #expect(lost.map(\.offered) == [7, 9])
            #expect(lost.map(\.kept) == [10, 5])
            #expect(lost.map(\.loser) == [.channel, .channel])
            #expect(lost.map(\.winner) == [.warehouse, .warehouse])
            let times = lost.compactMap(\.occurredAt)
            #expect(
                try await client.listConflicts(ListConflictsRequest(until: times.first)).conflicts.isEmpty)
            await #expect(throws: RPCError.self) {
                try await client.listConflicts(ListConflictsRequest(sku: "A", pageToken: first.nextPageToken))
            }
        }
    }

    @Test("who built on an old version, and what another source replaced, is listed as well")
    func otherRules() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            _ = try await client.putRules(
                PutRulesRequest(
                    rules: InventoryRules(
                        conflicts: [ConflictRule(field: .stock, policy: .expectedVersion)], acceptsUnknownSkus: true)))
            func set(_ id: String, _ source: InventoryMessages.Source, _ update: UpdateStockRequest) async throws {
                var update = update
                (update.commandID, update.context, update.sku) = (id, CommandContext(source: source), "A")
                _ = try await client.updateStock(update)
            }
            func stock(_ units: Int64, _ version: UInt64) -> UpdateStockRequest {
                UpdateStockRequest(
                    expectedVersion: version, warehouses: [WarehouseStock(locationID: "WHS1", onHand: units)])
            }
            try await set("c1", .erp, stock(10, 0))
            let error = await #expect(throws: RPCError.self) { try await set("c2", .channel, stock(12, 0)) }
            #expect(error?.problem?.type == "version-conflict")
            try await set("c3", .erp, UpdateStockRequest(reorderThreshold: 5))
            try await set("c4", .user, UpdateStockRequest(reorderThreshold: 6))
            let lost = try await client.listConflicts(ListConflictsRequest()).conflicts
            #expect(lost.map(\.commandID) == ["c4", "c2"])
            #expect(lost.map(\.field) == ["reorder", "stock"])
            #expect(lost.map(\.offered) == [5, 12] && lost.map(\.kept) == [6, 10])
            #expect(lost.map(\.loser) == [.erp, .channel] && lost.map(\.winner) == [.user, .erp])
            #expect(try await harness.eventTypes()["inventory.update.superseded"] == 2)
            try await harness.expectSoundLedger()
        }
    }
}
