import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import Synchronization
import Testing

/// How far the writers are, and whether the fault is over.
private final class Progress: Sendable {
    let writes = Atomic<Int>(0)
    let fullDisks = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
}

@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    /// Of one writer, in case that a fault takes long.
    static let maximumWrites = 1_000_000
    static let insert = PostgresStatement("insert into item values ($1)")
    static let numbers = PostgresStatement("select number from item", readOnly: true)
    static let increment = PostgresStatement("update counter set value = value + 1 where id = $1 returning value")
    static let read = PostgresStatement("select value from counter where id = $1")
    static let database = PostgresStatement("select current_database()::text")
    static let backend = PostgresStatement("select pg_backend_pid()")
    static let terminate = PostgresStatement("select pg_terminate_backend($1)")

    /// What was told to the writers must be what the database holds: truth is kept outside of it.
    private func checkWrites(
        preparation: [String] = ["create table item (number bigint primary key)"],
        _ fault: (LocalPostgres, Progress) async throws -> Void
    ) async throws {
        try await withPostgres(settings: ["fsync": "on"]) { server in
            try await withPool(on: server) { try await self.checkWrites(server, $0, preparation, fault) }
        }
    }

    private func checkWrites(
        _ server: LocalPostgres, _ pool: PostgresPool, _ preparation: [String],
        _ fault: (LocalPostgres, Progress) async throws -> Void
    ) async throws {
        for script in preparation { try await pool.runScript(script) }
        let progress = Progress()
        let outcomes = try await withThrowingTaskGroup(of: [Int64: PostgresError.Retry?].self) { group in
            for writer in 0..<16 {
                group.addTask {
                    var outcomes: [Int64: PostgresError.Retry?] = [:]
                    var after = 0
                    for index in 0..<Self.maximumWrites where after < 20 {
                        if progress.isOver.load(ordering: .relaxed) { after += 1 }
                        let number = Int64(writer * Self.maximumWrites + index)
                        do throws(PostgresError) {
                            _ = try await pool.query(Self.insert, number)
                            outcomes[number] = .some(nil)
                            progress.writes.add(1, ordering: .relaxed)
                        } catch {
                            outcomes[number] = error.retry
                            if error.sqlState == .diskFull { progress.fullDisks.add(1, ordering: .relaxed) }
                        }
                    }
                    return outcomes
                }
            }
            try await until { progress.writes.load(ordering: .relaxed) >= 200 }
            try await fault(server, progress)
            progress.isOver.store(true, ordering: .relaxed)
            return try await group.reduce(into: [:]) { $0.merge($1) { one, _ in one } }
        }
        var stored: Set<Int64> = []
        for row in try await pool.query(Self.numbers) { stored.insert(try row.decode(Int64.self)) }
        for (number, retry) in outcomes {
            switch retry {
            case nil: #expect(stored.contains(number), "\(number) was told to be committed")
            case .safe, .never: #expect(!stored.contains(number), "\(number) was told to have had no effect")
            case .outcomeUnknown: break
            }
        }
        #expect(stored.isSubset(of: Set(outcomes.keys)))
    }

    @Test("a restart under load loses nothing that was told, and the pool recovers")
    func restart() async throws { try await self.checkWrites { server, _ in try await server.restart() } }

    @Test("a crash under load loses nothing that was told, and the pool recovers")
    func crash() async throws { try await self.checkWrites { server, _ in try await server.crash() } }

    @Test(
        "a disk that is full for a while refuses writes, and takes them again",
        .enabled(if: geteuid() == 0, "only root may mount a small disk"))
    func fullDisk() async throws {
        let disk = try SmallDisk(mebibytes: 16)
        defer { disk.remove() }
        let preparation = [
            "create tablespace small location '\(disk.folder)'",
            "create table item (number bigint) tablespace small",
        ]
        try await self.checkWrites(preparation: preparation) { _, progress in
            try disk.fill()
            try await until { progress.fullDisks.load(ordering: .relaxed) >= 50 }
            try disk.empty()
            let before = progress.writes.load(ordering: .relaxed)
            try await until { progress.writes.load(ordering: .relaxed) >= before + 200 }
        }
    }

    @Test("a paused server gives errors in time, and answers again when it goes on")
    func pause() async throws {
        try await withPostgres { server in
            try await withPool(on: server) {
                $0.queryMilliseconds = 300
                $0.waitMilliseconds = 300
                $0.connectMilliseconds = 300
            } _: { (pool: PostgresPool) async throws in
                try await pool.check()
                server.pause()
                let error = await #expect(throws: PostgresError.self) { try await pool.check() }
                #expect(error?.retry == .safe)
                server.resume()
                for _ in 0..<100 where (try? await pool.check()) == nil { try await Task.sleep(for: .milliseconds(50)) }
                try await pool.check()
            }
        }
    }

    @Test("a server that is paused during a COPY gives its producer an error in time, and keeps no row")
    func pausedCopy() async throws {
        try await withPostgres { server in
            try await withPool(on: server) {
                $0.queryMilliseconds = 300
                $0.connectMilliseconds = 20_000
            } _: { (pool: PostgresPool) async throws in
                try await pool.runScript("create table item (number bigint)")
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.copyIn(PostgresStatement("copy item from stdin")) { writer in
                        try await writer.write("1\n")
                        server.pause()
                        while true { try await writer.write("2\n") }
                    }
                }
                #expect(error?.retry == .safe)
                server.resume()
                #expect(try await pool.query(Self.numbers).isEmpty)
            }
        }
    }

    @Test("a session that is ended within a transaction undoes it, and says that it may be repeated")
    func terminatedTransaction() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create table item (number bigint primary key)")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    let pid = try await transaction.query(Self.backend).first?.decode(Int32.self)
                    _ = try await transaction.query(Self.insert, Int64(1))
                    _ = try await pool.query(Self.terminate, pid)
                    _ = try await transaction.query(Self.insert, Int64(2))
                }
            }
            #expect(error?.retry == .safe)
            #expect(try await pool.query(Self.numbers).isEmpty)
        }
    }

    @Test("a connection that is cut after COMMIT was sent leaves the outcome unknown; before, it is safe to repeat")
    func cutAroundCommit() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await withPool { (direct: PostgresPool) async throws in
            try await direct.runScript("create table item (number bigint primary key)")
            let name = try await direct.query(Self.database).first?.decode(String.self) ?? ""
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            var configuration = PostgresConfiguration(url: proxy.url(database: name))
            configuration.maximumConnections = 1
            let pool = try PostgresPool(configuration, on: reactor)
            // What is cut afterwards is prepared here, so that the answer swallowed is the statement's own.
            try await pool.withTransaction { _ = try await $0.query(Self.insert, Int64(10)) }
            let after = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.insert, Int64(1))
                    proxy.cutAtNextAnswer()
                    _ = try await transaction.commit()
                }
            }
            #expect(after?.retry == .outcomeUnknown)
            let before = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.insert, Int64(2))
                    proxy.cutAtNextAnswer()
                    _ = try await transaction.query(Self.insert, Int64(3))
                }
            }
            #expect(before?.retry == .safe)
            _ = try await pool.query(Self.insert, Int64(11))
            proxy.cutAtNextAnswer()
            let single = await #expect(throws: PostgresError.self) { try await pool.query(Self.insert, Int64(4)) }
            #expect(single?.retry == .outcomeUnknown)
            try await pool.check()
            proxy.cutAtNextAnswer()
            let read = await #expect(throws: PostgresError.self) { try await pool.check() }
            #expect(read?.retry == .safe)
            await pool.shutDown()
            // What was swallowed was the answer: the server had committed.
            var stored: Set<Int64> = []
            for row in try await direct.query(Self.numbers) { stored.insert(try row.decode(Int64.self)) }
            #expect(stored == [1, 4, 10, 11])
        }
    }

    @Test("deadlocks and serialization failures are repeated until all increments are there")
    func conflicts() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(
                "create table counter (id bigint primary key, value bigint); insert into counter values (1, 0), (2, 0)")
            var options = PostgresTransactionOptions()
            options.isolation = .serializable
            options.tries = 200
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask { [options] in
                        for round in 0..<10 {
                            let first = Int64((worker + round) % 2 + 1)
                            try await pool.withTransaction(options) { transaction in
                                _ = try await transaction.query(Self.increment, first)
                                _ = try await transaction.query(Self.increment, 3 - first)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for id in [Int64(1), 2] {
                #expect(try await pool.query(Self.read, id).first?.decode(Int64.self) == 80)
            }
        }
    }

    @Test("a server that is not there is an error in time, and may be tried again")
    func absent() async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: "postgresql:///x?host=/nonexistent")
        configuration.waitMilliseconds = 200
        let pool = try PostgresPool(configuration, on: reactor)
        // On a busy machine the time may be up before the first attempt has failed.
        var error: PostgresError?
        while error?.code != .cannotConnect {
            error = await #expect(throws: PostgresError.self) { try await pool.check() }
        }
        #expect(error?.retry == .safe)
        await pool.shutDown()
    }

    @Test("with fewer connections at the server than the pool would open, all are served by those it gets")
    func fewConnections() async throws {
        let settings = ["max_connections": "8", "superuser_reserved_connections": "0"]
        try await withPostgres(settings: settings) { server in
            try await withPool(on: server) {
                $0.maximumConnections = 30
                $0.waitMilliseconds = 20_000
            } _: { (pool: PostgresPool) async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<60 {
                        group.addTask { try await pool.withTransaction { _ = try await $0.query(Self.backend) } }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
