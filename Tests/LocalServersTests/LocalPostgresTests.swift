import Foundation
import LocalServers
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct LocalPostgresTests {
    static let count = PostgresStatement("select count(*) from item", readOnly: true)

    /// Runs a script, and tells how many rows `item` has.
    private func items(_ url: String, after script: String = "") async throws -> Int64? {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        do {
            if !script.isEmpty { try await pool.runScript(script) }
            let number = try await pool.query(Self.count).first?.decode(Int64.self)
            await pool.shutDown()
            return number
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }

    @Test("A server keeps what was committed over a stop, a crash, a kill from outside and a restart")
    func life() async throws {
        try await withFolder { folder in
            let port = try Listener().port
            let server = postgres(in: folder) { $0.port = port }
            try await server.start()
            #expect(try await self.items(server.url(), after: "create table item as select 1 as number") == 1)
            #expect(try await self.items(server.loopbackURL()) == 1)
            let first = try #require(server.processID)
            try await server.start()
            #expect(server.processID == first)

            try await server.crash()
            #expect(server.processID != first)
            #expect(try await self.items(server.url(), after: "insert into item values (2)") == 2)

            try kill(#require(server.processID), SIGKILL)
            #expect(await server.exit() == .signal(SIGKILL))
            #expect(server.processID == nil)
            try await server.start()
            #expect(try await self.items(server.url()) == 2)

            try await server.restart()
            #expect(try await self.items(server.url()) == 2)
            await server.stop()
            #expect(server.processID == nil)
            #expect(!FileManager.default.fileExists(atPath: server.socketPath))
            await server.remove()
            #expect(FileManager.default.fileExists(atPath: "\(server.folder)/data/PG_VERSION"))

            try await self.start(inUse: server)
            try await self.start(ofOtherVersion: server)
        }
    }

    /// While one server runs, no second one gets its data.
    private func start(inUse server: LocalPostgres) async throws {
        try await server.start()
        let second = LocalPostgres(server.configuration)
        let inUse = await failure(of: second.start)
        #expect(inUse?.code == .alreadyRunning)
        await server.stop()
        // The lock went with the server.
        try await second.start()
        await second.stop()
    }

    private func start(ofOtherVersion server: LocalPostgres) async throws {
        let version = "\(server.folder)/data/PG_VERSION"
        try "9\n".write(toFile: version, atomically: false, encoding: .utf8)
        let other = await failure(of: server.start)
        #expect(other?.code == .wrongVersion)
        #expect(other?.description.contains("PostgreSQL 9") == true)
        #expect(other?.advice.contains("apt-get install postgresql-9") == true)
        try "fifteen\n".write(toFile: version, atomically: false, encoding: .utf8)
        let unreadable = await failure(of: server.start)
        #expect(unreadable?.code == .unusableFolder)
        #expect(server.processID == nil)
    }

    @Test("A half-finished initdb is done again; files that name a process which is no server do not matter")
    func unfinished() async throws {
        try await withFolder { folder in
            let server = postgres(in: folder)
            let unfinished = "\(server.folder)/data.unfinished"
            try FileManager.default.createDirectory(atPath: unfinished, withIntermediateDirectories: true)
            try "15\n".write(toFile: "\(unfinished)/PG_VERSION", atomically: false, encoding: .utf8)
            try await server.start()
            #expect(!FileManager.default.fileExists(atPath: unfinished))
            #expect(try await self.items(server.url(), after: "create table item (number integer)") == 0)
            await server.stop()
            // A number that is this test's now, as after the machine was started again.
            let stale = "\(getpid())\n\(server.folder)/data\n"
            for file in ["\(server.folder)/data/postmaster.pid", "\(server.socketPath).lock"] {
                try stale.write(toFile: file, atomically: false, encoding: .utf8)
            }
            try await server.start()
            #expect(try await self.items(server.url()) == 0)
            await server.stop()
        }
    }

    @Test("An initdb that was killed leaves nothing that is taken for a database")
    func killedInitializer() async throws {
        try await withFolder { folder in
            let broken = "\(folder)/bin"
            try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: false)
            let scripts = [
                "postgres": "echo 'postgres (PostgreSQL) 15.1'",
                "initdb": "mkdir \"$2\"; echo 15 > \"$2/PG_VERSION\"; kill -KILL $$",
            ]
            for (name, script) in scripts {
                try "#!/bin/sh\n\(script)\n".write(toFile: "\(broken)/\(name)", atomically: false, encoding: .utf8)
                chmod("\(broken)/\(name)", 0o755)
            }
            let error = await failure(of: postgres(in: folder) { $0.programFolders = [broken] }.start)
            #expect(error?.code == .initializationFailed)
            #expect(error?.message.contains("signal 9") == true)
            let server = postgres(in: folder)
            let left = try FileManager.default.contentsOfDirectory(atPath: server.folder)
            #expect(left.sorted() == ["lock", "password"])
        }
    }

    @Test("Missing or old programs are named, with the command that installs them")
    func programs() async throws {
        try await withFolder { folder in
            let missing = await failure(of: postgres(in: folder) { $0.programFolders = [folder] }.start)
            #expect(missing?.code == .missingProgram)
            #expect(missing?.advice == "`apt-get install postgresql`")
            let old = "\(folder)/old"
            #expect(mkdir(old, 0o755) == 0)
            for name in ["postgres", "initdb"] {
                let script = "#!/bin/sh\necho 'postgres (PostgreSQL) 13.4 (Debian 13.4-1)'\n"
                try script.write(toFile: "\(old)/\(name)", atomically: false, encoding: .utf8)
                chmod("\(old)/\(name)", 0o755)
            }
            let refused = await failure(of: postgres(in: folder) { $0.programFolders = [old] }.start)
            #expect(refused?.code == .wrongVersion)
            #expect(refused?.description == "PostgreSQL 13 is installed: install PostgreSQL 15 or newer")
        }
    }

    @Test("A port that is another's, a setting that does not exist and a late start are told; nothing runs on")
    func refusals() async throws {
        try await withFolder { folder in
            let listener = try Listener()
            let server = postgres(in: folder) { $0.port = listener.port }
            let inUse = await failure(of: server.start)
            #expect(inUse?.code == .portInUse)
            #expect(inUse?.message.contains("\(listener.port)") == true)
            let wrong = postgres(in: folder) { $0.settings["no_such_setting"] = "1" }
            let refused = await failure(of: wrong.start)
            #expect(refused?.code == .startFailed)
            #expect(refused?.message.contains("no_such_setting") == true)
            #expect(wrong.processID == nil)
            let hasty = postgres(in: folder) { $0.startLimit = .zero }
            let late = await failure(of: hasty.start)
            #expect(late == nil || late?.code == .timedOut)
            #expect(late == nil || hasty.processID == nil)
            await hasty.stop()
        }
    }

    @Test("Folders that may not be used are named, with the user they are for")
    func folders() async throws {
        try await withFolder { folder in
            // Root may make the folder, but its server's user may not get there.
            let closed = "\(folder)/closed"
            #expect(mkdir(closed, geteuid() == 0 ? 0o700 : 0o500) == 0)
            let denied = await failure(of: postgres(in: closed).start)
            #expect(denied?.code == .noPermission)
            #expect(denied?.message.contains(closed) == true)
            let file = "\(folder)/postgres"
            try "".write(toFile: file, atomically: false, encoding: .utf8)
            let taken = await failure(of: postgres(in: folder).start)
            #expect(taken?.code == .unusableFolder)
            let long = "\(folder)/\(String(repeating: "long", count: 25))"
            let tooLong = await failure(of: postgres(in: long).start)
            #expect(tooLong?.code == .unusableFolder)
            #expect(tooLong?.advice.contains("shorter") == true)
            let other = LocalPostgres(.init(.folder("\(folder)/other")))
            try FileManager.default.createDirectory(
                atPath: "\(other.folder)/data/something", withIntermediateDirectories: true)
            let foreign = await failure(of: other.start)
            #expect(foreign?.code == .unusableFolder)
            #expect(foreign?.message.contains("PG_VERSION") == true)
        }
    }

    @Test("A throwaway server is paused, goes on, dies with a paused child and recovers, and leaves no folder")
    func throwaway() async throws {
        let server = LocalPostgres(.init(.throwaway))
        try await server.start()
        #expect(try await self.items(server.url(), after: "create table item as select 1 as number") == 1)
        server.pause()
        let answer = Task { try await self.items(server.url()) }
        server.resume()
        #expect(try await answer.value == 1)
        server.pause()
        try await server.crash()
        #expect(try await self.items(server.url()) == 1)
        server.pause()
        await server.stop()
        try await server.start()
        await server.remove()
        #expect(!FileManager.default.fileExists(atPath: server.folder))
    }
}
