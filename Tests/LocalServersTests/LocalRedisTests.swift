import Foundation
import LocalServers
import Testing

@Suite(.timeLimit(.minutes(5))) struct LocalRedisTests {
    private func ask(_ server: LocalRedis, _ words: String...) async throws -> String? {
        let lines = Lines()
        let arguments = ["-s", server.socketPath, "--no-auth-warning"] + (server.password.map { ["-a", $0] } ?? [])
        let child = try ChildProcess(.init("redis-cli", arguments + words, output: .lines { lines.append($0) }))
        _ = await child.exit()
        await child.lastLine(within: .seconds(60))
        return lines.all.first
    }

    @Test("A server answers, is empty after each start, asks for a password where it has a port, and leaves no folder")
    func life() async throws {
        var configuration = LocalRedis.Configuration(.throwaway)
        // Below the ports of outgoing connections, one of which may take it while the server is away.
        configuration.port = Int.random(in: 20_000..<30_000)
        configuration.settings["maxmemory"] = "32mb"
        let server = LocalRedis(configuration)
        try await server.start()
        #expect(try await self.ask(server, "set", "key", "value") == "OK")
        #expect(try await self.ask(server, "config", "get", "save") == "save")
        #expect(server.loopbackURL?.hasSuffix("@127.0.0.1:\(configuration.port ?? 0)") == true)
        server.pause()
        let answer = Task { try await self.ask(server, "get", "key") }
        server.resume()
        #expect(try await answer.value == "value")
        try await server.restart()
        #expect(try await self.ask(server, "get", "key") == "")
        server.pause()
        try await server.crash()
        #expect(try await self.ask(server, "ping") == "PONG")
        try kill(#require(server.processID), SIGKILL)
        #expect(await server.exit() == .signal(SIGKILL))
        try await server.start()
        await server.remove()
        #expect(!FileManager.default.fileExists(atPath: server.folder))
    }

    @Test("A port in use, a wrong setting, a missing program and a second server are told")
    func refusals() async throws {
        try await withFolder { folder in
            let listener = try Listener()
            let inUse = await failure(of: redis(in: folder) { $0.port = listener.port }.start)
            #expect(inUse?.code == .portInUse)
            let wrong = await failure(of: redis(in: folder) { $0.settings["no-such-setting"] = "1" }.start)
            #expect(wrong?.code == .startFailed)
            #expect(wrong?.message.contains("no-such-setting") == true)
            let missing = await failure(of: redis(in: folder) { $0.program = "\(folder)/redis-server" }.start)
            #expect(missing?.code == .missingProgram)
            #expect(missing?.advice == "`apt-get install redis-server`")
            let first = redis(in: folder)
            try await first.start()
            let second = await failure(of: redis(in: folder).start)
            #expect(second?.code == .alreadyRunning)
            await first.stop()
            #expect(first.processID == nil)
        }
    }
}
