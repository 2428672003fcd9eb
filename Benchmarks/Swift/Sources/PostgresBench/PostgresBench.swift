import ArgumentParser
import Glibc
import Postgres

/// In what way the database is used.
enum Form: String, CaseIterable, ExpressibleByArgument {
    /// One row at a time.
    case select
    /// One row for each of many tasks, over the pool.
    case pipeline
    /// 256 rows changed at a time.
    case update
}

@main struct PostgresBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postgres-bench",
        abstract: "Reads rows by their primary key, or changes them in batches, and prints what came of it as JSON.")

    @Argument(help: "Where the database is.") var url: String
    @Argument(help: "select, pipeline or update") var form: Form
    @Option(help: "How long to measure.") var seconds = 1.0
    @Option(help: "Rows that there are.") var rows = 100_000
    @Option(help: "Queries at a time.") var outstanding = 64
    @Option(help: "Connections of the pool.") var connections = 1

    func validate() throws {
        guard self.seconds > 0, self.rows >= Load.batchRows, self.outstanding > 0, self.connections > 0 else {
            throw ValidationError("numbers must be above 0, and rows at least \(Load.batchRows)")
        }
    }

    func run() async throws {
        let reactor = try PostgresReactor()
        var configuration = PostgresConfiguration(url: self.url)
        configuration.maximumConnections = self.connections
        configuration.maximumPipelinedQueries = (self.outstanding + self.connections - 1) / self.connections
        let pool = try PostgresPool(configuration, on: reactor)
        try await pool.check()
        let processor = Self.processorSeconds()
        let start = ContinuousClock.now
        let load = Load(pool: pool, rows: self.rows, end: start + .seconds(self.seconds))
        let counts = await load.run(self.form, outstanding: self.outstanding)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let processorSeconds = Self.processorSeconds() - processor
        print(
            """
            {"queries": \(counts.queries), "errors": \(counts.errors), "seconds": \(seconds), \
            "processor_seconds": \(processorSeconds)}
            """)
        await pool.shutDown()
        reactor.stop()
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
