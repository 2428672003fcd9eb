internal import Jobs
internal import JobsMessages
internal import Postgres
public import RPC
internal import RPCMessages
internal import WellKnownMessages
internal import Wire

extension JobStatus {
    /// A job as it stands.
    init(_ job: Job, _ kind: any ServedJobKind) throws {
        let details = try kind.details(of: job)
        self.init()
        self.jobID = job.id.description
        self.position = job.id.uuid.description
        self.kind = job.kind
        self.state = State(job.state)
        self.createdBy = details.createdBy
        self.awaitsInput = job.isInputOpen
        self.inputBytes = job.input.bytes
        self.done = job.progress.done
        self.total = job.progress.total
        self.failed = job.progress.failedRows
        self.percent = job.state == .succeeded ? 100 : min(100, details.percent)
        self.problem = job.failure.map { JobProblem(code: $0.code, message: $0.message) }
        self.createdAt = ProtoTimestamp(job.createdAt)
        self.startedAt = job.startedAt.map { ProtoTimestamp($0) }
        self.endedAt = job.endedAt.map { ProtoTimestamp($0) }
        self.results = details.results.map {
            JobResult(name: $0.name, contentType: $0.contentType, isReady: $0.isReady(job))
        }
    }
}

extension JobStatus.State {
    fileprivate init(_ state: JobState) {
        self =
            switch state {
            case .queued: .queued
            case .running: .running
            case .cancelling: .cancelling
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            }
    }

    /// The state that a filter names; nil: any.
    var jobState: JobState? {
        get throws(RPCError) {
            switch self {
            case .unspecified: nil
            case .queued: .queued
            case .running: .running
            case .cancelling: .cancelling
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            case .unrecognized(let number):
                throw RPCError(
                    field: "state", "has the unknown number \(number)",
                    expected: "one of those in the API's description")
            }
        }
    }
}

extension ProtoTimestamp {
    fileprivate init(_ time: PostgresTimestamp) {
        let (seconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let isBefore = rest < 0
        self.init(
            seconds: isBefore ? seconds - 1 : seconds, nanos: Int32((isBefore ? rest + 1_000_000 : rest) * 1_000))
    }
}

extension Job {
    /// All that watchers are told of, in few characters: while it is the same, there is nothing to tell. What passed while
    /// nobody watched is in what is told next, since each answer tells all.
    var mark: String {
        let numbers: [Int64] = [
            self.isInputOpen ? 1 : 0, self.input.bytes, self.progress.done, self.progress.total ?? -1,
            self.progress.failedRows, self.result.bytes,
        ]
        return self.state.rawValue + numbers.map { ".\($0)" }.joined()
    }
}

extension RPCError {
    /// The brand has no such job.
    public static let jobNotFound = RPCError(
        .notFound, "there is no such job; jobs are kept for a month at least", type: "job-not-found", reason: .notFound)

    static let tooManyWatchers = RPCError(
        .resourceExhausted, "\(ServedJobs.maximumWatchers) callers watch jobs already", type: "overloaded",
        reason: .overloaded)

    static func inputUnknown(_ job: Job) -> RPCError {
        RPCError(.failedPrecondition, "the job \(job.id) takes no file", type: "input-closed", reason: .conflict)
    }

    static func resultNotReady(_ job: Job) -> RPCError {
        let state = job.state.rawValue
        return job.state.isFinal
            ? RPCError(
                .failedPrecondition, "the job has \(state), so that its file is not whole", type: "job-without-result",
                reason: .conflict)
            : RPCError(
                .failedPrecondition, "the job is \(state); its files are there when it has ended",
                type: "job-not-ended",
                reason: .conflict)
    }

    /// What the database failed with; its text stays in the log, as it may hold what callers must not see.
    init(jobs error: PostgresError) {
        switch error.retry {
        // All that is done with a job may be done again.
        case .safe, .outcomeUnknown:
            self.init(
                .unavailable, "the database does not answer; send the same again", type: "unavailable",
                reason: .unavailable)
        case .never: self.init(.internal, "the database refused", type: "internal", reason: .internal)
        }
    }

    /// What callers may know of a job that could not be changed.
    init(_ error: JobError) {
        switch error.code {
        case .notFound: self = .jobNotFound
        case .tooManyOpen:
            self.init(.resourceExhausted, error.message, type: "too-many-jobs", reason: .overloaded)
        case .tooLarge:
            self.init(.invalidArgument, error.message, type: "file-too-large", reason: .messageTooLarge)
        case .outOfOrder, .checksumMismatch:
            self.init(
                .failedPrecondition,
                "the file is not the one that was begun: its bytes differ from those that are kept; cancel the job and "
                    + "begin another one", type: "input-differs", reason: .conflict)
        case .inputClosed:
            self.init(.failedPrecondition, error.message, type: "input-closed", reason: .conflict)
        case .ended: self.init(.failedPrecondition, error.message, type: "job-ended", reason: .conflict)
        default: self.init(.failedPrecondition, error.message, type: "job-state", reason: .conflict)
        }
    }
}
