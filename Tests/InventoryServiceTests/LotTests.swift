import InventoryAPI
import InventoryMessages
import Logging
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import InventoryService

@Suite("Lots, over RPC")
struct LotTests {
    private static let soon = ProtoTimestamp(seconds: 4_000_000_000)
    private static let later = ProtoTimestamp(seconds: 5_000_000_000)

    private func receive(
        _ harness: InventoryHarness, _ sku: String, _ quantity: Int64, lot: String, expires: ProtoTimestamp?
    ) async throws {
        _ = try await harness.client.receiveStock(
            ReceiveStockRequest(
                commandID: InventoryHarness.newID(), sku: sku, locationID: "WHS1", quantity: quantity,
                lot: LotReference(lotID: lot, expiresAt: expires)))
    }

    @Test("what expires first is reserved first, shown in the allocation, the plan and the movements")
    func firstExpiredFirstOut() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            try await self.receive(harness, "A", 3, lot: "LATE", expires: Self.later)
            try await self.receive(harness, "A", 2, lot: "SOON", expires: Self.soon)
            try await harness.adjust("A", 4)
            let plan = try await client.planReservation(
                PlanReservationRequest(lines: [ReservationLine(sku: "A", quantity: 4)]))
            #expect(plan.allocations.map(\.lotID) == ["SOON", "LATE"])
            let held = try await harness.reserve("A", 6, reservation: "r1")
            #expect(held.reservation?.allocations.map(\.lotID) == ["SOON", "LATE", ""])
            #expect(held.reservation?.allocations.map(\.quantity) == [2, 3, 1])
            try await harness.expectSoundLedger()
            let part = ReservationPortion(sku: "A", quantity: 3)
            _ = try await client.commitReservation(
                CommitReservationRequest(commandID: "c1", reservationID: "r1", portions: [part]))
            let lots = try await client.listLots(ListLotsRequest(sku: "A"))
            #expect(lots.lots.map(\.lotID) == ["LATE"])
            #expect(lots.lots.map(\.onHand) == [2])
            #expect(lots.lots.map(\.reserved) == [2])
            _ = try await client.releaseReservation(ReleaseReservationRequest(commandID: "c2", reservationID: "r1"))
            #expect(try await harness.balance("A") == .init(available: 6))
            let movements = try await client.listMovements(ListMovementsRequest(sku: "A")).movements
            #expect(movements.filter { $0.reason == "commit" }.map(\.lotID) == ["LATE", "SOON"])
            try await harness.expectSoundLedger()
        }
    }

    @Test("an expired lot is set aside by the sweeper, and an item whose lots are gone is as if it never had any")
    func expiry() async throws {
        try await InventoryHarness.with { harness in
            let copy = harness.copies[0]
            try await self.receive(harness, "A", 5, lot: "OLD", expires: ProtoTimestamp(seconds: 1_000_000_000))
            let error = await #expect(throws: RPCError.self) { try await harness.reserve("A", 1) }
            #expect(error?.problem?.type == "insufficient-stock")
            let sweeper = LotSweeper(copy.engine, logger: Logger(label: "lots"))
            #expect(try await sweeper.sweep() == 1)
            #expect(try await sweeper.sweep() == 0)
            #expect(try await harness.balance("A") == .init(quarantined: 5))
            try await harness.expectSoundLedger()
            #expect(try await harness.number("select count(*) from item where has_lots") == 1)
            _ = try await harness.client.releaseQuarantine(
                ReleaseQuarantineRequest(
                    commandID: "c1", sku: "A", locationID: "WHS1", quantity: 5, writeOff: true, lotID: "OLD"))
            #expect(try await harness.number("select count(*) from lot") == 0)
            #expect(try await harness.number("select count(*) from item where has_lots") == 0)
            try await harness.expectSoundLedger()
        }
    }

    @Test("lots are listed by expiry, by pages, narrowed to SKU, location or what expires before")
    func lists() async throws {
        try await InventoryHarness.with { harness in
            for number in 0..<5 {
                let expires = number == 0 ? nil : ProtoTimestamp(seconds: 4_000_000_000 + Int64(10 - number))
                try await self.receive(harness, number < 3 ? "A" : "B", 1, lot: "L\(number)", expires: expires)
            }
            func list(_ request: ListLotsRequest) async throws -> [String] {
                var names: [String] = []
                var request = request
                repeat {
                    let page = try await harness.client.listLots(request)
                    names += page.lots.map(\.lotID)
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                return names
            }
            #expect(try await list(.init(pageSize: 2)) == ["L4", "L3", "L2", "L1", "L0"])
            #expect(try await list(.init(sku: "A", pageSize: 1)) == ["L2", "L1", "L0"])
            #expect(try await list(.init(expiresBefore: ProtoTimestamp(seconds: 4_000_000_008))) == ["L4", "L3"])
            #expect(try await list(.init(locationID: "WHS2")) == [])
            let other = try harness.client(of: .init(high: 9, low: 9))
            defer { other.shutDown() }
            #expect(try await InventoryServiceClient(other).listLots(ListLotsRequest()).lots.isEmpty)
        }
    }
}
