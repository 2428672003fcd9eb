import DrivelineTesting
import Idempotency
import Jobs
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct JobsTests {
    private func jobs(_ pool: PostgresPool) -> Jobs { Jobs(pool, service: "inventory") }

    private func expectRefusal(_ code: JobError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("not refused as \(code)")
        } catch {
            #expect((error as? JobError)?.code == code, "\(error)")
        }
    }

    @Test("a job is found by its brand alone, and listed with the newest first")
    func finding() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = self.jobs(pool)
            let job = try await jobs.create(JobRequest(brand: brandOne, kind: "import", parameters: [1, 2], total: 9))
            #expect(job.id.description.hasPrefix("inventory-"))
            #expect(job.state == .queued && job.progress.total == 9)
            #expect(try await jobs.find(job.id, brand: brandOne) == job)
            #expect(try await jobs.find(job.id, brand: brandTwo) == nil)
            let foreign = try #require(JobID(service: "catalog", uuid: job.id.uuid))
            #expect(try await jobs.find(foreign, brand: brandOne) == nil)
            var ids = [job.id]
            for _ in 0..<4 {
                // Ids of one millisecond have no order.
                try await Task.sleep(for: .milliseconds(2))
                ids.append(try await jobs.create(JobRequest(brand: brandOne, kind: "export")).id)
            }
            let listed = try await jobs.list(brand: brandOne).map(\.id)
            #expect(listed == ids.reversed())
            #expect(
                try await jobs.list(brand: brandOne, before: listed[1].uuid, limit: 2).map(\.id) == Array(listed[2...3])
            )
            #expect(try await jobs.list(brand: brandOne, kinds: ["import"]).map(\.id) == [job.id])
            #expect(try await jobs.list(brand: brandOne, kinds: []).isEmpty)
            #expect(try await jobs.list(brand: brandOne, state: .succeeded).isEmpty)
            #expect(try await jobs.list(brand: brandTwo).isEmpty)
        }
    }

    @Test("a client's key creates one job, whose repeats find it as it is; another request with it is refused")
    func idempotency() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = self.jobs(pool)
            func key(_ body: UInt8) throws -> IdempotencyRequest {
                IdempotencyRequest(
                    try IdempotencyKey(brand: brandOne, principal: "p", method: "Create", key: "k"),
                    fingerprint: [UInt8](repeating: body, count: 32))
            }
            let request = JobRequest(brand: brandOne, kind: "import")
            let all = try await withThrowingTaskGroup(of: JobCreation.self) { group in
                for _ in 0..<10 { group.addTask { try await jobs.create(request, once: try key(1)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let created = all.compactMap { if case .created(let job) = $0 { job } else { nil } }
            #expect(created.count == 1)
            let job = try #require(created.first)
            #expect(all.allSatisfy { $0 == .created(job) || $0 == .repeated(job) || $0 == .inFlight })
            let cancelled = try await jobs.requestCancel(job.id, brand: brandOne)
            #expect(try await jobs.create(request, once: try key(1)) == .repeated(cancelled))
            #expect(try await jobs.create(request, once: try key(2)) == .otherRequest)
            #expect(try await jobs.list(brand: brandOne).count == 1)
        }
    }

    @Test("chunks of input come in order, may be repeated, and are checked as a whole")
    func input() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = self.jobs(pool)
            let id = try await jobs.create(JobRequest(brand: brandOne, kind: "import", hasInput: true)).id
            let chunks: [[UInt8]] = [Array("1234".utf8), Array("56789".utf8)]
            for (number, chunk) in chunks.enumerated() {
                for _ in 0..<2 {
                    _ = try await jobs.appendInput(chunk, number: Int32(number), to: id, brand: brandOne)
                }
            }
            await self.expectRefusal(.outOfOrder) {
                _ = try await jobs.appendInput([9], number: 0, to: id, brand: brandOne)
            }
            await self.expectRefusal(.outOfOrder) {
                _ = try await jobs.appendInput([9], number: 3, to: id, brand: brandOne)
            }
            await self.expectRefusal(.notFound) {
                _ = try await jobs.appendInput([9], number: 2, to: id, brand: brandTwo)
            }
            await self.expectRefusal(.tooLarge) {
                let large = [UInt8](repeating: 0, count: JobLimits.chunkBytes + 1)
                _ = try await jobs.appendInput(large, number: 2, to: id, brand: brandOne)
            }
            await self.expectRefusal(.checksumMismatch) {
                _ = try await jobs.closeInput(of: id, brand: brandOne, checksum: 1)
            }
            let job = try await jobs.closeInput(of: id, brand: brandOne, checksum: 0xcbf4_3926)
            #expect(job.input.chunks == 2 && job.input.bytes == 9 && !job.isInputOpen)
            await self.expectRefusal(.inputClosed) {
                _ = try await jobs.appendInput([9], number: 2, to: id, brand: brandOne)
            }
            var read: [[UInt8]] = []
            for try await chunk in jobs.input(of: job) { read.append(chunk) }
            #expect(read == chunks)
        }
    }

    @Test("a job that waits is cancelled at once, and one that has ended refuses it")
    func cancel() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = self.jobs(pool)
            let job = try await jobs.create(JobRequest(brand: brandOne, kind: "import", hasInput: true))
            await self.expectRefusal(.notFound) { _ = try await jobs.requestCancel(job.id, brand: brandTwo) }
            #expect(try await jobs.requestCancel(job.id, brand: brandOne).state == .cancelled)
            await self.expectRefusal(.ended) { _ = try await jobs.requestCancel(job.id, brand: brandOne) }
            await self.expectRefusal(.inputClosed) {
                _ = try await jobs.appendInput([1], number: 0, to: job.id, brand: brandOne)
            }
        }
    }

    @Test("requests that no job can come of are refused with what would be right")
    func refusals() async throws {
        try await withJobs { (pool: PostgresPool) async throws in
            let jobs = self.jobs(pool)
            for kind in ["", "Import", "a b", "1a", String(repeating: "a", count: 65)] {
                await self.expectRefusal(.invalid) {
                    _ = try await jobs.create(JobRequest(brand: brandOne, kind: kind))
                }
            }
            await self.expectRefusal(.invalid) {
                _ = try await jobs.create(JobRequest(brand: brandOne, kind: "a", total: -1))
            }
            await self.expectRefusal(.tooLarge) {
                let large = [UInt8](repeating: 0, count: JobLimits.parameterBytes + 1)
                _ = try await jobs.create(JobRequest(brand: brandOne, kind: "a", parameters: large))
            }
            try await pool.runScript(
                """
                insert into job (bucket, brand_id, id, kind, state, parameters, is_input_open)
                select 0, '\(brandOne)',
                    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint << 16), 16, '0') || lpad(n::text, 16, '0'))
                        ::uuid,
                    'a', 'queued', '', true
                from generate_series(1, \(JobLimits.openPerBrand)) n
                """)
            await self.expectRefusal(.tooManyOpen) {
                _ = try await jobs.create(JobRequest(brand: brandOne, kind: "a"))
            }
            _ = try await jobs.create(JobRequest(brand: brandTwo, kind: "a"))
        }
    }
}
