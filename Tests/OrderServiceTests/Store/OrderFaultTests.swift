import DrivelineTesting
import LocalServers
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import TestSupport
import Testing

@testable import OrderService

@Suite("Orders whose connections are cut", .timeLimit(.minutes(10)))
struct OrderFaultTests {
    /// Commits whose answers are lost.
    private static let losses = 12
    /// The bytes of a transaction's answers, about: how far behind its first one the connection is cut.
    private static let answerBytes = 2_400

    /// Does something until it is answered.
    ///
    /// - Returns: The answer, and whether one was lost before.
    private func answer<Answer>(_ call: () async throws -> Answer) async throws -> (Answer, Bool) {
        var isLost = false
        while true {
            do {
                return (try await call(), isLost)
            } catch let error as PostgresError where error.retry != .never {
                isLost = true
            }
        }
    }

    @Test("an order or command whose answer is lost is carried out once, and answered when it is sent again")
    func lostAnswers() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await OrderHarness.with { harness in
            try await harness.withSecond(through: proxy) { second in
                let first = try await second.record("first").order
                try await second.note(first, "prepared")
                var (round, lost, aim) = (0, 0, 0)
                while lost < Self.losses, round < 400 {
                    proxy.cut(afterBytes: aim, .toClient)
                    let (recorded, wasCut) = try await self.answer {
                        try await second.record("A-\(round)", command: "c-\(round)")
                    }
                    if !wasCut { proxy.cut(afterBytes: aim, .toClient) }
                    let (noted, wasCutAgain) = try await self.answer {
                        try await second.note(recorded.order, "note", command: "n-1")
                    }
                    #expect(noted.order.version == 2)
                    #expect(try await harness.log(of: noted.order).map(\.kind) == [.placed, .amended])
                    if wasCut || wasCutAgain { lost += 1 }
                    // Byte by byte, or so, through those that lose one, and quickly past the others.
                    aim = (aim + (wasCut || wasCutAgain ? 7 : 61)) % Self.answerBytes
                    round += 1
                }
                #expect(lost == Self.losses, "in \(round) rounds")
                #expect(try await harness.number("select count(*) from sales_order") == Int64(round) + 1)
                #expect(try await harness.number("select count(*) from event") == Int64(round) * 2 + 2)
            }
            try await harness.expectSound()
        }
    }

    @Test("a command that is committed while its answer is lost is known when it is sent again")
    func lostCommit() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await OrderHarness.with { harness in
            try await harness.withSecond(through: proxy) { second in
                let order = try await second.record("A-1").order
                try await second.note(order, "prepared")
                // All answers before that of the commit pass: the commit waits for the lock that is held here, and the cut
                // takes the answer of whatever comes behind.
                try await harness.pool.withTransaction { transaction in
                    _ = try await transaction.query(OrderFaultStatements.lockBuckets)
                    async let lost = self.answer { try await second.note(order, "lost", command: "n-1") }
                    try await harness.pool.untilWaiting()
                    proxy.cutAtNextAnswer()
                    _ = try await transaction.commit()
                    let (answer, wasCut) = try await lost
                    #expect(wasCut && answer.isRepeated && answer.order.note == "lost" && answer.order.version == 3)
                }
                #expect(try await harness.log(of: order).count == 3)
            }
            try await harness.expectSound()
        }
    }

    @Test("random orders and commands of two processes over connections that are cut leave sound orders")
    func randomCuts() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        let seed = testSeed("OrderFaultTests.randomCuts")
        try await OrderHarness.with { harness in
            try await harness.withSecond(through: proxy) { second in
                await withTaskGroup(of: Void.self) { group in
                    for caller in 0..<8 {
                        group.addTask {
                            var random = SeededGenerator(seed: seed &+ UInt64(caller))
                            let store = caller < 6 ? second : harness
                            for step in 0..<20 {
                                let number = Int.random(in: 0..<30, using: &random)
                                for _ in 0..<2 {
                                    guard let order = try? await store.record("A-\(number)").order else { continue }
                                    _ = try? await store.note(order, "\(step)", command: "n-\(caller)-\(step)")
                                }
                            }
                        }
                    }
                    group.addTask {
                        for _ in 0..<8 {
                            try? await Task.sleep(for: .milliseconds(60))
                            proxy.cut()
                        }
                    }
                }
            }
            try await harness.expectSound()
        }
    }
}

private enum OrderFaultStatements {
    /// Keeps all from appending events.
    static let lockBuckets = PostgresStatement("select bucket from event_bucket order by bucket for update")
}

extension OrderHarness {
    /// Expects that rows, logs and events of all orders say the same.
    func expectSound() async throws {
        let gaps = try await self.number(
            """
            select count(*) from sales_order o where o.entries <> (
                select count(*) from order_entry e where e.order_id = o.order_id)
                or o.entries <> (select max(number) from order_entry e where e.order_id = o.order_id)
            """)
        #expect(gaps == 0)
        #expect(
            try await self.number(
                """
                select count(*) from order_entry e where not exists (
                    select 1 from sales_order o where o.order_id = e.order_id)
                """) == 0)
        #expect(
            try await self.number(
                """
                select count(*) from order_key k where not exists (
                    select 1 from sales_order o where o.order_id = k.order_id)
                """) == 0)
        let rows = try await self.pool.query(
            PostgresStatement("select order_id::text, version, status, document from sales_order"))
        var told: [String: [UInt64]] = [:]
        for event in try await self.events() {
            let payload = try OrderChanged(decoding: event.payload)
            told[event.subject, default: []].append(payload.order?.version ?? 0)
        }
        for row in rows {
            let (id, version, status, document) = try row.decode(
                String.self, Int64.self, Int16.self, [UInt8].self)
            let order = try Order(decoding: document)
            #expect(order.id == id && order.version == UInt64(version) && Int16(order.status.rawValue) == status)
            // Events come in the order of versions, and the last tells the present one.
            #expect(told[id]?.sorted() == told[id] && told[id]?.last == order.version)
        }
    }
}
