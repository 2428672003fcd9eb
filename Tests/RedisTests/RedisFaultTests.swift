import DrivelineTesting
import Foundation
import LocalServers
import NIOCore
import Redis
import Synchronization
import Testing

/// The changes of run id that were told.
private final class RunIDs: Sendable { let seen = Mutex<[String]>([]) }

/// How far commands under load are, and whether the fault is over.
private final class RunningLoad: Sendable {
    let isOver = Atomic<Bool>(false)
    let answered = Atomic<Int>(0)
}

@Suite("Losing Redis is an error at once, and nothing more", .timeLimit(.minutes(5))) struct RedisFaultTests {
    @Test("a server that is not there fails commands at once, and is used when it comes")
    func absent() async throws {
        let server = try await LocalRedis.started()
        await server.stop()
        var configuration = RedisConfiguration(address: .unix(path: server.socketPath))
        configuration.reconnectMilliseconds = 1...20
        let client = try RedisClient(configuration, group: testGroup)
        defer { client.shutDown() }
        let first = await #expect(throws: RedisError.self) { try await client.waitUntilReady() }
        #expect(first?.code == .unavailable)
        for _ in 0..<100 {
            let error = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(error?.code == .unavailable)
            #expect(error?.mayHaveRun == false)
        }
        try await server.start()
        try await client.waitUntilAnswering()
        // A server ends with its last reference.
        await server.stop()
    }

    @Test("a restart fails what waits, then everything goes on with another run id")
    func restart() async throws {
        let server = try await LocalRedis.started()
        let changes = RunIDs()
        try await withRedis(on: server) {
            $0.onServerChange = { old, new in changes.seen.withLock { $0 += [old, new] } }
        } _: { (client) async throws in
            let before = try #require(client.runID)
            try await client.set("k", "v")
            await server.stop()
            await #expect(throws: RedisError.self) {
                // The end of the connection may not have been read yet.
                for _ in 0..<100_000 { try await client.check() }
            }
            try await server.start()
            try await client.waitUntilAnswering()
            let after = try #require(client.runID)
            #expect(before != after)
            #expect(changes.seen.withLock { $0 } == [before, after])
            #expect(try await client.get("k") == nil)
        }
    }

    @Test("a restart under load gives every command an outcome, and no reply to another's")
    func restartUnderLoad() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            let load = RunningLoad()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        var index = 0
                        while !load.isOver.load(ordering: .relaxed) {
                            let tag = "\(task)-\(index)"
                            index += 1
                            do throws(RedisError) {
                                let reply = try await client.send("ECHO", tag)
                                #expect(reply == .bytes(Array(tag.utf8)))
                                load.answered.add(1, ordering: .relaxed)
                            } catch {
                                try await Task.sleep(for: .milliseconds(1))
                            }
                        }
                    }
                }
                for _ in 0..<3 {
                    let before = load.answered.load(ordering: .relaxed)
                    try await until { load.answered.load(ordering: .relaxed) >= before + 500 }
                    try await server.restart()
                    try await client.waitUntilAnswering()
                }
                load.isOver.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
        }
    }

    @Test("FLUSHALL is no fault: keys are gone, the run id stays, no connection is lost")
    func flush() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            try await client.set("k", "v")
            let runID = client.runID
            let identifier = try await client.send("CLIENT", "ID")
            _ = try await client.send("FLUSHALL")
            #expect(try await client.get("k") == nil)
            #expect(client.runID == runID)
            #expect(try await client.send("CLIENT", "ID") == identifier)
        }
    }

    @Test("a server that hangs fails commands at their time-out, later ones at once, and is used when it goes on")
    func pause() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) {
            $0.commandMilliseconds = 500
            $0.connectMilliseconds = 500
        } _: { (client) async throws in
            try await client.waitUntilAnswering()
            server.pause()
            let waiting = (0..<10).map { index in Task { try await client.send("ECHO", index) } }
            var codes: [RedisError.Code] = []
            for task in waiting {
                let error = await #expect(throws: RedisError.self) { try await task.value }
                codes.append(error?.code ?? .server)
            }
            #expect(codes.contains(.timedOut))
            #expect(codes.allSatisfy { [.timedOut, .connectionLost, .unavailable].contains($0) })
            let error = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(error?.code == .unavailable)
            server.resume()
            try await client.waitUntilAnswering()
        }
    }

    @Test("garbage closes the connection, with one line in the log, and the next one is used")
    func garbage() async throws {
        let log = LogLines()
        let server = try await FakeServer()
        var configuration = RedisConfiguration(address: .unix(path: server.path))
        configuration.reconnectMilliseconds = 1...20
        configuration.commandMilliseconds = 20_000
        let client = try RedisClient(configuration, logger: log.logger, group: testGroup)
        try await client.waitUntilReady()
        let peer = try await server.accept()
        let command = Task { try await client.check() }
        try await peer.wait(for: "PING")
        try await peer.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        let error = await #expect(throws: RedisError.self) { try await command.value }
        #expect(error?.code == .protocolViolation)
        try await peer.closed()
        let next = try await server.accept()
        try await until { client.runID != nil }
        let again = Task {
            while true {
                do throws(RedisError) { return try await client.check() } catch {
                    guard error.code == .unavailable else { throw error }
                }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        try await next.wait(for: "PING")
        try await next.send("+PONG\r\n")
        try await again.value
        #expect(log.warnings.count == 1)
        client.shutDown()
        await server.stop()
    }

    @Test("a write that finds the connection broken fails its batch once, and one that the completion hands in")
    func brokenWrite() async throws {
        try await withFakeServer { (client, _, peer) async throws in
            let codes: [RedisError.Code] = try await client.onLoop { connection, continuation in
                // The client has not seen the end when it writes.
                peer.closeNow()
                connection.enqueue({ $0.append("PING") }) { outcome in
                    let first = #expect(throws: RedisError.self) { _ = try outcome.get().count }
                    connection.enqueue({ $0.append("PING") }) { outcome in
                        let second = #expect(throws: RedisError.self) { _ = try outcome.get().count }
                        continuation.resume(returning: [first, second].compactMap { $0?.code })
                    }
                }
            }
            #expect(codes == [.connectionLost, .unavailable])
        }
    }

    @Test("a reply that nobody asked for closes the connection")
    func unexpectedReply() async throws {
        try await withFakeServer { (_, server, peer) async throws in
            try await peer.send("+surprise\r\n")
            try await peer.closed()
            _ = try await server.accept()
        }
    }

    @Test("a reply beyond the limit closes the connection, one below does not")
    func hugeReply() async throws {
        let key = uniquePrefix()
        try await withRedis { try await $0.set(key, [UInt8](repeating: 0x61, count: 200_000)) }
        try await withRedis {
            $0.maximumReplyBytes = 300_000
        } _: { (client) async throws in
            #expect(try await client.get(key)?.count == 200_000)
            let error = await #expect(throws: RedisError.self) { try await client.send("MGET", key, key) }
            #expect(error?.code == .protocolViolation)
            try await client.waitUntilAnswering()
            #expect(try await client.get(key)?.count == 200_000)
        }
    }

    @Test("a reply that is nested beyond hiredis' seven levels closes the connection")
    func nestedReply() async throws {
        try await withRedis { (client) async throws in
            let nest = { (levels: Int) in
                RedisScript("local t = 1; for i = 1, \(levels) do t = {t} end; return t")
            }
            let none: [String] = []
            let seven = (0..<7).reduce(RedisReply.integer(1)) { reply, _ in .array([reply]) }
            #expect(try await client.evaluate(nest(7), keys: none, arguments: none) == seven)
            let error = await #expect(throws: RedisError.self) {
                try await client.evaluate(nest(9), keys: none, arguments: none)
            }
            #expect(error?.code == .protocolViolation)
            try await client.waitUntilAnswering()
        }
    }

    @Test("a server that accepts and says nothing is given up after the time to connect")
    func silentServer() async throws {
        let server = try await FakeServer(isGreeting: false)
        var configuration = RedisConfiguration(address: .unix(path: server.path))
        configuration.connectMilliseconds = 100
        configuration.reconnectMilliseconds = 1...20
        let client = try RedisClient(configuration, group: testGroup)
        let error = await #expect(throws: RedisError.self) { try await client.waitUntilReady() }
        #expect(error?.code == .timedOut)
        _ = try await server.accept()
        _ = try await server.accept()
        client.shutDown()
        await server.stop()
    }
}
