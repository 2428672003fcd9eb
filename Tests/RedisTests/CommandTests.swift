import NIOCore
import Redis
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct CommandTests {
    @Test("replies have their types, and values are read as what they are")
    func types() async throws {
        try await withRedis { (client) async throws in
            let prefix = uniquePrefix()
            #expect(try await client.send("SET", prefix + "a", "1") == .text("OK"))
            #expect(try await client.send("GET", prefix + "a") == .bytes([0x31]))
            #expect(try await client.send("INCR", prefix + "a").integer() == 2)
            #expect(try await client.send("GET", prefix + "none") == .null)
            #expect(try await client.get(prefix + "none") == nil)
            #expect(try await client.get(prefix + "a") == [0x32])
            let keys = [prefix + "a", prefix + "none"]
            #expect(try await client.send("MGET", arguments: keys) == .array([.bytes([0x32]), .null]))
            try await client.set(prefix + "b", [0, 13, 10, 255], lifetimeMilliseconds: 60_000)
            #expect(try await client.get(prefix + "b") == [0, 13, 10, 255])
            #expect(try await client.send("PTTL", prefix + "b").integer() > 0)
            await #expect(throws: RedisError.self) { try await client.send("GET", prefix + "a").elements() }
        }
    }

    @Test("the server's refusal carries its word")
    func refusals() async throws {
        try await withRedis { (client) async throws in
            let key = uniquePrefix()
            _ = try await client.send("LPUSH", key, "x")
            let error = await #expect(throws: RedisError.self) { try await client.get(key) }
            #expect(error?.code == .server)
            #expect(error?.word == "WRONGTYPE")
            #expect(error?.mayHaveRun == false)
            var batch = RedisBatch()
            batch.append("INCR", key)
            batch.append("LLEN", key)
            let replies = try await client.send(batch)
            #expect(replies.count == 2)
            #expect(replies[0].kind == .error)
            #expect(replies[1] == .integer(1))
        }
    }

    @Test("a batch of one loop tick is answered in order, once, on the loop, with values read where they lie")
    func loopBound() async throws {
        try await withRedis { (client) async throws in
            let prefix = uniquePrefix()
            for index in 0..<64 { try await client.set("\(prefix)\(index)", "value \(index)") }
            let values: [String] = try await client.onLoop { connection, continuation in
                connection.enqueue { batch in
                    for index in 0..<64 { batch.append("GET", "\(prefix)\(index)") }
                } completion: { outcome in
                    connection.eventLoop.preconditionInEventLoop()
                    guard let replies = try? outcome.get() else { return continuation.resume(returning: []) }
                    var values: [String] = []
                    for index in 0..<replies.count {
                        let bytes = replies[index].bytes
                        values.append(bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
                    }
                    continuation.resume(returning: values)
                }
            }
            #expect(values == (0..<64).map { "value \($0)" })
        }
    }

    @Test("batches that interleave with single commands keep their order")
    func pipelining() async throws {
        try await withRedis { (client) async throws in
            let key = uniquePrefix()
            let counts: [Int64] = try await client.onLoop { connection, continuation in
                let seen = Mutex<[Int64]>([])
                for size in [1, 3, 64, 1, 500, 2] {
                    connection.enqueue { batch in
                        for _ in 0..<size { batch.append("INCR", key) }
                    } completion: { outcome in
                        guard let replies = try? outcome.get() else { return }
                        for index in 0..<replies.count {
                            seen.withLock { $0.append(replies[index].integer ?? -1) }
                        }
                        let all = seen.withLock { $0 }
                        if all.count == 571 { continuation.resume(returning: all) }
                    }
                }
            }
            #expect(counts == Array(1...571))
        }
    }

    @Test("a command written argument by argument is one, and one with too few is refused without being sent")
    func writtenByHand() async throws {
        try await withRedis { (client) async throws in
            let key = uniquePrefix()
            try await client.set(key, "x")
            var batch = RedisBatch()
            batch.begin("GET", argumentCount: 1)
            batch.appendArgument(byteCount: key.utf8.count) { $0.copyBytes(from: key.utf8) }
            #expect(try await client.send(batch) == [.bytes([0x78])])
            for count in [0, 2] {
                var batch = RedisBatch()
                batch.begin("GET", argumentCount: count)
                batch.appendArgument(Array(key.utf8).span.bytes)
                let error = await #expect(throws: RedisError.self) { try await client.send(batch) }
                #expect(error?.code == .invalidCommand)
            }
            #expect(try await client.get(key) == [0x78])
        }
    }

    @Test("an empty batch has no replies")
    func emptyBatch() async throws {
        try await withRedis { (client) async throws in
            #expect(try await client.send(RedisBatch()) == [])
            let count: Int = try await client.onLoop { connection, continuation in
                connection.enqueue({ _ in }) { continuation.resume(returning: (try? $0.get().count) ?? -1) }
            }
            #expect(count == 0)
        }
    }

    @Test("values of all sizes come back whole, and a large batch in one piece")
    func sizes() async throws {
        try await withRedis { (client) async throws in
            let key = uniquePrefix()
            for size in [0, 1, 1_023, 1_024, 4_095, 4_096, 65_536, 3_000_000] {
                let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try await client.set(key, value)
                #expect(try await client.get(key) == value)
            }
            var batch = RedisBatch()
            for index in 0..<10_000 { batch.append("ECHO", "\(index)") }
            let replies = try await client.send(batch)
            #expect(replies == (0..<10_000).map { .bytes(Array("\($0)".utf8)) })
        }
    }

    @Test("the run id of the server is known once connected")
    func runID() async throws {
        try await withRedis { (client) async throws in
            let info = try await client.send("INFO", "server").string()
            let runID = try #require(client.runID)
            #expect(runID.count == 40)
            #expect(info.contains("run_id:\(runID)"))
        }
    }
}
