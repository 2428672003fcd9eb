import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import Testing

@testable import LocalSystem

@Suite("A system with real PostgreSQL and Redis, as a process", .timeLimit(.minutes(5)))
struct SystemProcessTests {
    /// How often the service has started, by its own count in its database.
    private static func starts(_ system: SampleSystem) async throws -> Int64 {
        let file = system.folder.secrets.appending(path: "alpha-postgres-url")
        let url = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        let rows = try await pool.query(PostgresStatement("select count(*) from starts", readOnly: true))
        await pool.shutDown()
        return try #require(rows.first).decode(Int64.self)
    }

    /// Kills the supervisor's children that are no part of the system.
    private static func killKeeper(of system: SampleSystem, _ record: SystemRecord) throws {
        let children = try #require(system.supervisor).descendants
        let others = Set(children).subtracting(record.allProcesses)
        try #require(!others.isEmpty)
        for other in others { other.send(SIGKILL) }
    }

    private static func expectNothingLeft(_ processes: [ProcessIdentity], _ system: SampleSystem) throws {
        #expect(processes.filter(\.isRunning).isEmpty)
        #expect(try SystemRecord.read(system.folder) == nil)
        for port in [system.ports.postgres, system.ports.redis] { #expect(PortProbe.isFree(port)) }
        #expect(!FileManager.default.fileExists(atPath: system.folder.postgres.path + "/data/postmaster.pid"))
    }

    @Test("up, ready, status, down: nothing is left running, what was committed is there the next time")
    func wholeLife() async throws {
        let system = try SampleSystem()
        defer { system.removeFolder() }
        let record = try await system.ready()
        #expect(record.parts.map(\.name) == ["postgres", "redis", "alpha", "beta"])
        let table = await SystemTable.asking(record)
        #expect(table.isReady, "\(table.lines)")
        #expect(try await Self.starts(system) == 1)
        let processes = record.allProcesses
        // PostgreSQL alone has several.
        #expect(processes.count > 6)
        // Others come and go: PostgreSQL's own for each connection.
        #expect(record.parts.compactMap(\.process).allSatisfy { $0.isRunning })

        #expect(try await SystemControl(system.folder).stop() == .stopped)
        #expect(await system.exit() == .status(0))
        try Self.expectNothingLeft(processes, system)
        // Services end before the servers that they stand on.
        let logs = LogReader(system.folder).last(1_000, of: ["driveline"]).map(\.line.message)
        let ends = logs.filter { $0.hasSuffix("is stopped") }
        #expect(ends.prefix(2) == ["beta is stopped", "alpha is stopped"])
        #expect(Set(ends.dropFirst(2)) == ["postgres is stopped", "redis is stopped"])

        let again = try SampleSystem(folder: system.folder, ports: system.ports)
        try await again.ready()
        #expect(try await Self.starts(again) == 2)
        again.signal(SIGTERM)
        #expect(await again.exit() == .status(0))
    }

    @Test("the service learns its token by a file and its folder, which is there, and the caller where the called is")
    func handedOver() async throws {
        let system = try SampleSystem(["--without-servers"])
        defer { system.removeFolder() }
        try await system.ready()
        system.signal(SIGINT)
        #expect(await system.exit() == .status(0))
        let lines = LogReader(system.folder).last(10, of: ["beta"])
        let fields = try #require(lines.first?.line.fields)
        #expect(fields.contains { $0.name == "token" && $0.value == system.folder.serviceToken.path })
        let drops = system.folder.url.appending(path: "drops").path(percentEncoded: false)
        #expect(fields.contains { $0.name == "drops" && $0.value == drops })
        #expect(FileManager.default.isWritableFile(atPath: drops))
        #expect(fields.contains { $0.name == "alpha" && $0.value == "127.0.0.1:\(system.ports.base + 10)" })
    }

    @Test("a service that is killed starts again, with its data, and so does a server")
    func restarts() async throws {
        let system = try SampleSystem()
        defer { system.removeFolder() }
        let first = try await system.ready()
        try first.process("alpha").send(SIGKILL)
        let second = try await system.record { record in
            record.parts.contains { $0.name == "alpha" && $0.state == .ready && $0.starts == 2 }
        }
        #expect(try await Self.starts(system) == 2)
        try second.process("postgres").send(SIGKILL)
        try second.process("redis").send(SIGKILL)
        let third = try await system.record { record in
            record.parts.filter { $0.state == .ready && $0.starts == 2 }.count == 3
        }
        #expect(try third.process("beta") == first.process("beta"))
        #expect(try await Self.starts(system) == 2)
        #expect(system.output.contains("alpha ended (signal 9); after 1 start, it starts again in "))
        system.signal(SIGTERM)
        #expect(await system.exit() == .status(0))
        try Self.expectNothingLeft(third.allProcesses + second.allProcesses, system)
    }

    /// Whoever would end the children when the supervisor is gone may be killed with it.
    @Test(
        "a killed supervisor's processes are ended by down, and by the next up before it starts",
        arguments: [false, true])
    func killedSupervisor(_ withKeeper: Bool) async throws {
        let system = try SampleSystem()
        defer { system.removeFolder() }
        let first = try await system.ready()
        if withKeeper { try Self.killKeeper(of: system, first) }
        system.signal(SIGKILL)
        _ = await system.exit()
        if withKeeper { #expect(!first.allProcesses.filter(\.isRunning).isEmpty) }
        let next = try SampleSystem(folder: system.folder, ports: system.ports)
        let second = try await next.ready()
        #expect(first.allProcesses.filter(\.isRunning).isEmpty)
        #expect(try await Self.starts(next) == 2)

        if withKeeper { try Self.killKeeper(of: next, second) }
        next.signal(SIGKILL)
        _ = await next.exit()
        if case .stopped = try await SystemControl(system.folder).stop() { Issue.record("nobody was there to stop it") }
        try Self.expectNothingLeft(second.allProcesses, next)
    }

    @Test("a supervisor that is killed while it starts leaves nothing that down does not end")
    func killedWhileStarting() async throws {
        let system = try SampleSystem()
        defer { system.removeFolder() }
        let record = try await system.record { record in record.parts.contains { $0.process != nil } }
        system.signal(SIGKILL)
        _ = await system.exit()
        _ = try await SystemControl(system.folder).stop()
        #expect(record.allProcesses.filter(\.isRunning).isEmpty)
        // A half-finished initdb is no obstacle.
        let next = try SampleSystem(folder: system.folder, ports: system.ports)
        try await next.ready()
        next.signal(SIGTERM)
        #expect(await next.exit() == .status(0))
    }

    @Test("a second signal ends at once what does not end in peace, with nothing left")
    func secondSignal() async throws {
        let system = try SampleSystem(["--alpha", "stubborn"])
        defer { system.removeFolder() }
        let record = try await system.ready()
        let processes = record.allProcesses
        system.signal(SIGINT)
        _ = try await system.record { record in
            record.parts.contains { $0.name == "alpha" && $0.state == .stopping }
        }
        system.signal(SIGINT)
        #expect(await system.exit() == .status(0))
        // What it leaves to the keeper ends a moment later.
        try await until { processes.filter(\.isRunning).isEmpty }
        #expect(try SystemRecord.read(system.folder) == nil)
    }

    @Test("a service that does not end in peace is made to")
    func stubborn() async throws {
        let system = try SampleSystem(["--alpha", "stubborn", "--without-servers"])
        defer { system.removeFolder() }
        let processes = try await system.ready().allProcesses
        system.signal(SIGTERM)
        #expect(await system.exit() == .status(0))
        #expect(processes.filter(\.isRunning).isEmpty)
    }

    @Test("a signal while it starts ends it in peace", arguments: [SIGINT, SIGTERM, SIGHUP])
    func signalWhileStarting(_ signal: Int32) async throws {
        let system = try SampleSystem(["--alpha", "neverReady"])
        defer { system.removeFolder() }
        let record = try await system.record { record in
            record.parts.contains { $0.name == "alpha" && $0.process != nil }
        }
        system.signal(signal)
        #expect(await system.exit() == .status(0))
        try Self.expectNothingLeft(record.allProcesses, system)
    }

    @Test("two systems run side by side; one more on the same folder is told who runs it")
    func twoSystems() async throws {
        let one = try SampleSystem()
        let other = try SampleSystem()
        defer {
            one.removeFolder()
            other.removeFolder()
        }
        try await one.ready()
        try await other.ready()
        let third = try SampleSystem(folder: one.folder, ports: SystemPorts(base: other.ports.base))
        let complaint = try await third.failure()
        #expect(complaint.contains("is run by process \(try #require(one.supervisor).processID)"), "\(complaint)")
        #expect(try await Self.starts(one) == 1)
        #expect(try await Self.starts(other) == 1)
        for system in [one, other] {
            system.signal(SIGTERM)
            #expect(await system.exit() == .status(0))
        }
    }
}
