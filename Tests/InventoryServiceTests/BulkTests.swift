import InventoryAPI
import InventoryMessages
import RPC
import RPCMessages
import Testing
import Wire

@testable import InventoryService

@Suite("Calls of many commands")
struct BulkTests {
    @Test("each row has its own outcome, and a repeat of the call gives the same")
    func rows() async throws {
        try await InventoryHarness.with { harness in
            let adjust = { (sku: String, delta: Int64) in
                StockCommand(
                    command: .adjustStock(
                        AdjustStockRequest(sku: sku, locationID: "WHS1", delta: delta, reason: .correction)))
            }
            let request = ChangeStockRequest(
                commandID: "call",
                commands: [
                    adjust("A", 5), adjust("A", -9), adjust(" B", 1), StockCommand(), adjust("B", 2),
                    StockCommand(
                        command: .reserve(
                            ReserveRequest(
                                commandID: "own", lines: [ReservationLine(sku: "A", quantity: 5)]))),
                ])
            let first = try await harness.client.changeStock(request).outcomes
            #expect(first.map(\.row) == [0, 1, 2, 3, 4, 5])
            let reasons = first.map { outcome -> String in
                switch outcome.outcome {
                case .response(let response): response.commandID
                case .refusal(let refusal): "\(refusal.reason)"
                case nil: "nothing"
                }
            }
            #expect(reasons == ["call.0", "belowReserved", "fieldInvalid", "fieldInvalid", "call.4", "own"])
            let again = try await harness.client.changeStock(request).outcomes
            for row in [0, 4, 5] {
                guard case .response(let response)? = again[row].outcome else {
                    Issue.record("row \(row): \(again[row])")
                    continue
                }
                #expect(response.repeatedAnswer)
            }
            #expect(try await harness.balance("A") == .init(available: 0, reserved: 5))
            #expect(try await harness.balance("B") == .init(available: 2))
            try await harness.expectSoundLedger()
        }
    }

    @Test("ten thousand rows go through in pieces, beside single commands")
    func manyRows() async throws {
        try await InventoryHarness.with { harness in
            let documents = (0..<10_000).map { number in
                StockDocument(
                    sku: "SKU-\(number % 5_000)",
                    warehouses: [WarehouseStock(locationID: "WHS\(number / 5_000 + 1)", onHand: 7)], dropShip: true,
                    reorderThreshold: 3)
            }
            async let bulk = harness.client.updateStock(UpdateStockRequest(commandID: "bulk", documents: documents))
            for _ in 0..<20 { try await harness.adjust("OTHER", 1) }
            let outcomes = try await bulk.outcomes
            #expect(outcomes.count == 10_000)
            for outcome in outcomes {
                guard case .response? = outcome.outcome else {
                    Issue.record("\(outcome)")
                    break
                }
            }
            #expect(try await harness.number("select count(*) from level where available = 7") == 10_000)
            #expect(
                try await harness.number(
                    "select count(*) from item where is_drop_ship and reorder_threshold = 3 and total_available = 14")
                    == 5_000)
            try await harness.expectSoundLedger()
        }
    }

    @Test("a single document in fields of its own sets stock and settings, or fails the call")
    func oneDocument() async throws {
        try await InventoryHarness.with { harness in
            let request = UpdateStockRequest(
                commandID: "one", sku: "ABC1234",
                warehouses: [
                    WarehouseStock(locationID: "WHS1", stockAvailable: 100),
                    WarehouseStock(locationID: "WHS2", stockAvailable: 50),
                ], dropShip: true, reorderThreshold: 20,
                channelBuffers: [ChannelBuffer(channel: "a \"quoted\\ one", quantity: 4)])
            let outcomes = try await harness.client.updateStock(request).outcomes
            #expect(outcomes.count == 1)
            #expect(
                try await harness.number(
                    """
                    select count(*) from item where total_available = 150 and reorder_threshold = 20 and is_drop_ship
                        and channels = array['a "quoted\\ one'] and channel_buffers = array[4::bigint]
                    """) == 1)
            var bad = request
            bad.commandID = "two"
            bad.warehouses[1].onHand = 3
            let error = await #expect(throws: RPCError.self) { try await harness.client.updateStock(bad) }
            #expect(error?.problem?.fields.first?.field == "warehouses[1].stockAvailable")
            try await harness.expectSoundLedger()
        }
    }

    @Test("the threshold's event comes once each time that a SKU falls below it")
    func threshold() async throws {
        try await InventoryHarness.with { harness in
            _ = try await harness.client.updateStock(
                UpdateStockRequest(
                    commandID: "one", sku: "A", warehouses: [WarehouseStock(locationID: "WHS1", onHand: 30)],
                    reorderThreshold: 20))
            for _ in 0..<4 { try await harness.adjust("A", -5) }
            #expect(try await harness.eventTypes()["inventory.threshold.crossed"] == 1)
            #expect(try await harness.number("select count(*) from item where is_below_threshold") == 1)
        }
    }
}
