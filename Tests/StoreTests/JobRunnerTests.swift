import DrivelineTesting
import Jobs
import Postgres
import Synchronization
import Testing
import Waking

@Suite(.timeLimit(.minutes(5))) struct JobRunnerTests {
    struct Broken: Error {}

    /// How something that no cancellation reaches was refused.
    final class Refusal: Sendable {
        private let stored = Mutex<JobError.Code?>(nil)
        var code: JobError.Code? { self.stored.withLock { $0 } }

        func take(_ body: @escaping @Sendable () async throws -> Void) async {
            await Task {
                do {
                    try await body()
                } catch {
                    let code = (error as? JobError)?.code ?? .invalid
                    self.stored.withLock { $0 = code }
                }
            }.value
        }
    }

    static let insertion = PostgresStatement("insert into effect (number) select unnest($1::bigint[])")
    static let rows: Int64 = 40

    /// Writes the numbers 0 ..< 40 in steps of 5, from its cursor on; the table takes no number twice.
    private static func count(
        _ context: JobContext, beforeCommit: (_ next: Int64) async throws -> Void = { _ in }
    ) async throws {
        while true {
            let next = Int64(context.job.cursor?.first ?? 0)
            guard next < Self.rows else { return }
            try await context.checkpoint { transaction in
                _ = try await transaction.query(Self.insertion, Array(next..<next + 5))
                try await beforeCommit(next)
                return JobStep(
                    cursor: [UInt8(next + 5)], progress: JobProgress(done: next + 5, total: Self.rows),
                    results: [[UInt8(next)]])
            }
        }
    }

    private func expectCounted(_ job: Job, _ jobs: Jobs, _ pool: PostgresPool) async throws {
        #expect(job.progress.done == Self.rows && job.result.bytes == 8 && job.failure == nil)
        #expect(try await number("select count(*) from effect", pool) == Self.rows)
        var result: [UInt8] = []
        for try await chunk in jobs.result(of: job) { result += chunk }
        #expect(result == [0, 5, 10, 15, 20, 25, 30, 35])
    }

    @Test("a job runs to its end, with its input, progress and result")
    func success() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let runner = jobRunner(
                jobs,
                [
                    "sum": { context in
                        var sum: UInt8 = 0
                        for try await chunk in context.input() { sum = chunk.reduce(sum, &+) }
                        let total = sum
                        try await context.checkpoint { _ in
                            JobStep(cursor: [], progress: JobProgress(done: 1, message: "summed"), results: [[total]])
                        }
                    }
                ])
            try await running(runner) { () async throws in
                let job = try await jobs.create(JobRequest(brand: brandOne, kind: "sum", hasInput: true))
                for number in 0..<3 {
                    _ = try await jobs.appendInput([1, 2, 3], number: Int32(number), to: job.id, brand: brandOne)
                }
                #expect(try await jobs.find(job.id, brand: brandOne)?.state == .queued)
                _ = try await jobs.closeInput(of: job.id, brand: brandOne)
                let done = try await jobs.wait(job, for: .succeeded)
                #expect(done.progress == JobProgress(done: 1, message: "summed"))
                #expect(done.startedAt != nil && done.endedAt != nil)
                var result: [[UInt8]] = []
                for try await chunk in jobs.result(of: done) { result.append(chunk) }
                #expect(result == [[18]])
            }
        }
    }

    @Test("a handler that fails goes on from its last checkpoint, and its effects happen once")
    func retry() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let failures = Mutex<Set<Int64>>([0, 10, 15, 30, 35])
            let runner = jobRunner(
                jobs,
                [
                    "count": { context in
                        try await Self.count(context) { next in
                            guard failures.withLock({ $0.remove(next) }) == nil else { throw Broken() }
                        }
                    }
                ])
            try await running(runner) { () async throws in
                let job = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
                try await self.expectCounted(try await jobs.wait(job, for: .succeeded, .failed), jobs, pool)
            }
        }
    }

    @Test("a job that fails at one place again and again fails, and its makers' error is not shown")
    func attempts() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let tries = Atomic<Int>(0)
            let runner = jobRunner(
                jobs,
                [
                    "broken": { _ in
                        tries.add(1, ordering: .relaxed)
                        throw Broken()
                    },
                    "refused": { _ in throw JobFailure(code: "unreadable", message: "line 3 has no SKU") },
                ])
            try await running(runner) { () async throws in
                let broken = try await jobs.create(JobRequest(brand: brandOne, kind: "broken"))
                let refused = try await jobs.create(JobRequest(brand: brandOne, kind: "refused"))
                let failure = try await jobs.wait(broken, for: .failed).failure
                #expect(failure?.code == JobFailure.internalError && failure?.message.contains("Broken") == false)
                #expect(tries.load(ordering: .relaxed) == 3)
                let own = try await jobs.wait(refused, for: .failed)
                #expect(own.failure == JobFailure(code: "unreadable", message: "line 3 has no SKU"))
                #expect(own.attempts == 1)
            }
        }
    }

    @Test("a job of a process that was killed goes on elsewhere from its cursor, and the killed one has no effect")
    func kill() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let others = Jobs(pool, service: "inventory")
            let isStuck = Atomic<Bool>(false)
            let resume = WakeSignal()
            let refusal = Refusal()
            // It hangs after a step that failed, hears of no cancel, and then goes on as if nothing had been.
            let stuck = jobRunner(
                jobs, slots: 1,
                [
                    "count": { context in
                        do {
                            try await Self.count(context) { next in if next == 20 { throw Broken() } }
                        } catch {
                            isStuck.store(true, ordering: .relaxed)
                            await refusal.take {
                                try await eventually { resume.count > 0 }
                                try await Self.count(context)
                            }
                        }
                    }
                ])
            try await running(stuck) { () async throws in
                let job = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
                try await eventually { isStuck.load(ordering: .relaxed) }
                let expire = PostgresStatement(
                    "update job set lease_expires_at = now() - interval '1 hour' where token = 1 and state = 'running'")
                try await running(jobRunner(others, runner: 2, ["count": { try await Self.count($0) }])) {
                    () async throws in
                    // It is renewed until the other one is faster.
                    try await eventually {
                        _ = try await pool.query(expire)
                        return try await others.find(job.id, brand: brandOne)?.state.isFinal == true
                    }
                }
                resume.wake()
                try await eventually { refusal.code != nil }
                #expect(refusal.code == .leaseLost)
                try await self.expectCounted(try await jobs.wait(job, for: .succeeded), jobs, pool)
            }
        }
    }

    @Test("what a step has prepared is undone where another runner has taken the job meanwhile")
    func preparedStep() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let refusal = Refusal()
            let takeOver = PostgresStatement("update job set token = token + 1")
            let runner = jobRunner(
                jobs, slots: 1,
                [
                    "count": { context in
                        await refusal.take {
                            try await context.checkpoint { transaction in
                                _ = try await transaction.query(Self.insertion, [Int64(1)])
                                _ = try await pool.query(takeOver)
                            } _: { _, _, _ in
                                JobStep(cursor: [1], progress: JobProgress())
                            }
                        }
                    }
                ])
            try await running(runner) { () async throws in
                _ = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
                try await eventually { refusal.code != nil }
            }
            #expect(refusal.code == .leaseLost)
            #expect(try await number("select count(*) from effect", pool) == 0)
        }
    }

    @Test("a runner that stops gives its jobs back at once, and nothing is done twice")
    func drain() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let job = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
            var random = SeededGenerator(seed: seed)
            for round in 0..<8 {
                let stopAt = Int64.random(in: 0..<8, using: &random) * 5
                let reached = Atomic<Bool>(false)
                let runner = jobRunner(
                    jobs, runner: UInt64(round),
                    [
                        "count": { context in
                            try await Self.count(context) { next in
                                guard next >= stopAt else { return }
                                reached.store(true, ordering: .relaxed)
                                try await Task.sleep(for: .seconds(3_600))
                            }
                        }
                    ])
                try await running(runner) { () async throws in
                    try await eventually {
                        let isFinal = try await jobs.find(job.id, brand: brandOne)?.state.isFinal == true
                        return reached.load(ordering: .relaxed) || isFinal
                    }
                }
                #expect(try await jobs.find(job.id, brand: brandOne)?.state == .queued)
            }
            try await running(jobRunner(jobs, ["count": { try await Self.count($0) }])) { () async throws in
                try await self.expectCounted(try await jobs.wait(job, for: .succeeded), jobs, pool)
            }
        }
    }

    @Test("a cancel reaches the handler, in this process or another, and no step follows it", arguments: [true, false])
    func cancel(inProcess: Bool) async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let isRunning = Atomic<Bool>(false)
            let runner = jobRunner(
                jobs,
                [
                    "wait": { context in
                        try await context.checkpoint { _ in
                            JobStep(cursor: [1], progress: JobProgress(done: 1))
                        }
                        isRunning.store(true, ordering: .relaxed)
                        try? await Task.sleep(for: .seconds(3_600))
                        try await context.checkpoint { _ in
                            JobStep(cursor: [2], progress: JobProgress(done: 2))
                        }
                    }
                ])
            try await running(runner) { () async throws in
                let job = try await jobs.create(JobRequest(brand: brandOne, kind: "wait"))
                try await eventually { isRunning.load(ordering: .relaxed) }
                let other = inProcess ? jobs : Jobs(pool, service: "inventory")
                #expect(try await other.requestCancel(job.id, brand: brandOne).state == .cancelling)
                let ended = try await jobs.wait(job, for: .cancelled)
                #expect(ended.cursor == [1] && ended.progress.done == 1 && ended.failure == nil)
            }
        }
    }

    @Test("copies share the work: each job is done once, and no brand holds all runners")
    func sharing() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let others = Jobs(pool, service: "inventory")
            let isOpen = Mutex(false)
            let handler: JobRunner.Handler = { context in
                if context.job.brand == brandOne { try await eventually { isOpen.withLock { $0 } } }
                let number = Int64(context.job.parameters[0])
                try await context.checkpoint { transaction in
                    _ = try await transaction.query(Self.insertion, [number])
                    return JobStep(cursor: [1], progress: JobProgress(done: 1))
                }
            }
            // All of one brand's jobs come first, and hold what they get.
            for number in 0..<20 {
                _ = try await jobs.create(JobRequest(brand: brandOne, kind: "note", parameters: [UInt8(number)]))
            }
            let last = try await jobs.create(JobRequest(brand: brandTwo, kind: "note", parameters: [20]))
            try await running(
                jobRunner(jobs, runner: 1, slots: 3, ["note": handler]),
                jobRunner(others, runner: 2, slots: 3, ["note": handler])
            ) { () async throws in
                _ = try await jobs.wait(last, for: .succeeded)
                isOpen.withLock { $0 = true }
                try await eventually {
                    try await number("select count(*) from job where state = 'succeeded'", pool) == 21
                }
            }
            #expect(try await number("select count(*) from effect", pool) == 21)
            #expect(try await number("select max(token) from job", pool) == 1)
        }
    }

    @Test("each change of state is told once in its own transaction")
    func changes() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let insertion = PostgresStatement("insert into change (id, state, previous) values ($1, $2, $3)")
            let jobs = Jobs(pool, service: "inventory") { change, _ in
                [
                    PostgresCommand(
                        insertion, change.job.id.uuid, change.job.state.rawValue, change.previous?.rawValue)
                ]
            }
            let isFirst = Atomic<Bool>(true)
            let runner = jobRunner(
                jobs,
                [
                    "count": { context in
                        if isFirst.exchange(false, ordering: .relaxed) { throw Broken() }
                        try await Self.count(context)
                    }
                ])
            try await running(runner) { () async throws in
                let job = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
                _ = try await jobs.wait(job, for: .succeeded)
            }
            let rows = try await pool.query(PostgresStatement("select previous, state from change"))
            let told = try rows.map { row in
                let (previous, state) = try row.decode(String?.self, String.self)
                return "\(previous ?? "none") to \(state)"
            }
            #expect(
                told == [
                    "none to queued", "queued to running", "running to queued", "queued to running",
                    "running to succeeded",
                ])
        }
    }

    @Test("jobs that nobody ends are ended after their time, also those whose input never came")
    func overdue() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = Jobs(pool, service: "inventory")
            let job = try await jobs.create(JobRequest(brand: brandOne, kind: "unknown", hasInput: true))
            try await pool.runScript("update job set created_at = now() - interval '15 days'")
            try await running(jobRunner(jobs, [:])) { () async throws in
                #expect(try await jobs.wait(job, for: .failed).failure?.code == JobFailure.expired)
            }
        }
    }
}
