import ArgumentParser
import Glibc
import Partitioning
import Postgres

@main struct EventBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event-bench",
        abstract:
            "The parts of a log and its consumer, each a process of its own; each prints what came of it as JSON.",
        subcommands: [Prepare.self, Fill.self, Serve.self, Consume.self, Append.self])

    /// What this process has used of the processor so far, in seconds.
    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Runs a body with a pool on a database.
    static func withPool<Value: Sendable>(
        _ url: String, connections: Int = 8, _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: url)
        configuration.maximumConnections = connections
        let pool = try PostgresPool(configuration, on: reactor)
        let value = try await body(pool)
        await pool.shutDown()
        return value
    }
}
