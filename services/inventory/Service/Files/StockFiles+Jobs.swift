internal import Crypto
internal import Idempotency
internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import WellKnownMessages
internal import Wire

extension StockFiles {
    /// Creates a job, or finds the one that the same request has created before.
    ///
    /// - Parameters:
    ///   - key: Names the request among those of its sender; nil: it is new in any case.
    ///   - method: What the key is for.
    func create(
        _ request: JobRequest, by principal: String, key: String?, method: String
    ) async throws -> Job {
        guard let key else { return try await self.jobs.create(request) }
        let name: IdempotencyKey
        do throws(IdempotencyKeyError) {
            name = try IdempotencyKey(brand: request.brand, principal: principal, method: method, key: key)
        } catch {
            throw RPCError(field: "commandId", "is no id: \(error)", expected: "1 to 255 visible ASCII characters")
        }
        let fingerprint = Array(SHA256.hash(data: request.parameters))
        switch try await self.jobs.create(request, once: IdempotencyRequest(name, fingerprint: fingerprint)) {
        case .created(let job), .repeated(let job): return job
        case .otherRequest: throw RPCError.keyOfOtherRequest
        case .inFlight: throw RPCError.keyInFlight
        }
    }

    /// A brand's job of one kind.
    ///
    /// - Throws: ``RPCError`` NOT_FOUND for any other id, also of another brand's job.
    func job(_ id: String, kind: String, of brand: PostgresUUID) async throws -> Job {
        guard let jobID = JobID(id), let job = try await self.jobs.find(jobID, brand: brand), job.kind == kind else {
            throw RPCError.fileJobNotFound
        }
        return job
    }

    /// Asks a job to stop; one that has ended stays as it is.
    func cancel(_ id: String, kind: String, of brand: PostgresUUID) async throws -> Job {
        let job = try await self.job(id, kind: kind, of: brand)
        guard !job.state.isFinal else { return job }
        do {
            return try await self.jobs.requestCancel(job.id, brand: brand)
        } catch let error as JobError where error.code == .ended {
            return try await self.job(id, kind: kind, of: brand)
        }
    }

    /// A page of a brand's jobs of one kind, the newest first, and the token of the next one.
    func page(
        kind: String, of brand: PostgresUUID, size: UInt32, token: String
    ) async throws -> (jobs: [Job], nextToken: String) {
        var before: JobID?
        if !token.isEmpty {
            guard let id = JobID(token) else { throw StockReads.invalidPageToken }
            before = id
        }
        let size = min(size == 0 ? FileLimits.defaultPageSize : Int(size), JobLimits.listed)
        let jobs = try await self.jobs.list(brand: brand, kinds: [kind], before: before?.uuid, limit: size)
        return (jobs, jobs.count == size ? jobs.last?.id.description ?? "" : "")
    }
}

extension FileJobState {
    /// A job's state as messages have it.
    init(_ job: Job) {
        self =
            switch job.state {
            case .queued: .queued
            case .running: .running
            case .cancelling: .cancelling
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            }
    }
}

extension FileJobProblem {
    /// Why a job failed, as messages have it.
    init(_ failure: JobFailure) { self.init(code: failure.code, message: failure.message) }
}

extension RPCError {
    static let fileJobNotFound = RPCError(
        .notFound, "there is no such import or export; they are kept for a month at least", type: "job-not-found",
        reason: .notFound)

    static let keyOfOtherRequest = RPCError(
        .invalidArgument, "the command id was used with another request", type: "command-id-reused",
        reason: .idempotencyKeyReused)

    static let keyInFlight = RPCError(
        .aborted, "a request with this command id is under way", type: "call-in-flight", reason: .callInFlight)

    /// What callers may know of a job that could not be made or changed.
    init(_ error: JobError) {
        switch error.code {
        case .tooManyOpen:
            self.init(.resourceExhausted, error.message, type: "too-many-jobs", reason: .overloaded)
        case .tooLarge:
            self.init(.invalidArgument, error.message, type: "file-too-large", reason: .fieldInvalid)
        case .notFound: self = .fileJobNotFound
        case .outOfOrder, .inputClosed:
            self.init(
                .invalidArgument, "the command id was used with another file", type: "command-id-reused",
                reason: .idempotencyKeyReused)
        default: self.init(.failedPrecondition, error.message, type: "job-state", reason: .conflict)
        }
    }
}
