import JobsAPI
import JobsMessages
import RPC
import RPCMessages
import Wire

/// Jobs of one of several services, each of which has three.
struct SampleJobs: JobService {
    /// What leads their ids.
    let name: String
    /// What orders them: services take turns.
    let positions: [String]

    init(_ name: String) {
        self.name = name
        self.positions = name == "catalog" ? ["02", "04", "06"] : ["01", "03", "05"]
    }

    private func job(_ id: String) throws -> JobStatus {
        let position = String(id.dropFirst(self.name.count + 1))
        guard id.hasPrefix(self.name + "-"), self.positions.contains(position) else {
            throw RPCError(.notFound, "there is no such job", type: "job-not-found", reason: .notFound)
        }
        return JobStatus(jobID: id, position: position, kind: "\(self.name)-import", state: .running)
    }

    func listJobs(_ request: ListJobsRequest, context: ServerContext) async throws -> ListJobsResponse {
        let rest = self.positions.reversed().filter { request.pageToken.isEmpty || $0 < request.pageToken }
        let page = rest.prefix(request.pageSize == 0 ? 100 : Int(request.pageSize))
        return ListJobsResponse(
            jobs: try page.map { try self.job("\(self.name)-\($0)") },
            nextPageToken: page.count < rest.count ? page.last ?? "" : "")
    }

    func getJob(_ request: GetJobRequest, context: ServerContext) async throws -> JobStatus {
        try self.job(request.jobID)
    }

    func cancelJob(_ request: CancelJobRequest, context: ServerContext) async throws -> JobStatus {
        var job = try self.job(request.jobID)
        job.state = .cancelling
        return job
    }

    func watchJob(
        _ request: WatchJobRequest, responses: ResponseWriter<WatchJobResponse>, context: ServerContext
    ) async throws {
        try await responses.write(WatchJobResponse(cursor: "end", job: try self.job(request.jobID)))
    }

    func sendJobInput(_ requests: RequestStream<SendJobInputRequest>, context: ServerContext) async throws -> JobStatus
    {
        var (id, bytes) = ("", 0)
        for try await request in requests {
            if !request.jobID.isEmpty { id = request.jobID }
            bytes += request.data.count
        }
        var job = try self.job(id)
        job.inputBytes = Int64(bytes)
        return job
    }

    func readJobResult(
        _ request: ReadJobResultRequest, responses: ResponseWriter<ReadJobResultResponse>, context: ServerContext
    ) async throws {
        try await responses.write(ReadJobResultResponse(data: Array(try self.job(request.jobID).kind.utf8)))
    }
}
