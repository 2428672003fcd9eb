import DrivelineTesting
import Foundation
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
            #expect(try await harness.verify().findings.isEmpty)
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

    @Test("one client cannot hold everything: it is refused beyond its cap, others buy, and what it confirms is free")
    func holdCaps() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 100)
            let rules = InventoryRules(acceptsUnknownSkus: true, heldReservationsCap: 3, heldUnitsCap: 50)
            let stored = try await harness.client.putRules(PutRulesRequest(rules: rules))
            #expect(stored.heldReservationsCap == 3 && stored.heldUnitsCap == 50)
            try await harness.reserve("A", 20, reservation: "r1")
            let units = await #expect(throws: RPCError.self) { try await harness.reserve("A", 31, reservation: "r2") }
            #expect(units?.problem?.type == "too-many-holds")
            #expect(units?.problem?.fields.first?.field == "lines")
            try await harness.reserve("A", 1, reservation: "r3")
            try await harness.reserve("A", 1, reservation: "r4")
            let count = await #expect(throws: RPCError.self) { try await harness.reserve("A", 1, reservation: "r5") }
            #expect(count?.problem?.type == "too-many-holds")
            let other = try harness.copies[0].server.client(
                credential: "\(harness.brand)/another \(InventoryHarness.scopes)")
            defer { other.shutDown() }
            let line = [ReservationLine(sku: "A", quantity: 50)]
            let held = try await InventoryServiceClient(other).reserve(ReserveRequest(commandID: "r6", lines: line))
            #expect(held.effect == .applied)
            _ = try await harness.client.confirmReservation(
                ConfirmReservationRequest(commandID: "c1", reservationID: "r1"))
            try await harness.reserve("A", 28, reservation: "r7")
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

    /// `make soak` runs 10,000 reservations, and each run 200.
    private static let rounds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 4 : 200
    private static let reservationsOfRound = 50
    /// How long the shipping of a round's reservations takes, in milliseconds.
    private static let roundMilliseconds = 20

    @Test("shipping against expiry in the same moment: exactly one wins")
    func shippingAgainstExpiry() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", Int64(Self.rounds * Self.reservationsOfRound))
            var shipped: Set<String> = []
            // How long after the moment for which its shipping is planned a reservation expires: as long as brings about
            // half of them through.
            var microseconds = 5_000
            for round in 0..<Self.rounds {
                let some = try await Self.race(harness, round, expiringIn: microseconds)
                shipped.formUnion(some)
                microseconds =
                    some.count * 2 < Self.reservationsOfRound ? microseconds * 5 / 4 : max(100, microseconds * 4 / 5)
            }
            let all = Self.rounds * Self.reservationsOfRound
            let committed = try await harness.pool.query(Self.committed).first?.decode([String].self) ?? []
            #expect(committed.count == shipped.count && Set(committed) == shipped)
            #expect(
                try await harness.number("select count(*) from reservation where state = 5")
                    == Int64(all - shipped.count))
            #expect(try await harness.balance("A") == .init(available: Int64(all - shipped.count)))
            print("\(shipped.count) of \(all) were shipped, the others had expired")
            try await harness.expectSoundLedger()
        }
    }

    private static let committed = PostgresStatement(
        "select coalesce(array_agg(reservation_id), '{}') from reservation where state = 3")
    private static let expiring = PostgresStatement(
        """
        update reservation
        set expires_at = clock_timestamp()
            + ($1 + split_part(reservation_id, '-', 2)::integer * $2) * interval '1 microsecond'
        where state = 1
        """)

    /// Reservations of which each expires in the moment in which it is shipped, one behind the other, and is swept.
    ///
    /// - Returns: Those of which the caller was told that they were shipped.
    private static func race(
        _ harness: InventoryHarness, _ round: Int, expiringIn microseconds: Int
    ) async throws -> [String] {
        let ids = (0..<Self.reservationsOfRound).map { "r\(round)-\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in ids { group.addTask { try await harness.reserve("A", 1, reservation: id) } }
            try await group.waitForAll()
        }
        _ = try await harness.pool.query(
            Self.expiring, Int32(microseconds),
            Int32(Self.roundMilliseconds * 1_000 / Self.reservationsOfRound))
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: String?.self) { group in
            for (number, id) in ids.enumerated() {
                let moment = start + .microseconds(number * Self.roundMilliseconds * 1_000 / ids.count)
                group.addTask {
                    try await Task.sleep(until: moment, clock: .continuous)
                    do {
                        _ = try await InventoryServiceClient(harness.copies[0].client).commitReservation(
                            CommitReservationRequest(commandID: "c-\(id)", reservationID: id))
                        return id
                    } catch let error as RPCError where error.problem?.type == "reservation-expired" {
                        return nil
                    }
                }
            }
            group.addTask {
                let held = PostgresStatement("select 1 from reservation where state = 1 limit 1")
                while try await !harness.pool.query(held).isEmpty {
                    _ = try await harness.copies[1].sweeper.sweep()
                    try await Task.sleep(for: .milliseconds(1))
                }
                return nil
            }
            return try await group.reduce(into: []) { shipped, id in if let id { shipped.append(id) } }
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
