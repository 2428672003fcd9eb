import DrivelineTesting
import GatewayDomain
import LocalServers
import NIOHTTP1
import Observability
import Redis
import Testing

@testable import GatewayService

@Suite("Requests of one key are limited, by what all gateways share and without it", .timeLimit(.minutes(5)))
struct LimitTests {
    private static func limited(_ burst: Int, instances: Int = 1) -> GatewayConfiguration {
        .testing { configuration in
            configuration.instances = instances
            // As slow as can be: few come back while a test runs, and those are counted.
            configuration.limits = [
                .read: RateLimit(perSecond: 1, burst: burst), .write: RateLimit(perSecond: 1, burst: burst),
            ]
        }
    }

    /// How many reads were answered before one was refused, the refusal, and how many may have come back meanwhile.
    private struct Reads {
        var count: Int
        var refusal: GatewayHarness.Answer
        var cameBack: Int
    }

    /// The tokens that come back in a time at one a second, rounded up.
    private static func cameBack(since start: ContinuousClock.Instant) -> Int {
        Int((ContinuousClock.now - start) / .seconds(1)) + 1
    }

    /// Sends reads until one is refused.
    private func reads(_ gateway: GatewayHarness, key: String, atMost: Int = 200) async throws -> Reads {
        let start = ContinuousClock.now
        var count = 0
        while true {
            let answer = try await gateway.send(.GET, "/v1/locations", key: key)
            guard answer.status == 200, count < atMost else {
                return Reads(count: count, refusal: answer, cameBack: Self.cameBack(since: start))
            }
            count += 1
        }
    }

    @Test("The burst is let through, then 429 says when to come back; other keys and writes are not held up")
    func shared() async throws {
        try await withRedis { redis in
            try await GatewayHarness.with(
                Self.limited(20), redisPath: redis.server.socketPath, database: redis.database
            ) { gateway in
                let first = try await gateway.send(.GET, "/v1/locations")
                #expect(first.header("RateLimit-Policy") == "\"read\";q=20;w=20")
                #expect(first.header("RateLimit")?.hasPrefix("\"read\";r=") == true)
                let reads = try await self.reads(gateway, key: gateway.key)
                // One of the burst was the first; some may have been lost to another event loop's lease.
                #expect((10...19 + reads.cameBack + 1).contains(reads.count), "\(reads)")
                let refused = reads.refusal
                #expect(refused.status == 429 && refused.problem == "rate-limited")
                #expect(refused.header("Retry-After") == "1")
                #expect(refused.header("RateLimit")?.hasPrefix("\"read\";r=0;t=") == true)
                let other = try await gateway.makeKey(["inventory:read"])
                #expect(try await gateway.send(.GET, "/v1/locations", key: other).status == 200)
                let write = try await gateway.send(
                    .PUT, "/v1/locations/WHS1", headers: ["If-None-Match": "*"], body: #"{"active": true}"#)
                #expect(write.status == 200 && write.header("RateLimit-Policy")?.hasPrefix("\"write\"") == true)
                #expect(gateway.metrics.exposition().contains(#"gateway_limited_total{class="read"}"#))
            }
        }
    }

    @Test("Many requests at once of a key that is new share what there is")
    func together() async throws {
        try await withRedis { redis in
            try await GatewayHarness.with(
                Self.limited(20), redisPath: redis.server.socketPath, database: redis.database
            ) { gateway in
                let start = ContinuousClock.now
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<100 {
                        group.addTask { try await gateway.send(.GET, "/v1/locations").status }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let admitted = statuses.filter { $0 == 200 }.count
                #expect((10...20 + Self.cameBack(since: start)).contains(admitted), "\(admitted)")
                #expect(statuses.allSatisfy { $0 == 200 || $0 == 429 })
            }
        }
    }

    @Test("Two gateways on one Redis let no more through than one")
    func twoGateways() async throws {
        try await withRedis { redis in
            let (path, database) = (redis.server.socketPath, redis.database)
            try await GatewayHarness.with(Self.limited(30), redisPath: path, database: database) { gateway in
                let principal = try await gateway.principal()
                let start = ContinuousClock.now
                let reads = try await self.reads(gateway, key: gateway.key)
                // What another gateway is given for the same key.
                let reply = try await #require(gateway.redis).evaluate(
                    RateLimitScript.lease, keys: [RateLimitScript.key(principal, .read)], arguments: [1, 30, 30])
                let granted = try reply.elements()[0].integer()
                let most = 30 + Self.cameBack(since: start)
                #expect(reads.count + Int(granted) <= most, "\(reads.count) and \(granted)")
            }
        }
    }

    @Test("Without a Redis each gateway keeps to its share, and is never without a limit")
    func withoutRedis() async throws {
        try await GatewayHarness.with(Self.limited(20, instances: 2)) { gateway in
            let reads = try await self.reads(gateway, key: gateway.key)
            // On each of the event loops a quarter of the burst of 20 or more, as there may be more loops than two.
            #expect((1...20 + 4 * reads.cameBack).contains(reads.count), "\(reads)")
            #expect(reads.refusal.status == 429)
        }
    }

    @Test("Redis going away lets requests through, by the local share, and its coming back is noticed")
    func redisGone() async throws {
        try await withRedisServer { server in
            let configuration = GatewayConfiguration.testing {
                $0.limits = [.read: RateLimit(perSecond: 2, burst: 20), .write: RateLimit(perSecond: 1, burst: 10)]
            }
            try await GatewayHarness.with(configuration, redisPath: server.socketPath) { gateway in
                #expect(try await gateway.send(.GET, "/v1/locations").status == 200)
                await server.stop()
                // What was leased before is used up first.
                let reads = try await self.reads(gateway, key: gateway.key)
                #expect(reads.count > 0 && reads.refusal.status == 429, "\(reads)")
                let failed = #"gateway_leases_total{outcome="failed"} "#
                #expect(gateway.metrics.exposition().contains(failed))
                try await server.start()
                let answered = {
                    gateway.metrics.exposition().split(separator: "\n")
                        .first { $0.hasPrefix(#"gateway_leases_total{outcome="answered"}"#) }
                }
                let before = answered()
                try await until {
                    _ = try await gateway.send(.GET, "/v1/locations")
                    return answered() != before
                }
            }
        }
    }

    @Test("A key in Redis that is none of ours counts as a full bucket, whatever it holds")
    func foreignKeys() async throws {
        try await withRedis { redis in
            try await GatewayHarness.with(
                Self.limited(20), redisPath: redis.server.socketPath, database: redis.database
            ) { gateway in
                let client = try #require(gateway.redis)
                let name = RateLimitScript.key(try await gateway.principal(), .read)
                try await client.set(name, "nonsense")
                #expect(try await gateway.send(.GET, "/v1/locations").status == 200)
                _ = try await client.send("DEL", name)
                _ = try await client.send("HSET", name, "tokens", "x", "at", "y")
                let reply = try await client.evaluate(RateLimitScript.lease, keys: [name], arguments: [1, 20, 5])
                #expect(try reply.elements()[0].integer() == 5)
                // They go by themselves when nobody asks for long.
                #expect(try await client.send("PTTL", name).integer() > 0)
            }
        }
    }
}

extension GatewayHarness {
    /// Who acts with the brand's key.
    func principal() async throws -> String {
        let keys = try await self.send(.GET, "/v1/keys")
        return "key:\((keys.json["keys"] as? [[String: Any]])?.first?["id"] as? String ?? "")"
    }
}
