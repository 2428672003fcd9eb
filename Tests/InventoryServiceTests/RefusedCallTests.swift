import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

/// What callers get wrong: each has a status, a type and the field at fault, and changes nothing.
@Suite("Refused calls, over RPC")
struct RefusedCallTests {
    private static let most: Int64 = 9_007_199_254_740_991

    /// A command, and what is wrong with it.
    private struct Case {
        let command: StockCommand.Command
        let type: String
        let field: String
    }

    private static func adjust(_ sku: String, _ delta: Int64, at location: String = "WHS1") -> StockCommand.Command {
        .adjustStock(AdjustStockRequest(sku: sku, locationID: location, delta: delta, reason: .correction))
    }

    private static func receive(
        _ sku: String, _ units: Int64, at location: String = "WHS1", lot: LotReference? = nil
    ) -> StockCommand.Command {
        .receiveStock(ReceiveStockRequest(sku: sku, locationID: location, quantity: units, lot: lot))
    }

    private static func reserve(
        _ lines: [(sku: String, units: Int64)], at location: String = ""
    ) -> StockCommand.Command {
        .reserve(
            ReserveRequest(
                lines: lines.map { ReservationLine(sku: $0.sku, quantity: $0.units, locationID: location) }))
    }

    private static let portion = [ReservationPortion(sku: "A", quantity: 9)]

    /// There are 10 of A at WHS1, of which r1 holds 4; KIT is one; OFF is not active.
    private static let cases: [Case] = [
        Case(command: adjust("A", 0), type: "field-invalid", field: "delta"),
        Case(command: adjust("A", most + 1), type: "field-invalid", field: "delta"),
        Case(command: adjust("A", -7), type: "below-reserved", field: "delta"),
        Case(command: adjust("A", most), type: "quantity-out-of-range", field: "delta"),
        Case(command: adjust("", 1), type: "field-invalid", field: "sku"),
        Case(command: adjust(String(repeating: "x", count: 65), 1), type: "field-invalid", field: "sku"),
        Case(command: adjust("a\nb", 1), type: "field-invalid", field: "sku"),
        Case(command: adjust("A", 1, at: "NOWHERE"), type: "unknown-location", field: "locationId"),
        Case(command: adjust("A", 1, at: ""), type: "field-invalid", field: "locationId"),
        Case(command: adjust("NEW", 1), type: "unknown-sku", field: "sku"),
        Case(command: adjust("KIT", 1), type: "is-kit", field: "sku"),
        Case(command: receive("A", 0), type: "field-invalid", field: "quantity"),
        Case(command: receive("A", -1), type: "field-invalid", field: "quantity"),
        Case(command: receive("A", .max), type: "field-invalid", field: "quantity"),
        Case(command: receive("A", most), type: "quantity-out-of-range", field: "quantity"),
        Case(command: receive("A", 1, lot: LotReference()), type: "field-invalid", field: "lot.lotId"),
        Case(
            command: .expectStock(ExpectStockRequest(sku: "A", locationID: "WHS1", delta: -1)),
            type: "insufficient-stock", field: "delta"),
        Case(
            command: .countStock(CountStockRequest(sku: "A", locationID: "WHS1", counted: -1)),
            type: "field-invalid", field: "counted"),
        Case(
            command: .setStock(SetStockRequest(sku: "A", locationID: "WHS1", amount: .onHand(3))),
            type: "field-invalid", field: "expectedVersion"),
        Case(
            command: .setStock(
                SetStockRequest(
                    sku: "A", locationID: "WHS1", amount: .onHand(3), versionExpectation: .anyVersion(true))),
            type: "below-reserved", field: "warehouses[0].onHand"),
        Case(
            command: .setStock(
                SetStockRequest(
                    sku: "A", locationID: "WHS1", amount: .onHand(9), versionExpectation: .expectedVersion(99))),
            type: "version-conflict", field: "expectedVersion"),
        Case(
            command: .transferStock(
                TransferStockRequest(sku: "A", fromLocationID: "WHS1", toLocationID: "WHS1", quantity: 1)),
            type: "same-location", field: "toLocationId"),
        Case(
            command: .transferStock(
                TransferStockRequest(sku: "A", fromLocationID: "WHS1", toLocationID: "WHS2", quantity: 7)),
            type: "insufficient-stock", field: "quantity"),
        Case(
            command: .quarantineStock(
                QuarantineStockRequest(sku: "A", locationID: "WHS1", quantity: 1, lotID: "NONE")),
            type: "unknown-lot", field: "lotId"),
        Case(command: reserve([]), type: "field-invalid", field: "lines"),
        Case(command: reserve([("A", 0)]), type: "field-invalid", field: "lines[0].quantity"),
        Case(command: reserve([("A", 1), ("", 1)]), type: "field-invalid", field: "lines[1].sku"),
        Case(
            command: reserve([("A", 4), ("A", 3)]), type: "insufficient-stock", field: "lines[1].quantity"),
        Case(command: reserve([("A", 1)], at: "NOWHERE"), type: "unknown-location", field: "lines[0].locationId"),
        Case(command: reserve([("A", 1)], at: "OFF"), type: "inactive-location", field: "lines[0].locationId"),
        Case(
            command: reserve([(sku: String, units: Int64)](repeating: ("A", 1), count: 251)), type: "field-invalid",
            field: "lines"),
        Case(
            command: .extendReservation(
                ExtendReservationRequest(reservationID: "r1", holdFor: .init(seconds: 3_601))),
            type: "field-invalid", field: "holdFor"),
        Case(
            command: .confirmReservation(ConfirmReservationRequest(reservationID: "nobody's")),
            type: "unknown-reservation", field: "reservationId"),
        Case(
            command: .commitReservation(CommitReservationRequest(reservationID: "r1", portions: portion)),
            type: "not-held", field: "portions[0].quantity"),
        Case(
            command: .commitReservation(CommitReservationRequest(reservationID: "r0")),
            type: "reservation-expired", field: "reservationId"),
    ]

