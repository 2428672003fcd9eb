import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Reservations, over RPC")
struct ReservationTests {
    @Test("held, extended, confirmed, shipped: each answer shows the reservation, and a repeat the same")
    func life() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            try await harness.adjust("A", 10)
            let held = try await client.reserve(
                ReserveRequest(
                    commandID: "c1", context: CommandContext(reference: "order-7"), reservationID: "r1",
                    lines: [ReservationLine(sku: "A", quantity: 4)], holdFor: ProtoDuration(seconds: 60)))
            let reservation = try #require(held.reservation)
            #expect(reservation.state == .held && reservation.allocations.map(\.quantity) == [4])
            #expect(held.explanation.count == 1)
            let extended = try await client.extendReservation(
                ExtendReservationRequest(commandID: "c2", reservationID: "r1", holdFor: ProtoDuration(seconds: 600)))
            let before = try #require(reservation.expiresAt?.seconds)
            #expect(try #require(extended.reservation?.expiresAt?.seconds) > before)
            let confirmed = try await client.confirmReservation(
                ConfirmReservationRequest(commandID: "c3", reservationID: "r1"))
            #expect(confirmed.reservation?.state == .confirmed && confirmed.reservation?.expiresAt == nil)
            _ = try await client.commitReservation(CommitReservationRequest(commandID: "c4", reservationID: "r1"))
            var again = try await client.reserve(
                ReserveRequest(
                    commandID: "c1", context: CommandContext(reference: "order-7"), reservationID: "r1",
                    lines: [ReservationLine(sku: "A", quantity: 4)], holdFor: ProtoDuration(seconds: 60)))
            #expect(again.repeatedAnswer)
            again.repeatedAnswer = false
            #expect(again == held)
            let shown = try await client.getReservation(GetReservationRequest(reservationID: "r1"))
            #expect(shown.state == .committed && shown.version == 4 && shown.reference == "order-7")
            #expect(try await harness.balance("A") == .init(available: 6))
            try await harness.expectSoundLedger()
        }
    }

    @Test("an order ships in parcels and loses a unit, and its reservation tells what became of each")
    func portions() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            try await harness.adjust("A", 10)
            try await harness.reserve("A", 5, reservation: "r1")
            _ = try await client.confirmReservation(ConfirmReservationRequest(commandID: "c1", reservationID: "r1"))
            func portion(_ units: Int64) -> [ReservationPortion] { [ReservationPortion(sku: "A", quantity: units)] }
            let first = try await client.commitReservation(
                CommitReservationRequest(commandID: "c2", reservationID: "r1", portions: portion(2)))
            #expect(first.reservation?.state == .confirmed)
            let again = try await client.commitReservation(
                CommitReservationRequest(commandID: "c2", reservationID: "r1", portions: portion(2)))
            #expect(again.repeatedAnswer)
            _ = try await client.releaseReservation(
                ReleaseReservationRequest(commandID: "c3", reservationID: "r1", portions: portion(1)))
            let error = await #expect(throws: RPCError.self) {
                try await client.commitReservation(
                    CommitReservationRequest(commandID: "c4", reservationID: "r1", portions: portion(3)))
            }
            #expect(error?.problem?.type == "not-held")
            #expect(error?.problem?.fields.map(\.field) == ["portions[0].quantity"])
            #expect(try await harness.balance("A") == .init(available: 6, reserved: 2))
            try await harness.expectSoundLedger()
            _ = try await client.commitReservation(CommitReservationRequest(commandID: "c5", reservationID: "r1"))
            let shown = try await client.getReservation(GetReservationRequest(reservationID: "r1"))
            #expect(shown.state == .committed)
            #expect(shown.allocations.map(\.committed) == [4])
            #expect(shown.allocations.map(\.released) == [1])
            #expect(try await harness.balance("A") == .init(available: 6))
            try await harness.expectSoundLedger()
        }
    }

    @Test("what is released before it is made is refused when it comes; another brand's is not known")
    func lateReserve() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 10)
            _ = try await harness.client.releaseReservation(
                ReleaseReservationRequest(commandID: "cancel", reservationID: "r1"))
            let error = await #expect(throws: RPCError.self) { try await harness.reserve("A", 1, reservation: "r1") }
            #expect(error?.problem?.type == "reservation-released")
            try await harness.reserve("A", 2, reservation: "r2")
            let other = try harness.client(of: .init(high: 9, low: 9))
            defer { other.shutDown() }
            let foreign = await #expect(throws: RPCError.self) {
                try await InventoryServiceClient(other).commitReservation(
                    CommitReservationRequest(commandID: "c", reservationID: "r2"))
            }
            #expect(foreign?.code == .notFound)
            await #expect(throws: RPCError.self) {
                try await InventoryServiceClient(other).getReservation(GetReservationRequest(reservationID: "r2"))
            }
            _ = try await harness.client.releaseReservation(
                ReleaseReservationRequest(commandID: "cancel2", reservationID: "r2"))
            #expect(try await harness.balance("A") == .init(available: 10))
            try await harness.expectSoundLedger()
        }
    }

    @Test("expired ones cannot be shipped, and the sweeper gives their units back once")
    func expiry() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", 10)
            for number in 0..<5 { try await harness.reserve("A", 1, reservation: "r\(number)") }
            try await harness.pool.runScript("update reservation set expires_at = now() - interval '1 s'")
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.commitReservation(
                    CommitReservationRequest(commandID: "c", reservationID: "r0"))
            }
            #expect(error?.problem?.type == "reservation-expired")
            async let one = harness.copies[0].sweeper.sweep()
            async let other = harness.copies[1].sweeper.sweep()
            _ = try await (one, other)
            #expect(try await harness.copies[0].sweeper.sweep() == 0)
            #expect(try await harness.balance("A") == .init(available: 10))
            #expect(try await harness.number("select count(*) from reservation where state = 5") == 5)
            try await harness.expectSoundLedger()
        }
    }

    @Test("shipping against expiry in the same moment: exactly one wins")
    func shippingAgainstExpiry() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            let count = 200
            try await harness.adjust("A", Int64(count))
            for number in 0..<count { try await harness.reserve("A", 1, reservation: "r\(number)") }
            // They expire one after the other while they are shipped.
            try await harness.pool.runScript(
                """
                update reservation set expires_at = clock_timestamp() + substring(reservation_id from 2)::integer
                    * interval '2 ms'
                """)
            let shipped = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<count {
                    group.addTask {
                        do {
                            _ = try await InventoryServiceClient(harness.copies[0].client).commitReservation(
                                CommitReservationRequest(commandID: "c\(number)", reservationID: "r\(number)"))
                            return true
                        } catch let error as RPCError where error.problem?.type == "reservation-expired" {
                            return false
                        }
                    }
                    group.addTask {
                        _ = try await harness.copies[1].sweeper.sweep()
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try await harness.sweepAll()
            #expect(try await harness.number("select count(*) from reservation where state = 4") == 0)
            #expect(
                try await harness.number("select count(*) from reservation where state = 3") == Int64(shipped))
            #expect(try await harness.balance("A") == .init(available: Int64(count - shipped)))
            try await harness.expectSoundLedger()
        }
    }

    @Test("lists go by pages, the newest first, narrowed to state, SKU or reference")
    func lists() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 100)
            try await harness.adjust("B", 100)
            for number in 0..<5 { try await harness.reserve(number < 2 ? "A" : "B", 1, reservation: "r\(number)") }
            _ = try await harness.client.reserve(
                ReserveRequest(
                    commandID: "r5", context: CommandContext(reference: "order"),
                    lines: [ReservationLine(sku: "A", quantity: 1)]))
            _ = try await harness.client.confirmReservation(
                ConfirmReservationRequest(commandID: "confirm", reservationID: "r1"))
            func list(_ request: ListReservationsRequest) async throws -> [String] {
                var ids: [String] = []
                var request = request
                repeat {
                    let page = try await harness.client.listReservations(request)
                    ids += page.reservations.map(\.reservationID)
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                return ids
            }
            #expect(try await list(.init(pageSize: 2)) == ["r5", "r4", "r3", "r2", "r1", "r0"])
            #expect(try await list(.init(sku: "A")) == ["r5", "r1", "r0"])
            #expect(try await list(.init(state: .confirmed)) == ["r1"])
            #expect(try await list(.init(reference: "order", pageSize: 1)) == ["r5"])
            await #expect(throws: RPCError.self) { try await list(.init(pageToken: "no token")) }
        }
    }

    @Test("a kit is reserved by its components, all or nothing, from the moment it is one")
    func kits() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("PAD", 5)
            try await harness.adjust("DISC", 10)
            await #expect(throws: RPCError.self) { try await harness.reserve("SET", 1, copy: 1) }
            _ = try await harness.client.putKit(
                PutKitRequest(
                    sku: "SET",
                    components: [KitComponent(sku: "PAD", quantity: 2), KitComponent(sku: "DISC", quantity: 2)]))
            // The other copy's idea of what is set up is old: it finds out under its locks.
            let held = try await harness.reserve("SET", 2, copy: 1)
            #expect(held.reservation?.allocations.map(\.quantity) == [4, 4])
            let error = await #expect(throws: RPCError.self) { try await harness.reserve("SET", 1) }
            #expect(error?.problem?.type == "insufficient-stock")
            #expect(try await harness.balance("DISC") == .init(available: 6, reserved: 4))
            try await harness.expectSoundLedger()
        }
    }
}
