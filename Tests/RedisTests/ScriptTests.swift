import LocalServers
import NIOCore
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(2))) struct ScriptTests {
    @Test("SHA-1 has the digests of FIPS 180's examples")
    func examples() {
        #expect(SHA1.hexadecimal([]) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hexadecimal(Array("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(SHA1.hexadecimal(Array(two.utf8)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA1.hexadecimal(million) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    }

    @Test("the server gives scripts of every length the same digest")
    func digests() async throws {
        try await withRedis { (client) async throws in
            for length in 0...130 {
                let script = RedisScript("return 1 --" + String(repeating: "x", count: length))
                #expect(try await client.send("SCRIPT", "LOAD", script.source).string() == script.digest)
            }
        }
    }

    @Test("a script runs although the server has never seen it, and after SCRIPT FLUSH")
    func fallback() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            let script = RedisScript("return redis.call('incrby', KEYS[1], ARGV[1])")
            for round in 1...3 {
                #expect(
                    try await client.evaluate(script, keys: ["n"], arguments: ["2"]) == .integer(Int64(round * 4 - 2)))
                #expect(try await client.evaluate(script, keys: ["n"], arguments: ["2"]) == .integer(Int64(round * 4)))
                #expect(try await client.send("SCRIPT", "EXISTS", script.digest) == .array([.integer(1)]))
                _ = try await client.send("SCRIPT", "FLUSH")
            }
        }
    }

    @Test("on the event loop too")
    func fallbackOnLoop() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            let script = RedisScript("return {KEYS[1], ARGV[1]}")
            for _ in 1...2 {
                let reply: RedisReply? = try await client.onLoop { connection, continuation in
                    connection.evaluate(script, keys: ["k"], arguments: ["a"]) { outcome in
                        guard let replies = try? outcome.get() else { return continuation.resume(returning: nil) }
                        continuation.resume(returning: replies[0].copy())
                    }
                }
                #expect(reply == .array([.bytes([0x6B]), .bytes([0x61])]))
                _ = try await client.send("SCRIPT", "FLUSH")
            }
        }
    }

    @Test("a script's own error is told, and not taken for a missing script")
    func errors() async throws {
        try await withRedis { (client) async throws in
            let script = RedisScript("return redis.error_reply('MINE went wrong')")
            let error = await #expect(throws: RedisError.self) {
                try await client.evaluate(script, keys: [String](), arguments: [String]())
            }
            #expect(error?.word == "MINE")
        }
    }
}
