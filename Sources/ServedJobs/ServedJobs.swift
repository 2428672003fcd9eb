public import Jobs
public import JobsAPI
public import JobsMessages
public import Logging
internal import Postgres
public import RPC
internal import RPCMessages
internal import RawMessages
internal import Synchronization
internal import Waking
internal import Wire

/// `driveline.jobs.v1.JobService`: the jobs of a service, for their brands.
///
/// Jobs are created by methods of the service itself. A caller sees jobs of the kinds whose scope it holds; all others, and
/// those of other brands, are like absent ones.
public final class ServedJobs: Sendable {
    /// The callers that may watch jobs at once; one more is refused.
    public static let maximumWatchers = 1_024
    /// How often a watched job is looked at, in milliseconds: each costs a row by its key.
    static let watchMilliseconds: Int64 = 500
    /// The jobs of a page where the request names no number.
    static let defaultPageSize = 100

    let jobs: Jobs
    private let kinds: [String: any ServedJobKind]
    private let logger: Logger
    private let watchers = Mutex(0)

    /// - Parameters:
    ///   - kinds: Those that are offered; jobs of others are like absent ones.
    public init(_ jobs: Jobs, kinds: [any ServedJobKind], logger: Logger) {
        self.jobs = jobs
        self.kinds = Dictionary(kinds.map { ($0.name, $0) }) { first, _ in first }
        self.logger = logger
    }
}

extension ServedJobs: JobService {
    /// A page of the brand's jobs, the newest first.
    public func listJobs(_ request: ListJobsRequest, context: ServerContext) async throws -> ListJobsResponse {
        let brand = try Self.brand(of: context.caller)
        var before: PostgresUUID?
        if !request.pageToken.isEmpty {
            guard let uuid = PostgresUUID(request.pageToken) else {
                throw RPCError(
                    field: "page_token", "is none that was given out", expected: "the nextPageToken of the page before")
            }
            before = uuid
        }
        let kinds = self.kinds.values.filter { context.caller.scopes.contains($0.readScope) }.map(\.name)
            .filter { request.kind.isEmpty || $0 == request.kind }
        let size = min(request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize), JobLimits.listed)
        return try await self.answering(context) {
            let jobs = try await self.jobs.list(
                brand: brand, kinds: kinds, state: try request.state.jobState, before: before, limit: size)
            return ListJobsResponse(
                jobs: try jobs.compactMap { job in try self.kinds[job.kind].map { try JobStatus(job, $0) } },
                nextPageToken: jobs.count == size ? jobs.last?.id.uuid.description ?? "" : "")
        }
    }

    /// Where a job stands.
    public func getJob(_ request: GetJobRequest, context: ServerContext) async throws -> JobStatus {
        try await self.answering(context) {
            let (job, kind) = try await self.job(request.jobID, context.caller)
            return try JobStatus(job, kind)
        }
    }

    /// Asks a job to stop; one that has ended stays as it is.
    public func cancelJob(_ request: CancelJobRequest, context: ServerContext) async throws -> JobStatus {
        try await self.answering(context) {
            let (job, kind) = try await self.job(request.jobID, context.caller, isWrite: true)
            guard !job.state.isFinal else { return try JobStatus(job, kind) }
            do {
                return try JobStatus(try await self.jobs.requestCancel(job.id, brand: job.brand), kind)
            } catch let error as JobError where error.code == .ended {
                return try JobStatus(try await self.job(request.jobID, context.caller).job, kind)
            }
        }
    }

    /// Tells where a job stands until it has ended.
    public func watchJob(
        _ request: WatchJobRequest, responses: ResponseWriter<WatchJobResponse>, context: ServerContext
    ) async throws {
        let isAdmitted = self.watchers.withLock { count in
            guard count < Self.maximumWatchers else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw RPCError.tooManyWatchers }
        defer { self.watchers.withLock { $0 -= 1 } }
        try await self.answering(context) {
            var cursor = request.cursor
            var isFirst = true
            while true {
                let count = self.jobs.signal.count
                let (job, kind) = try await self.job(request.jobID, context.caller)
                if job.mark != cursor {
                    cursor = job.mark
                    try await responses.write(WatchJobResponse(cursor: cursor, job: try JobStatus(job, kind)))
                } else if isFirst, !job.state.isFinal {
                    // Who comes back sees at once that it is heard.
                    try await responses.write(WatchJobResponse(cursor: cursor))
                }
                isFirst = false
                guard !job.state.isFinal else { return }
                await self.jobs.signal.wait(past: count, milliseconds: Self.watchMilliseconds)
                try Task.checkCancellation()
            }
        }
    }

    /// Takes the file that a job waits for.
    public func sendJobInput(
        _ requests: RequestStream<SendJobInputRequest>, context: ServerContext
    ) async throws -> JobStatus {
        try await self.answering(context) {
            var iterator = requests.makeAsyncIterator()
            guard let first = try await iterator.next(), !first.jobID.isEmpty else {
                throw RPCError(field: "job_id", "is missing", expected: "the job in the stream's first message")
            }
            let (job, kind) = try await self.job(first.jobID, context.caller, isWrite: true)
            let input = ServedJobInput(first: first.data, rest: requests)
            return try JobStatus(try await kind.takeInput(input, of: job), kind)
        }
    }

    /// Writes a file that a job has left.
    public func readJobResult(
        _ request: ReadJobResultRequest, responses: ResponseWriter<ReadJobResultResponse>, context: ServerContext
    ) async throws {
        try await self.answering(context) {
            let (job, kind) = try await self.job(request.jobID, context.caller)
            let results = try kind.details(of: job).results
            let named = request.name.isEmpty ? results.first : results.first { $0.name == request.name }
            guard let result = named else {
                let names = results.map(\.name).joined(separator: ", ")
                throw RPCError(
                    field: "name", "is no file of this job", expected: names.isEmpty ? "no file" : "one of \(names)")
            }
            guard result.isReady(job) else { throw RPCError.resultNotReady(job) }
            let name = "\(job.id)-\(result.name).\(result.fileExtension)"
            try await responses.write(
                ReadJobResultResponse(head: AnswerHead(contentType: result.contentType, fileName: name)))
            try await kind.read(result.name, of: job) { try await responses.write(ReadJobResultResponse(data: $0)) }
        }
    }
}

