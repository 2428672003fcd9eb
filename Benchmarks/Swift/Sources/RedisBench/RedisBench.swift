import ArgumentParser
import NIOCore
import NIOPosix
import Redis

/// In what way the keys are read.
enum Form: String, CaseIterable, ExpressibleByArgument {
    /// Sets all keys instead of reading them.
    case fill
    /// A batch of GETs with one completion, on the event loop.
    case batch
    /// One MGET of as many keys.
    case mget
    /// One `await` for each GET, by tasks on the event loop.
    case await
    /// One `await` for each GET, by tasks on Swift's own threads.
    case awaitElsewhere = "await-elsewhere"
}

@main struct RedisBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redis-bench", abstract: "Reads random keys of 96-byte values, and prints what came of it as JSON."
    )

    @Argument(help: "fill, batch, mget, await or await-elsewhere") var form: Form
    @Option(help: "Where the server is.") var url = "redis://127.0.0.1"
    @Option(help: "Connections.") var connections = 8
    @Option(help: "Keys that are asked for at a time on each connection.") var outstanding = 64
    @Option(help: "Keys that there are.") var keys = 200_000
    @Option(help: "How long to measure.") var seconds = 1.0

    func validate() throws {
        guard self.connections > 0, self.outstanding > 0, self.keys > 0, self.seconds > 0 else {
            throw ValidationError("numbers must be above 0")
        }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = try RedisConfiguration(url: self.url)
        var clients: [RedisClient] = []
        for _ in 0..<self.connections {
            let client = try RedisClient(configuration, group: group)
            try await client.waitUntilReady()
            clients.append(client)
        }
        if self.form == .fill { return try await self.fill(clients[0]) }
        let start = NIODeadline.now()
        let load = Load(self, until: start + .nanoseconds(Int64(self.seconds * 1e9)))
        let counts = try await load.run(clients, on: group.any())
        let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        print("{\"gets\": \(counts.gets), \"errors\": \(counts.errors), \"seconds\": \(seconds)}")
    }

    private func fill(_ client: RedisClient) async throws {
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: Keys.valueBytes)
        for start in stride(from: 0, to: self.keys, by: 1_000) {
            var batch = RedisBatch()
            for number in start..<min(start + 1_000, self.keys) { batch.append("SET", Keys.bytes(number), value) }
            _ = try await client.send(batch)
        }
        print("{\"keys\": \(self.keys)}")
    }
}
