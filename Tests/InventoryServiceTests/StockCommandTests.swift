import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import Wire

@testable import InventoryService

@Suite("Commands on stock, over RPC")
struct StockCommandTests {
    @Test("each command moves the units that it says, and leaves a sound ledger")
    func commands() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            let context = CommandContext(source: .warehouse, reference: "PO-1")
            let set = try await client.setStock(
                SetStockRequest(
                    commandID: "set", context: context, sku: "A", locationID: "WHS1", amount: .onHand(100),
                    versionExpectation: .anyVersion(true)))
            #expect(set.commandID == "set" && set.effect == .applied && set.items.map(\.version) == [1])
            try await harness.adjust("A", -10, id: "adjust")
            _ = try await client.expectStock(
                ExpectStockRequest(commandID: "expect", sku: "A", locationID: "WHS1", delta: 30))
            _ = try await client.receiveStock(
                ReceiveStockRequest(commandID: "receive", sku: "A", locationID: "WHS1", quantity: 20))
            _ = try await client.transferStock(
                TransferStockRequest(
                    commandID: "transfer", sku: "A", fromLocationID: "WHS1", toLocationID: "WHS2", quantity: 50))
            _ = try await client.receiveTransfer(
                ReceiveTransferRequest(commandID: "arrived", sku: "A", locationID: "WHS2", quantity: 45, lost: 5))
            let counted = try await client.countStock(
                CountStockRequest(commandID: "count", sku: "A", locationID: "WHS1", counted: 58))
            #expect(counted.variance == -2 && set.variance == nil)
            _ = try await client.quarantineStock(
                QuarantineStockRequest(commandID: "aside", sku: "A", locationID: "WHS1", quantity: 8))
            _ = try await client.releaseQuarantine(
                ReleaseQuarantineRequest(commandID: "back", sku: "A", locationID: "WHS1", quantity: 3))
            let last = try await client.releaseQuarantine(
                ReleaseQuarantineRequest(
                    commandID: "gone", sku: "A", locationID: "WHS1", quantity: 1, writeOff: true))
            #expect(last.items.map(\.version) == [10])
            let first = try await harness.balance("A")
            #expect(first.onHand == 53 && first.quarantined == 4 && first.incoming == 10)
            let second = try await harness.balance("A", at: "WHS2")
            #expect(second.onHand == 45 && second.inTransit == 0)
            #expect(try await harness.eventTypes() == ["inventory.stock.changed": 10])
            try await harness.expectSoundLedger()
        }
    }

    @Test("a repeat gives the first answer and changes nothing; the id with other content is refused")
    func repeats() async throws {
        try await InventoryHarness.with { harness in
            let first = try await harness.adjust("A", 5, id: "once")
            try await harness.adjust("A", 1)
            var again = try await harness.adjust("A", 5, id: "once")
            #expect(again.repeatedAnswer)
            again.repeatedAnswer = false
            #expect(again == first)
            #expect(try await harness.balance("A").available == 6)
            let error = await #expect(throws: RPCError.self) { try await harness.adjust("A", 6, id: "once") }
            #expect(error?.code == .invalidArgument && error?.problem?.type == "command-id-reused")
            // Another brand's command of the same id is another command.
            let other = try harness.client(of: .init(high: 1, low: 2))
            defer { other.shutDown() }
            _ = try await InventoryServiceClient(other).putLocation(
                PutLocationRequest(locationID: "WHS1", location: Location(active: true)))
            let theirs = try await InventoryServiceClient(other).adjustStock(
                AdjustStockRequest(
                    commandID: "once", sku: "A", locationID: "WHS1", delta: 7, reason: .correction))
            #expect(!theirs.repeatedAnswer)
            #expect(try await harness.balance("A").available == 6)
            try await harness.expectSoundLedger()
        }
    }

    @Test("the id may stand in the metadata; without any, the call fails")
    func idInMetadata() async throws {
        try await InventoryHarness.with { harness in
            let request = AdjustStockRequest(sku: "A", locationID: "WHS1", delta: 4, reason: .found)
            let error = await #expect(throws: RPCError.self) { try await harness.client.adjustStock(request) }
            #expect(error?.problem?.reason == .idempotencyKeyRequired)
            var options = CallOptions()
            try options.metadata.append(Metadata.idempotencyKey, "from-a-header")
            for round in 0..<2 {
                let answer = try await harness.client.adjustStock(request, options: options)
                #expect(answer.commandID == "from-a-header" && answer.repeatedAnswer == (round == 1))
            }
            #expect(try await harness.balance("A").available == 4)
        }
    }

    @Test(
        "a refusal says what and where, and leaves nothing",
        arguments: [
            ("A", "WHS1", -1, StatusCode.failedPrecondition, "below-reserved", "delta"),
            ("A", "NOWHERE", 1, .invalidArgument, "unknown-location", "locationId"),
            (" A", "WHS1", 1, .invalidArgument, "field-invalid", "sku"),
            ("A", "WHS1", 9_007_199_254_740_991, .ok, "", ""),
        ] as [(String, String, Int64, StatusCode, String, String)])
    func refusals(
        _ sku: String, _ location: String, _ delta: Int64, _ code: StatusCode, _ type: String, _ field: String
    ) async throws {
        try await InventoryHarness.with { harness in
            guard code != .ok else {
                try await harness.adjust(sku, delta, at: location)
                let error = await #expect(throws: RPCError.self) { try await harness.adjust(sku, 1, at: location) }
                #expect(error?.problem?.type == "quantity-out-of-range")
                return
            }
            let error = await #expect(throws: RPCError.self) {
                try await harness.adjust(sku, delta, at: location, id: "refused")
            }
            #expect(error?.code == code && error?.problem?.type == type)
            #expect(error?.problem?.fields.first?.field == field)
            #expect(try await harness.number("select count(*) from command_record") == 0)
            #expect(try await harness.number("select count(*) from item") == 0)
            // It left nothing, so that its id may be used.
            try await harness.adjust("A", 1, id: "refused")
        }
    }

    @Test("a version that is not the expected one is refused, with the one that there is")
    func versions() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 5)
            let request = SetStockRequest(
                commandID: "set", sku: "A", locationID: "WHS1", amount: .stockAvailable(9),
                versionExpectation: .expectedVersion(7))
            let error = await #expect(throws: RPCError.self) { try await harness.client.setStock(request) }
            #expect(error?.code == .aborted && error?.problem?.version == 1)
            var right = request
            right.versionExpectation = .expectedVersion(1)
            #expect(try await harness.client.setStock(right).items.first?.version == 2)
        }
    }
}
