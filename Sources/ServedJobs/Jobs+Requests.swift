internal import Crypto
internal import Idempotency
public import Jobs
public import Postgres
public import RPC
internal import RPCMessages
internal import Wire

extension Jobs {
    /// Entries of a page where the request names no number.
    public static let defaultPageSize = 100

    /// Creates a job, or finds the one that the same request has created before.
    ///
    /// - Parameters:
    ///   - key: Names the request among those of its sender; nil: it is new in any case.
    ///   - method: What the key is for.
    public func create(
        _ request: JobRequest, by principal: String, key: String?, method: String
    ) async throws -> Job {
        guard let key else { return try await self.create(request) }
        let name: IdempotencyKey
        do throws(IdempotencyKeyError) {
            name = try IdempotencyKey(brand: request.brand, principal: principal, method: method, key: key)
        } catch {
            throw RPCError(field: "commandId", "is no id: \(error)", expected: "1 to 255 visible ASCII characters")
        }
        let fingerprint = Array(SHA256.hash(data: request.parameters))
        switch try await self.create(request, once: IdempotencyRequest(name, fingerprint: fingerprint)) {
        case .created(let job), .repeated(let job): return job
        case .otherRequest: throw RPCError.keyOfOtherRequest
        case .inFlight: throw RPCError.keyInFlight
        }
    }

    /// A brand's job of one kind.
    ///
    /// - Throws: ``RPCError`` NOT_FOUND for any other id, also of another brand's job.
    public func job(_ id: String, kind: String, of brand: PostgresUUID) async throws -> Job {
        guard let jobID = JobID(id), let job = try await self.find(jobID, brand: brand), job.kind == kind else {
            throw RPCError.jobNotFound
        }
        return job
    }

    /// Asks a job to stop; one that has ended stays as it is.
    public func cancel(_ id: String, kind: String, of brand: PostgresUUID) async throws -> Job {
        let job = try await self.job(id, kind: kind, of: brand)
        guard !job.state.isFinal else { return job }
        do {
            return try await self.requestCancel(job.id, brand: brand)
        } catch let error as JobError where error.code == .ended {
            return try await self.job(id, kind: kind, of: brand)
        }
    }

    /// A page of a brand's jobs of one kind, the newest first, and the token of the next one.
    public func page(
        kind: String, of brand: PostgresUUID, size: UInt32, token: String
    ) async throws -> (jobs: [Job], nextToken: String) {
        var before: JobID?
        if !token.isEmpty {
            guard let id = JobID(token) else {
                throw RPCError(
                    field: "pageToken", "is none that was given out for this list",
                    expected: "nextPageToken of the page before")
            }
            before = id
        }
        let size = min(size == 0 ? Self.defaultPageSize : Int(size), JobLimits.listed)
        let jobs = try await self.list(brand: brand, kinds: [kind], before: before?.uuid, limit: size)
        return (jobs, jobs.count == size ? jobs.last?.id.description ?? "" : "")
    }
}

extension RPCError {
    /// A key was used before, with another request.
    public static let keyOfOtherRequest = RPCError(
        .invalidArgument, "the command id was used with another request", type: "command-id-reused",
        reason: .idempotencyKeyReused)

    /// A request with the same key is under way.
    public static let keyInFlight = RPCError(
        .aborted, "a request with this command id is under way", type: "call-in-flight", reason: .callInFlight)

    /// What callers may know of a job that they asked for and that could not be made or changed.
    public init(request error: JobError) {
        switch error.code {
        case .tooManyOpen:
            self.init(.resourceExhausted, error.message, type: "too-many-jobs", reason: .overloaded)
        case .tooLarge:
            self.init(.invalidArgument, error.message, type: "file-too-large", reason: .fieldInvalid)
        case .notFound: self = .jobNotFound
        case .outOfOrder, .inputClosed:
            self.init(
                .invalidArgument, "the command id was used with another file", type: "command-id-reused",
                reason: .idempotencyKeyReused)
        default: self.init(.failedPrecondition, error.message, type: "job-state", reason: .conflict)
        }
    }
}
