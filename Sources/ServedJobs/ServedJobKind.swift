public import Jobs
internal import JobsMessages
internal import RPC

/// One kind of a service's jobs, as `driveline.jobs.v1.JobService` offers it.
public protocol ServedJobKind: Sendable {
    /// The kind, as jobs have it.
    var name: String { get }
    /// The scope of those who may see its jobs, and read what they leave.
    var readScope: String { get }
    /// The scope of those who may give its jobs their files, and stop them.
    var writeScope: String { get }

    /// What is known of a job beside what all jobs have.
    ///
    /// - Throws: Where the job's parameters or cursor are not those of the kind, which is a fault of ours.
    func details(of job: Job) throws -> ServedJobDetails

    /// Takes the file that a job waits for, from its beginning, and closes the job's input; sent again, it changes nothing.
    ///
    /// - Returns: The job, which may run.
    /// - Throws: `JobError`, `RPCError`, `PostgresError`, and what the stream throws, after which the job still waits.
    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job

    /// Writes a file that a job has left, in pieces of at most 1 MiB.
    ///
    /// - Parameter name: One of those that ``details(of:)`` names.
    func read(_ name: String, of job: Job, to write: (_ bytes: [UInt8]) async throws -> Void) async throws
}

extension ServedJobKind {
    /// A job that takes no file.
    public func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        throw RPCError.inputUnknown(job)
    }
}

/// What is known of a job beside what all jobs have.
public struct ServedJobDetails: Sendable {
    /// Who began it, within its brand.
    public var createdBy: String
    /// How much of its work is done, 0 to 100.
    public var percent: UInt32
    /// The files that it leaves; one that is asked for without a name is the first.
    public var results: [ServedJobResult]

    /// Details.
    public init(createdBy: String, percent: UInt32, results: [ServedJobResult]) {
        self.createdBy = createdBy
        self.percent = percent
        self.results = results
    }
}

/// A file that a job leaves.
public struct ServedJobResult: Sendable, Hashable {
    /// What it is asked for by: lower-case letters, digits and hyphens.
    public var name: String
    /// Its media type.
    public var contentType: String
    /// What its name as a file ends with, such as `csv`.
    public var fileExtension: String
    /// Whether it is whole only where the job has succeeded; others are as whole as they get when the job has ended.
    public var needsSuccess: Bool

    /// A file.
    public init(name: String, contentType: String, fileExtension: String, needsSuccess: Bool) {
        self.name = name
        self.contentType = contentType
        self.fileExtension = fileExtension
        self.needsSuccess = needsSuccess
    }

    /// Whether it can be read, and does not change any more.
    func isReady(_ job: Job) -> Bool { self.needsSuccess ? job.state == .succeeded : job.state.isFinal }
}
