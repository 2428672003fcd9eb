import DrivelineTesting
import Idempotency
import Jobs
import Postgres

let brandOne = PostgresUUID(high: 1, low: 1)
let brandTwo = PostgresUUID(high: 2, low: 2)

/// A database with jobs, idempotency keys, and a table of effects that takes each number once.
func withJobs(_ body: (PostgresPool) async throws -> Void) async throws {
    try await withStore(
        Jobs.schema, IdempotencyStore.schema,
        "create table effect (number bigint primary key); create table change (id uuid, state text, previous text)",
        partitions: Jobs.partitions + [IdempotencyStore.partitions], body)
}

/// A runner that looks often and gives up soon.
func jobRunner(
    _ jobs: Jobs, runner: UInt64 = 1, slots: Int = 2,
    configure: (inout JobRunner.Configuration) -> Void = { _ in },
    _ handlers: [String: JobRunner.Handler]
) -> JobRunner {
    var configuration = JobRunner.Configuration()
    configuration.slots = slots
    configuration.pollMilliseconds = 20
    configuration.firstWaitMilliseconds = 1
    configuration.maximumAttempts = 3
    configure(&configuration)
    return JobRunner(
        jobs, runner: PostgresUUID(high: 0, low: runner), handlers: handlers, configuration: configuration,
        logger: quiet)
}

/// Runs a runner while a body does its work.
func running(_ runners: JobRunner..., body: () async throws -> Void) async throws {
    let tasks = runners.map { runner in Task { await runner.run() } }
    do {
        try await body()
    } catch {
        for task in tasks { task.cancel() }
        throw error
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
}

extension Jobs {
    /// The job once it is in one of these states.
    func wait(_ job: Job, for states: JobState...) async throws -> Job {
        var found = job
        try await eventually {
            found = try await self.find(job.id, brand: job.brand) ?? found
            return states.contains(found.state)
        }
        return found
    }
}
