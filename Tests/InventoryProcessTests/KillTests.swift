import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryDomain
import InventoryMessages
import InventoryService
import LocalServers
import Postgres
import ProcessTestSupport
import RPC
import TestSupport
import Testing

/// `SOAK_TESTS=1` runs three minutes, as `make soak` does.
@Suite("Two copies of the service and PostgreSQL are killed under load", .timeLimit(.minutes(30)), .serialized)
struct KillTests {
    static let seconds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 12 : 180
    static let callers = 16
    static let killPause: Duration = .seconds(2)
    /// What must be acknowledged between two kills: so each hits a system at work.
    static let leastAnswers = 20

    @Test("no acknowledged command is lost, none applied twice, and each repeat gets the first answer")
    func kills() async throws {
        // A kill may tear a page that is being written, which only full pages in the log mend. What a session commits without
        // waiting for its log would be lost by every kill: the service must wait, whatever the server's default.
        let settings = ["full_page_writes": "on", "synchronous_commit": "off", "wal_writer_delay": "10s"]
        try await withPostgres(settings: settings) { server in
            let name = "driveline_inventory"
            try await Self.run("create database \(name)", at: server.url())
            let services = (0..<2).map { _ in
                ServiceProcess(
                    "inventory", databaseURL: server.url(database: name),
                    settings: ["DRIVELINE_CATALOG_ADDRESS": ServiceProcess.nobody])
            }
            func killAll() async { for service in services { await service.kill() } }
            do {
                for service in services { try await service.start() }
                try await Self.load(server, services, databaseURL: server.url(database: name))
                await killAll()
            } catch {
                await killAll()
                throw error
            }
        }
    }

    private static func load(
        _ server: LocalPostgres, _ services: [ServiceProcess], databaseURL: String
    ) async throws {
        let seed = testSeed()
        let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let truth = KillTruth()
        let callers = (0..<Self.callers).map {
            KillCaller(number: $0, brand: "\(brand)", services: services, truth: truth)
        }
        try await Self.setUp(callers[0], services[0])
        var kills = 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in callers {
                group.addTask { try await caller.run(seed: seed) }
            }
            defer { truth.end() }
            let end = ContinuousClock.now + .seconds(Self.seconds)
            while ContinuousClock.now < end {
                let (next, before) = (ContinuousClock.now + Self.killPause, truth.acknowledgedCount)
                try await Task.sleep(until: next, clock: .continuous)
                try await until { truth.acknowledgedCount >= before + Self.leastAnswers }
                if kills % 2 == 0 {
                    let service = services[kills / 2 % services.count]
                    await service.kill()
                    try await service.start()
                } else {
                    try await server.crash()
                }
                kills += 1
            }
            truth.end()
            try await group.waitForAll()
        }
        print(
            "seed \(seed): \(kills) kills, \(truth.acknowledgedCount) commands carried out in \(truth.tries) tries,",
            "\(truth.refusedCount) refused")
        #expect(truth.unexpected == [], "\(services.map(\.log))")
        try await Self.check(truth, callers[0], services[0], databaseURL, brand)
    }

    /// Makes the locations and the kit.
    static func setUp(_ caller: KillCaller, _ service: ServiceProcess) async throws {
        let client = InventoryServiceClient(try #require(service.client))
        let options = CallOptions(
            caller: CallerIdentity(brand: caller.brand, principal: "tester", scopes: ["inventory:admin"]))
        for location in KillCommands.locations {
            _ = try await client.putLocation(
                PutLocationRequest(locationID: location, location: .init(active: true)), options: options)
        }
        let parts = [KitComponent(sku: "SKU-0", quantity: 1), KitComponent(sku: "SKU-1", quantity: 2)]
        _ = try await client.putKit(PutKitRequest(sku: KillCommands.kit, components: parts), options: options)
    }

    private static func check(
        _ truth: KillTruth, _ caller: KillCaller, _ service: ServiceProcess, _ url: String, _ brand: PostgresUUID
    ) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(StockVerification.configuration(url: url), on: reactor)
        // Effects, before anything is sent again.
        let acknowledged = truth.acknowledged
        let records = try await Self.texts("select command_id from command_record", in: pool)
        #expect(records.count == acknowledged.count && Set(records) == Set(acknowledged.map(\.command.id)))
        let movers = try await Self.texts("select distinct command_id from movement", in: pool)
        #expect(Set(movers).subtracting(records).isEmpty)
        let versions = acknowledged.filter { $0.answer.effect == .applied }.flatMap { answer in
            answer.answer.items.map { "\($0.sku) \($0.version)" }
        }
        #expect(Set(versions).count == versions.count, "two commands have made the same version")
        try await Self.checkNumbers(truth, pool)
        #expect(
            try await Self.number(
                "select (select coalesce(sum(version), 0) from item)::bigint - (select count(*) from event where type = 'inventory.stock.changed')",
                in: pool) == 0, "each version has an event")
        try await Self.checkRepeats(acknowledged, caller, service)
        #expect(try await Self.texts("select command_id from command_record", in: pool).count == records.count)
        let summary = try await StockVerification(pool).run(brand: brand) { finding in
            Issue.record("\(finding.sku): \(finding.result.differences)")
        }
        #expect(summary.movements > 0 && summary.differences == 0)
        await pool.shutDown()
    }

    private static func checkNumbers(_ truth: KillTruth, _ pool: PostgresPool) async throws {
        let rows = try await pool.query(
            PostgresStatement(
                "select sku, location_id, available, reserved, quarantined, in_transit, incoming from level"))
        var stored: [KillTruth.Level: KillTruth.Numbers] = [:]
        for row in rows {
            let (sku, location, available, reserved, quarantined, inTransit, incoming) = try row.decode(
                String.self, String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
            stored[KillTruth.Level(sku: sku, location: location)] = KillTruth.Numbers(
                onHand: available + reserved, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
                incoming: incoming)
        }
        let expected = truth.numbers()
        for level in Set(stored.keys).union(expected.keys).sorted() {
            #expect(stored[level] ?? .init() == expected[level] ?? .init(), "\(level)")
        }
    }

    /// Sends everything again.
    private static func checkRepeats(
        _ acknowledged: [KillTruth.Acknowledged], _ caller: KillCaller, _ service: ServiceProcess
    ) async throws {
        let client = InventoryServiceClient(try #require(service.client))
        let different = try await withThrowingTaskGroup(of: Int.self) { group in
            for part in 0..<Self.callers {
                group.addTask {
                    var different = 0
                    for index in stride(from: part, to: acknowledged.count, by: Self.callers) {
                        var answer = try await caller.call(acknowledged[index].command, by: client)
                        let isRepeat = answer.repeatedAnswer
                        answer.repeatedAnswer = false
                        if !isRepeat || answer != acknowledged[index].answer { different += 1 }
                    }
                    return different
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(different == 0, "repeats whose answers are not the first ones")
    }

    private static func texts(_ sql: StaticString, in pool: PostgresPool) async throws -> [String] {
        var texts: [String] = []
        for row in try await pool.query(PostgresStatement(sql)) { texts.append(try row.decode(String.self)) }
        return texts
    }

    static func number(_ sql: StaticString, in pool: PostgresPool) async throws -> Int64? {
        try await pool.query(PostgresStatement(sql)).first?.decode(Int64.self)
    }

    static func run(_ sql: String, at url: String) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        try await pool.runScript(sql)
        await pool.shutDown()
    }
}
