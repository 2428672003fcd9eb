import NIOCore
import Redis
import Testing

@Suite("Who gives up changes nothing for others", .timeLimit(.minutes(2))) struct CancellationTests {
    static func text(_ reply: RedisReply?) -> String? { try? reply?.string() }

    @Test("a cancelled command fails at once, and its reply is not taken for the next one's")
    func cancelledCommand() async throws {
        try await withFakeServer { (client, _, peer) async throws in
            let first = Task { try await client.send("ECHO", "first") }
            try await peer.wait(for: "first")
            first.cancel()
            let error = await #expect(throws: RedisError.self) { try await first.value }
            #expect(error?.code == .cancelled)
            #expect(error?.mayHaveRun == true)
            let second = Task { try await client.send("ECHO", "second") }
            try await peer.wait(for: "second")
            try await peer.send("+first\r\n")
            try await peer.send("+second\r\n")
            #expect(Self.text(try await second.value) == "second")
        }
    }

    @Test("a command that was refused and is then cancelled does not cancel the next one")
    func refusedAndCancelled() async throws {
        try await withFakeServer {
            $0.maximumPendingCommands = 2
        } _: { (client, _, peer) async throws in
            let first = Task { try await client.send("ECHO", "first") }
            try await peer.wait(for: "first")
            var tooMany = RedisBatch()
            tooMany.append("ECHO", "refused-1")
            tooMany.append("ECHO", "refused-2")
            for round in 0..<50 {
                let batch = tooMany
                let refused = Task {
                    let error = await #expect(throws: RedisError.self) { try await client.send(batch) }
                    // Whether it was cancelled or refused first is open; neither may touch another command.
                    #expect(error?.code == .queueFull || error?.code == .cancelled)
                    #expect(error?.mayHaveRun == false)
                }
                for _ in 0..<(round % 5) { await Task.yield() }
                refused.cancel()
                await refused.value
            }
            let second = Task { try await client.send("ECHO", "second") }
            #expect(try await !peer.wait(for: "second").contains("refused"))
            try await peer.send("+first\r\n+second\r\n")
            #expect(Self.text(try await first.value) == "first")
            #expect(Self.text(try await second.value) == "second")
        }
    }

    @Test("a task that was cancelled before sends nothing")
    func cancelledBefore() async throws {
        try await withFakeServer { (client, _, peer) async throws in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                let error = await #expect(throws: RedisError.self) { try await client.send("ECHO", "never") }
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveRun == false)
            }
            await task.value
            let next = Task { try await client.send("ECHO", "next") }
            #expect(try await !peer.wait(for: "next").contains("never"))
            try await peer.send("+next\r\n")
            #expect(Self.text(try await next.value) == "next")
        }
    }

    @Test("a full queue refuses at once, and takes commands again when replies came")
    func fullQueue() async throws {
        try await withFakeServer {
            $0.maximumPendingCommands = 1
        } _: { (client, _, peer) async throws in
            let first = Task { try await client.send("ECHO", "first") }
            try await peer.wait(for: "first")
            let error = await #expect(throws: RedisError.self) { try await client.send("ECHO", "refused") }
            #expect(error?.code == .queueFull)
            try await peer.send("+first\r\n")
            _ = try await first.value
            let second = Task { try await client.send("ECHO", "second") }
            #expect(try await !peer.wait(for: "second").contains("refused"))
            try await peer.send("+second\r\n")
            #expect(Self.text(try await second.value) == "second")
        }
    }

    @Test("bytes that wait are limited too")
    func fullBytes() async throws {
        try await withFakeServer {
            $0.maximumPendingBytes = 1_000
        } _: { (client, _, _) async throws in
            let value = [UInt8](repeating: 0, count: 2_000)
            let error = await #expect(throws: RedisError.self) { try await client.set("k", value) }
            #expect(error?.code == .queueFull)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("shutting down fails what waits, and everything afterwards")
    func shutDown() async throws {
        try await withFakeServer { (client, _, peer) async throws in
            let first = Task { try await client.send("ECHO", "first") }
            try await peer.wait(for: "first")
            client.shutDown()
            let waiting = await #expect(throws: RedisError.self) { try await first.value }
            #expect(waiting?.code == .shutDown)
            #expect(waiting?.mayHaveRun == true)
            let later = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(later?.code == .shutDown)
            #expect(later?.mayHaveRun == false)
            try await peer.closed()
        }
    }
}