extension ServedJobs {
    private static func brand(of caller: CallerIdentity) throws(RPCError) -> PostgresUUID {
        guard let brand = PostgresUUID(caller.brand) else {
            throw RPCError(
                .permissionDenied, "jobs belong to brands, and the caller to none", type: "brand-missing",
                reason: .scopeMissing)
        }
        return brand
    }

    /// A job that the caller may see.
    ///
    /// - Parameter isWrite: Whether something is to be done with it.
    private func job(
        _ id: String, _ caller: CallerIdentity, isWrite: Bool = false
    ) async throws -> (job: Job, kind: any ServedJobKind) {
        let brand = try Self.brand(of: caller)
        guard let jobID = JobID(id), let job = try await self.jobs.find(jobID, brand: brand),
            let kind = self.kinds[job.kind],
            caller.scopes.contains(kind.readScope) || caller.scopes.contains(kind.writeScope)
        else { throw RPCError.jobNotFound }
        let scope = isWrite ? kind.writeScope : kind.readScope
        guard caller.scopes.contains(scope) else {
            throw RPCError(
                .permissionDenied, "the caller does not have the scope \(scope)", type: "scope-missing",
                reason: .scopeMissing)
        }
        return (job, kind)
    }

    private func answering<Answer>(_ context: ServerContext, _ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as JobError {
            throw RPCError(error)
        } catch let error as PostgresError {
            self.logger.error("\(context.method.name) failed", metadata: ["error": "\(error)"])
            throw RPCError(jobs: error)
        }
    }
}
