internal import Buckets
internal import Foundation
internal import Jobs
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// How far an import has come: what its job keeps with each step.
struct ImportProgress: Codable, Equatable, Sendable {
    /// What is being done. Each phase is begun when the one before has ended for the whole file.
    enum Phase: String, Codable, Sendable {
        /// The file's records are read and kept apart; nothing is changed.
        case reading
        /// Orders are taken in, piece by piece.
        case applying
    }

    /// How far one of the parts has come in which orders are taken in at once.
    struct Lane: Codable, Equatable, Sendable {
        /// Whose orders are next.
        var bucket: Int16
        /// Behind which record the next piece begins.
        var key = ""
        var number: Int64 = 0

        var isDone: Bool { self.bucket >= Int16(Bucket.count) }
    }

    /// How many parts there are, each of its own buckets: no two of them ever wait for the same key.
    static let laneCount = 2

    var phase = Phase.reading
    /// Records that were read, whatever became of them.
    var records: Int64 = 0
    /// Records up to which the file was read, since it had to be read anew.
    var kept: Int64 = 0
    /// Bytes of the file that were read.
    var bytes: Int64 = 0
    /// Records that are kept apart.
    var staged: Int64 = 0
    /// Records whose piece is done.
    var applied: Int64 = 0
    var lanes = (0..<Int16(ImportProgress.laneCount)).map { Lane(bucket: $0) }

    var failed: Int64 = 0
    var created: Int64 = 0
    var unchanged: Int64 = 0
    /// Bytes that are kept of failed records.
    var failedBytes: Int64 = 0

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an import")
        }
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }

    /// For people.
    var jobProgress: JobProgress {
        JobProgress(done: self.records, failedRows: self.failed, message: self.phase.rawValue)
    }

    /// How much is done, 0 to 100: reading is half of it.
    func percent(ofBytes bytes: Int64) -> UInt32 {
        let isRead = self.phase == .applying
        let read = isRead ? 50 : bytes > 0 ? 50 * self.bytes / bytes : 0
        let applied = self.staged > 0 && isRead ? 50 * self.applied / self.staged : 0
        return UInt32(clamping: min(100, read + applied))
    }
}

extension OrderImport {
    /// An import as its job stands.
    init(_ job: Job) throws {
        self = try OrderImport(decoding: job.parameters)
        let progress = try ImportProgress(of: job)
        self.importID = job.id.description
        self.state = OrderJobState(job)
        self.problem = job.failure.map { OrderJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.bytes = job.input.bytes
        self.bytesDone = progress.bytes
        self.phase = job.state.isFinal ? "" : progress.phase.rawValue
        self.records = progress.records
        self.recordsFailed = progress.failed
        self.ordersCreated = progress.created
        self.unchanged = progress.unchanged
    }
}
