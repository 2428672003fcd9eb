import DrivelineTesting
import LocalServers
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct ListenerTests {
    static let database = PostgresStatement("select current_database()::text")
    static let end = PostgresStatement(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()"
    )

    /// A listener on a pool's database.
    private func withListener(
        _ channels: [String], _ body: (PostgresPool, PostgresListener) async throws -> Void
    ) async throws {
        try await withPool { (pool: PostgresPool) async throws in
            let name = try await pool.query(Self.database).first?.decode(String.self) ?? ""
            let configuration = PostgresConfiguration(url: try await SharedServers.postgres().url(database: name))
            let listener = try PostgresListener(configuration, channels: channels, on: pool.reactor)
            do {
                try await body(pool, listener)
                await listener.shutDown()
            } catch {
                await listener.shutDown()
                throw error
            }
        }
    }

    @Test("after the first word that something may have been missed, what is sent arrives, by channel and in order")
    func notifications() async throws {
        let odd = #"Ein "Kanal"; select"#
        try await self.withListener(["plain", odd]) { pool, listener in
            var events = listener.makeAsyncIterator()
            #expect(await events.next() == .mayHaveMissed)
            #expect(listener.lastFailure == nil)
            try await pool.notify(channel: "other")
            try await pool.notify(channel: "plain", payload: "1")
            try await pool.notify(channel: odd)
            for (channel, payload) in [("plain", "1"), (odd, "")] {
                guard case .notification(let notification) = await events.next() else {
                    Issue.record("no notification")
                    return
                }
                #expect(notification.channel == channel && notification.payload == payload)
            }
        }
    }

    @Test("after its connection was lost it listens again, and says that something may have been missed")
    func reconnect() async throws {
        try await self.withListener(["plain"]) { pool, listener in
            var events = listener.makeAsyncIterator()
            #expect(await events.next() == .mayHaveMissed)
            _ = try await pool.query(Self.end)
            #expect(await events.next() == .mayHaveMissed)
            try await pool.notify(channel: "plain", payload: "again")
            guard case .notification(let notification) = await events.next() else {
                Issue.record("no notification")
                return
            }
            #expect(notification.payload == "again")
        }
    }

    @Test("a connection that was dropped without a word is found, and replaced")
    func droppedSilently() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: proxy.url(database: "postgres"))
        configuration.healthCheckMilliseconds = 50
        configuration.healthCheckTimeoutMilliseconds = 500
        let listener = try PostgresListener(configuration, channels: ["plain"], on: reactor)
        var events = listener.makeAsyncIterator()
        #expect(await events.next() == .mayHaveMissed)
        proxy.dropSilently()
        #expect(await events.next() == .mayHaveMissed)
        await listener.shutDown()
        #expect(await events.next() == nil)
    }

    @Test("a reader that is cancelled, and one whose listener ends, come to their end")
    func ends() async throws {
        try await self.withListener(["plain"]) { _, listener in
            let reader = Task {
                var count = 0
                for await _ in listener { count += 1 }
                return count
            }
            try await until { listener.lastFailure == nil }
            reader.cancel()
            #expect(await reader.value <= 1)
            let second = Task { for await _ in listener {} }
            await listener.shutDown()
            await second.value
        }
    }

    @Test("a database that is not there is tried again, and the reason is known")
    func absent() async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let configuration = PostgresConfiguration(url: "postgresql:///x?host=/nonexistent")
        let listener = try PostgresListener(configuration, channels: ["plain"], on: reactor)
        try await until { listener.lastFailure != nil }
        #expect(listener.lastFailure?.code == .cannotConnect)
        await listener.shutDown()
    }

    @Test("channels and payloads that the server would cut are refused")
    func limits() async throws {
        let long = String(repeating: "x", count: 64)
        try await withPool { (pool: PostgresPool) async throws in
            for (channel, payload) in [(long, ""), ("", ""), ("x", String(repeating: "x", count: 8_000))] {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.notify(channel: channel, payload: payload)
                }
                #expect(error?.code == .invalidParameter)
            }
            for channels in [[], [long], ["a\0b"]] {
                let error = #expect(throws: PostgresError.self) {
                    try PostgresListener(PostgresConfiguration(url: ""), channels: channels, on: pool.reactor)
                }
                #expect(error?.code == .configuration)
            }
        }
    }
}
