import DrivelineTesting
import LocalServers
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct SubscriptionTests {
    static func message(_ text: String, _ channel: String, pattern: String? = nil) -> RedisSubscriptionEvent {
        .message(RedisMessage(channel: channel, pattern: pattern, payload: Array(text.utf8)))
    }

    @Test("messages come in order from channels and patterns, after a word that the subscription stands")
    func messages() async throws {
        try await withRedis { (client) async throws in
            let prefix = uniquePrefix()
            let subscription = try client.subscribe(to: [prefix + "a", prefix + "b"], patterns: [prefix + "p.*"])
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .mayHaveMissed)
            for index in 0..<100 { try await client.publish("\(index)", to: prefix + (index % 2 == 0 ? "a" : "b")) }
            try await client.publish("x", to: prefix + "p.1")
            try await client.publish("lost", to: prefix + "c")
            for index in 0..<100 {
                #expect(await events.next() == Self.message("\(index)", prefix + (index % 2 == 0 ? "a" : "b")))
            }
            #expect(await events.next() == Self.message("x", prefix + "p.1", pattern: prefix + "p.*"))
            subscription.cancel()
            #expect(await events.next() == nil)
        }
    }

    @Test("after a restart it subscribes again, and says that something may be missing")
    func restart() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            let subscription = try client.subscribe(to: ["news"])
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .mayHaveMissed)
            try await client.publish("before", to: "news")
            #expect(await events.next() == Self.message("before", "news"))
            try await server.restart()
            #expect(await events.next() == .mayHaveMissed)
            try await client.waitUntilAnswering()
            try await client.publish("after", to: "news")
            #expect(await events.next() == Self.message("after", "news"))
        }
    }

    @Test("more than the buffer holds is dropped, and that is said in its place")
    func overflow() async throws {
        try await withRedis { (client) async throws in
            let channel = uniquePrefix()
            let subscription = try client.subscribe(to: [channel], maximumBufferedEvents: 10)
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .mayHaveMissed)
            // More is published than is taken, until it is too much.
            var taken: RedisSubscriptionEvent
            repeat {
                for _ in 0..<11 { try await client.publish("early", to: channel) }
                let next = await events.next()
                taken = try #require(next)
            } while taken != .mayHaveMissed
            // It goes on from there; what was under way may be too much once more.
            repeat {
                try await client.publish("last", to: channel)
                let next = await events.next()
                taken = try #require(next)
            } while taken != Self.message("last", channel)
        }
    }

    @Test("cancelling the task that waits ends it")
    func cancellation() async throws {
        try await withRedis { (client) async throws in
            let subscription = try client.subscribe(to: [uniquePrefix()])
            let task = Task {
                var count = 0
                for await _ in subscription { count += 1 }
                return count
            }
            task.cancel()
            #expect(await task.value <= 1)
        }
    }

    @Test("a dropped subscription closes its connection")
    func dropped() async throws {
        let server = try await LocalRedis.started()
        try await withRedis(on: server) { (client) async throws in
            do {
                let subscription = try client.subscribe(to: ["news"])
                var events = subscription.makeAsyncIterator()
                #expect(await events.next() == .mayHaveMissed)
                #expect(try await client.publish("x", to: "news") == 1)
            }
            try await until { try await client.publish("x", to: "news") == 0 }
        }
    }

    @Test("a server without a sign of life is left, and another connection made")
    func keepalive() async throws {
        try await withFakeServer {
            $0.keepaliveMilliseconds = 50
        } _: { (client, server, _) async throws in
            let subscription = try client.subscribe(to: ["news"])
            let first = try await server.accept()
            try await first.wait(for: "SUBSCRIBE")
            try await first.send("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")
            try await first.wait(for: "PING")
            try await first.closed()
            let second = try await server.accept()
            try await second.wait(for: "SUBSCRIBE")
            subscription.cancel()
        }
    }

    @Test("a subscription to nothing is refused")
    func nothing() async throws {
        try await withRedis { (client) async throws in
            let error = #expect(throws: RedisError.self) { try client.subscribe(to: []) }
            #expect(error?.code == .configuration)
        }
    }
}