    private func prepare(_ harness: InventoryHarness) async throws {
        let client = harness.client
        try await harness.putLocation("OFF") { $0.active = false }
        try await harness.adjust("A", 10)
        try await harness.adjust("B", 1)
        try await harness.reserve("A", 1, reservation: "r0")
        try await harness.pool.runScript("update reservation set expires_at = now() - interval '1 s'")
        _ = try await harness.copies[0].sweeper.sweep()
        try await harness.reserve("A", 4, reservation: "r1")
        _ = try await client.putKit(
            PutKitRequest(sku: "KIT", components: [KitComponent(sku: "A", quantity: 2)]))
        _ = try await client.putRules(PutRulesRequest(rules: InventoryRules(acceptsUnknownSkus: false)))
    }

    @Test("in a bulk call each row has its own outcome: the field at fault, and valid rows beside it are carried out")
    func rows() async throws {
        try await InventoryHarness.with { harness in
            try await self.prepare(harness)
            let before = try await harness.number("select count(*) from movement")
            let good = Self.adjust("B", 1)
            let commands = Self.cases.flatMap { [$0.command, good] }
            let response = try await harness.client.changeStock(
                ChangeStockRequest(commandID: "bulk", commands: commands.map { StockCommand(command: $0) }))
            #expect(response.outcomes.count == commands.count)
            for (number, bad) in Self.cases.enumerated() {
                guard case .refusal(let refusal)? = response.outcomes[2 * number].outcome else {
                    Issue.record("\(bad.type) of \(bad.field) was accepted")
                    continue
                }
                #expect(refusal.field == bad.field, "\(bad.command)")
                #expect((refusal.reason == .fieldInvalid) == (bad.type == "field-invalid"), "\(bad.command)")
                #expect(!refusal.message.isEmpty)
                guard case .response? = response.outcomes[2 * number + 1].outcome else {
                    Issue.record("the row behind \(bad.type) of \(bad.field) was refused")
                    continue
                }
            }
            #expect(try await harness.number("select count(*) from movement") == before + Int64(Self.cases.count))
            try await harness.expectSoundLedger()
        }
    }

