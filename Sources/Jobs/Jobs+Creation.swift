public import Idempotency
public import Postgres
internal import Waking

/// What became of a request for a job that came with an idempotency key.
public enum JobCreation: Hashable, Sendable {
    /// A new job.
    case created(Job)
    /// The job that the same request has created before, as it is now.
    case repeated(Job)
    /// The key stands for another request: nothing was created.
    case otherRequest
    /// The same request is being dealt with: try again after ``IdempotencyStore/retryAfterMilliseconds``.
    case inFlight
}

extension Jobs {
    private struct Undo: Error { var claim: IdempotencyClaim }

    /// Creates a job and wakes a runner.
    ///
    /// - Throws: ``JobError`` with `invalid`, `tooLarge` or `tooManyOpen`; ``PostgresError``.
    public func create(_ request: JobRequest) async throws -> Job {
        let job = try await self.pool.withTransaction { transaction in
            let (job, commands) = try await self.create(request, in: transaction)
            _ = try await transaction.commit(with: commands)
            return job
        }
        self.signal.wake()
        return job
    }

    /// Creates a job as part of a transaction, such as one that writes what the job works on.
    ///
    /// - Returns: The job, and the commands that are to travel with the COMMIT. After it the caller gives ``signal``.
    /// - Throws: As ``create(_:)``.
    public func create(
        _ request: JobRequest, in transaction: PostgresTransaction
    ) async throws -> (job: Job, commands: [PostgresCommand]) {
        try Self.check(request)
        guard let row = try await transaction.query(Self.openCount, request.brand).first else {
            throw PostgresError(.server, "a count without a row")
        }
        let (open, now) = try row.decode(Int64.self, PostgresTimestamp.self)
        guard open < JobLimits.openPerBrand else {
            throw JobError(.tooManyOpen, "\(open) jobs have not ended; a brand may have \(JobLimits.openPerBrand)")
        }
        let job = try self.newJob(request, at: now)
        _ = try await transaction.execute([JobRow.insert(job)])
        return (job, try await self.hook(JobChange(previous: nil, job: job), transaction))
    }

    /// Creates a job at most once for a key: a repeat finds the same job.
    ///
    /// - Throws: As ``create(_:)``; such a request leaves its key free.
    public func create(_ request: JobRequest, once key: IdempotencyRequest) async throws -> JobCreation {
        do {
            let job = try await self.pool.withTransaction { transaction in
                let claim = try await IdempotencyStore.claim(key, in: transaction)
                guard claim == .new else { throw Undo(claim: claim) }
                let (job, commands) = try await self.create(request, in: transaction)
                let answer = IdempotencyAnswer(status: 0, response: Array(job.id.description.utf8))
                try await IdempotencyStore.complete(key.key, with: answer, in: transaction)
                _ = try await transaction.commit(with: commands)
                return job
            }
            self.signal.wake()
            return .created(job)
        } catch let undo as Undo {
            return try await self.creation(undo.claim, brand: request.brand)
        }
    }

    private func creation(_ claim: IdempotencyClaim, brand: PostgresUUID) async throws -> JobCreation {
        switch claim {
        case .otherRequest: return .otherRequest
        case .inFlight, .new, .repeated: return .inFlight
        case .answered(let answer):
            guard let id = JobID(String(decoding: answer.response, as: UTF8.self)),
                let job = try await self.find(id, brand: brand)
            else { throw JobError(.notFound, "the job that this key has created is gone") }
            return .repeated(job)
        }
    }

    private func newJob(_ request: JobRequest, at now: PostgresTimestamp) throws(JobError) -> Job {
        var random = SystemRandomNumberGenerator()
        let uuid = PostgresUUID(milliseconds: now.microseconds / 1_000, using: &random)
        guard let id = JobID(service: self.service, uuid: uuid) else {
            throw JobError(.invalid, "\(self.service) is no name of a service")
        }
        return Job(
            id: id, brand: request.brand, kind: request.kind, state: .queued, parameters: request.parameters,
            progress: JobProgress(total: request.total), input: JobContent(), isInputOpen: request.hasInput,
            result: JobContent(), attempts: 0, createdAt: now, notBefore: now, token: 0)
    }

    private static func check(_ request: JobRequest) throws(JobError) {
        guard Self.isKind(request.kind) else {
            throw JobError(
                .invalid, "the kind of a job has 1 to \(JobLimits.kindLength) lower-case letters, digits and hyphens")
        }
        guard request.parameters.count <= JobLimits.parameterBytes else {
            throw .tooLarge(
                "parameters", bytes: Int64(request.parameters.count), limit: Int64(JobLimits.parameterBytes))
        }
        guard request.total.map({ $0 >= 0 }) ?? true else {
            throw JobError(.invalid, "the number of rows in all is 0 or more")
        }
    }

    static func isKind(_ kind: String) -> Bool {
        let bytes = Array(kind.utf8)
        guard let first = bytes.first, bytes.count <= JobLimits.kindLength else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return letters.contains(first)
            && bytes.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static let openCount = PostgresStatement(
        "select count(*), now() from job where brand_id = $1 and state in ('queued', 'running', 'cancelling')")
}
