internal import Buckets
internal import CatalogFiles
internal import CatalogMessages
internal import Foundation
internal import Jobs
internal import Postgres
internal import ProtobufC

/// How far an import has come: what its job keeps with each step.
struct ImportProgress: Codable, Equatable, Sendable {
    /// What is being done. Each phase is begun when the one before has ended for the whole file.
    enum Phase: String, Codable, Sendable {
        /// The file's records are read and kept apart; nothing is changed.
        case reading
        /// The records are looked at together.
        case checking
        /// The catalog is changed, part by part.
        case applying
        /// What was kept apart is removed.
        case clearing
    }

    var phase = Phase.reading
    /// Records that were read, whatever became of them: counted, and told of where they are refused.
    var records: Int64 = 0
    /// Of these, the records that are kept apart or refused in this reading: fewer while a file is read again, because the
    /// server has lost what was kept.
    var kept: Int64 = 0
    /// Bytes of the file that were read.
    var bytes: Int64 = 0
    /// What the file says of itself.
    var isFull = false
    var document = ""
    /// Of fitments: behind which part of each bucket the next piece begins; empty before the first one.
    var parts = [String](repeating: "", count: Bucket.count)
    /// Of products: behind which record the next piece begins, and behind which of those that are left out.
    var number: Int64 = 0
    var sku = ""
    var counts = ImportCounts()

    init() {}

    /// What ``bytes`` has given.
    init(_ bytes: [UInt8]) throws(PostgresError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an import")
        }
        guard self.parts.count == Bucket.count else {
            throw .unexpectedValue(column: "cursor", reason: "it has \(self.parts.count) buckets")
        }
    }

    /// How far the import of a job has come.
    init(_ job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else {
            self.init()
            return
        }
        try self.init(cursor)
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }

    /// For people.
    var jobProgress: JobProgress {
        JobProgress(done: self.records, failedRows: self.counts.failed, message: self.phase.rawValue)
    }
}

/// What became of an import's records.
struct ImportCounts: Codable, Equatable, Sendable {
    var failed: Int64 = 0
    var passedOver: Int64 = 0
    var unchanged: Int64 = 0
    var productsCreated: Int64 = 0
    var productsChanged: Int64 = 0
    var productsDeleted: Int64 = 0
    var fitmentsAdded: Int64 = 0
    var fitmentsRemoved: Int64 = 0
    var duplicates: Int64 = 0
    var overlaps: Int64 = 0
    var commentNoComments: Int64 = 0
    /// Bytes that were told of failed records and of differences, whether or not they are kept.
    var failedBytes: Int64 = 0
    var differenceBytes: Int64 = 0

    private static let all: [any WritableKeyPath<Self, Int64> & Sendable] = [
        \.failed, \.passedOver, \.unchanged, \.productsCreated, \.productsChanged, \.productsDeleted, \.fitmentsAdded,
        \.fitmentsRemoved, \.duplicates, \.overlaps, \.commentNoComments, \.failedBytes, \.differenceBytes,
    ]

    /// Adds what became of some more.
    static func += (left: inout Self, right: Self) {
        for path in self.all { left[keyPath: path] += right[keyPath: path] }
    }
}

extension CatalogImport {
    /// An import as its job stands.
    init(_ job: Job) throws {
        self = try CatalogImport(decoding: job.parameters)
        let progress = try ImportProgress(job)
        self.importID = job.id.description
        self.state = CatalogJobState(job)
        self.problem = job.failure.map { CatalogJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.bytes = job.input.bytes
        self.bytesDone = progress.bytes
        self.phase = job.state.isFinal ? "" : progress.phase.rawValue
        self.records = progress.records
        self.recordsFailed = progress.counts.failed
        self.passedOver = progress.counts.passedOver
        self.unchanged = progress.counts.unchanged
        self.productsCreated = progress.counts.productsCreated
        self.productsChanged = progress.counts.productsChanged
        self.productsDeleted = progress.counts.productsDeleted
        self.fitmentsAdded = progress.counts.fitmentsAdded
        self.fitmentsRemoved = progress.counts.fitmentsRemoved
        self.duplicates = progress.counts.duplicates
        self.overlaps = progress.counts.overlaps
        self.commentNoComments = progress.counts.commentNoComments
    }
}

extension CatalogJobState {
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

extension CatalogJobProblem {
    /// The longest text of a line's number in a failure's code.
    private static let separator: Character = "@"

    /// Why a job failed, as messages have it.
    init(_ failure: JobFailure) {
        let parts = failure.code.split(separator: Self.separator, maxSplits: 1)
        self.init(
            code: parts.first.map(String.init) ?? "", message: failure.message,
            line: parts.count == 2 ? Int64(parts[1]) ?? 0 : 0)
    }
}

extension JobFailure {
    /// A fault of a file. Jobs keep a code and a text, so the line travels with the code.
    init(_ fault: CatalogFileFault) {
        self.init(code: fault.line > 0 ? "\(fault.code)@\(fault.line)" : fault.code, message: fault.description)
    }
}