    @Test("a single call fails with the type and the field")
    func single() async throws {
        try await InventoryHarness.with { harness in
            try await self.prepare(harness)
            for bad in Self.cases {
                let error = await #expect(throws: RPCError.self, "\(bad.command)") {
                    try await self.send(bad.command, harness.client)
                }
                #expect(error?.problem?.type == bad.type, "\(bad.command)")
                #expect(error?.problem?.fields.first?.field == bad.field, "\(bad.command)")
            }
            #expect(try await harness.balance("A") == .init(available: 6, reserved: 4))
            try await harness.expectSoundLedger()
        }
    }

    private func send(_ command: StockCommand.Command, _ client: InventoryServiceClient) async throws {
        var options = CallOptions()
        try options.metadata.append(Metadata.idempotencyKey, InventoryHarness.newID())
        switch command {
        case .setStock(let request): _ = try await client.setStock(request, options: options)
        case .adjustStock(let request): _ = try await client.adjustStock(request, options: options)
        case .expectStock(let request): _ = try await client.expectStock(request, options: options)
        case .receiveStock(let request): _ = try await client.receiveStock(request, options: options)
        case .transferStock(let request): _ = try await client.transferStock(request, options: options)
        case .receiveTransfer(let request): _ = try await client.receiveTransfer(request, options: options)
        case .countStock(let request): _ = try await client.countStock(request, options: options)
        case .quarantineStock(let request): _ = try await client.quarantineStock(request, options: options)
        case .releaseQuarantine(let request): _ = try await client.releaseQuarantine(request, options: options)
        case .reserve(let request): _ = try await client.reserve(request, options: options)
        case .extendReservation(let request): _ = try await client.extendReservation(request, options: options)
        case .confirmReservation(let request): _ = try await client.confirmReservation(request, options: options)
        case .commitReservation(let request): _ = try await client.commitReservation(request, options: options)
        case .releaseReservation(let request): _ = try await client.releaseReservation(request, options: options)
        }
    }

    @Test("calls that are wrong as a whole: too many rows, a location twice, a kit inside itself, another brand's")
    func calls() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            try await harness.adjust("A", 1)
            func expect(_ type: String, _ field: String, _ call: () async throws -> Void) async {
                let error = await #expect(throws: RPCError.self, "\(type)") { try await call() }
                #expect(error?.problem?.type == type)
                #expect(error?.problem?.fields.first?.field == field)
            }
            let row = StockCommand(command: Self.adjust("A", 1))
            await expect("field-invalid", "commands") {
                _ = try await client.changeStock(
                    ChangeStockRequest(
                        commandID: "c1", commands: [StockCommand](repeating: row, count: 10_001)))
            }
            let place = WarehouseStock(locationID: "WHS1", onHand: 1)
            await expect("duplicate-line", "warehouses[1].locationId") {
                _ = try await client.updateStock(
                    UpdateStockRequest(commandID: "c2", sku: "A", warehouses: [place, place]))
            }
            await expect("kit-invalid", "components") {
                _ = try await client.putKit(
                    PutKitRequest(sku: "K", components: [KitComponent(sku: "K", quantity: 1)]))
            }
            _ = try await client.putKit(PutKitRequest(sku: "K", components: [KitComponent(sku: "L", quantity: 1)]))
            await expect("kit-invalid", "components") {
                _ = try await client.putKit(
                    PutKitRequest(sku: "L", components: [KitComponent(sku: "K", quantity: 1)]))
            }
            await expect("idempotency-key-required", "commandId") {
                _ = try await client.adjustStock(
                    AdjustStockRequest(sku: "A", locationID: "WHS1", delta: 1, reason: .found))
            }
            // Another brand's names are free: neither its SKUs nor its command ids are seen.
            try await harness.adjust("A", 1, id: "same")
            let other = try harness.client(of: .init(high: 9, low: 9))
            defer { other.shutDown() }
            await expect("unknown-location", "locationId") {
                _ = try await InventoryServiceClient(other).adjustStock(
                    AdjustStockRequest(commandID: "same", sku: "A", locationID: "WHS1", delta: 1, reason: .found))
            }
            try await harness.expectSoundLedger()
        }
    }
}
